import { patched } from '@temporalio/workflow';
import type { ItemScore, SeatMark } from '../domain/reconciliation.ts';
import { adjudicateDisputes, averageDisputes, needsAdjudication, reconcile } from '../domain/reconciliation.ts';
import { SECOND_SEAT, ADJUDICATION_SEAT, decide, hasMachinePart, isIndependentSeat, markingSeats } from '../domain/grading.ts';
import { marksOf, promisedAt, type AttemptFacts, type Instant } from '../domain/attempt.ts';
import type { Markable, Test } from '../domain/exam.ts';
import type { GradedDecision } from '../activities/publication/activities.ts';
import { assessing, certification, feedback, gradingAuto, gradingHuman, publication } from './activities.ts';
import { CALLS_END, type AttemptRun } from './attempt-run.ts';

export type FrozenSubmission = { readonly submissionId: string; readonly round: number; readonly frozenAt: Instant };

/** `reopened` and `settled` mean that staff took the submission back or ended the attempt while it was being marked. */
export type GradingResult = 'passed' | 'failed' | 'reopened' | 'settled';

type Interrupted = Extract<GradingResult, 'reopened' | 'settled'>;

/** Everything from a frozen submission to its published decision (design, section 4). */
export async function grade(attempt: AttemptRun, test: Test, submission: FrozenSubmission): Promise<GradingResult> {
  const free = await fileGivenFree(attempt, test, submission);
  if (free !== 'free') return free;
  const before = attempt.facts;
  const [machine, human] = await Promise.all([
    hasMachinePart(test, attempt.plan) ? gradingAuto.gradeChoices({ submissionId: submission.submissionId }) : [],
    gradingHuman.openAssignments({
      submissionId: submission.submissionId,
      purpose: 'mark',
      seats: markingSeats(attempt.plan.policy),
      ...(attempt.plan.policy.risk ? { secondSeatAfterAssessment: true } : {}),
      dueAt: promisedAt(attempt.plan.policy, test, submission.frozenAt),
    }),
  ]);
  await attempt.learnOpened(human, before);
  if (attempt.plan.policy.risk && human.toAssess === false && human.markables.length > 0)
    attempt.note('no marking model was active: two graders are asked at once, as under `double`');

  const unmarked = [...machine, ...human.blanks];
  const marked = await humanScores(attempt, test, submission, { markables: human.markables, unmarked, toAssess: human.toAssess === true });
  if (marked === 'reopened' || marked === 'settled') return marked;

  return published(attempt, { attemptId: attempt.attemptId, test, round: submission.round, submissionId: submission.submissionId }, [
    ...unmarked,
    ...marked,
  ]);
}

type OfDecision = { readonly attemptId: string; readonly test: Test; readonly round: number; readonly submissionId: string };

/** Decides, and again where an item was put right for all meanwhile: nothing is published by a key that was wrong. */
async function published(attempt: AttemptRun, of: OfDecision, items: readonly ItemScore[]): Promise<GradingResult> {
  const result = { ...of, ...decide(items, attempt.plan.policy) };
  const answer = await publish(attempt, { ...result, followsRegrades: true });
  if (typeof answer === 'object') {
    attempt.note('an item was put right for all who had it: decided again');
    return published(attempt, of, answer.items);
  }
  switch (answer) {
    case 'published':
      return result.passed ? 'passed' : 'failed';
    case 'reopened':
    case 'settled':
      await attempt.learnPublished();
      return answer;
  }
}

/** With its feedback; attempts of before have that composed first. */
async function publish(attempt: AttemptRun, decision: GradedDecision) {
  if (attempt.plan.publishesFeedback) return attempt.publish((asks) => publication.publishGraded({ ...decision, ...asks }));
  await feedback.composeFeedback(decision);
  return attempt.publish((asks) => publication.publishDecision({ ...decision, ...asks }));
}

const CALL_AFTER_MILLISECONDS = 3_600_000;

/** A file that is not scanned for malware yet, or is infected, goes to nobody: staff are called, and scan it or reopen the test. */
async function fileGivenFree(attempt: AttemptRun, test: Test, submission: FrozenSubmission): Promise<'free' | Interrupted> {
  let calledFor: string | undefined;
  for (;;) {
    // Asked before anything is waited for: where nothing is held, nothing is done.
    if (attempt.facts.sittings[test]?.fileHeld === undefined) return 'free';
    const callAt = submission.frozenAt + CALL_AFTER_MILLISECONDS;
    const end = await attempt.waitFor<'free' | 'reopened' | 'pending' | 'infected'>({
      fact: ({ outcome, sittings, asOf }) => {
        if (outcome !== null) return undefined;
        if (sittings[test]?.round !== submission.round) return 'reopened';
        const { fileHeld: held } = sittings[test];
        if (held === undefined) return 'free';
        return held !== calledFor && (held === 'infected' || asOf >= callAt) ? held : undefined;
      },
      waiting: ({ sittings }) => ({
        for: sittings[test]?.fileHeld === 'infected' ? 'staff: the file is infected' : 'the scanner for malware',
        until: promisedAt(attempt.plan.policy, test, submission.frozenAt),
        alarm: calledFor === undefined ? { at: callAt, summary: 'staff are called: the file is not scanned' } : null,
      }),
    });
    if (end === undefined) return 'settled';
    if (end === 'free' || end === 'reopened') {
      if (end === 'free' && calledFor !== undefined && patched(CALLS_END)) attempt.endCall('scan', 'the file is scanned, and is clean');
      return end;
    }
    calledFor = end;
    attempt.beginCall(
      'scan',
      end === 'infected' ? 'the file is infected; reopen the test for another one' : 'the file has waited an hour for the scanner for malware',
    );
  }
}

/**
 * Waits for the markers, then for the adjudicator where disputes need one, and settles the points of every item that
 * people mark. Whether a dispute is decisive depends on the whole test, so `unmarked` holds the points of all other items.
 */
async function humanScores(
  attempt: AttemptRun,
  test: Test,
  submission: FrozenSubmission,
  { markables, unmarked, toAssess }: { markables: readonly Markable[]; unmarked: readonly ItemScore[]; toAssess: boolean },
): Promise<readonly ItemScore[] | Interrupted> {
  if (markables.length === 0) return [];
  const { policy } = attempt.plan;

  const first = await allMarked(attempt, test, submission, toAssess ? 'the grader' : 'the graders');
  if (first !== 'complete') return first;
  const marked = toAssess ? await secondLook(attempt, test, submission) : first;
  if (marked !== 'complete') return marked;
  const marks = await completeMarks(attempt, submission);
  const reconciliation = reconcile(
    markables,
    marks.filter((mark) => isIndependentSeat(mark.seat)),
    policy,
  );
  const { settled, disputes } = reconciliation;
  if (!needsAdjudication({ settled: [...unmarked, ...settled], disputes }, policy)) return [...settled, ...averageDisputes(disputes)];

  attempt.note(`${disputes.length} disputed, adjudication`);
  const before = attempt.facts;
  const opened = await gradingHuman.openAssignments({
    submissionId: submission.submissionId,
    purpose: 'adjudicate',
    seats: [ADJUDICATION_SEAT],
    itemIds: disputes.map((dispute) => dispute.itemId),
    dueAt: promisedAt(policy, test, submission.frozenAt),
  });
  await attempt.learnOpened(opened, before);
  const adjudicated = await allMarked(attempt, test, submission, 'the adjudicator');
  if (adjudicated !== 'complete') return adjudicated;
  const allMarks = await completeMarks(attempt, submission);
  return [
    ...settled,
    ...adjudicateDisputes(
      disputes,
      allMarks.filter((mark) => mark.seat === ADJUDICATION_SEAT),
    ),
  ];
}

/** They came with the facts that said that all are in; builds of before load them. */
async function completeMarks(attempt: AttemptRun, { submissionId }: FrozenSubmission): Promise<readonly SeatMark[]> {
  return marksOf(attempt.facts, submissionId) ?? attempt.inTurn(() => certification.loadMarks({ submissionId }));
}

/** Assesses the first marks, and waits for a second grader where a second mark may turn the decision. */
async function secondLook(attempt: AttemptRun, test: Test, submission: FrozenSubmission): Promise<'complete' | Interrupted> {
  const { submissionId } = submission;
  const assessment = await assessing.assessSecondMark({ submissionId });
  attempt.note(assessment.words);
  if (!assessment.opens) return 'complete';
  const dueAt = promisedAt(attempt.plan.policy, test, submission.frozenAt);
  const before = attempt.facts;
  await attempt.learnOpened(await gradingHuman.openAssignments({ submissionId, purpose: 'mark', seats: [SECOND_SEAT], dueAt }), before);
  return allMarked(attempt, test, submission, 'the second grader');
}

function allMarked(
  attempt: AttemptRun,
  test: Test,
  { submissionId, round, frozenAt }: FrozenSubmission,
  who: string,
): Promise<'complete' | Interrupted> {
  return markedInTime<'reopened'>(attempt, {
    submissionId,
    key: submissionId,
    from: frozenAt,
    promiseSeconds: attempt.plan.policy.resultPromiseSeconds[test],
    who,
    interruptedBy: ({ sittings }) => (sittings[test]?.round === round ? undefined : 'reopened'),
  });
}

/** What graders are waited for with, until when, and what ends that. */
type ToBeMarked<Interruption> = {
  readonly submissionId: string;
  /** What its reminders are of: a submission, or its appeal. */
  readonly key: string;
  /** When its time began, and how long it is. */
  readonly from: Instant;
  readonly promiseSeconds: number;
  readonly who: string;
  readonly isOfSettled?: true;
  readonly interruptedBy: (facts: AttemptFacts) => Interruption | undefined;
};

/** Waits until every opened assignment is completed; reminds and escalates at the policy's shares of the promised time. */
export async function markedInTime<Interruption extends string>(
  attempt: AttemptRun,
  { submissionId, key, from, promiseSeconds, who, isOfSettled, interruptedBy }: ToBeMarked<Interruption>,
): Promise<'complete' | 'settled' | Interruption> {
  const promiseMilliseconds = promiseSeconds * 1000;
  const reminders = attempt.plan.policy.reminderPercents.map((percent) => ({
    percent,
    at: from + Math.round((promiseMilliseconds * percent) / 100),
  }));

  for (;;) {
    const next = reminders.find((reminder) => !attempt.reminded.has(`${key}:${reminder.percent}`));
    const end = await attempt.waitFor<'complete' | 'remind' | { readonly by: Interruption }>({
      ...(isOfSettled ? { isOfSettled } : {}),
      fact: (facts) => {
        if (facts.outcome !== null && !isOfSettled) return undefined;
        const by = interruptedBy(facts);
        if (by !== undefined) return { by };
        if (facts.assignments.completed === facts.assignments.opened) return 'complete';
        return next && facts.asOf >= next.at ? 'remind' : undefined;
      },
      waiting: ({ assignments: { held = 0 } }) => ({
        for: held > 0 ? 'staff: a grader cannot read the file' : who,
        until: from + promiseMilliseconds,
        alarm: next ? { at: next.at, summary: `reminder at ${next.percent} % of the promised time` } : null,
      }),
    });
    if (end === undefined) return 'settled';
    if (typeof end === 'object') return end.by;
    if (end === 'complete') {
      if (!(await attempt.quiet())) return end;
      await attempt.reload();
      continue;
    }
    if (next) await remind(attempt, { submissionId, key }, next.percent);
  }
}

async function remind(attempt: AttemptRun, { submissionId, key }: { submissionId: string; key: string }, percent: number): Promise<void> {
  attempt.reminded.add(`${key}:${percent}`);
  await gradingHuman.remind({ submissionId, percent });
  if (percent >= 100) attempt.callStaff('the promised time for the result has passed');
  else attempt.note(`graders reminded at ${percent} % of the promised time`);
}
