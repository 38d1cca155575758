import { ApplicationFailure, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import { OUTCOMES, WINDOWS, type Phase } from '../domain/attempt.ts';
import { TESTS } from '../domain/exam.ts';
import { certification } from './activities.ts';
import type { AttemptRun } from './attempt-run.ts';
import { extend, reassign, reopen, withdraw, REFUSED, type ExtendInput, type ReassignInput, type ReopenInput, type WithdrawInput } from './messages.ts';

/** What staff may do to an attempt under way. Validators refuse before anything is written; PostgreSQL has the last word. */
export function takeStaffActs(attempt: AttemptRun): void {
  setHandler(extend, (input) => attempt.act(() => certification.extend({ ...input, ...act(attempt) })), {
    description: 'Give the candidate more time: {"window": "start" | "aptitude" | "offer" | "case_study", "deadline": "2026-12-24T12:00:00Z", "actor", "reason"}',
    validator: (input) => {
      checkAct(attempt, input);
      if (!WINDOWS.includes(input.window)) throw refuse(`window must be one of ${WINDOWS.join(', ')}`);
      checkInstant(input.deadline);
      const expected = windowOf(attempt.phase);
      if (input.window !== expected) throw refuse(`the window "${input.window}" is not open: ${expected ? `"${expected}" is` : 'none is'}`);
    },
  });

  setHandler(withdraw, (input) => attempt.act(() => certification.withdraw({ ...input, ...act(attempt) })), {
    description: 'End the attempt without a result: {"actor", "reason"}',
    validator: (input: WithdrawInput) => checkAct(attempt, input),
  });

  setHandler(reassign, (input) => attempt.act(() => certification.reassign({ ...input, ...act(attempt) })), {
    description: 'Take an assignment from whoever holds it, for one grader or back to the pool: {"assignmentId", "grader"?, "actor", "reason"}',
    validator: (input: ReassignInput) => {
      checkAct(attempt, input);
      if (!isText(input.assignmentId)) throw refuse('assignmentId is missing');
      if (input.grader !== undefined && !isText(input.grader)) throw refuse('grader must be the subject of a grader, or left out');
    },
  });

  setHandler(reopen, (input) => attempt.act(() => certification.reopen({ ...input, ...act(attempt) })), {
    description: 'Let the candidate go on with a test that is being graded: {"test": "aptitude" | "case_study", "deadline": "2026-12-24T12:00:00Z", "actor", "reason"}',
    validator: (input: ReopenInput) => {
      checkAct(attempt, input);
      if (!TESTS.includes(input.test)) throw refuse(`test must be one of ${TESTS.join(', ')}`);
      checkInstant(input.deadline);
      if (attempt.phase !== `${input.test}_grading`) throw refuse(`the ${input.test} test is not being graded`);
    },
  });
}

/** The natural key under which PostgreSQL knows the update: a repeat of it is the same act. */
function act(attempt: AttemptRun): { attemptId: string; actionKey: string } {
  return { attemptId: attempt.attemptId, actionKey: `${attempt.attemptId}:${currentUpdateInfo()?.id ?? ''}` };
}

function checkAct(attempt: AttemptRun, input: ExtendInput | WithdrawInput | ReassignInput | ReopenInput): void {
  if (!attempt.loaded) throw refuse('the attempt is still being loaded: try again');
  if (!isText(input?.actor)) throw refuse('actor is missing: say who acts');
  if (!isText(input.reason)) throw refuse('reason is missing: say why');
  if ((OUTCOMES as readonly Phase[]).includes(attempt.phase)) throw refuse(`the attempt is ${attempt.phase} already`);
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

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function refuse(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, REFUSED, 'wrong_phase');
}
