import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Resolution } from '../domain/correction.ts';

/** The contract of the workflow that settles a doubt about a certificate: its id, input and messages. */

export const CORRECTION_WORKFLOW = 'certificateCorrection';

export function correctionWorkflowId(correctionId: string): string {
  return `correction-${correctionId}`;
}

/** Who acts and why; both are audited. Who it is counts where the API vouches for it (docs/decisions/0017); typed by hand it is claimed. */
type StaffAct = { readonly actor: string; readonly reason: string };

export type CorrectionInput = StaffAct & { readonly correctionId: string; readonly certificateId: string };
export type CorrectionResult = { readonly resolution: Resolution };

/** How the doubt stands. */
export type CorrectionState = {
  readonly correctionId: string;
  readonly certificateId: string;
  readonly resolution: Resolution | null;
  /** The certificate that took the place of this one. */
  readonly replacedBy: string | null;
};

/** What is put right by a replacement was proposed through the API, and is named by its hash: it may hold a name. */
export type SettleInput = StaffAct & { readonly resolution: Resolution; readonly replacementHash?: string };

/** Answers once the certificate is suspended; refused when it cannot be. */
export const opened = defineUpdate<CorrectionState>('opened');
export const settle = defineUpdate<CorrectionState, [SettleInput]>('settle');

/** A doorbell: an act that was typed in the Temporal UI was dismissed. Which wait still, the workflow asks. */
export const claimSettled = defineSignal('claimSettled');
