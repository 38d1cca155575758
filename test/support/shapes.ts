import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Outcome } from '../../domain/attempt.ts';
import type { ExamContent, Policy } from '../../domain/exam.ts';
import type { NoticeKind } from '../../publication/mail/kinds.ts';
import { ring } from '../../platform/temporal/ring.ts';
import { attemptBell } from '../../workflows/bells.ts';
import { extend, reassign, reopen, withdraw } from '../../workflows/messages.ts';
import { CertNeedsAttention } from '../../workflows/search-attributes.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { activateDrawnModel } from './marked-scripts.ts';
import { createCandidate, markNext, until, untilPhase, type Pipeline } from './pipeline.ts';
import { appliedRegrade } from './regrade-shapes.ts';
import { actAsStaff } from './staff-acts.ts';

/** One control flow of the attempt workflow, played for real. A history of each is replayed in CI. */
export type Shape = {
  readonly name: string;
  readonly policy: Partial<Policy>;
  readonly outcome: Outcome;
  /** Returns the attempt whose workflow took this shape. */
  readonly play: (context: { pipeline: Pipeline; examId: string }) => Promise<string>;
};

export const rightAnswers = { c1: ['a'], c2: ['a', 'b'], t1: 'because', t2: 'because of that' };
const wrongChoices = { c1: ['b'], c2: ['c'], t1: 'because', t2: 'because of that' };

/** The aptitude test of a candidate whose workflow found them at each step. */
async function handedIn({ pipeline, examId }: { pipeline: Pipeline; examId: string }, answers: Readonly<Record<string, readonly string[] | string>>) {
  const candidate = createCandidate(pipeline, { examId });
  const attemptId = await candidate.register();
  await untilItWaits(pipeline, attemptId);
  await candidate.start();
  await candidate.answer(answers);
  await candidate.submit();
  return { candidate, attemptId };
}

/** Through the aptitude test to the offer of a case study. */
async function pastAptitude({ pipeline, examId }: { pipeline: Pipeline; examId: string }) {
  const { candidate, attemptId } = await handedIn({ pipeline, examId }, rightAnswers);
  await markNext(pipeline);
  await markNext(pipeline);
  await untilPhase(pipeline, attemptId, 'case_study_offered');
  return { candidate, attemptId };
}

/** The workflow has set the alarm of its first deadline: what comes now finds it waiting. */
export async function untilItWaits(pipeline: Pipeline, attemptId: string): Promise<void> {
  await until(async () => {
    const { events } = await pipeline.handle(attemptId).fetchHistory();
    return (events ?? []).some((event) => event.timerStartedEventAttributes) || 'the workflow does not wait yet';
  });
}

/** Its case study is marked twice, with full points. */
async function markedForCertificate(pipeline: Pipeline, attemptId: string): Promise<string> {
  await markNext(pipeline);
  await markNext(pipeline);
  await untilPhase(pipeline, attemptId, 'certified');
  return attemptId;
}

/** A fresh grader takes the next case study and cannot read its file. */
async function flagNext({ store, client }: Pipeline): Promise<void> {
  const grader = `grader-${randomUUID()}`;
  let lease: { assignmentId: string; fencingToken: number } | undefined;
  await until(async () => {
    const claimed = await store.assignments.claim({ grader, designated: false });
    lease = claimed && { assignmentId: claimed.id, fencingToken: claimed.fencingToken };
    return lease !== undefined || 'there is no case study to claim';
  });
  if (!lease) throw new Error('unreachable');
  await ring(client, attemptBell({ ...(await store.assignments.flagFile({ ...lease, grader, reason: 'it does not open' })), fact: 'file_flagged' }));
}

async function untilStaffAreCalled(pipeline: Pipeline, attemptId: string, called = true): Promise<void> {
  await until(async () => {
    const { typedSearchAttributes, status } = await pipeline.handle(attemptId).describe();
    return (
      (status.name === 'RUNNING' && (typedSearchAttributes.get(CertNeedsAttention) ?? false) === called) ||
      `it is ${status.name}, and staff are ${called ? 'not ' : ''}called`
    );
  });
}

/** The file of its case study is one that a grader could not read, and staff are called. */
async function handedInAndFlagged(context: { pipeline: Pipeline; examId: string }) {
  const { pipeline } = context;
  const { candidate, attemptId } = await pastAptitude(context);
  await candidate.download();
  await candidate.upload();
  await candidate.submit('case_study');
  await flagNext(pipeline);
  await untilStaffAreCalled(pipeline, attemptId);
  return { candidate, attemptId };
}

type PointsByItem = Readonly<Record<string, number>>;

/** An aptitude test with every choice item right, marked by one, two or three, and left to lapse once it is passed. */
async function markedAndLapsed(
  { pipeline, examId }: { pipeline: Pipeline; examId: string },
  { first, second, adjudicated }: { first: PointsByItem; second?: PointsByItem; adjudicated?: number },
): Promise<string> {
  const { attemptId } = await handedIn({ pipeline, examId }, rightAnswers);
  await markNext(pipeline, { pointsOf: (itemId) => first[itemId] ?? 0 });
  if (second) await markNext(pipeline, { pointsOf: (itemId) => second[itemId] ?? 0 });
  if (adjudicated !== undefined) await markNext(pipeline, { designated: true, pointsOf: () => adjudicated });
  await untilPhase(pipeline, attemptId, 'lapsed');
  return attemptId;
}

/** No grader is new, and nobody is in the sample: the probability alone decides. */
const RISK = { limit: 1000, sampleShare: 0, newGraderScripts: 0, machineCheck: true };

/** The same under `risk`, with a model to ask. */
async function assessed(context: { pipeline: Pipeline; examId: string }, marks: { first: PointsByItem; second?: PointsByItem }): Promise<string> {
  await activateDrawnModel(context.pipeline.store);
  return markedAndLapsed(context, marks);
}

type Appealed = { readonly pipeline: Pipeline; readonly subject: string; readonly attemptId: string };

/** An aptitude test with every choice right and 75 % of its points, which is appealed for the first of its texts, or for both. */
async function failedAndAppealed({ pipeline, examId }: { pipeline: Pipeline; examId: string }, itemIds = ['t1']): Promise<Appealed> {
  const { candidate, attemptId } = await handedIn({ pipeline, examId }, rightAnswers);
  await markNext(pipeline, { pointsOf: (itemId) => (itemId === 't1' ? 2 : 3) });
  await untilPhase(pipeline, attemptId, 'failed');
  return fileAppeal({ pipeline, subject: candidate.subject, attemptId }, itemIds);
}

async function fileAppeal(appealed: Appealed, itemIds: readonly string[]): Promise<Appealed> {
  const { pipeline, subject, attemptId } = appealed;
  const items = itemIds.map((itemId) => ({ itemId, reason: 'overlooked' as const, text: 'It is in the second half.' }));
  await ring(pipeline.client, attemptBell({ ...(await pipeline.store.appeals.file({ attemptId, subject, items })), fact: 'appealed' }));
  return appealed;
}

/** Marked by a fresh grader, and answered. */
async function answered({ pipeline, attemptId }: Appealed, pointsOf: (itemId: string) => number): Promise<string> {
  await markNext(pipeline, { pointsOf });
  await until(async () => (await pipeline.store.appeals.ofAttempt(attemptId))[0]?.state !== 'open' || 'the appeal is open');
  return attemptId;
}

/** Long enough to file in, however slow the machine. */
const APPEALS = { marking: 'single', appealWindowSeconds: 20 } as const satisfies Partial<Policy>;

const staff = { actor: 'staff-1', reason: 'fire alarm' };
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

async function certified(context: { pipeline: Pipeline; examId: string }): Promise<string> {
  const { pipeline } = context;
  const { candidate, attemptId } = await pastAptitude(context);
  await candidate.download();
  await candidate.upload();
  await candidate.submit('case_study');
  await markNext(pipeline);
  await markNext(pipeline, { pointsOf: (_item, max) => max - 0.5 });
  await untilPhase(pipeline, attemptId, 'certified');
  return attemptId;
}

async function notSubmitted(context: { pipeline: Pipeline; examId: string }): Promise<string> {
  const { candidate, attemptId } = await pastAptitude(context);
  await candidate.download();
  await untilPhase(context.pipeline, attemptId, 'failed');
  return attemptId;
}

async function regradedAndWithdrawn({ pipeline, examId }: { pipeline: Pipeline; examId: string }): Promise<string> {
  const { candidate, attemptId } = await handedIn({ pipeline, examId }, { ...rightAnswers, c1: ['b'] });
  await pipelineAssignment(pipeline, attemptId);
  // What was right by the key of before is not: without the regrade this fails.
  await appliedRegrade(pipeline, { examId });
  await markNext(pipeline);
  await untilPhase(pipeline, attemptId, 'case_study_offered');
  await candidate.withdraw();
  await untilPhase(pipeline, attemptId, 'withdrawn');
  return attemptId;
}

export const SHAPES: readonly Shape[] = [
  {
    name: 'certified',
    policy: {},
    outcome: 'certified',
    play: certified,
  },
  {
    name: 'timed-out-and-failed',
    policy: { aptitudeLimitSeconds: 2, appealWindowSeconds: 1 },
    outcome: 'failed',
    async play({ pipeline, examId }) {
      const candidate = createCandidate(pipeline, { examId });
      const attemptId = await candidate.register();
      await untilItWaits(pipeline, attemptId);
      await candidate.start();
      await candidate.answer(wrongChoices);
      await untilPhase(pipeline, attemptId, 'aptitude_grading');
      await markNext(pipeline);
      await markNext(pipeline);
      await untilPhase(pipeline, attemptId, 'failed');
      return attemptId;
    },
  },
  {
    name: 'blank-and-failed',
    policy: { marking: 'single' },
    outcome: 'failed',
    async play({ pipeline, examId }) {
      const { attemptId } = await handedIn({ pipeline, examId }, { t1: '  ' });
      await untilPhase(pipeline, attemptId, 'failed');
      return attemptId;
    },
  },
  {
    name: 'adjudicated',
    policy: { marking: 'double' },
    outcome: 'failed',
    async play(context) {
      const { pipeline } = context;
      const candidate = createCandidate(pipeline, context);
      const attemptId = await candidate.register();
      await untilItWaits(pipeline, attemptId);
      await candidate.start();
      await candidate.answer(rightAnswers);
      await candidate.submit();
      await markNext(pipeline);
      await markNext(pipeline, { pointsOf: () => 2 });
      await markNext(pipeline, { designated: true, pointsOf: () => 1 });
      await untilPhase(pipeline, attemptId, 'failed');
      return attemptId;
    },
  },
  {
    name: 'decisive-with-the-choices',
    policy: { offerWindowSeconds: 1 },
    outcome: 'lapsed',
    // 75 % or 85 % of all points: decisive. Of the text items alone it would be a fail either way.
    play: (context) => markedAndLapsed(context, { first: { t1: 4, t2: 3 }, second: { t1: 2, t2: 3 }, adjudicated: 5 }),
  },
  {
    name: 'indecisive-with-the-choices',
    policy: { offerWindowSeconds: 1 },
    outcome: 'lapsed',
    // 85 % or 100 % of all points: a pass either way. Of the text items alone it would be decisive.
    play: (context) => markedAndLapsed(context, { first: { t1: 5, t2: 5 }, second: { t1: 2, t2: 5 } }),
  },
  {
    name: 'risk-marked-once',
    policy: { offerWindowSeconds: 1, risk: RISK },
    outcome: 'lapsed',
    play: (context) => assessed(context, { first: { t1: 5, t2: 5 } }),
  },
  {
    name: 'risk-second-seat',
    policy: { offerWindowSeconds: 1, risk: RISK },
    outcome: 'lapsed',
    // 80 % by the first grader, so that a second one may well turn it.
    play: (context) => assessed(context, { first: { t1: 3, t2: 3 }, second: { t1: 3, t2: 4 } }),
  },
  {
    name: 'never-started',
    policy: { startWindowSeconds: 1 },
    outcome: 'lapsed',
    async play({ pipeline, examId }) {
      const attemptId = await createCandidate(pipeline, { examId }).register();
      await untilPhase(pipeline, attemptId, 'lapsed');
      return attemptId;
    },
  },
  {
    name: 'never-downloaded',
    policy: { offerWindowSeconds: 1 },
    outcome: 'lapsed',
    async play(context) {
      const { attemptId } = await pastAptitude(context);
      await untilPhase(context.pipeline, attemptId, 'lapsed');
      return attemptId;
    },
  },
  {
    name: 'withdrawn',
    policy: {},
    outcome: 'withdrawn',
    async play({ pipeline, examId }) {
      const candidate = createCandidate(pipeline, { examId });
      const attemptId = await candidate.register();
      await untilItWaits(pipeline, attemptId);
      await candidate.start();
      await candidate.withdraw();
      return attemptId;
    },
  },
  {
    name: 'case-study-not-submitted',
    policy: { caseStudyLimitSeconds: 1 },
    outcome: 'failed',
    play: notSubmitted,
  },
  {
    name: 'upload-in-hand-at-the-deadline',
    policy: { caseStudyLimitSeconds: 2 },
    outcome: 'certified',
    async play(context) {
      const { pipeline } = context;
      const { candidate, attemptId } = await pastAptitude(context);
      await candidate.download();
      const { id } = await candidate.announceUpload('arrived in time');
      await pipeline.store.uploads.arrived(id);
      await until(
        async () => (await pipeline.store.attempts.read({ attemptId })).facts.sittings.case_study?.uploadInHand ?? 'the deadline has not come',
      );
      await pause(3000); // the workflow has asked, and waits on
      await pipeline.store.uploads.complete(id);
      await candidate.submit('case_study');
      return markedForCertificate(pipeline, attemptId);
    },
  },
  {
    name: 'held-for-the-scanner',
    policy: {},
    outcome: 'certified',
    async play(context) {
      const { pipeline } = context;
      const { candidate, attemptId } = await pastAptitude(context);
      await candidate.download();
      const { id } = await candidate.announceUpload('not scanned yet');
      await pipeline.store.uploads.complete(id, 'pending');
      await candidate.submit('case_study');
      await pause(1000); // the workflow waits for the scanner
      await pipeline.store.uploads.passScan(id);
      await candidate.submit('case_study');
      return markedForCertificate(pipeline, attemptId);
    },
  },
  {
    name: 'flagged-dismissed-and-reopened',
    policy: {},
    outcome: 'certified',
    async play(context) {
      const { pipeline } = context;
      const { candidate, attemptId } = await handedInAndFlagged(context);
      const dismissed = await pipeline.store.assignments.dismissFileFlags({ attemptId, ...staff, actionKey: `dismiss:${attemptId}` });
      await ring(pipeline.client, attemptBell({ ...dismissed, fact: 'file_flag_settled' }));
      await untilStaffAreCalled(pipeline, attemptId, false);
      await flagNext(pipeline);
      await untilStaffAreCalled(pipeline, attemptId);
      await actAsStaff(pipeline, attemptId, reopen, { ...staff, test: 'case_study', deadline: inSeconds(3600) });
      await untilPhase(pipeline, attemptId, 'case_study');
      await candidate.upload('another file');
      await candidate.submit('case_study');
      return markedForCertificate(pipeline, attemptId);
    },
  },
  {
    name: 'flagged-and-not-replaced',
    policy: {},
    outcome: 'certified',
    async play(context) {
      const { pipeline } = context;
      const { candidate, attemptId } = await handedInAndFlagged(context);
      await actAsStaff(pipeline, attemptId, reopen, { ...staff, test: 'case_study', deadline: inSeconds(3600) });
      await untilStaffAreCalled(pipeline, attemptId, false);
      await candidate.submit('case_study');
      await untilStaffAreCalled(pipeline, attemptId);
      return markedForCertificate(pipeline, attemptId);
    },
  },
  {
    name: 'carried-over',
    policy: {},
    outcome: 'certified',
    async play(context) {
      const { pipeline, examId } = context;
      const { candidate, attemptId } = await pastAptitude(context);
      await candidate.download();
      await candidate.upload();
      await candidate.submit('case_study');
      await markNext(pipeline, { pointsOf: () => 1 });
      await markNext(pipeline, { pointsOf: () => 1 });
      await untilPhase(pipeline, attemptId, 'failed');
      const again = createCandidate(pipeline, { examId, subject: candidate.subject });
      const second = await again.register();
      await again.download();
      await again.upload();
      await again.submit('case_study');
      await markNext(pipeline);
      await markNext(pipeline);
      await untilPhase(pipeline, second, 'certified');
      return second;
    },
  },
  {
    name: 'extended-and-reopened',
    policy: { aptitudeLimitSeconds: 3 },
    outcome: 'withdrawn',
    async play({ pipeline, examId }) {
      const candidate = createCandidate(pipeline, { examId });
      const attemptId = await candidate.register();
      await untilItWaits(pipeline, attemptId);
      await candidate.start();
      await candidate.answer(rightAnswers);
      await actAsStaff(pipeline, attemptId, extend, { ...staff, window: 'aptitude', deadline: inSeconds(5) });
      await untilPhase(pipeline, attemptId, 'aptitude_grading');
      const taken = await pipelineAssignment(pipeline, attemptId);
      await pipeline.store.graders.meet({ subject: 'grader-of-choice', designated: false });
      await actAsStaff(pipeline, attemptId, reassign, { ...staff, assignmentId: taken, grader: 'grader-of-choice' });
      await actAsStaff(pipeline, attemptId, reopen, { ...staff, test: 'aptitude', deadline: inSeconds(60) });
      await untilPhase(pipeline, attemptId, 'aptitude_test');
      await candidate.submit();
      await markNext(pipeline);
      await actAsStaff(pipeline, attemptId, withdraw, staff);
      await untilPhase(pipeline, attemptId, 'withdrawn');
      return attemptId;
    },
  },
  {
    name: 'cancellation-ignored',
    policy: {},
    outcome: 'failed',
    async play({ pipeline, examId }) {
      const candidate = createCandidate(pipeline, { examId });
      const attemptId = await candidate.register();
      await untilItWaits(pipeline, attemptId);
      const handle = pipeline.handle(attemptId);
      await handle.cancel();
      // Staff are called until it moves on, and whatever was possible before still is.
      await untilStaffAreCalled(pipeline, attemptId);
      await candidate.start();
      await candidate.answer(wrongChoices);
      await actAsStaff(pipeline, attemptId, extend, { ...staff, window: 'aptitude', deadline: inSeconds(3 * 60 * 60) });
      await candidate.submit();
      await markNext(pipeline);
      await markNext(pipeline);
      await untilPhase(pipeline, attemptId, 'failed');
      return attemptId;
    },
  },
  {
    name: 'reminded-and-overdue',
    policy: { resultPromiseSeconds: { aptitude: 2, case_study: 2 } },
    outcome: 'failed',
    async play({ pipeline, examId }) {
      const { attemptId } = await handedIn({ pipeline, examId }, wrongChoices);
      await pause(3000);
      await markNext(pipeline);
      await markNext(pipeline);
      await untilPhase(pipeline, attemptId, 'failed');
      return attemptId;
    },
  },
  {
    name: 'told-and-reminded',
    policy: { startWindowSeconds: 5, candidateReminderSeconds: { start: [3, 1] } },
    outcome: 'lapsed',
    async play({ pipeline, examId }) {
      const candidate = createCandidate(pipeline, { examId });
      const attemptId = await candidate.register();
      await untilTold(pipeline, attemptId, 'deadline_near');
      await actAsStaff(pipeline, attemptId, extend, { window: 'start', deadline: inSeconds(6), ...staff });
      await untilTold(pipeline, attemptId, 'deadline_moved');
      await untilPhase(pipeline, attemptId, 'lapsed');
      await untilTold(pipeline, attemptId, 'lapsed');
      return attemptId;
    },
  },
  {
    name: 'claimed-and-dismissed',
    policy: {},
    outcome: 'withdrawn',
    async play({ pipeline, examId }) {
      const candidate = createCandidate(pipeline, { examId });
      const attemptId = await candidate.register();
      await untilItWaits(pipeline, attemptId);
      // Typed in the Temporal UI: nobody vouches for it, so it waits for somebody else of staff, who dismisses it.
      await pipeline
        .handle(attemptId)
        .executeUpdate(extend, { args: [{ ...staff, window: 'start', deadline: inSeconds(400 * 86_400) }] })
        .catch(() => undefined);
      await untilStaffAreCalled(pipeline, attemptId);
      const [claim] = await pipeline.store.staffActs.list({ attemptId, limit: 1 });
      await pipeline.store.staffActs.dismiss({ claimId: claim?.id ?? '', actor: 'staff-2', reason: 'nobody asked for it' });
      await ring(pipeline.client, attemptBell({ attemptId, fact: 'claim_settled' }));
      await untilStaffAreCalled(pipeline, attemptId, false);
      await actAsStaff(pipeline, attemptId, withdraw, staff);
      await untilPhase(pipeline, attemptId, 'withdrawn');
      return attemptId;
    },
  },
  // Recorded when candidates were told by an outbox and PDFs made on request: the histories above are of before.
  { name: 'certified-and-told-by-outbox', policy: {}, outcome: 'certified', play: certified },
  { name: 'not-submitted-and-told-by-outbox', policy: { caseStudyLimitSeconds: 1 }, outcome: 'failed', play: notSubmitted },
  // Recorded when publications brought back the facts, and registrations and submissions told of themselves.
  { name: 'certified-with-facts-brought-back', policy: {}, outcome: 'certified', play: certified },
  { name: 'not-submitted-with-facts-brought-back', policy: { caseStudyLimitSeconds: 1 }, outcome: 'failed', play: notSubmitted },
  {
    name: 'appeal-upheld',
    policy: { ...APPEALS, offerWindowSeconds: 1 },
    outcome: 'lapsed',
    async play(context) {
      const attemptId = await answered(await failedAndAppealed(context), () => 4);
      await untilPhase(context.pipeline, attemptId, 'lapsed');
      return attemptId;
    },
  },
  {
    name: 'appeal-refused',
    policy: APPEALS,
    outcome: 'failed',
    play: async (context) => answered(await failedAndAppealed(context), () => 1),
  },
  {
    name: 'appeal-partly-upheld',
    // Its answer is promised in a second: graders are reminded and staff called, until it is answered.
    policy: { ...APPEALS, resultPromiseSeconds: { aptitude: 1, case_study: 1 }, passMark: 9500 },
    outcome: 'failed',
    async play(context) {
      const appealed = await failedAndAppealed(context, ['t1', 't2']);
      await untilStaffAreCalled(context.pipeline, appealed.attemptId);
      return answered(appealed, (itemId) => (itemId === 't1' ? 5 : 3));
    },
  },
  {
    name: 'appeal-withdrawn',
    policy: APPEALS,
    outcome: 'failed',
    async play(context) {
      const { pipeline, attemptId, subject } = await failedAndAppealed(context);
      await pipelineAssignment(pipeline, attemptId);
      await ring(pipeline.client, attemptBell({ ...(await pipeline.store.appeals.withdraw({ attemptId, subject })), fact: 'appeal_withdrawn' }));
      return attemptId;
    },
  },
  {
    name: 'appeal-too-late',
    policy: { ...APPEALS, appealWindowSeconds: 1 },
    outcome: 'failed',
    async play(context) {
      const { pipeline, examId } = context;
      const { candidate, attemptId } = await handedIn({ pipeline, examId }, wrongChoices);
      await markNext(pipeline, { pointsOf: () => 1 });
      await untilPhase(pipeline, attemptId, 'failed');
      await pause(1000);
      const late = fileAppeal({ pipeline, subject: candidate.subject, attemptId }, ['t1']);
      await late.then(
        () => Promise.reject(new Error('it was taken')),
        () => undefined,
      );
      return attemptId;
    },
  },
  {
    name: 'appeal-turns-a-fail-into-a-certificate',
    policy: APPEALS,
    outcome: 'certified',
    async play(context) {
      const { pipeline, examId } = context;
      const { candidate, attemptId } = await handedIn({ pipeline, examId }, rightAnswers);
      await markNext(pipeline);
      await untilPhase(pipeline, attemptId, 'case_study_offered');
      await candidate.download();
      await candidate.upload();
      await candidate.submit('case_study');
      await markNext(pipeline, { pointsOf: () => 1 });
      await untilPhase(pipeline, attemptId, 'failed');
      const [result] = (await pipeline.store.decisions.results(attemptId)).slice(-1);
      await fileAppeal(
        { pipeline, subject: candidate.subject, attemptId },
        (result?.items ?? []).map(({ itemId }) => itemId),
      );
      await markNext(pipeline);
      await untilPhase(pipeline, attemptId, 'certified');
      return attemptId;
    },
  },
  {
    name: 'regraded-before-it-was-published',
    policy: { marking: 'single' },
    outcome: 'withdrawn',
    play: regradedAndWithdrawn,
  },
  {
    name: 'regraded-and-published-with-feedback',
    policy: { marking: 'single' },
    outcome: 'withdrawn',
    play: regradedAndWithdrawn,
  },
  {
    name: 'certified-with-feedback-published',
    policy: {},
    outcome: 'certified',
    play: certified,
  },
  {
    name: 'certified-from-a-start-that-says-where-it-stands',
    policy: {},
    outcome: 'certified',
    play: certified,
  },
  {
    name: 'begun-by-the-relay',
    policy: {},
    outcome: 'withdrawn',
    async play({ pipeline, examId }) {
      const candidate = createCandidate(pipeline, { examId });
      const attemptId = await candidate.register({ heardBy: 'relay' });
      await untilItWaits(pipeline, attemptId);
      await candidate.withdraw();
      return attemptId;
    },
  },
];

/** The candidate's inbox has a notice of this kind. */
async function untilTold({ store }: Pipeline, attemptId: string, kind: NoticeKind): Promise<void> {
  await until(async () => {
    const kinds = (await store.notices.list(attemptId)).map((notice) => notice.kind);
    return kinds.includes(kind) || `told of ${kinds.join(', ')} alone`;
  });
}

/** An assignment of the attempt, once it is open. */
async function pipelineAssignment({ store }: Pipeline, attemptId: string): Promise<string> {
  let id: string | undefined;
  await until(async () => {
    [id] = (await store.assignments.listForStaff({ attemptId, state: 'open', limit: 1 })).map((assignment) => assignment.id);
    return id === undefined ? 'no assignment is open' : true;
  });
  if (id === undefined) throw new Error('unreachable');
  return id;
}

/** One exam a shape, so that each has its own policy. */
export function examOfShape(shape: Shape): ExamContent {
  return smallExam(shape.policy, `shape-${shape.name}`);
}
