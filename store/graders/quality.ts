import { agreementOf, PAIRS_MIN } from '../../domain/agreement.ts';
import { nowBy } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { readAgreement, type ExamAgreement } from './agreement.ts';
import { readWorkDone, type WorkDone } from './work-done.ts';

/** How somebody marks one exam and test. */
export type MarkingQuality = ExamAgreement &
  Omit<WorkDone, 'overturned'> & {
    /** Of the scripts that were seen again; null below a floor of them, since few say more about chance than about a grader. */
    readonly overturnedShare: number | null;
  };

/** How a grader's marks compare with those of others, how often these turned a decision, and how long a script takes, by exam and test. */
export async function readMarkingQuality(context: ExamContext, grader: string, { forThemselves = false } = {}): Promise<readonly MarkingQuality[]> {
  const seedsBefore = forThemselves ? monthOf(await nowBy(context.clock, context.prisma)) : undefined;
  const [agreements, work] = [await readAgreement(context, grader, { seedsBefore }), await readWorkDone(context, grader)];
  const keys = new Map([...agreements, ...work].map(({ examId, test }) => [`${examId} ${test}`, { examId, test }]));
  return [...keys.values()].map((key) => {
    const isOf = ({ examId, test }: typeof key) => examId === key.examId && test === key.test;
    const agreement = agreements.find(isOf) ?? { ...agreementOf([], 0), items: [] };
    const { seenAgain = 0, overturned = 0, timed = 0, activeSecondsMedian = null } = work.find(isOf) ?? {};
    return {
      ...agreement,
      ...key,
      seenAgain,
      overturnedShare: seenAgain < PAIRS_MIN ? null : overturned / seenAgain,
      timed,
      activeSecondsMedian,
    };
  });
}

/** Its beginning, in UTC: of a month that is over nobody can tell any more which script was a seed. */
function monthOf(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
}
