import { condition, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import { OUTCOMES, WINDOWS, type Phase } from '../domain/attempt.ts';
import { TESTS } from '../domain/exam.ts';
import { certification } from './activities.ts';
import type { AttemptRun } from './attempt-run.ts';
import { extend, reassign, reopen, withdraw, type ExtendInput, type ReassignInput, type ReopenInput, type WithdrawInput } from './messages.ts';
import { checkActor, isText, refuse } from './refuse.ts';

/** What staff may do to an attempt under way. Validators refuse before anything is written; PostgreSQL has the last word. */
export function takeStaffActs(attempt: AttemptRun): void {
  take(attempt, extend, {
    description:
      'Give the candidate more time: {"window": "start" | "aptitude" | "offer" | "case_study", "deadline": "2026-12-24T12:00:00Z", "actor", "reason"}',
    check(input) {
      if (!WINDOWS.includes(input.window)) throw refuse(`window must be one of ${WINDOWS.join(', ')}`);
      checkInstant(input.deadline);
    },
    checkPhase(phase, { window }) {
      const open = windowOf(phase);
      if (window !== open) throw refuse(`the window "${window}" is not open: ${open ? `"${open}" is` : 'none is'}`);
    },
    run: (input) => certification.extend({ ...input, ...act(attempt) }),
  });

  take(attempt, withdraw, {
    description: 'End the attempt without a result: {"actor", "reason"}',
    check() {},
    checkPhase() {},
    run: (input) => certification.withdraw({ ...input, ...act(attempt) }),
  });

  take(attempt, reassign, {
    description: 'Take an assignment from whoever holds it, for one grader or back to the pool: {"assignmentId", "grader"?, "actor", "reason"}',
    check(input) {
      if (!isText(input.assignmentId)) throw refuse('assignmentId is missing');
      if (input.grader !== undefined && !isText(input.grader)) throw refuse('grader must be the subject of a grader, or left out');
    },
    checkPhase() {},
    run: (input) => certification.reassign({ ...input, ...act(attempt) }),
  });

  take(attempt, reopen, {
    description:
      'Let the candidate go on with a test that is being graded: {"test": "aptitude" | "case_study", "deadline": "2026-12-24T12:00:00Z", "actor", "reason"}',
    check(input) {
      if (!TESTS.includes(input.test)) throw refuse(`test must be one of ${TESTS.join(', ')}`);
      checkInstant(input.deadline);
    },
    checkPhase(phase, { test }) {
      if (phase !== `${test}_grading`) throw refuse(`the ${test} test is not being graded`);
    },
    run: (input) => certification.reopen({ ...input, ...act(attempt) }),
  });
}

type StaffInput = ExtendInput | WithdrawInput | ReassignInput | ReopenInput;

/** One update: refused by its validator where the attempt is loaded, and otherwise by its handler as soon as it is. */
function take<Result, Input extends StaffInput>(
  attempt: AttemptRun,
  update: UpdateDefinition<Result, [Input]>,
  rules: {
    readonly description: string;
    readonly check: (input: Input) => void;
    readonly checkPhase: (phase: Phase, input: Input) => void;
    readonly run: (input: Input) => Promise<Result>;
  },
): void {
  const checkPhase = (input: Input) => {
    if (isOver(attempt.phase)) throw refuse(`the attempt is ${attempt.phase} already`);
    rules.checkPhase(attempt.phase, input);
  };
  const handler = async (input: Input) => {
    await condition(() => attempt.loaded);
    checkPhase(input);
    const result = await attempt.act(() => rules.run(input));
    attempt.note(`${update.name} by ${input.actor}: ${input.reason}`);
    return result;
  };
  setHandler(update, handler, {
    description: rules.description,
    validator(input: Input) {
      checkActor(input);
      rules.check(input);
      if (attempt.loaded) checkPhase(input);
    },
  });
}

function isOver(phase: Phase): boolean {
  return OUTCOMES.some((outcome) => outcome === phase);
}

/** The natural key under which PostgreSQL knows the update: a repeat of it is the same act. */
function act(attempt: AttemptRun): { attemptId: string; actionKey: string } {
  return { attemptId: attempt.attemptId, actionKey: `${attempt.attemptId}:${currentUpdateInfo()?.id ?? ''}` };
}

function windowOf(phase: Phase): ExtendInput['window'] | undefined {
  switch (phase) {
    case 'registered':
      return 'start';
    case 'aptitude_test':
      return 'aptitude';
    case 'case_study_offered':
      return 'offer';
    case 'case_study':
      return 'case_study';
    case 'aptitude_grading':
    case 'case_study_grading':
    case 'certified':
    case 'failed':
    case 'lapsed':
    case 'withdrawn':
      return undefined;
  }
}

function checkInstant(text: unknown): void {
  const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
  if (typeof text !== 'string' || !pattern.test(text) || Number.isNaN(Date.parse(text))) {
    throw refuse('deadline must be an instant with its offset, such as 2026-12-24T12:00:00Z');
  }
}
