import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from '../../api/staff-acts.ts';
import { createLogger } from '../../platform/logging.ts';
import { connectDatabase } from '../../store/context.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createRelay } from '../../workers/delivery.ts';
import type { Loop } from '../../workers/loop.ts';
import { ring } from '../../platform/temporal/ring.ts';
import { attemptBell } from '../../workflows/bells.ts';
import { reassign, withdraw } from '../../workflows/messages.ts';
import { CertNeedsAttention } from '../../workflows/search-attributes.ts';
import { createCandidate, markNext, startPipeline, until, untilPhase, type Pipeline } from '../support/pipeline.ts';
import { actAsStaff } from '../support/staff-acts.ts';
import { rightAnswers } from '../support/shapes.ts';

let pipeline: Pipeline;
let prisma: ReturnType<typeof connectDatabase>;
let relay: Loop;
let relaying: Promise<void>;

beforeAll(async () => {
  pipeline = await startPipeline({ exams: [smallExam({ adjudication: 'always' })] });
  prisma = connectDatabase({ DATABASE_URL: pipeline.databaseUrl, DATABASE_POOL_SIZE: 2 });
  relay = createRelay({ ...pipeline, storage: pipeline.storage(), logger: createLogger({ level: 'silent', service: 'test' }) });
  relaying = relay.run();
});

afterAll(async () => {
  relay?.stop();
  await relaying;
  await prisma?.$disconnect();
  await pipeline?.stop();
});

/** Handed in, with its assignments open for long enough to be looked at. */
async function handedIn(): Promise<string> {
  const candidate = createCandidate(pipeline);
  const attemptId = await candidate.register();
  await candidate.start();
  await candidate.answer(rightAnswers);
  await candidate.submit();
  await untilOpen(attemptId, 2);
  return attemptId;
}

async function untilOpen(attemptId: string, count: number): Promise<void> {
  await until(async () => {
    const rows = await openOf(attemptId);
    return rows.length === count || `${rows.length} assignments are open`;
  });
  await prisma.assignment.updateMany({ where: { state: 'open' }, data: { createdAt: new Date(Date.now() - 600_000) } });
}

const openOf = (attemptId: string) => prisma.assignment.findMany({ where: { state: 'open', submission: { sitting: { attemptId } } } });
const unstaffedOf = async (attemptId: string) => (await pipeline.store.attempts.read({ attemptId })).facts.assignments.unstaffed ?? 0;

async function untilAttention(attemptId: string, wanted: boolean): Promise<void> {
  await until(async () => {
    const { typedSearchAttributes } = await pipeline.handle(attemptId).describe();
    return (typedSearchAttributes.get(CertNeedsAttention) ?? false) === wanted || `CertNeedsAttention is not ${wanted}`;
  });
}

/** Where a bell made its task fail and the withdrawal is sent again, the workflow may be over already. */
async function end(attemptId: string): Promise<void> {
  await actAsStaff(pipeline, attemptId, withdraw, { actor: 'sam', reason: 'done' }).catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
  await untilPhase(pipeline, attemptId, 'withdrawn');
}

async function detailsOf(attemptId: string): Promise<string> {
  const details = await pipeline.handle(attemptId).query<string>('__temporal_workflow_metadata');
  return JSON.stringify(details);
}

const dana = { grader: 'dana', designated: true };
const gil = { grader: 'gil', designated: false };

describe('an assignment that nobody is left for', () => {
  it('calls staff when the only designated grader has marked a seat, until another one signs in', async () => {
    await pipeline.store.graders.meet({ subject: 'dana', designated: true });
    await pipeline.store.graders.meet({ subject: 'gil', designated: false });
    const attemptId = await handedIn();
    // While others may mark it, the only designated grader is spared; what nobody takes is offered wider.
    expect(await pipeline.store.assignments.claim(dana)).toBeUndefined();
    await prisma.assignment.updateMany({ where: { state: 'open' }, data: { createdAt: new Date(Date.now() - 3 * 86_400_000) } });
    await markNext(pipeline, { ...dana, pointsOf: (itemId) => (itemId === 't1' ? 4 : 5) });
    await markNext(pipeline, { ...gil, pointsOf: (itemId) => (itemId === 't1' ? 1 : 5) });
    await untilOpen(attemptId, 1);
    await pipeline.store.assignments.watchStaffing();
    expect(await unstaffedOf(attemptId)).toBe(1);
    await untilAttention(attemptId, true);
    expect(await detailsOf(attemptId)).toMatch(
      /nobody is left who could take 1 of its assignments \(of 2 graders: 2 with another part in the same submission\)/,
    );
    expect((await pipeline.store.assignments.listForStaff({ attemptId, state: 'open', limit: 10 }))[0]?.unstaffedSince).toBeInstanceOf(Date);

    await pipeline.store.graders.meet({ subject: 'gus', designated: false });
    await pipeline.store.assignments.watchStaffing();
    expect(await unstaffedOf(attemptId)).toBe(1); // no designated grader
    await pipeline.store.graders.meet({ subject: 'dora', designated: true });
    await pipeline.store.assignments.watchStaffing();
    expect(await unstaffedOf(attemptId)).toBe(0);
    await untilAttention(attemptId, false);
    expect(await detailsOf(attemptId)).toMatch(/somebody is there again who can mark/);
    await markNext(pipeline, { grader: 'dora', designated: true, pointsOf: (_itemId, max) => max });
    await untilPhase(pipeline, attemptId, 'case_study_offered');
  });

  it('calls staff when nobody is left for a second seat, and not for one that somebody holds or that was opened just now', async () => {
    await prisma.grader.deleteMany({ where: { subject: { not: 'gil' } } });
    const attemptId = await handedIn();
    const held = await pipeline.store.assignments.claim({ ...gil });
    expect(held).toBeDefined();
    const [other] = (await openOf(attemptId)).filter(({ id }) => id !== held?.id);
    await prisma.assignment.update({ where: { id: other?.id ?? '' }, data: { createdAt: new Date() } });
    await pipeline.store.assignments.watchStaffing();
    expect(await unstaffedOf(attemptId)).toBe(0);
    await prisma.assignment.update({ where: { id: other?.id ?? '' }, data: { createdAt: new Date(Date.now() - 600_000) } });
    await pipeline.store.assignments.watchStaffing();
    expect(await unstaffedOf(attemptId)).toBe(1);
    expect(await pipeline.store.assignments.watchStaffing()).toBe(0); // told once
    await untilAttention(attemptId, true);
    // Somebody who was here long ago does not count, and comes back.
    await prisma.grader.create({
      data: { subject: 'ann', designated: false, firstSeenAt: new Date(0), lastSeenAt: new Date(Date.now() - 100 * 86_400_000) },
    });
    await pipeline.store.assignments.watchStaffing();
    expect(await unstaffedOf(attemptId)).toBe(1);
    await pipeline.store.graders.meet({ subject: 'ann', designated: false });
    await pipeline.store.assignments.watchStaffing();
    await untilAttention(attemptId, false);
    await end(attemptId);
  });
});

describe('an appeal that everybody who could mark was involved in before', () => {
  it('calls staff, who give it to somebody new; nobody of before can take it, nor be given it', async () => {
    const examId = 'appealed';
    await pipeline.store.examVersions.publish({ content: smallExam({ marking: 'single', appealWindowSeconds: 3600 }, examId), actor: 'test' });
    await prisma.grader.deleteMany({ where: { subject: { not: 'gil' } } });
    await pipeline.store.graders.meet({ subject: 'gil', designated: false });
    const candidate = createCandidate(pipeline, { examId });
    const attemptId = await candidate.register();
    await candidate.start();
    await candidate.answer(rightAnswers);
    await candidate.submit();
    await untilOpen(attemptId, 1);
    await markNext(pipeline, { ...gil, pointsOf: () => 2 });
    await untilPhase(pipeline, attemptId, 'failed');
    const { subject } = candidate;
    const items = [{ itemId: 't1', reason: 'overlooked' as const, text: 'See its second half.' }];
    await ring(pipeline.client, attemptBell({ ...(await pipeline.store.appeals.file({ attemptId, subject, items })), fact: 'appealed' }));
    await untilOpen(attemptId, 1);
    await pipeline.store.assignments.watchStaffing();
    expect(await unstaffedOf(attemptId)).toBe(1);
    await untilAttention(attemptId, true);
    expect(await detailsOf(attemptId)).toMatch(/nobody is left who could take 1 of its assignments \(of 1 grader: 1 with another part/);
    expect(await pipeline.store.appeals.list({ attemptId, limit: 5 })).toMatchObject([{ state: 'open', needsAttention: true }]);
    expect(await pipeline.store.assignments.claim(gil)).toBeUndefined();

    const [open] = await openOf(attemptId);
    const give = (grader: string) =>
      actAsStaff(pipeline, attemptId, reassign, { assignmentId: open?.id ?? '', grader, actor: 'sam', reason: 'nobody else is left' });
    expect(refusalOf(await give('gil').catch((refusal: unknown) => refusal))?.code).toBe('already_involved');
    await pipeline.store.graders.meet({ subject: 'nora', designated: false });
    await give('nora');
    await pipeline.store.assignments.watchStaffing();
    await untilAttention(attemptId, false);
    await markNext(pipeline, { grader: 'nora', designated: false, pointsOf: () => 3 });
    await until(async () => (await pipeline.store.appeals.ofAttempt(attemptId))[0]?.state === 'upheld' || 'it is not answered');
    await untilPhase(pipeline, attemptId, 'failed');
  });
});

describe('a reassignment', () => {
  it('to a mistyped, a new or an unqualified grader is refused, and takes the work from nobody', async () => {
    await pipeline.store.graders.meet({ subject: 'gil', designated: false });
    const attemptId = await handedIn();
    const held = await pipeline.store.assignments.claim({ ...gil });
    const before = await openOf(attemptId);
    const ask = async (assignmentId: string, grader: string) => {
      const input = { assignmentId, grader, actor: 'sam', reason: 'ill' };
      const error: unknown = await actAsStaff(pipeline, attemptId, reassign, input).catch((refusal: unknown) => refusal);
      return refusalOf(error)?.code;
    };
    for (const grader of ['gill', 'Gil', 'gil ', 'g\u0456l', 'nobody']) expect(await ask(held?.id ?? '', grader)).toBe('grader_unknown');
    expect(await openOf(attemptId)).toEqual(before);
    const [first] = before;
    await prisma.assignment.update({ where: { id: first?.id ?? '' }, data: { purpose: 'adjudicate' } });
    await pipeline.store.graders.meet({ subject: 'ann', designated: false });
    expect(await ask(first?.id ?? '', 'ann')).toBe('grader_unqualified');
    expect(await pipeline.store.attempts.audit(attemptId)).toEqual([]);
    // The token tells: who became a designated grader may.
    await pipeline.store.graders.meet({ subject: 'ann', designated: true });
    expect(await ask(first?.id ?? '', 'ann')).toBeUndefined();
    expect((await openOf(attemptId)).find(({ id }) => id === first?.id)).toMatchObject({ reservedFor: 'ann', holder: null });
    await end(attemptId);
  });
});
