import { setTimeout as pause } from 'node:timers/promises';
import type { SubmittedMark } from '../../domain/marking.ts';
import type { ApiClient, Assignment } from './client.ts';
import { ProblemError } from './http.ts';

/** People who claim blind, think and mark, until the signal ends it. */

export type Grader = { readonly name: string; readonly designated: boolean; readonly api: ApiClient };

/** What a grader holds. Which attempt it belongs to only staff can tell. */
type Work = { readonly grader: Grader; readonly assignment: Assignment; readonly attemptId: string };

export type Verdict =
  | { readonly kind: 'mark'; readonly marks: readonly SubmittedMark[] }
  /** Not for this grader: back to the pool. */
  | { readonly kind: 'release' }
  /** Not ours to mark: the grader keeps it out of the way until the end, and somebody else takes this place. */
  | { readonly kind: 'keep' };

export type GraderDesk = {
  readonly judge: (work: Work) => Promise<Verdict> | Verdict;
  /** Marks that the API does not take; the assignment is then kept, as with the verdict. */
  readonly refused: (work: Work, problem: ProblemError) => void;
  readonly completed: (work: Work) => void;
  /** How long reading takes before the marks are handed in; a draft is saved halfway where there is anything to read. */
  readonly readingMilliseconds: (work: Work) => number;
};

const IDLE_MILLISECONDS = { first: 100, most: 1000 };
/** After giving an assignment back, somebody else gets the chance to take it. */
const RELEASED_MILLISECONDS = 1500;
const KEPT_MAX = 200;

/** The lease ended under the grader's hands: somebody else marks it now. */
const LOST_CODES = ['lease_lost', 'assignment_closed'];

/**
 * Lets `places` graders work at once. `hire` brings a new person for a place, at the start and when one keeps what is not
 * ours. Rejects on anything unexpected; resolves when the signal ends it.
 */
export async function runGraders({
  places,
  hire,
  staff,
  desk,
  signal,
}: {
  places: readonly { designated: boolean }[];
  hire: (place: { designated: boolean }) => Grader;
  staff: ApiClient;
  desk: GraderDesk;
  signal: AbortSignal;
}): Promise<void> {
  const kept: Work[] = [];

  async function workAt(place: { designated: boolean }): Promise<void> {
    let grader = hire(place);
    let idleMilliseconds = IDLE_MILLISECONDS.first;
    while (!signal.aborted) {
      const assignment = await grader.api.claim();
      if (!assignment) {
        await rest(idleMilliseconds, signal);
        idleMilliseconds = Math.min(idleMilliseconds * 1.5, IDLE_MILLISECONDS.most);
        continue;
      }
      idleMilliseconds = IDLE_MILLISECONDS.first;
      const { attemptId } = await staff.attemptOfAssignment(assignment.id);
      const work = { grader, assignment, attemptId };
      if ((await markOrPass(work, desk, signal)) === 'kept') {
        kept.push(work);
        if (kept.length > KEPT_MAX)
          throw new Error(`more than ${KEPT_MAX} assignments of other attempts wait to be marked: let graders finish them first`);
        grader = hire(place);
      }
    }
  }

  await Promise.all(places.map(workAt));
  await Promise.all(kept.map(({ grader, assignment }) => grader.api.release(assignment.id, assignment.fencingToken).catch(ignoreLost)));
}

async function markOrPass(work: Work, desk: GraderDesk, signal: AbortSignal): Promise<'done' | 'kept'> {
  const { grader, assignment } = work;
  const { id, fencingToken } = assignment;
  const verdict = await desk.judge(work);
  try {
    switch (verdict.kind) {
      case 'keep':
        return 'kept';
      case 'release':
        await grader.api.release(id, fencingToken);
        await rest(RELEASED_MILLISECONDS, signal);
        return 'done';
      case 'mark':
        await read(work, verdict.marks, desk.readingMilliseconds(work), signal);
        await grader.api.complete(id, { fencingToken, marks: verdict.marks });
        desk.completed(work);
        return 'done';
    }
  } catch (error) {
    ignoreLost(error, (problem) => desk.refused(work, problem));
    return error instanceof ProblemError && !LOST_CODES.includes(error.code) ? 'kept' : 'done';
  }
}

async function read({ grader, assignment }: Work, marks: readonly SubmittedMark[], milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0) return;
  await rest(milliseconds / 2, signal);
  const saved = new Map(assignment.draft?.map(({ itemId, sequence }) => [itemId, sequence]));
  const firstHalf = marks.slice(0, Math.ceil(marks.length / 2)).map((mark) => ({ ...mark, sequence: (saved.get(mark.itemId) ?? 0) + 1 }));
  await grader.api.saveDraft(assignment.id, { fencingToken: assignment.fencingToken, marks: firstHalf });
  await rest(milliseconds / 2, signal);
}

function ignoreLost(error: unknown, refused?: (problem: ProblemError) => void): void {
  if (!(error instanceof ProblemError)) throw error;
  if (LOST_CODES.includes(error.code)) return;
  if (!refused) throw error;
  refused(error);
}

/** Ends early, without a failure, when the signal does. */
async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => {});
}
