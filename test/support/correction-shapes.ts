import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { Replacement, Resolution } from '../../domain/correction.ts';
import {
  claimSettled,
  CORRECTION_WORKFLOW,
  correctionWorkflowId,
  opened,
  settle,
  type CorrectionInput,
  type SettleInput,
} from '../../workflows/correction-messages.ts';
import { CertNeedsAttention } from '../../workflows/search-attributes.ts';
import { certifiedAttempt } from './certified.ts';
import { until, type Pipeline } from './pipeline.ts';
import { vouchFor } from './staff-acts.ts';

/** What staff do with a doubt about a certificate, by the messages that the API sends. */

export async function openCorrection(
  { client, store }: Pick<Pipeline, 'client' | 'store'>,
  certificateId: string,
  correctionId: string = randomUUID(),
) {
  const input: CorrectionInput = { correctionId, certificateId, actor: 'staff-1', reason: 'an identity was doubted' };
  await vouchFor(store, 'suspend', { key: correctionId, input });
  const startWorkflowOperation = new WithStartWorkflowOperation(CORRECTION_WORKFLOW, {
    workflowId: correctionWorkflowId(correctionId),
    taskQueue: 'certification',
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return client.workflow.executeUpdateWithStart(opened, { args: [], startWorkflowOperation });
}

export async function settleCorrection(
  { client, store }: Pick<Pipeline, 'client' | 'store'>,
  correctionId: string,
  settlement: Pick<SettleInput, 'resolution' | 'replacementHash'>,
) {
  const input = { ...settlement, actor: 'staff-2', reason: 'looked into' };
  const updateId = randomUUID();
  await vouchFor(store, 'settle', { key: `${correctionId}:${updateId}`, input });
  return client.workflow.getHandle(correctionWorkflowId(correctionId)).executeUpdate(settle, { args: [input], updateId });
}

export async function replaceCertificate(pipeline: Pipeline, correctionId: string, replacement: Replacement) {
  const replacementHash = await pipeline.store.corrections.propose({ correctionId, replacement });
  return settleCorrection(pipeline, correctionId, { resolution: 'replaced', replacementHash });
}

/** One control flow of the correction workflow, played for real. A history of each is replayed in CI. */
export type CorrectionShape = {
  readonly name: string;
  /** How it ends; null: the certificate cannot be suspended, and the workflow fails. */
  readonly resolution: Resolution | null;
  /** Returns the id of the correction. */
  readonly play: (pipeline: Pipeline) => Promise<string>;
};

async function suspended(pipeline: Pipeline): Promise<string> {
  const { certificateId } = await certifiedAttempt(pipeline.store, { credentials: pipeline.credentials(), examId: EXAM_ID });
  return (await openCorrection(pipeline, certificateId)).correctionId;
}

const EXAM_ID = 'small';

export const CORRECTION_SHAPES: readonly CorrectionShape[] = [
  {
    name: 'certificate-reinstated',
    resolution: 'reinstated',
    async play(pipeline) {
      const correctionId = await suspended(pipeline);
      await settleCorrection(pipeline, correctionId, { resolution: 'reinstated' });
      return correctionId;
    },
  },
  {
    name: 'certificate-revoked-after-a-refused-replacement',
    resolution: 'revoked',
    async play(pipeline) {
      const correctionId = await suspended(pipeline);
      await replaceCertificate(pipeline, correctionId, { points: [{ test: 'case_study', itemId: 'k2', millipoints: 0 }] }).catch(() => undefined);
      await settleCorrection(pipeline, correctionId, { resolution: 'revoked' });
      return correctionId;
    },
  },
  {
    name: 'certificate-replaced',
    resolution: 'replaced',
    async play(pipeline) {
      const correctionId = await suspended(pipeline);
      await replaceCertificate(pipeline, correctionId, { name: 'Ada King' });
      return correctionId;
    },
  },
  {
    name: 'certificate-reinstated-after-a-cancellation',
    resolution: 'reinstated',
    async play(pipeline) {
      const correctionId = await suspended(pipeline);
      await pipeline.client.workflow.getHandle(correctionWorkflowId(correctionId)).cancel();
      await settleCorrection(pipeline, correctionId, { resolution: 'reinstated' });
      return correctionId;
    },
  },
  {
    name: 'certificate-revoked-after-a-claim',
    resolution: 'revoked',
    async play(pipeline) {
      const correctionId = await suspended(pipeline);
      // Typed in the Temporal UI: nobody vouches for it.
      await pipeline.client.workflow
        .getHandle(correctionWorkflowId(correctionId))
        .executeUpdate(settle, { args: [{ resolution: 'reinstated', actor: 'staff-2', reason: 'looked into' }] })
        .catch(() => undefined);
      await settleCorrection(pipeline, correctionId, { resolution: 'revoked' });
      return correctionId;
    },
  },
  {
    name: 'certificate-reinstated-after-a-dismissed-claim',
    resolution: 'reinstated',
    async play(pipeline) {
      const { client, store } = pipeline;
      const correctionId = await suspended(pipeline);
      const handle = client.workflow.getHandle(correctionWorkflowId(correctionId));
      await handle.executeUpdate(settle, { args: [{ resolution: 'revoked', actor: 'staff-2', reason: 'looked into' }] }).catch(() => undefined);
      const claim = (await store.staffActs.list({ limit: 9, state: 'pending' })).find((one) => one.correctionId === correctionId);
      await store.staffActs.dismiss({ claimId: claim?.id ?? '', actor: 'staff-3', reason: 'nobody asked for it' });
      await handle.signal(claimSettled);
      await until(async () => {
        const { typedSearchAttributes } = await handle.describe();
        return typedSearchAttributes.get(CertNeedsAttention) === false || 'staff are called still';
      });
      await settleCorrection(pipeline, correctionId, { resolution: 'reinstated' });
      return correctionId;
    },
  },
  {
    name: 'certificate-suspended-already',
    resolution: null,
    async play(pipeline) {
      const { certificateId } = await certifiedAttempt(pipeline.store, { credentials: pipeline.credentials(), examId: EXAM_ID });
      await openCorrection(pipeline, certificateId);
      const correctionId = randomUUID();
      await openCorrection(pipeline, certificateId, correctionId).catch(() => undefined);
      return correctionId;
    },
  },
];
