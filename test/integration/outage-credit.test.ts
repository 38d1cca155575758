import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../platform/logging.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createOutageStore, type CreditedWindow, type Outage, type OutageStore } from '../../store/outages.ts';
import { createRelay } from '../../workers/delivery.ts';
import { createShiftedClock } from '../support/clock.ts';
import { runCommand } from '../support/command.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createCandidate, startPipeline, untilPhase } from '../support/pipeline.ts';
import { outcomeOf, startedAttempt, submittedAttempt } from '../support/sitting.ts';

const MINUTE = 60_000;

let test: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
let outages: OutageStore;
let offsetSeconds = 0;
const { clock, advanceSeconds } = createShiftedClock();
const advanceMinutes = (minutes: number) => {
  offsetSeconds += minutes * 60;
  advanceSeconds(minutes * 60);
};
const now = () => new Date(Date.now() + offsetSeconds * 1000);

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

function outageOf(times: Pick<Outage, 'from' | 'to'>, more: Partial<Outage> = {}): Outage {
  return { id: randomUUID(), extraSeconds: 0, actor: 'olga', reason: 'the database was away', ...times, ...more };
}

async function creditAll(outage: Outage): Promise<readonly CreditedWindow[]> {
  const windows: CreditedWindow[] = [];
  for await (const batch of outages.credit(outage)) windows.push(...batch);
  return windows;
}

async function deadlineOf(attemptId: string): Promise<number> {
  return (await test.store.attempts.read({ attemptId })).facts.sittings.aptitude?.deadline ?? 0;
}

const factsOf = (attemptId: string) => prisma.delivery.findMany({ where: { attemptId }, orderBy: { createdAt: 'asc' }, select: { fact: true } });

describe('an outage that is credited', () => {
  it('gives each test the time since the outage began, or since it began itself, and leaves those of after alone', async () => {
    const before = await startedAttempt(test.store);
    advanceMinutes(10);
    const from = now();
    advanceMinutes(20);
    const during = await startedAttempt(test.store);
    const startedDuring = now();
    advanceMinutes(10);
    const to = now();
    const after = await startedAttempt(test.store);
    const deadlines = await Promise.all([before, during, after].map(({ attemptId }) => deadlineOf(attemptId)));

    await creditAll(outageOf({ from, to }));

    const moved = await Promise.all(
      [before, during, after].map(async ({ attemptId }, index) => (await deadlineOf(attemptId)) - (deadlines[index] ?? 0)),
    );
    expect(moved[0]).toBe(to.getTime() - from.getTime());
    expect(Math.abs((moved[1] ?? 0) - (to.getTime() - startedDuring.getTime()))).toBeLessThan(1000);
    expect(moved[2]).toBe(0);
    // The audit and the doorbell belong to it.
    const [entry] = await test.store.attempts.audit(before.attemptId);
    expect(entry).toMatchObject({ actor: 'olga', action: 'extend', reason: 'the database was away', details: { window: 'aptitude' } });
    expect((await factsOf(before.attemptId)).at(-1)).toEqual({ fact: 'deadline_moved' });
    expect(await test.store.attempts.audit(after.attemptId)).toEqual([]);
  });

  it('gives the same clock time to a candidate with an accommodation', async () => {
    const { attemptId } = await startedAttempt(test.store);
    await test.store.attempts.accommodate({ attemptId, percent: 150, actor: 'staff', reason: 'asked', actionKey: randomUUID() });
    const deadline = await deadlineOf(attemptId);
    const from = now();
    advanceMinutes(30);
    await creditAll(outageOf({ from, to: now() }, { extraSeconds: 300 }));
    expect(Math.round(((await deadlineOf(attemptId)) - deadline) / MINUTE)).toBe(35);
  });

  it('moves the windows to start and to download as well, and no window that is closed', async () => {
    const registered = await test.store.attempts.register({ subject: randomUUID(), name: 'Waits', examId: 'small' });
    const handedIn = await submittedAttempt(test.store);
    const { facts: factsBefore } = await test.store.attempts.read({ attemptId: registered.attemptId });
    const from = now();
    advanceMinutes(60);
    const to = now();
    const credited = await creditAll(outageOf({ from, to }));
    const { facts } = await test.store.attempts.read({ attemptId: registered.attemptId });
    expect(facts.startBy - factsBefore.startBy).toBe(to.getTime() - from.getTime());
    expect(credited.filter(({ attemptId }) => attemptId === handedIn.attemptId)).toEqual([]);
    expect(credited.filter(({ attemptId }) => attemptId === registered.attemptId)).toMatchObject([{ window: 'start' }]);
  });

  it('opens again a test whose time ran out during the outage, as long as nothing froze it; a frozen one is named for staff', async () => {
    const [running, frozen] = [await startedAttempt(test.store), await startedAttempt(test.store)];
    advanceMinutes(80);
    const from = now();
    advanceMinutes(60); // ten minutes were left
    await test.store.sittings.freezeAtTimeOut({ attemptId: frozen.attemptId, test: 'aptitude' });
    const outage = outageOf({ from, to: now() });
    await creditAll(outage);
    const save = (attempt: { attemptId: string; subject: string }) =>
      outcomeOf(test.store.sittings.saveResponse({ ...attempt, itemId: 't1', value: 'in time', sequence: 1 }));
    expect(await save(running)).toBe('ok');
    expect(await save(frozen)).toBe('deadline_passed');
    expect(((await deadlineOf(running.attemptId)) - now().getTime()) / MINUTE).toBeCloseTo(10, 0);
    expect(await outages.missed(outage)).toMatchObject([{ attemptId: frozen.attemptId, window: 'aptitude' }]);
  });

  it('moves nothing twice, however often and by however many at once it is credited', async () => {
    const attempts = await Promise.all(Array.from({ length: 12 }, () => startedAttempt(test.store)));
    const deadlines = await Promise.all(attempts.map(({ attemptId }) => deadlineOf(attemptId)));
    const from = now();
    advanceMinutes(15);
    const outage = outageOf({ from, to: now() });
    const mine = (windows: readonly CreditedWindow[]) => windows.filter((row) => attempts.some(({ attemptId }) => attemptId === row.attemptId));
    const preview = mine(await outages.preview(outage));
    expect(await Promise.all(attempts.map(({ attemptId }) => deadlineOf(attemptId)))).toEqual(deadlines);

    const runs = await Promise.all([creditAll(outage), creditAll(outage), creditAll(outage)]);
    expect(
      mine(runs.flat())
        .map(({ attemptId }) => attemptId)
        .toSorted(),
    ).toEqual(preview.map(({ attemptId }) => attemptId).toSorted());
    expect(mine(await creditAll(outage))).toEqual([]);
    for (const [index, { attemptId }] of attempts.entries()) {
      expect((await deadlineOf(attemptId)) - (deadlines[index] ?? 0)).toBe(outage.to.getTime() - from.getTime());
      expect(await test.store.attempts.audit(attemptId)).toHaveLength(1);
    }
  });

  it('either moves a deadline or finds the test handed in, never both, when candidates submit and withdraw at the same time', async () => {
    const seen = new Set<string>();
    // On a busy machine one side may win for long: then they start further apart.
    for (let run = 0; run < 15 || (seen.size < 2 && run < 90); run += 1) {
      const attempts = await Promise.all(Array.from({ length: 4 }, () => startedAttempt(test.store)));
      const deadlines = await Promise.all(attempts.map(({ attemptId }) => deadlineOf(attemptId)));
      const from = now();
      advanceMinutes(1);
      const outage = outageOf({ from, to: now() });
      const jitter = () => pause(Math.random() * 12 * 2 ** Math.floor(run / 15));
      const [credited] = await Promise.all([
        jitter().then(() => creditAll(outage)),
        ...attempts.map(async (attempt, index) => {
          await jitter();
          // Handing in and withdrawing take the attempt's lock and the sitting's in different orders.
          return index % 2 === 0 ? test.store.sittings.submit({ ...attempt, test: 'aptitude' }) : test.store.attempts.withdraw(attempt);
        }),
      ]);
      for (const [index, { attemptId }] of attempts.entries()) {
        const isCredited = credited.some((row) => row.attemptId === attemptId);
        expect((await deadlineOf(attemptId)) - (deadlines[index] ?? 0)).toBe(isCredited ? outage.to.getTime() - from.getTime() : 0);
        expect(await test.store.attempts.audit(attemptId)).toHaveLength(isCredited ? 1 : 0);
        seen.add(isCredited ? 'credited' : 'closed');
      }
    }
    expect(seen.size).toBe(2); // both won at least once
  });

  it('is refused while it lasts, and under the id of an outage with other times', async () => {
    const from = now();
    await expect(outages.check(outageOf({ from, to: new Date(now().getTime() + MINUTE) }))).rejects.toThrow('not over yet');
    advanceMinutes(1);
    const outage = outageOf({ from, to: now() });
    await outages.check(outage);
    await creditAll(outage);
    await outages.check(outage);
    await expect(outages.check({ ...outage, extraSeconds: 60 })).rejects.toThrow('give another one another id');
  });
});

describe('the command', () => {
  const lines: string[] = [];
  const run = async (...args: readonly string[]) => {
    const { exitCode, printed, errors } = await runCommand(['attempts', 'outage-credit', ...args], { stores: { outages } });
    lines.splice(0, Infinity, ...printed, ...errors);
    return exitCode;
  };

  it('says what it would do, does it, and then finds nothing left to do', async () => {
    await startedAttempt(test.store);
    const from = now();
    advanceMinutes(5);
    const args = ['--outage', randomUUID(), '--from', from.toISOString(), '--to', now().toISOString(), '--actor', 'olga', '--reason', 'away'];
    expect(await run(...args, '--dry-run')).toBe(0);
    const [wouldMove] = lines;
    expect(wouldMove).toMatch(/^would move \d+ deadlines$/);
    expect(lines).toContainEqual(expect.stringMatching(/aptitude tests +\d+ +by [\d.]+ to 5\.0 min/));
    expect(await run(...args)).toBe(0);
    expect(lines).toContain(wouldMove?.replace('would move', 'moved'));
    expect(await run(...args)).toBe(0);
    expect(lines).toContain('moved 0 deadlines');
  });

  it('does not guess: a time without its offset, or nobody who answers for it, is refused', async () => {
    const args = ['--outage', 'o', '--from', '2026-11-25T08:00:00', '--to', '2026-11-25T09:00:00Z', '--actor', 'olga', '--reason', 'away'];
    expect(await run(...args)).toBe(2);
    expect(lines[0]).toMatch(/--from .* is invalid\. It must be a time that exists/);
    expect(await run(...args.slice(0, 6))).toBe(2);
  });
});

describe('a workflow whose deadline an outage credit moved', () => {
  it('waits until the new one, told by the relay alone', async () => {
    const pipeline = await startPipeline({ exams: [smallExam({ aptitudeLimitSeconds: 6 })] });
    const database = connectDatabase({ DATABASE_URL: pipeline.databaseUrl, DATABASE_POOL_SIZE: 2 });
    const relay = createRelay({ ...pipeline, storage: pipeline.storage(), logger: createLogger({ level: 'silent', service: 'test' }) });
    const relaying = relay.run();
    try {
      const candidate = createCandidate(pipeline);
      const attemptId = await candidate.register();
      await candidate.start();
      const readSitting = async () => (await pipeline.store.attempts.read({ attemptId })).facts.sittings.aptitude;
      const deadline = (await readSitting())?.deadline ?? 0;
      await pause(2000);
      const credit = createOutageStore({ prisma: database, clock: postgresClock });
      const outage = outageOf({ from: new Date(Date.now() - MINUTE), to: new Date(Date.now() - 100) }, { extraSeconds: 2 });
      for await (const batch of credit.credit(outage)) expect(batch).toHaveLength(1);
      const moved = (await readSitting())?.deadline ?? 0;
      expect(moved - deadline).toBeGreaterThan(3000);
      await pause(deadline + 1000 - Date.now());
      expect((await readSitting())?.frozenAt).toBeNull();
      await untilPhase(pipeline, attemptId, 'failed'); // blank: without graders
      expect((await readSitting())?.frozenAt).toBe(moved);
    } finally {
      relay.stop();
      await relaying;
      await database.$disconnect();
      await pipeline.stop();
    }
  });
});
