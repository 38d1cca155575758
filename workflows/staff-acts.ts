import { condition, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import { isUnderWay, OUTCOMES, testUnderGrading, windowOf, WINDOWS, type Phase } from '../domain/attempt.ts';
import { TESTS } from '../domain/exam.ts';
import { INSTANT_RULE, instantFrom } from '../domain/instant.ts';
import { TEXTS } from '../domain/text.ts';
import { certification } from './activities.ts';
import type { AttemptRun } from './attempt-run.ts';
import { extend, reassign, reopen, withdraw, type ExtendInput, type ReassignInput, type ReopenInput, type WithdrawInput } from './messages.ts';
import { asClaimed, byWhom, quoted } from './details.ts';
import { uncancelled } from './never-cancelled.ts';
import { awaitsConfirmation, checkActor, checkText, isText, refuse } from './refuse.ts';

/** What staff may do to an attempt under way. Validators refuse before anything is written; PostgreSQL has the last word. */
export function takeStaffActs(attempt: AttemptRun): void {
  take(attempt, extend, {
    description: `Give the candidate more time: {"window": ${alternatives(WINDOWS)}, "deadline": "2026-12-24T12:00:00Z", "actor", "reason"}`,
    check(input) {
      if (!WINDOWS.includes(input.window)) throw refuse(`window must be one of ${WINDOWS.join(', ')}`);
      checkInstant(input.deadline);
    },
    phaseProblem(phase, { window }) {
      const open = windowOf(phase);
      return window === open ? undefined : `the window "${window}" is not open: ${open ? `"${open}" is` : 'none is'}`;
    },
    run: (input) => certification.extend({ ...input, ...act(attempt) }),
  });

  take(attempt, withdraw, {
    description: 'End the attempt without a result: {"actor", "reason"}',
    check() {},
    phaseProblem: () => undefined,
    run: (input) => certification.withdraw({ ...input, ...act(attempt) }),
  });

  take(attempt, reassign, {
    description: 'Take an assignment from whoever holds it, for one grader or back to the pool: {"assignmentId", "grader"?, "actor", "reason"}',
    check(input) {
      if (!isText(input.assignmentId)) throw refuse('assignmentId is missing');
      checkText('assignmentId', input.assignmentId, TEXTS.key);
      if (input.grader === undefined) return;
      if (!isText(input.grader)) throw refuse('grader must be the subject of a grader, or left out');
      checkText('grader', input.grader, TEXTS.subject);
    },
    isForAppeals: true,
    phaseProblem: () => undefined,
    run: (input) => certification.reassign({ ...input, ...act(attempt) }),
  });

  take(attempt, reopen, {
    description: `Let the candidate go on with a test that is being graded: {"test": ${alternatives(TESTS)}, "deadline": "2026-12-24T12:00:00Z", "actor", "reason"}`,
    check(input) {
      if (!TESTS.includes(input.test)) throw refuse(`test must be one of ${TESTS.join(', ')}`);
      checkInstant(input.deadline);
    },
    phaseProblem: (phase, { test }) => (testUnderGrading(phase) === test ? undefined : `the ${test} test is not being graded`),
    run: (input) => certification.reopen({ ...input, ...act(attempt) }),
  });
}

/** As descriptions write a choice of words. */
function alternatives(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(' | ');
}

type StaffInput = ExtendInput | WithdrawInput | ReassignInput | ReopenInput;

/**
 * One update. Its validator refuses what is wrong in itself or too late for good. Whether the phase is the right one its
 * handler asks, on facts loaded anew where those at hand say no: nobody is refused for what was committed a moment ago.
 */
function take<Result extends object, Input extends StaffInput>(
  attempt: AttemptRun,
  update: UpdateDefinition<Result, [Input]>,
  rules: {
    readonly description: string;
    readonly check: (input: Input) => void;
    /** Why it cannot be done in this phase. */
    readonly phaseProblem: (phase: Phase, input: Input) => string | undefined;
    readonly run: (input: Input) => Promise<Result>;
    /** It can be done to what an open appeal is marked by, though the attempt has its outcome. */
    readonly isForAppeals?: true;
  },
): void {
  const isOver = () => (rules.isForAppeals && isUnderWay(attempt.facts) ? undefined : overProblem(attempt.phase));
  const phaseProblem = (input: Input) => isOver() ?? rules.phaseProblem(attempt.phase, input);
  const handler = async (input: Input) => {
    await condition(() => attempt.loaded);
    if (phaseProblem(input) !== undefined) {
      await attempt.reload();
      attempt.ring();
    }
    refuseFor(phaseProblem(input));
    const result = await attempt
      .act(() => rules.run(input))
      .catch((error: unknown) => {
        if (awaitsConfirmation(error)) attempt.note(`${update.name} ${asClaimed(input)}: ${quoted(input.reason)}; not done yet`);
        throw error;
      });
    attempt.note(`${update.name} ${byWhom(input, result)}: ${quoted(input.reason)}`);
    return result;
  };
  setHandler(update, uncancelled(handler), {
    description: rules.description,
    validator(input: Input) {
      checkActor(input);
      rules.check(input);
      if (attempt.loaded) refuseFor(isOver());
    },
  });
}

function overProblem(phase: Phase): string | undefined {
  return OUTCOMES.some((outcome) => outcome === phase) ? `the attempt is ${phase} already` : undefined;
}

function refuseFor(problem: string | undefined): void {
  if (problem !== undefined) throw refuse(problem);
}

/** The natural key under which PostgreSQL knows the update: a repeat of it is the same act. */
function act(attempt: AttemptRun): { attemptId: string; actionKey: string } {
  return { attemptId: attempt.attemptId, actionKey: `${attempt.attemptId}:${currentUpdateInfo()?.id ?? ''}` };
}

function checkInstant(text: unknown): void {
  if (typeof text !== 'string' || instantFrom(text) === undefined) throw refuse(`deadline ${INSTANT_RULE}`);
}
