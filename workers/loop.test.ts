import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loop, untilDone, type Rounds } from './loop.ts';

/** So long that a test which waited for it would fail. */
const NEVER_MILLISECONDS = 3_600_000;

let logged: string[];
let stopping: AbortController;

beforeEach(() => {
  logged = [];
  stopping = new AbortController();
});

afterEach(() => void vi.useRealTimers());

/** A loop that stops itself in the given round, whose number `round` is told. */
function rounds({ stopIn, round, ...more }: { stopIn: number; round: (number: number) => Promise<boolean> } & Partial<Omit<Rounds, 'round'>>) {
  const logger = pino({ base: null }, { write: (line: string) => void logged.push((JSON.parse(line) as { msg: string }).msg) });
  let number = 0;
  return loop({
    round: async () => {
      number += 1;
      if (number === stopIn) stopping.abort();
      return round(number);
    },
    idleMilliseconds: 1,
    onFailure: 'the work will be tried again',
    logger,
    stopping: stopping.signal,
    ...more,
  });
}

describe('a loop', () => {
  it('goes on at once while there is more', async () => {
    let done = 0;
    await rounds({ stopIn: 5, idleMilliseconds: NEVER_MILLISECONDS, round: async () => (done += 1) > 0 });
    expect(done).toBe(5);
  });

  it('rests after a round that found little', async () => {
    const startedAt = performance.now();
    await rounds({ stopIn: 3, idleMilliseconds: 30, round: async () => false });
    expect(performance.now() - startedAt).toBeGreaterThan(50);
  });

  it('ends its rest when it is stopped, and what it had begun is through', async () => {
    let ended = 0;
    const running = rounds({
      stopIn: 0,
      idleMilliseconds: NEVER_MILLISECONDS,
      round: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        ended += 1;
        return false;
      },
    });
    await expect.poll(() => ended).toBe(1);
    stopping.abort();
    await running;
    expect(ended).toBe(1);
  });

  it('does nothing when it was stopped before', async () => {
    stopping.abort();
    const round = vi.fn(async () => true);
    await rounds({ stopIn: 0, round });
    expect(round).not.toHaveBeenCalled();
  });

  it('outlives a round that fails: says so, rests as long as it should then, and tries again', async () => {
    const startedAt = performance.now();
    await rounds({
      stopIn: 3,
      idleMilliseconds: NEVER_MILLISECONDS,
      retryMilliseconds: 30,
      round: async (number) => {
        if (number < 3) throw new Error('PostgreSQL is away');
        return false;
      },
    });
    expect(logged).toEqual(['the work will be tried again', 'the work will be tried again']);
    expect(performance.now() - startedAt).toBeGreaterThan(50);
  });
});

describe('a chore', () => {
  it('is done after the first round, and again when its time has come', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
    const done: string[] = [];
    const chore = (name: string, everyMilliseconds: number) => ({ everyMilliseconds, work: async () => void done.push(`${name} in ${at}`) });
    let at = 0;
    await rounds({
      stopIn: 7,
      chores: [chore('sweep', 30_000), chore('cleaning', 60_000)],
      round: async (number) => {
        at = number;
        vi.setSystemTime(1_000_000 + (number - 1) * 10_000);
        return true;
      },
    });
    expect(done).toEqual(['sweep in 1', 'cleaning in 1', 'sweep in 4', 'sweep in 7', 'cleaning in 7']);
  });

  it('that fails neither ends the rounds nor comes again before its time; the one after it comes with the next round', async () => {
    const failing = vi.fn(async () => {
      throw new Error('no luck');
    });
    const other = vi.fn(async () => {});
    const chores = [failing, other].map((work) => ({ everyMilliseconds: NEVER_MILLISECONDS, work }));
    await rounds({ stopIn: 4, chores, round: async () => true });
    expect(failing).toHaveBeenCalledTimes(1);
    expect(other).toHaveBeenCalledTimes(1);
    expect(logged).toEqual(['the work will be tried again']);
  });

  it('waits for a round that does not fail', async () => {
    const work = vi.fn(async () => {});
    await rounds({
      stopIn: 2,
      chores: [{ everyMilliseconds: 1, work }],
      round: async () => {
        throw new Error('PostgreSQL is away');
      },
    });
    expect(work).not.toHaveBeenCalled();
  });
});

describe('what must be done once', () => {
  const failing = (times: number) => {
    let tries = 0;
    return async () => {
      tries += 1;
      if (tries <= times) throw new Error(`try ${tries}`);
      return tries;
    };
  };

  it('is tried until it works', async () => {
    const onFailure = vi.fn();
    expect(await untilDone({ work: failing(2), onFailure, pauseMilliseconds: 1, stopping: stopping.signal })).toBe(3);
    expect(onFailure.mock.calls).toEqual([
      [new Error('try 1'), 1],
      [new Error('try 2'), 2],
    ]);
  });

  it('is tried once even when everything stops, and then given up', async () => {
    stopping.abort();
    const work = { onFailure: () => {}, pauseMilliseconds: NEVER_MILLISECONDS, stopping: stopping.signal };
    expect(await untilDone({ ...work, work: failing(0) })).toBe(1);
    expect(await untilDone({ ...work, work: failing(1) })).toBeUndefined();
  });

  it('is not tried again when whoever hears of the failure throws', async () => {
    const onFailure = (error: unknown) => {
      throw error;
    };
    await expect(untilDone({ work: failing(1), onFailure, pauseMilliseconds: 1, stopping: stopping.signal })).rejects.toThrow('try 1');
  });
});
