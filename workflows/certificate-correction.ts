import {
  allHandlersFinished,
  condition,
  currentUpdateInfo,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { RESOLUTIONS, type Resolution } from '../domain/correction.ts';
import { TEXTS } from '../domain/text.ts';
import { documents, notification, publication } from './activities.ts';
import {
  claimSettled,
  opened,
  settle,
  type CorrectionInput,
  type CorrectionResult,
  type CorrectionState,
  type SettleInput,
} from './correction-messages.ts';
import { byWhom, quoted } from './details.ts';
import { CANCELLATION_IGNORED, neverCancelled, uncancelled } from './never-cancelled.ts';
import { awaitsConfirmation, checkActor, checkText, isText, refuse } from './refuse.ts';
import { CertNeedsAttention, CertPhase } from './search-attributes.ts';

/** A suspension weighs on its holder: staff are called when it lasts so long, and again each time. */
const CALL_STAFF_AFTER = '7 days';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, certificateCorrection);

/**
 * The saga of a certificate issued by mistake: suspend it at once, wait for staff to settle the doubt, and then reinstate,
 * revoke or replace it. Each step is one transaction in PostgreSQL with its event, so the register, the signed status
 * lists and other systems follow; the holder and those who asked are told. A step that fails is repeated until it holds.
 */
export function certificateCorrection(input: CorrectionInput): Promise<CorrectionResult> {
  const { correctionId, certificateId, actor, reason } = input;
  const happened: string[] = [];
  let state: CorrectionState | undefined;
  let refusal: unknown;

  let waitsFor = 'the suspension';
  const show = () =>
    setCurrentDetails(
      [
        '| | |',
        '|---|---|',
        `| certificate | ${certificateId} |`,
        `| stands at | **${state?.resolution ?? 'suspended'}** |`,
        `| waits for | ${waitsFor} |`,
        '',
        ...happened.map((line) => `- ${line}`),
      ].join('\n'),
    );
  /** For acts that wait to be confirmed, and for anything else, which stays until it is settled. */
  const calledFor = { claims: false, more: false };
  const callStaff = (why: string, what: keyof typeof calledFor = 'more') => {
    calledFor[what] = true;
    happened.push(`**needs attention:** ${why}`);
    upsertSearchAttributes([{ key: CertNeedsAttention, value: true }]);
    show();
  };
  const claimsSettled = async () => {
    if (!calledFor.claims || (await publication.countPendingClaims({ correctionId })) > 0 || !calledFor.claims) return;
    calledFor.claims = false;
    happened.push('no act waits to be confirmed any more');
    if (!calledFor.more) upsertSearchAttributes([{ key: CertNeedsAttention, value: false }]);
    show();
  };
  const background: Promise<void>[] = [];
  /** What must happen but nobody waits for: a pool that is away holds up no settlement, and one that fails for good calls staff. */
  const inBackground = (what: string, work: Promise<void>): Promise<void> => {
    const done = work.catch(() => callStaff(`${what} failed for good`));
    background.push(done);
    return done;
  };
  const suspended = async () => {
    await condition(() => state !== undefined || refusal !== undefined);
    if (!state) throw refusal;
    return state;
  };

  setHandler(opened, uncancelled(suspended), { description: 'Answers once the certificate is suspended' });
  setHandler(claimSettled, uncancelled(claimsSettled), { description: 'An act that was claimed was dismissed: look which wait still' });
  setHandler(
    settle,
    uncancelled(async (request: SettleInput) => {
      const actionKey = `${correctionId}:${currentUpdateInfo()?.id ?? ''}`;
      await suspended();
      try {
        state = await publication.resolveCorrection({ ...request, correctionId, actionKey });
      } catch (error) {
        if (awaitsConfirmation(error)) {
          const what = `${request.resolution}, as ${quoted(request.actor)} claims`;
          callStaff(`${what}: not done until somebody else of staff confirms it through the API`, 'claims');
        }
        throw error;
      }
      happened.push(`${request.resolution} by ${quoted(request.actor)}: ${quoted(request.reason)}`);
      return state;
    }),
    { description: SETTLE_DESCRIPTION, validator: checkSettlement },
  );

  const story = async (): Promise<CorrectionResult> => {
    upsertSearchAttributes([{ key: CertPhase, value: 'certificate_suspended' }]);
    try {
      state = await publication.openCorrection({ correctionId, certificateId, actor, reason, actionKey: correctionId });
    } catch (error) {
      refusal = error;
      await condition(allHandlersFinished);
      throw error;
    }
    happened.push(`suspended ${byWhom({ actor }, state)}: ${quoted(reason)}`);
    waitsFor = 'staff to settle it';
    show();
    const holderKnows = inBackground('telling the holder', notification.notifyCertificate({ correctionId, certificateId, change: 'suspended' }));

    const isSettled = () => state?.resolution != null;
    while (!(await condition(isSettled, CALL_STAFF_AFTER))) callStaff('still suspended');

    const { resolution, replacedBy } = state;
    if (resolution === null) throw new TypeError('the wait ends when it is settled');
    upsertSearchAttributes([
      { key: CertPhase, value: `certificate_${resolution}` },
      { key: CertNeedsAttention, value: false },
    ]);
    waitsFor = 'nothing more';
    show();
    if (replacedBy !== null) void inBackground('rendering the new certificate', documents.renderCertificate({ certificateId: replacedBy }));
    const lastNotice = holderKnows.then(() => notification.notifyCertificate({ correctionId, certificateId, change: resolution }));
    void inBackground('telling the holder', lastNotice);
    await Promise.all(background);
    await condition(allHandlersFinished);
    return { resolution };
  };
  return neverCancelled(story, () => callStaff(CANCELLATION_IGNORED));
}

const SETTLE_DESCRIPTION =
  'Settle the doubt: {"resolution": "reinstated" | "revoked" | "replaced", "replacementHash"?, "actor", "reason"}. What a replacement puts right is proposed through the API first.';

function checkSettlement(request: SettleInput): void {
  checkActor(request);
  if (!RESOLUTIONS.includes(request.resolution satisfies Resolution)) throw refuse(`resolution must be one of ${RESOLUTIONS.join(', ')}`);
  if (request.replacementHash !== undefined && isText(request.replacementHash)) checkText('replacementHash', request.replacementHash, TEXTS.key);
  if (request.resolution === 'replaced' && !isText(request.replacementHash))
    throw refuse('replacementHash is missing: propose through the API what is put right');
}
