import { createHash, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { ExamContent, Test } from '../../domain/exam.ts';
import type { SubmittedMark } from '../../domain/marking.ts';
import { ring } from '../../platform/temporal/ring.ts';
import { attemptBell } from '../../workflows/bells.ts';
import type { HeldAssignment } from '../../store/assignments/held.ts';
import type { Committed, Fact } from '../../store/deliveries.ts';
import type { Store } from '../../store/store.ts';
import { attemptWorkflowId, type AttemptResult } from '../../workflows/messages.ts';
import { RESPONSES, SOLUTION, type Side } from './pipeline-side.ts';

/** As the API's doorbell: deliveries that the server took are acknowledged together, now and then. */
const ACKNOWLEDGE_MILLISECONDS = 200;

/** What makes the workflows of attempts durable, as those who act for people see it. */
export type Engine = {
  /** The first fact of an attempt begins its workflow. */
  readonly ring: (bell: Pick<Committed, 'attemptId' | 'standing'> & { readonly fact: Fact }) => Promise<unknown>;
  /** Once it is through. */
  readonly resultOf: (attemptId: string) => Promise<AttemptResult>;
};

export function temporalEngine(client: Client): Engine {
  return {
    ring: (bell) => ring(client, attemptBell(bell)),
    resultOf: async (attemptId) => (await client.workflow.getHandle(attemptWorkflowId(attemptId)).result()) as AttemptResult,
  };
}

/** Our side: the store, and the doorbell after each fact. What the API adds to that, the other benchmark measures. */
export function createOurSide({ store, engine, examId }: { store: Store; engine: Engine; examId: string }): Side {
  const subjects = new Map<string, string>();
  let delivered: string[] = [];
  const timer = setInterval(() => void acknowledge(), ACKNOWLEDGE_MILLISECONDS);

  async function acknowledge(): Promise<void> {
    const ids = delivered;
    delivered = [];
    // The relay repeats what is not acknowledged.
    await store.deliveries.acknowledge(ids).catch(() => {});
  }

  async function ringFor(fact: Fact, { deliveryId, ...committed }: Committed): Promise<void> {
    // As the doorbell has it: what has no delivery, such as a mark that is not its submission's last, rings nobody.
    if (deliveryId === undefined) return;
    await engine.ring({ ...committed, fact });
    delivered.push(deliveryId);
  }

  function own(attemptId: string): { attemptId: string; subject: string } {
    return { attemptId, subject: subjects.get(attemptId) ?? '' };
  }

  return {
    async register() {
      const subject = `candidate-${randomUUID()}`;
      const committed = await store.attempts.register({ subject, name: 'Ada Example', examId });
      subjects.set(committed.attemptId, subject);
      await ringFor('registered', committed);
      return committed.attemptId;
    },
    start: async (attemptId) => ringFor('started', await store.sittings.start(own(attemptId))),
    download: async (attemptId) => ringFor('downloaded', await store.sittings.download(own(attemptId))),
    async answer(attemptId) {
      for (const [itemId, value] of Object.entries(RESPONSES)) await store.sittings.saveResponse({ ...own(attemptId), itemId, value, sequence: 1 });
    },
    async upload(attemptId) {
      const id = randomUUID();
      const sha256 = createHash('sha256').update(SOLUTION).digest('hex');
      await store.uploads.announce({ id, ...own(attemptId), fileName: 'mine.md', mediaType: 'text/markdown', sizeBytes: SOLUTION.length, sha256 });
      await store.uploads.complete(id);
    },
    async submit(attemptId: string, test: Test) {
      const frozen = await store.sittings.submit({ ...own(attemptId), test });
      if (frozen.kind !== 'frozen') throw new TypeError('a candidate may submit at any time before the deadline');
      await ringFor('submitted', { attemptId, deliveryId: frozen.deliveryId });
    },
    async mark(grader) {
      const assignment = await store.assignments.claim({ grader, designated: false });
      if (!assignment) return undefined;
      const { id: assignmentId, fencingToken } = assignment;
      const committed = await store.assignments.complete({ assignmentId, grader, fencingToken, marks: fullMarks(assignment) });
      await ringFor('marked', committed);
      return committed.attemptId;
    },
    async result(attemptId) {
      const { outcome } = await engine.resultOf(attemptId);
      subjects.delete(attemptId);
      if (outcome !== 'certified') throw new Error(`the attempt ended ${outcome}`);
    },
    async close() {
      clearInterval(timer);
      await acknowledge();
      await store.close();
    },
  };
}

function fullMarks({ itemIds, submission }: HeldAssignment): readonly SubmittedMark[] {
  const points = pointsOf(submission.exam);
  return itemIds.map((itemId) => ({ itemId, points: (points.get(itemId) ?? 0) / 1000, reason: '' }));
}

function pointsOf({ items, caseStudies }: ExamContent): ReadonlyMap<string, number> {
  return new Map([...items, ...caseStudies.flatMap((caseStudy) => caseStudy.rubric)].map(({ id, millipoints }) => [id, millipoints]));
}
