import { markedItemId } from '../domain/assessment.ts';
import type { ExamContent, Test } from '../domain/exam.ts';
import { ADJUDICATION_SEAT, humanPartOf, machinePartOf } from '../domain/grading.ts';
import type { MarkedItem, MarkedScript } from '../domain/marking-fit.ts';
import { scoreOf } from '../domain/reconciliation.ts';
import type { ExamContext } from './exam-versions.ts';
import { GRADABLE_COLUMNS, underGradingOf, type SubmissionUnderGrading } from './assignments/under-grading.ts';

/** The newest are the truest about those who mark now, and more would say no more. */
const SCRIPTS_MAX = 20_000;
const PAGE = 500;

/** Submissions that people marked, the newest first, with the independent marks of both seats: what a marking model is fitted on. */
export async function readMarkedScripts(
  context: ExamContext,
  { scriptsMax = SCRIPTS_MAX, marksUntil }: { scriptsMax?: number; marksUntil?: Date } = {},
): Promise<readonly MarkedScript[]> {
  // Of a seat that is completed meanwhile nothing is read: a repeat reads the same.
  const marked = {
    purpose: 'mark',
    seat: { lt: ADJUDICATION_SEAT },
    state: 'completed',
    ...(marksUntil ? { completedAt: { lte: marksUntil } } : {}),
  } as const;
  const scripts: MarkedScript[] = [];
  let before: string | undefined;
  while (scripts.length < scriptsMax) {
    const rows = await context.prisma.submission.findMany({
      where: { assignments: { some: marked }, ...(before === undefined ? {} : { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: Math.min(PAGE, scriptsMax - scripts.length),
      relationLoadStrategy: 'join',
      select: {
        ...GRADABLE_COLUMNS,
        assignments: {
          where: marked,
          orderBy: { seat: 'asc' },
          select: { marks: { select: { grader: true, itemId: true, millipoints: true } } },
        },
      },
    });
    for (const row of rows) {
      const marks = row.assignments.flatMap((assignment) => assignment.marks);
      scripts.push(scriptOf(await underGradingOf(context, row), marks));
    }
    before = rows.at(-1)?.id;
    if (rows.length < PAGE) break;
  }
  return scripts;
}

type RecordedMark = { readonly grader: string; readonly itemId: string; readonly millipoints: number };

function scriptOf(submission: SubmissionUnderGrading, marks: readonly RecordedMark[]): MarkedScript {
  const { exam, gradable, submissionId, attemptId } = submission;
  const named = (itemId: string) => markedItemId(exam, takenOf(submission), itemId);
  const { markables, blanks } = humanPartOf(exam, gradable);
  return {
    id: submissionId,
    attempt: attemptId,
    test: named('').slice(0, -1),
    settled: scoreOf([...machinePartOf(exam, gradable), ...blanks]),
    passMark: exam.policy.passMark,
    items: markables.map(({ itemId, millipointsMax }): MarkedItem => {
      const text = markedTextOf(exam, submission, itemId);
      return {
        itemId: named(itemId),
        millipointsMax,
        ...(text ? { text } : {}),
        marks: marks.filter((mark) => mark.itemId === itemId).map(({ grader, millipoints }) => ({ grader, millipoints })),
      };
    }),
  };
}

/** Which test of its exam a submission is of. */
export function takenOf({ test, gradable }: Pick<SubmissionUnderGrading, 'test' | 'gradable'>): {
  readonly test: Test;
  readonly caseStudyId: string | null;
} {
  return { test, caseStudyId: 'caseStudyId' in gradable ? gradable.caseStudyId : null };
}

/** A text answer with its model answer; undefined for a criterion of a file. */
export function markedTextOf(
  exam: ExamContent,
  { gradable }: Pick<SubmissionUnderGrading, 'gradable'>,
  itemId: string,
): { readonly answer: string; readonly modelAnswer: string } | undefined {
  switch (gradable.test) {
    case 'aptitude': {
      const item = exam.items.find((candidate) => candidate.id === itemId);
      const answer = gradable.responses[itemId];
      return item?.type === 'text' && typeof answer === 'string' ? { answer, modelAnswer: item.modelAnswer } : undefined;
    }
    case 'case_study':
      return undefined;
  }
}
