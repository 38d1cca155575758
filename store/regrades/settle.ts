import { Refusal } from '../../domain/refusal.ts';
import { recordAct } from '../audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from '../context.ts';
import type { Person } from '../interests.ts';
import { isSamePerson } from '../same-person.ts';
import { ownRegrade } from './open.ts';
import { regradeSettled } from './preview.ts';
import { lockRegrade, readRegrade, type RegradeRecord } from './records.ts';
import { isAbout } from './scope.ts';

type Settling = { readonly regradeId: string; readonly person: Person; readonly reason: string };

/**
 * By another person than who opened it, who names the preview that they saw. From then on it is in force: what is decided later is decided under it,
 * and its workflow puts right what is out. A repeat changes nothing.
 */
export function applyRegrade(context: RecordContext, { previewHash, ...settling }: Settling & { previewHash: string }): Promise<RegradeRecord> {
  return settle(context, 'applied', settling, async (tx, { openedBy, previewHash: kept }) => {
    if (await isSamePerson(tx, settling.person, openedBy))
      throw new Refusal('second_person_needed', 'You opened this regrade yourself. Somebody else has to look at its preview and apply it.');
    if (kept === null || kept !== previewHash)
      throw new Refusal(
        'regrade_changed',
        'The preview is not what you saw: it was made anew, or is being made. Look at it again, and apply it then.',
      );
  });
}

/** By whoever opened it, or anybody else of staff, until it is applied. A repeat changes nothing. */
export function cancelRegrade(context: RecordContext, settling: Settling): Promise<RegradeRecord> {
  return settle(context, 'cancelled', settling, async () => {});
}

const ACTIONS = { applied: 'apply_regrade', cancelled: 'cancel_regrade' } as const;

function settle(
  context: RecordContext,
  outcome: keyof typeof ACTIONS,
  { regradeId, person, reason }: Settling,
  check: (tx: Transaction, regrade: RegradeRecord) => Promise<void>,
): Promise<RegradeRecord> {
  return inTransaction(context, async (tx) => {
    const regrade = await lockRegrade(tx, regradeId);
    const { state, settledBy, scope } = regrade;
    const isRepeat = settledBy === person.subject && (state === 'cancelled') === (outcome === 'cancelled');
    if (state !== 'open' && isRepeat) return regrade;
    if (state !== 'open') throw regradeSettled(regrade);
    if (await isAbout(tx, scope, person)) throw ownRegrade();
    await check(tx, regrade);
    const at = await nowBy(context.clock, tx);
    await tx.regrade.update({
      where: { id: regradeId },
      data: { outcome, settledBy: person.subject, settledReason: reason, settledAt: at },
      select: { id: true },
    });
    const act = { actionKey: `settle-regrade:${regradeId}`, actor: person.subject, reason };
    const details = { regradeId, examId: scope.examId, itemId: scope.itemId, openedBy: regrade.openedBy };
    await recordAct(tx, act, { attemptId: null, action: ACTIONS[outcome], details, at });
    return readRegrade(tx, regradeId);
  });
}
