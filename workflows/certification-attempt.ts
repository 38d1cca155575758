import { allHandlersFinished, condition, setWorkflowOptions, sleep } from '@temporalio/workflow';
import { passedOnAppeal } from './appeal.ts';
import { AttemptRun } from './attempt-run.ts';
import { certification, documents, notification, publication } from './activities.ts';
import { grade, type GradingResult } from './grading.ts';
import type { AttemptInput, AttemptResult } from './messages.ts';
import { CANCELLATION_IGNORED, neverCancelled } from './never-cancelled.ts';
import { takeStaffActs } from './staff-acts.ts';
import type { Waiting } from './waiting.ts';
import { promisedAt, type AttemptFacts, type Instant, type Outcome } from '../domain/attempt.ts';
import { TEST_NAMES, TESTS, type Test } from '../domain/exam.ts';
import { stepOfRegistration, stepOfSubmission } from '../domain/step.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, certificationAttempt);

/**
 * One candidate's way through one exam version (design, section 4). Every step waits for a committed fact or a deadline;
 * PostgreSQL decides both, so late, repeated or lost doorbells change nothing.
 */
export function certificationAttempt({ attemptId }: AttemptInput): Promise<AttemptResult> {
  const attempt = new AttemptRun(attemptId);
  takeStaffActs(attempt);
  return neverCancelled(
    () => wayThrough(attempt),
    () => attempt.callStaff(CANCELLATION_IGNORED),
  );
}

async function wayThrough(attempt: AttemptRun): Promise<AttemptResult> {
  await attempt.begin();
  tellOfRegistration(attempt);

  for (const test of TESTS) {
    if (isCarriedOver(attempt, test)) continue;
    if (!(await begunInTime(attempt, test))) break;
    if (!(await passed(attempt, test)) && !(await passedOnAppeal(attempt, test))) break;
  }
  return close(attempt);
}

const iso = (instant: Instant) => new Date(instant).toISOString();

/**
 * Told with the registration itself, but by builds of before (docs/decisions/0016). Whoever has begun by the time that this is heard of knows that they are registered: so do all who stand further when their
 * workflow is begun again.
 */
function tellOfRegistration(attempt: AttemptRun): void {
  const { facts, phase, plan } = attempt;
  const { aptitudeCarriedOver } = plan;
  if (facts.told) return;
  if (phase === 'registered') attempt.tell(stepOfRegistration({ aptitudeCarriedOver, until: iso(facts.startBy) }));
  if (phase === 'case_study_offered' && aptitudeCarriedOver)
    attempt.tell(stepOfRegistration({ aptitudeCarriedOver, until: iso(facts.downloadBy ?? facts.asOf) }));
}

/** Told with the submission itself, but by builds of before. */
function tellOfSubmission(attempt: AttemptRun, test: Test, { round, frozenAt }: { round: number; frozenAt: Instant }): void {
  const sitting = attempt.facts.sittings[test];
  if (sitting?.told) return;
  const isLate = frozenAt >= (sitting?.deadline ?? Infinity);
  attempt.tell(stepOfSubmission({ test, round, isLate, promised: iso(promisedAt(attempt.plan.policy, test, frozenAt)) }));
}

function tellOfReopening(attempt: AttemptRun, test: Test): void {
  const sitting = attempt.facts.sittings[test];
  if (sitting) attempt.tell({ kind: 'reopened', window: test, round: sitting.round, deadline: iso(sitting.deadline) });
}

/** Results are told of with their publication. */
function tellOfEnd(attempt: AttemptRun, outcome: Outcome): void {
  const { startBy, downloadBy } = attempt.facts;
  switch (outcome) {
    case 'withdrawn':
      return attempt.tell({ kind: 'withdrawn' });
    case 'lapsed':
      return attempt.tell({ kind: 'lapsed', window: downloadBy === null ? 'start' : 'offer', deadline: iso(downloadBy ?? startBy) });
    case 'certified':
    case 'failed':
      return;
  }
}

/** Passed in an earlier attempt already. */
function isCarriedOver({ plan }: AttemptRun, test: Test): boolean {
  switch (test) {
    case 'aptitude':
      return plan.aptitudeCarriedOver;
    case 'case_study':
      return false;
  }
}

function begunInTime(attempt: AttemptRun, test: Test): Promise<boolean> {
  switch (test) {
    case 'aptitude':
      return startedInTime(attempt);
    case 'case_study':
      return downloadedInTime(attempt);
  }
}

async function startedInTime(attempt: AttemptRun): Promise<boolean> {
  const sitting = await attempt.waitFor({
    fact: (facts) => facts.sittings.aptitude ?? undefined,
    waiting: (facts) => ({ for: 'the candidate to start the aptitude test', until: facts.startBy }),
    expire: () => certification.lapse({ attemptId: attempt.attemptId, window: 'start' }),
    window: 'start',
  });
  if (sitting) attempt.note('aptitude test started');
  return sitting !== undefined;
}

async function downloadedInTime(attempt: AttemptRun): Promise<boolean> {
  const sitting = await attempt.waitFor({
    fact: (facts) => facts.sittings.case_study ?? undefined,
    waiting: (facts) => ({ for: 'the candidate to download the case study', until: facts.downloadBy ?? facts.asOf }),
    expire: () => certification.lapse({ attemptId: attempt.attemptId, window: 'offer' }),
    window: 'offer',
  });
  if (sitting) attempt.note('case study downloaded');
  return sitting !== undefined;
}

/** Takes one test through to its published decision, again from the sitting whenever staff reopen it. */
async function passed(attempt: AttemptRun, test: Test): Promise<boolean> {
  for (;;) {
    const frozen = await frozenSitting(attempt, test);
    if (!frozen) return false;
    const result = await resultOf(attempt, test, frozen);
    switch (result) {
      case 'passed':
      case 'failed':
        attempt.note(`${TEST_NAMES[test]} ${result}, result published`);
        tellAndRender(attempt, test, { round: frozen.round, passed: result === 'passed' });
        await attempt.learnPublished();
        return result === 'passed';
      case 'settled':
        return false;
      case 'reopened':
        attempt.note('reopened by staff');
        tellOfReopening(attempt, test);
    }
  }
}

/** A slow notification never holds up a result: what is published tells of itself. Documents are made when somebody asks for them; attempts begun before either was so ask for both. */
function tellAndRender(attempt: AttemptRun, test: Test, { round, passed }: { round: number; passed: boolean }): void {
  const { attemptId } = attempt;
  if (!attempt.plan.tellsByOutbox) attempt.inBackground('telling the candidate', notification.notifyResult({ attemptId, test, passed }));
  if (attempt.plan.documentsOnRequest) return;
  attempt.inBackground('rendering the documents', documents.renderDocuments({ attemptId, test, round }));
}

async function resultOf(attempt: AttemptRun, test: Test, { submissionId, round, frozenAt }: FrozenSitting): Promise<GradingResult> {
  if (submissionId !== null) {
    attempt.note(`${TEST_NAMES[test]} submitted`);
    tellOfSubmission(attempt, test, { round, frozenAt });
    return grade(attempt, test, { submissionId, round, frozenAt });
  }
  attempt.note(`${TEST_NAMES[test]} closed with nothing submitted`);
  const { attemptId } = attempt;
  const published = await attempt.publish((asks) => publication.publishNotSubmitted({ attemptId, test, round, ...asks }));
  if (published === 'published') return 'failed';
  await attempt.learnPublished();
  return published;
}

type FrozenSitting = { readonly submissionId: string | null; readonly round: number; readonly frozenAt: number };

async function frozenSitting(attempt: AttemptRun, test: Test): Promise<FrozenSitting | undefined> {
  return attempt.waitFor({
    fact: (facts) => {
      const sitting = facts.sittings[test];
      return sitting?.frozenAt == null || facts.outcome !== null ? undefined : { ...sitting, frozenAt: sitting.frozenAt };
    },
    waiting: (facts) => waitingForSubmission(test, facts),
    expire: () => certification.freezeAtTimeOut({ attemptId: attempt.attemptId, test }),
    window: test,
  });
}

const RECHECK_MILLISECONDS = 15_000;

/** What arrived in time is waited for past the deadline: asked for seldom, since whoever has it in hand freezes and rings. */
function waitingForSubmission(test: Test, { sittings, asOf }: AttemptFacts): Waiting {
  const { deadline: until = asOf, uploadInHand = false } = sittings[test] ?? {};
  if (!uploadInHand) return { for: `the candidate to submit the ${TEST_NAMES[test]}`, until };
  const summary = 'the check of an upload that arrived in time';
  return { for: summary, until, alarm: { at: asOf + Math.max((asOf - until) / 2, RECHECK_MILLISECONDS), summary } };
}

/** Ends the story. For everyone who counts it was done with its outcome. */
async function close(attempt: AttemptRun): Promise<AttemptResult> {
  attempt.disarm();
  const { outcome } = attempt.facts;
  if (outcome === null) throw new TypeError('an attempt closes only once it is settled');
  attempt.note(outcome);
  tellOfEnd(attempt, outcome);
  const appealMilliseconds = millisecondsToSleep(attempt);
  if (appealMilliseconds > 0) {
    const waiting = { for: 'the appeal window to pass', until: attempt.facts.asOf + appealMilliseconds };
    attempt.show(waiting);
    await sleep(appealMilliseconds, { summary: waiting.for });
  }
  attempt.show(undefined);
  await attempt.backgroundDone();
  await condition(allHandlersFinished);
  return { outcome };
}

/** Histories of builds that took no appeals sleep through the window at their end. */
function millisecondsToSleep({ plan, facts }: AttemptRun): number {
  return facts.outcome === 'failed' && !plan.takesAppeals ? plan.policy.appealWindowSeconds * 1000 : 0;
}
