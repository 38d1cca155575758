import type { Test } from '../../domain/exam.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';

const RESULT_NOTICES: Readonly<Record<`${Test}_${'passed' | 'failed'}`, { subject: string; body: string }>> = {
  aptitude_passed: {
    subject: 'You passed the aptitude test',
    body: 'Your result is out. A case study is waiting for you: its clock starts when you download it.',
  },
  aptitude_failed: {
    subject: 'You did not pass the aptitude test',
    body: 'Your result is out, with feedback on every answer that lost points. A new attempt starts over.',
  },
  case_study_passed: { subject: 'You are certified', body: 'You passed the case study. Your certificate has been issued.' },
  case_study_failed: {
    subject: 'You did not pass the case study',
    body: 'Your result is out, with feedback on every criterion. A new attempt keeps your aptitude pass and begins with another case study.',
  },
};

/** Tells candidates. Their inbox in the API holds every notice. */
export function createNotificationActivities({ store }: { store: Store }) {
  return refusing({
    async notifyResult({ attemptId, test, passed }: { attemptId: string; test: Test; passed: boolean }): Promise<void> {
      const kind = `${test}_${passed ? 'passed' : 'failed'}` as const;
      await store.decisions.notify({ attemptId, kind, ...RESULT_NOTICES[kind] });
    },
  });
}

export type NotificationActivities = ReturnType<typeof createNotificationActivities>;
