import { itemsToMark, appealUntil, type AppealFacts } from '../domain/appeal.ts';
import { promisedAt, type AttemptFacts } from '../domain/attempt.ts';
import { TEST_NAMES, type Test } from '../domain/exam.ts';
import { APPEAL_SEAT } from '../domain/grading.ts';
import { certification, gradingHuman, publication } from './activities.ts';
import type { AttemptRun } from './attempt-run.ts';
import { markedInTime } from './grading.ts';

/**
 * Whether a test that was failed is passed by an appeal (docs/decisions/0020). Waits for one as long as the policy's window is open, has it marked and answered, and
 * then waits out what is left of the window. Histories of builds that took no appeals wait at their end instead.
 */
export async function passedOnAppeal(attempt: AttemptRun, test: Test): Promise<boolean> {
  if (!attempt.plan.takesAppeals) return false;
  // One that is begun again finds what became of it on record.
  while (!hasPassed(attempt.facts, test)) {
    const appeal = await appealInTime(attempt, test);
    if (!appeal) return hasPassed(attempt.facts, test);
    await answered(attempt, test, appeal);
  }
  return true;
}

/** That is on record, whatever the first decision was. */
function hasPassed({ aptitudePassed, outcome }: AttemptFacts, test: Test): boolean {
  switch (test) {
    case 'aptitude':
      return aptitudePassed;
    case 'case_study':
      return outcome === 'certified';
  }
}

/** The open appeal of the test; undefined once its window is over, and where there is none: the attempt did not fail, or the policy has no window. */
async function appealInTime(attempt: AttemptRun, test: Test): Promise<AppealFacts | undefined> {
  const { policy } = attempt.plan;
  if (attempt.facts.outcome !== 'failed' || policy.appealWindowSeconds === 0) return undefined;
  const until = appealUntil(policy, attempt.facts.settledAt ?? attempt.facts.asOf);
  let isOver = false;
  const end = await attempt.waitFor<AppealFacts | 'over'>({
    isOfSettled: true,
    fact: (facts) => openAppeal(facts, test) ?? (isOver ? 'over' : undefined),
    waiting: () => ({ for: 'the appeal window to pass', until }),
    async loadAtEnd() {
      const facts = await certification.loadFactsOnceFree(attempt.attemptId);
      isOver = facts.asOf >= until;
      return facts;
    },
  });
  if (end !== 'over') return end;
  attempt.note('the appeal window is over');
  return undefined;
}

function openAppeal({ appeal }: AttemptFacts, test: Test): AppealFacts | undefined {
  return appeal?.state === 'open' && appeal.test === test ? appeal : undefined;
}

async function answered(attempt: AttemptRun, test: Test, appeal: AppealFacts): Promise<void> {
  const { appealId, submissionId, filedAt } = appeal;
  const { policy } = attempt.plan;
  attempt.note(`${TEST_NAMES[test]} appealed: ${appeal.itemIds.length} of its parts`);
  const before = attempt.facts;
  const itemIds = itemsToMark(appeal);
  const opened = await gradingHuman.openAssignments({
    submissionId,
    purpose: 'mark',
    seats: [APPEAL_SEAT],
    ...(itemIds ? { itemIds } : {}),
    dueAt: promisedAt(policy, test, filedAt),
  });
  await attempt.learnOpened(opened, before);
  const end = await markedInTime<'withdrawn'>(attempt, {
    submissionId,
    key: appealId,
    from: filedAt,
    promiseSeconds: policy.resultPromiseSeconds[test],
    who: 'a grader who was not involved, for the appeal',
    isOfSettled: true,
    interruptedBy: (facts) => (openAppeal(facts, test) ? undefined : 'withdrawn'),
  });
  const { result } = end === 'complete' ? await publication.answerAppeal({ attemptId: attempt.attemptId, appealId }) : { result: end };
  attempt.note(`appeal ${result}`);
  await attempt.reload();
  attempt.endCalls();
}
