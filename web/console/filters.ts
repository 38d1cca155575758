import type { AttemptSearch } from '../generated/client.ts';

const HOUR_MILLISECONDS = 3_600_000;

/** Of what is due: already overdue, or due from now on within so many hours. */
export const DUE = { overdue: 0, day: 24, threeDays: 72, week: 168 } as const;
export type Due = keyof typeof DUE;

/** In the order in which an attempt comes by them. */
export const PHASES = [
  'registered',
  'aptitude_test',
  'aptitude_grading',
  'case_study_offered',
  'case_study',
  'case_study_grading',
  'certified',
  'failed',
  'lapsed',
  'withdrawn',
] as const satisfies readonly AttemptSearch['phase'][];

/** What staff look for. Empty narrows nothing. */
export type Sought = {
  readonly text: string;
  readonly examId: string;
  readonly phase: AttemptSearch['phase'] | '';
  readonly due: Due | '';
  readonly needsAttention: boolean;
};

export const NOTHING_SOUGHT: Sought = { text: '', examId: '', phase: '', due: '', needsAttention: false };

/** As the API takes it. */
export function searchFor({ text, examId, phase, due, needsAttention }: Sought, now: Date): AttemptSearch {
  const words = text.trim();
  return {
    ...(words !== '' && { text: words }),
    ...(examId !== '' && { examId }),
    ...(phase !== '' && { phase }),
    ...(due !== '' && dueWithin(due, now)),
    ...(needsAttention && { needsAttention }),
  };
}

function dueWithin(due: Due, now: Date): Pick<AttemptSearch, 'overdue' | 'dueFrom' | 'dueUntil'> {
  if (due === 'overdue') return { overdue: true };
  return { dueFrom: now.toISOString(), dueUntil: new Date(now.getTime() + DUE[due] * HOUR_MILLISECONDS).toISOString() };
}
