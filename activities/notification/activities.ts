import { endOf, phaseOf, windowOf, type AttemptFacts, type Window } from '../../domain/attempt.ts';
import type { Step } from '../../domain/step.ts';
import type { Resolution } from '../../domain/correction.ts';
import type { Test } from '../../domain/exam.ts';
import { identifiersFor } from '../../publication/credentials/identifiers.ts';
import type { NoticeContent } from '../../publication/mail/kinds.ts';
import { createTeller } from '../../publication/mail/teller.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';

/** What became of a certificate. */
type CertificateChange = 'suspended' | Resolution;

/** Tells candidates what became of their tests and certificates, and those who asked to be told (publication/mail/teller.ts). */
export function createNotificationActivities({
  store,
  publicUrl,
  candidateUrl,
  mailing,
}: {
  store: Pick<Store, 'attempts' | 'notices' | 'certificates' | 'watches'>;
  publicUrl: string;
  candidateUrl: string | undefined;
  mailing: boolean;
}) {
  const addresses = identifiersFor(publicUrl);
  const teller = createTeller({ notices: store.notices, publicUrl, candidateUrl, mailing });

  return refusing({
    async notifyResult(result: { attemptId: string; test: Test; passed: boolean }): Promise<void> {
      await teller.tellResult(result);
    },

    /** A step that is no result, once an occasion. Nobody is reminded of what is done, or of a deadline that is past or another by now. */
    async notifyStep({ attemptId, step }: { attemptId: string; step: Step }): Promise<void> {
      if (step.kind === 'deadline_near' && !stillStands((await store.attempts.read({ attemptId })).facts, step)) return;
      await teller.tellStep(attemptId, step);
    },

    /**
     * Tells the holder and everybody who asked to be told, once a correction and change, whatever has become of the certificate by
     * then. An imported certificate's holder is not known to us.
     */
    async notifyCertificate({
      correctionId,
      certificateId,
      change,
    }: {
      correctionId: string;
      certificateId: string;
      change: CertificateChange;
    }): Promise<void> {
      const { attemptId } = await store.certificates.read(certificateId);
      const certificateUrl = addresses.registerPage(certificateId);
      if (attemptId !== null) {
        const context = await store.notices.context({ attemptId, certificateId });
        const data = { name: context.name, examTitle: context.examTitle, certificateUrl };
        const replacedBy = context.certificate?.replacedBy;
        const content: NoticeContent =
          change === 'replaced'
            ? { kind: 'certificate_replaced', data: { ...data, newCertificateUrl: addresses.registerPage(replacedBy ?? certificateId) } }
            : { kind: `certificate_${change}`, data };
        await teller.tell(attemptId, { occasion: `${content.kind}:${correctionId}`, content, reader: context });
      }
      if (!mailing) return;
      const status = change === 'reinstated' ? 'valid' : change;
      await store.watches.tell({ certificateId, occasion: `${correctionId}:${change}`, status, certificateUrl });
    },
  });
}

/** Whether a deadline is still ahead of its candidate. */
function stillStands(facts: AttemptFacts, { window, deadline }: { window: Window; deadline: string }): boolean {
  const until = endOf(facts, window);
  return windowOf(phaseOf(facts)) === window && until === Date.parse(deadline) && facts.asOf < until;
}

export type NotificationActivities = ReturnType<typeof createNotificationActivities>;
