import type { Resolution } from '../../domain/correction.ts';
import type { Test } from '../../domain/exam.ts';
import { nextStepAfter } from '../../domain/grading.ts';
import { formatBasisPoints } from '../../domain/score.ts';
import { identifiersFor } from '../../publication/credentials/identifiers.ts';
import type { NoticeContent } from '../../publication/mail/kinds.ts';
import { renderNotice } from '../../publication/mail/render.ts';
import type { NoticeContext } from '../../store/notices.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';

/** What became of a certificate. */
type CertificateChange = 'suspended' | Resolution;

/** Tells candidates: in their inbox, which is the truth, and by mail. What became of a mail, its courier writes down. */
export function createNotificationActivities({
  store,
  publicUrl,
  mailing,
}: {
  store: Pick<Store, 'notices' | 'certificates' | 'watches'>;
  publicUrl: string;
  mailing: boolean;
}) {
  const addresses = identifiersFor(publicUrl);
  const attemptUrl = (attemptId: string) => `${addresses.home}/v1/attempts/${attemptId}`;

  async function tell(
    attemptId: string,
    { occasion, content, locale }: { occasion: string; content: NoticeContent; locale: string | null },
  ): Promise<void> {
    const { subject, body } = renderNotice({ ...content, locale: locale ?? 'en' });
    await store.notices.tell({ attemptId, occasion, kind: content.kind, subject, body, ...(mailing ? { mailData: content.data } : {}) });
  }

  function resultContent(context: NoticeContext, { attemptId, test, passed }: { attemptId: string; test: Test; passed: boolean }): NoticeContent {
    const exam = { name: context.name, examTitle: context.examTitle };
    switch (nextStepAfter(test, passed)) {
      case 'fail':
        return { kind: `${test}_failed`, data: { ...exam, attemptUrl: attemptUrl(attemptId) } };
      case 'offer_case_study': {
        const downloadBy = (context.downloadBy ?? new Date()).toISOString();
        return { kind: 'aptitude_passed', data: { ...exam, attemptUrl: attemptUrl(attemptId), downloadBy } };
      }
      case 'certify': {
        const { certificate } = context;
        if (!certificate) throw new TypeError('who passed the case study has a certificate');
        const certificateUrl = addresses.registerPage(certificate.id);
        return { kind: 'case_study_passed', data: { ...exam, certificateUrl, score: formatBasisPoints(certificate.basisPoints) } };
      }
    }
  }

  return refusing({
    async notifyResult(result: { attemptId: string; test: Test; passed: boolean }): Promise<void> {
      const context = await store.notices.context(result);
      const content = resultContent(context, result);
      await tell(result.attemptId, { occasion: content.kind, content, locale: context.locale });
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
        await tell(attemptId, { occasion: `${content.kind}:${correctionId}`, content, locale: context.locale });
      }
      if (!mailing) return;
      const status = change === 'reinstated' ? 'valid' : change;
      await store.watches.tell({ certificateId, occasion: `${correctionId}:${change}`, status, certificateUrl });
    },
  });
}

export type NotificationActivities = ReturnType<typeof createNotificationActivities>;
