import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindingOf } from '../../domain/limit.ts';
import { openWindowOf } from '../../store/limits.ts';
import { connectDatabase } from '../../store/context.ts';
import { createOutageStore, type Outage, type OutageStore } from '../../store/outages.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { outcomeOf, startedAttempt, submittedAttempt } from '../support/sitting.ts';

const MINUTE = 60_000;

let test: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
let outages: OutageStore;
let offsetSeconds = 0;
const { clock, advanceSeconds } = createShiftedClock();
const advanceMinutes = (count: number) => {
  offsetSeconds += count * 60;
  advanceSeconds(count * 60);
};
const now = () => Date.now() + offsetSeconds * 1000;

beforeAll(async () => {
  test = await createTestStore({ clock });
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 10 });
  outages = createOutageStore({ prisma, clock });
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});

afterAll(async () => {
  await prisma?.$disconnect();
  await test?.close();
});

const act = () => ({ actor: 'sam', reason: 'because', actionKey: randomUUID() });
const sittingOf = async (attemptId: string) => {
  const sitting = (await test.store.attempts.read({ attemptId })).facts.sittings.aptitude;
  if (!sitting) throw new Error('not started');
  return sitting;
};
/** Minutes from the start to the deadline. */
async function minutesOf(attemptId: string): Promise<number> {
  const { startedAt, deadline } = await sittingOf(attemptId);
  return (deadline - startedAt) / MINUTE;
}
async function at(attemptId: string, minute: number): Promise<Date> {
  return new Date((await sittingOf(attemptId)).startedAt + minute * MINUTE);
}
const accommodate = (attemptId: string, percent: number) => test.store.attempts.accommodate({ attemptId, percent, ...act() });
const extend = async (attemptId: string, minute: number) =>
  test.store.attempts.extend({ attemptId, window: 'aptitude', deadline: await at(attemptId, minute), ...act() });
const correct = async (attemptId: string, minute: number) =>
  test.store.attempts.correctDeadline({ attemptId, window: 'aptitude', deadline: await at(attemptId, minute), ...act() });
async function credit(outage: Partial<Outage> & Pick<Outage, 'from' | 'to'>): Promise<void> {
  const complete = { id: randomUUID(), extraSeconds: 0, actor: 'olga', reason: 'away', ...outage };
  for await (const batch of outages.credit(complete)) expect(batch.length).toBeGreaterThan(0);
}

describe('what binds is set, not added', () => {
  it('150, 100, 150, 150 % on a running test of 90 minutes is 135 minutes each time', async () => {
    const { attemptId } = await startedAttempt(test.store);
    const seen: number[] = [];
    for (const percent of [150, 100, 150, 150]) {
      await accommodate(attemptId, percent);
      seen.push(await minutesOf(attemptId));
      expect((await test.store.attempts.read({ attemptId })).accommodationPercent).toBe(percent);
    }
    expect(seen).toEqual([135, 135, 135, 135]);
  });

  it('an accommodation, an extension and an outage give the same deadline in each of their orders, and when they come again', async () => {
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    const attempts = await Promise.all(orders.map(() => startedAttempt(test.store)));
    const from = new Date(now());
    advanceMinutes(20);
    const outage = { id: randomUUID(), from, to: new Date(now()) };
    // An outage is everybody's: whose turn it is not is credited before, and another id does not count again.
    const seen: number[] = [];
    for (const [index, order] of orders.entries()) {
      const { attemptId } = attempts[index] ?? { attemptId: '' };
      const acts = [() => accommodate(attemptId, 150), () => outcomeOf(extend(attemptId, 140)), () => credit(outage)];
      for (const step of [...order, ...order.toReversed()]) await acts[step]?.();
      seen.push(await minutesOf(attemptId));
    }
    const lost = (outage.to.getTime() - outage.from.getTime()) / MINUTE;
    for (const [index, minutes] of seen.entries()) {
      const { startedAt } = await sittingOf(attempts[index]?.attemptId ?? '');
      const credited = (outage.to.getTime() - Math.max(outage.from.getTime(), startedAt)) / MINUTE;
      expect(minutes).toBeCloseTo(135 + credited, 9);
      expect(credited).toBeLessThanOrEqual(lost);
    }
  });

  it('a repeat of the same act, and two at once, move nothing twice', async () => {
    const { attemptId } = await startedAttempt(test.store);
    const same = act();
    await Promise.all(Array.from({ length: 4 }, () => test.store.attempts.accommodate({ attemptId, percent: 150, ...same })));
    expect(await minutesOf(attemptId)).toBe(135);
    await Promise.all([150, 125, 150, 110].map((percent) => accommodate(attemptId, percent)));
    expect(await minutesOf(attemptId)).toBe(135);
    const extension = { attemptId, window: 'aptitude' as const, deadline: await at(attemptId, 150), ...act() };
    expect(await Promise.all([1, 2, 3].map(() => test.store.attempts.extend(extension)))).toEqual(
      Array.from({ length: 3 }, () => ({ deadline: extension.deadline })),
    );
    expect(await minutesOf(attemptId)).toBe(150);
  });

  it('an accommodation that is lowered by mistake shortens no window that is open, and binds those that open later', async () => {
    const subject = randomUUID();
    const { attemptId } = await test.store.attempts.register({ subject, name: 'Ada', examId: 'small' });
    const { facts } = await test.store.attempts.read({ attemptId });
    await accommodate(attemptId, 200);
    await accommodate(attemptId, 150);
    const after = await test.store.attempts.read({ attemptId });
    expect(after.facts.startBy - after.registeredAt.getTime()).toBe(2 * (facts.startBy - after.registeredAt.getTime()));
    await test.store.sittings.start({ attemptId, subject });
    expect(await minutesOf(attemptId)).toBe(135);
  });

  it('a deadline of the release before, that its parts do not explain, stays promised, and an outage comes on top of it', async () => {
    const { attemptId } = await startedAttempt(test.store);
    await prisma.sitting.updateMany({ where: { attemptId }, data: { deadline: await at(attemptId, 200) } });
    await accommodate(attemptId, 150);
    expect(await minutesOf(attemptId)).toBe(200);
    const from = new Date(now());
    advanceMinutes(10);
    await credit({ from, to: new Date(now()) });
    expect(Math.round(await minutesOf(attemptId))).toBe(210);
    // Set for the attempt alone, by a release that keeps no accommodations.
    const subject = randomUUID();
    const other = await test.store.attempts.register({ subject, name: 'Ada', examId: 'small' });
    await prisma.attempt.update({ where: { id: other.attemptId }, data: { accommodationPercent: 150 } });
    await test.store.sittings.start({ attemptId: other.attemptId, subject });
    expect(await minutesOf(other.attemptId)).toBe(135);
  });

  it('the factor of an attempt of before becomes its candidate’s, in the words of whoever granted it', async () => {
    const { attemptId } = await startedAttempt(test.store);
    await accommodate(attemptId, 175);
    await prisma.accommodation.deleteMany();
    const migration = await readFile(new URL('../../prisma/migrations/20261128171000_limits/migration.sql', import.meta.url), 'utf8');
    await prisma.$executeRawUnsafe(migration.slice(migration.indexOf('INSERT INTO "accommodation"')));
    const { candidateId, accommodations } = await test.store.attempts.read({ attemptId });
    expect(accommodations).toMatchObject([{ percent: 175, until: null }]);
    expect(await test.store.attempts.accommodations(candidateId)).toMatchObject([
      { percent: 175, examId: 'small', recordedBy: 'sam', reason: 'because' },
    ]);
    await accommodate(attemptId, 175);
    expect(await minutesOf(attemptId)).toBe(157.5);
  });
});

describe('an accommodation of a candidate', () => {
  const record = (candidateId: string, more: object) =>
    test.store.attempts.recordAccommodation({
      candidateId,
      examId: null,
      kind: 'extra_time',
      percent: 150,
      validUntil: null,
      evidence: null,
      ...act(),
      ...more,
    });

  it('counts for the windows that are open at some time of its validity', async () => {
    const subject = randomUUID();
    const { attemptId } = await test.store.attempts.register({ subject, name: 'Ada', examId: 'small' });
    const { candidateId, facts } = await test.store.attempts.read({ attemptId });
    const inDays = (days: number) => new Date(now() + days * 86_400_000);
    await record(candidateId, { percent: 200, validFrom: inDays(2), validUntil: inDays(3) });
    await test.store.examVersions.publish({ content: smallExam({}, 'another'), actor: 'test' });
    await record(candidateId, { percent: 300, examId: 'another' });
    await test.store.sittings.start({ attemptId, subject });
    expect(await minutesOf(attemptId)).toBe(90);
    expect((await test.store.attempts.read({ attemptId })).facts.startBy).toBeGreaterThan(facts.startBy); // open for a year
    advanceMinutes(2 * 1440 - 30);
    const next = randomUUID();
    const second = await test.store.attempts.register({ subject: next, name: 'Ben', examId: 'small' });
    const { candidateId: ben } = await test.store.attempts.read({ attemptId: second.attemptId });
    await test.store.sittings.start({ attemptId: second.attemptId, subject: next });
    await record(ben, { percent: 200, validFrom: new Date(now() + 60 * MINUTE) });
    expect(await minutesOf(second.attemptId)).toBe(180);
  });

  it('replaces the one for the same exam from its beginning on, and the greatest of several counts', async () => {
    const subject = randomUUID();
    const { attemptId } = await test.store.attempts.register({ subject, name: 'Ada', examId: 'small' });
    const { candidateId } = await test.store.attempts.read({ attemptId });
    const percent = async () => (await test.store.attempts.read({ attemptId })).accommodationPercent;
    await record(candidateId, { percent: 200 });
    await record(candidateId, { percent: 150, validFrom: new Date(now() + 60 * MINUTE) });
    expect(await percent()).toBe(200);
    advanceMinutes(61);
    expect(await percent()).toBe(150);
    await record(candidateId, { percent: 125, examId: 'small' });
    expect(await percent()).toBe(150);
    const { accommodationId } = await record(candidateId, { percent: 300, examId: 'small' });
    expect(await percent()).toBe(300);
    await test.store.attempts.endAccommodation({ candidateId, accommodationId, ...act() });
    expect(await percent()).toBe(150);
    await expect(record(candidateId, { validFrom: new Date(now()), validUntil: new Date(now() - 1) })).rejects.toMatchObject({
      code: 'accommodation_invalid',
    });
  });

  it('is taken by a test that starts at the same moment, whoever is first', async () => {
    for (let run = 0; run < 25; run += 1) {
      const subject = randomUUID();
      const { attemptId } = await test.store.attempts.register({ subject, name: 'Ada', examId: 'small' });
      const { candidateId } = await test.store.attempts.read({ attemptId });
      await Promise.all([record(candidateId, {}), test.store.sittings.start({ attemptId, subject })]);
      expect(await minutesOf(attemptId)).toBe(135);
    }
  });
});

describe('an extension', () => {
  it('is bound by the policy of the exam, and so is a reopening', async () => {
    await test.store.examVersions.publish({ content: { ...smallExam({ extensionMaxSeconds: 600 }), examId: 'bound' }, actor: 'test' });
    const { attemptId } = await startedAttempt(test.store, { examId: 'bound' });
    const { startedAt } = await sittingOf(attemptId);
    await expect(extend(attemptId, 101)).rejects.toMatchObject({
      code: 'deadline_out_of_bounds',
      details: { latest: new Date(startedAt + 100 * MINUTE).toISOString() },
    });
    expect(await test.store.attempts.audit(attemptId)).toEqual([]);
    await extend(attemptId, 100);
    await expect(extend(attemptId, 110)).rejects.toMatchObject({ code: 'deadline_out_of_bounds' }); // not from one to the next
    advanceMinutes(95);
    await extend(attemptId, 104);
    expect(await minutesOf(attemptId)).toBe(104);
    const submitted = await submittedAttempt(test.store, { examId: 'bound' });
    const reopen = (minutes: number) =>
      test.store.sittings.reopen({ attemptId: submitted.attemptId, test: 'aptitude', deadline: new Date(now() + minutes * MINUTE), ...act() });
    await expect(reopen(11)).rejects.toMatchObject({ code: 'deadline_out_of_bounds' });
    await reopen(9);
    expect(Math.round(((await sittingOf(submitted.attemptId)).deadline - now()) / MINUTE)).toBe(9);
  });

  it('to a year far off is refused where a version was published before there was a bound', async () => {
    const { attemptId } = await startedAttempt(test.store);
    for (const year of [2062, 2199]) {
      const deadline = new Date(Date.UTC(year, 11, 24));
      await expect(test.store.attempts.extend({ attemptId, window: 'aptitude', deadline, ...act() })).rejects.toMatchObject({
        code: 'deadline_out_of_bounds',
      });
    }
  });
});

describe('a correction of a deadline', () => {
  it('takes back an extension, an accommodation that has ended, and a reopening; what is granted later counts again', async () => {
    const { attemptId } = await startedAttempt(test.store);
    await extend(attemptId, 60 * 24 * 30);
    await correct(attemptId, 100);
    expect(await minutesOf(attemptId)).toBe(100);
    await accommodate(attemptId, 1000);
    await accommodate(attemptId, 150);
    expect(await minutesOf(attemptId)).toBe(900);
    await correct(attemptId, 135);
    expect(await minutesOf(attemptId)).toBe(135);
    await extend(attemptId, 140);
    expect(await minutesOf(attemptId)).toBe(140);
    const from = new Date(now());
    advanceMinutes(10);
    await credit({ from, to: new Date(now()) });
    expect(Math.round(await minutesOf(attemptId))).toBe(150);

    const submitted = await submittedAttempt(test.store);
    const reopened = { attemptId: submitted.attemptId, test: 'aptitude' as const, deadline: new Date(now() + 60 * 24 * 60 * MINUTE), ...act() };
    await test.store.sittings.reopen(reopened);
    await correct(submitted.attemptId, 30);
    expect(await minutesOf(submitted.attemptId)).toBe(30);
  });

  it('is never to a moment past, below what the candidate has anyway, or later; the deadline stays, and nothing is audited', async () => {
    const { attemptId } = await startedAttempt(test.store);
    await accommodate(attemptId, 110);
    await extend(attemptId, 500);
    advanceMinutes(50);
    for (const [minute, code] of [
      [49, 'deadline_not_later'],
      [98, 'deadline_out_of_bounds'],
      [501, 'deadline_out_of_bounds'],
    ] as const) {
      await expect(correct(attemptId, minute)).rejects.toMatchObject({ code });
    }
    await expect(
      test.store.attempts.correctDeadline({ attemptId, window: 'start', deadline: await at(attemptId, 100), ...act() }),
    ).rejects.toMatchObject({ code: 'wrong_phase' });
    expect(await minutesOf(attemptId)).toBe(500);
    expect((await test.store.attempts.audit(attemptId)).map(({ action }) => action)).toEqual(['accommodate', 'extend']);
    await correct(attemptId, 99);
    expect((await test.store.attempts.audit(attemptId)).at(-1)).toMatchObject({ actor: 'sam', action: 'correct_deadline', reason: 'because' });
  });

  it('lets nothing be saved after the corrected deadline, and rings', async () => {
    const attempt = await startedAttempt(test.store);
    await extend(attempt.attemptId, 500);
    const { deliveryId } = await correct(attempt.attemptId, 95);
    expect(await prisma.delivery.findUnique({ where: { id: deliveryId ?? '' }, select: { fact: true } })).toEqual({ fact: 'deadline_moved' });
    const save = (sequence: number) => outcomeOf(test.store.sittings.saveResponse({ ...attempt, itemId: 't1', value: 'x', sequence }));
    advanceMinutes(94);
    expect(await save(1)).toBe('ok');
    advanceMinutes(2);
    expect(await save(2)).toBe('deadline_passed');
  });
});

it('what the deadline is computed from gives the deadline that stands, in every window', async () => {
  const { policy } = smallExam();
  const records = await test.store.attempts.list({ limit: 1000 });
  const open = records.flatMap((record) => openWindowOf(record, policy) ?? []);
  expect(open.length).toBeGreaterThan(10);
  for (const { limit, deadline } of open) expect(bindingOf(limit).deadline).toBe(deadline);
});
