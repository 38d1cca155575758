import { Refusal } from '../domain/refusal.ts';
import { termsOf, type StaffActKind } from '../domain/staff-act.ts';
import type { ActOrigin, AuditedAct } from '../store/audit.ts';
import type { Store } from '../store/store.ts';

type Act = Omit<AuditedAct, 'origin'> & { readonly attemptId?: string; readonly certificateId?: string; readonly correctionId?: string };

/** Of what was done though nobody knows who typed it. */
export type Claimed = { readonly claimed?: true };

/**
 * Does what an Update of staff asks for, as far as the API vouches for who acts. Anything else was typed by hand: what favours nobody is
 * done and recorded as claimed; the rest waits, and is refused with `confirmation_needed`.
 */
export async function asHeard<Input extends Act, Result extends object>(
  { staffActs }: Pick<Store, 'staffActs'>,
  kind: StaffActKind,
  input: Input,
  act: (input: Input & { readonly origin?: ActOrigin }) => Promise<Result>,
): Promise<Result & Claimed> {
  const { actionKey, actor, reason, attemptId, certificateId, correctionId } = input;
  const hearing = await staffActs.hear({ kind, terms: termsOf(kind, input), actionKey, actor, reason, attemptId, certificateId, correctionId });
  if ('awaitsConfirmation' in hearing) throw confirmationNeeded(hearing.awaitsConfirmation);
  try {
    const { origin } = hearing;
    const result = await act(origin === undefined ? input : { ...input, origin });
    return origin && 'claimed' in origin ? { ...result, claimed: true } : result;
  } catch (error) {
    if (error instanceof Refusal) await staffActs.release(actionKey);
    throw error;
  }
}

function confirmationNeeded(claimId: string): Refusal {
  return new Refusal(
    'confirmation_needed',
    `Nothing is done yet: who typed this is not known, so it is written down as claimed. Somebody else of staff confirms or dismisses it through the API: /v1/staff/claimed-acts/${claimId}`,
    { claimId },
  );
}
