import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../domain/refusal.ts';
import type { HeldAssignment } from '../../store/assignments/held.ts';
import { isDatabaseUnavailable } from '../../store/context.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { marksFor } from '../support/pipeline.ts';
import { outcomeOf, scriptsToMark } from '../support/sitting.ts';

const SUBMISSIONS = 100;
const CLAIMANTS = 300;

let test: TestStore;
const { clock, advanceSeconds } = createShiftedClock();

beforeAll(async () => {
  test = await createTestStore({ clock, poolSize: 40 });
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});

afterAll(() => test?.close());

describe('300 claimants at once over 200 assignments', () => {
  it('hold none twice, lose none, and complete none twice by one grader, while leases expire and are given back at random', async () => {
    const { store } = test;
    const submissions = await scriptsToMark(store, { count: SUBMISSIONS, dueAt: new Date() });

    /** Every token that was handed out, by assignment: two claimants with the same one would both believe they hold it. */
    const tokens = new Map<string, string[]>();
    const completions: { assignmentId: string; submissionId: string; grader: string }[] = [];
    const refusals = new Map<string, number>();
    let open = 2 * SUBMISSIONS;
    let expired = 0;

    const givenBack = new Set<string>();
    const claimOrNothing = async (grader: string): Promise<HeldAssignment | undefined> => {
      try {
        return await store.assignments.claim({ grader, designated: false });
      } catch (error) {
        if (isDatabaseUnavailable(error)) return undefined; // 300 at once wait longer for a connection than the API lets anybody wait
        if (error instanceof Refusal && error.code === 'only_given_back') return undefined;
        throw error;
      }
    };

    /** Asks again where there was no connection. */
    const outcomeAtLast = async (act: () => Promise<unknown>): Promise<string> => {
      for (;;) {
        try {
          return await outcomeOf(act());
        } catch (error) {
          if (!isDatabaseUnavailable(error)) throw error;
        }
      }
    };

    const work = async (grader: string) => {
      while (open > 0) {
        const held = await claimOrNothing(grader);
        if (!held) {
          await pause(100 + Math.random() * 900);
          continue;
        }
        const handed = `${held.fencingToken}`;
        const known = tokens.get(held.id) ?? [];
        if (!known.includes(`${handed} ${grader}`)) tokens.set(held.id, [...known, `${handed} ${grader}`]);
        if (Math.random() < 0.2) {
          const given = await outcomeAtLast(() => store.assignments.release({ assignmentId: held.id, grader, fencingToken: held.fencingToken }));
          if (given === 'ok') givenBack.add(`${held.submission.submissionId} ${grader}`);
          continue;
        }
        if (Math.random() < 0.3) {
          await pause(Math.random() * 1000); // sleeps over its lease, then tries to complete all the same
          expired += 1;
        }
        const result = await outcomeAtLast(() =>
          store.assignments.complete({ assignmentId: held.id, grader, fencingToken: held.fencingToken, marks: marksFor(held) }),
        );
        if (result === 'ok') {
          open -= 1;
          completions.push({ assignmentId: held.id, submissionId: held.submission.submissionId, grader });
        } else {
          refusals.set(result, (refusals.get(result) ?? 0) + 1);
        }
      }
    };
    let running = true;
    const expiry = (async () => {
      while (running) {
        await pause(200 + Math.random() * 600);
        // On a busy machine nobody would be done before all leases ran out once more.
        for (const enough = completions.length + Math.min(5, open); running && completions.length < enough;) await pause(20);
        advanceSeconds(3601); // every lease that stands now has run out
      }
    })();
    await Promise.all(Array.from({ length: CLAIMANTS }, (_, index) => work(`grader-${index}`)));
    running = false;
    await expiry;

    expect(completions).toHaveLength(2 * SUBMISSIONS);
    expect(new Set(completions.map((completion) => completion.assignmentId)).size).toBe(2 * SUBMISSIONS);
    expect(new Set(completions.map((completion) => `${completion.submissionId} ${completion.grader}`)).size).toBe(2 * SUBMISSIONS);
    for (const handed of tokens.values()) {
      const numbers = handed.map((entry) => entry.split(' ')[0]);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
    for (const { submissionId } of submissions) expect(await store.assignments.marks(submissionId)).toHaveLength(4);
    expect([...refusals.keys()].filter((code) => code !== 'lease_lost' && code !== 'assignment_closed')).toEqual([]);
    expect(expired).toBeGreaterThan(0);
    expect(givenBack.size).toBeGreaterThan(0);
    expect([...tokens.values()].some((handed) => handed.length > 1)).toBe(true); // leases really were taken over
  });
});
