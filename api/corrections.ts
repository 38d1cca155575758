import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { Refusal } from '../domain/refusal.ts';
import { isTemporalUnavailable } from '../platform/temporal/client.ts';
import { termsOf } from '../domain/staff-act.ts';
import type { StaffActStore } from '../store/staff-acts.ts';
import type { CorrectionStore } from '../store/corrections/corrections.ts';
import type { CorrectionRecord } from '../store/corrections/records.ts';
import {
  claimSettled,
  CORRECTION_WORKFLOW,
  correctionWorkflowId,
  opened,
  settle,
  type CorrectionInput,
  type CorrectionState,
  type SettleInput,
} from '../workflows/correction-messages.ts';
import { unavailable } from './problems.ts';
import { refusalOf, withTemporal } from './staff-acts.ts';

/**
 * Staff open and settle doubts about certificates by Updates of their workflow. Refuses with the workflow's own refusals, and with
 * `unavailable` while Temporal is away or slow: it may still happen then, and a repeat with the same key is the same act.
 */
export function createCorrections({
  temporal,
  corrections,
  staffActs: { vouch, before },
}: {
  temporal: Client;
  corrections: Pick<CorrectionStore, 'read'>;
  staffActs: Pick<StaffActStore, 'vouch' | 'before'>;
}) {
  return {
    /** Suspends a certificate; the workflow that waits for its settlement is started with it. */
    async open(input: CorrectionInput): Promise<CorrectionState> {
      const startWorkflowOperation = startOf(input);
      const { correctionId, actor, reason } = input;
      await vouch({ actionKey: correctionId, kind: 'suspend', terms: termsOf('suspend', input), actor, reason });
      try {
        return await withTemporal(temporal, () =>
          temporal.workflow.executeUpdateWithStart(opened, { args: [], updateId: 'opened', startWorkflowOperation }),
        );
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return stateOf(await corrections.read(input.correctionId));
        throw translate(error);
      }
    },

    async settle({
      correctionId,
      input,
      actKey = randomUUID(),
      claimId,
    }: {
      correctionId: string;
      input: SettleInput;
      actKey: string | undefined;
      claimId?: string;
    }): Promise<CorrectionState> {
      const actionKey = `${correctionId}:${actKey}`;
      if (await before(actionKey)) return stateOf(await corrections.read(correctionId));
      const act = { actionKey, kind: 'settle' as const, terms: termsOf('settle', input) };
      await vouch({ ...act, actor: input.actor, reason: input.reason }, claimId);
      const { certificateId, openedBy, reason } = await corrections.read(correctionId);
      // Begun again where somebody ended it: no certificate stays suspended for want of a workflow.
      const startWorkflowOperation = startOf({ correctionId, certificateId, actor: openedBy, reason });
      try {
        return await withTemporal(temporal, () =>
          temporal.workflow.executeUpdateWithStart(settle, {
            args: [input],
            updateId: actKey,
            startWorkflowOperation,
          }),
        );
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) throw settledAlready(await corrections.read(correctionId));
        throw translate(error);
      }
    },

    /** Its workflow looks which acts wait still, and calls staff no longer where none does. One that is through calls nobody. */
    async claimSettled(correctionId: string): Promise<void> {
      try {
        await withTemporal(temporal, () => temporal.workflow.getHandle(correctionWorkflowId(correctionId)).signal(claimSettled));
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw translate(error);
      }
    },
  };
}

/** One workflow a correction. What was refused or broken off may begin again, what is through never does. */
function startOf(input: CorrectionInput) {
  return new WithStartWorkflowOperation(CORRECTION_WORKFLOW, {
    workflowId: correctionWorkflowId(input.correctionId),
    taskQueue: 'certification',
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    staticSummary: 'A doubt about a certificate: see the current details beside',
  });
}

function translate(error: unknown): unknown {
  if (isTemporalUnavailable(error)) return unavailable('The orchestration of corrections');
  return refusalOf(error) ?? error;
}

function settledAlready({ resolution }: CorrectionRecord): Refusal {
  return new Refusal('wrong_phase', `The correction is settled already: ${resolution}.`);
}

function stateOf({ id, certificateId, resolution, replacedBy }: CorrectionRecord): CorrectionState {
  return { correctionId: id, certificateId, resolution, replacedBy };
}
