import type { Test } from '../../domain/exam.ts';
import { composeFeedback } from '../../domain/feedback.ts';
import { ADJUDICATION_SEAT, nextStepAfter } from '../../domain/grading.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { identifiersFor } from '../../publication/credentials/identifiers.ts';
import { documentKey, ISSUER_NAME, PDF_MEDIA_TYPE } from '../../publication/documents/document-key.ts';
import type { DocumentRenderer } from '../../publication/documents/renderer.ts';
import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
import type { CertificateRecord } from '../../store/certificates.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';

/** What candidates are told; shown once the decision is published. */
export function createFeedbackActivities({
  store,
  storage,
  renderer,
  publicUrl,
}: {
  store: Store;
  storage: ObjectStorage;
  renderer: DocumentRenderer;
  publicUrl: string;
}) {
  const { registerPage } = identifiersFor(publicUrl);

  async function put(id: string, bytes: Uint8Array): Promise<void> {
    await storage.put({ key: documentKey(id), bytes, mediaType: PDF_MEDIA_TYPE });
  }

  async function renderReport(decision: { attemptId: string; test: Test; round: number }): Promise<{ passed: boolean }> {
    const report = await store.decisions.report(decision);
    await put(report.decisionId, renderer.feedbackReport(report));
    return report;
  }

  async function renderCertificate({ id: certificateId, replacesId, ...certificate }: CertificateRecord): Promise<void> {
    const replaces = replacesId === null ? {} : { replaces: replacesId };
    const credential = await store.certificates.signedCredential(certificateId);
    const attached = credential === null ? {} : { credential: JSON.stringify(credential) };
    const document = { ...certificate, ...attached, certificateId, pageUrl: registerPage(certificateId), issuerName: ISSUER_NAME, ...replaces };
    await put(certificateId, renderer.certificate(document));
  }

  return refusing({
    async composeFeedback({
      attemptId,
      test,
      round,
      submissionId,
      items,
    }: {
      attemptId: string;
      test: Test;
      round: number;
      submissionId: string;
      items: readonly ItemScore[];
    }): Promise<void> {
      const [{ exam, gradable }, reasons] = await Promise.all([store.assignments.underGrading(submissionId), store.decisions.reasons(submissionId)]);
      const entries = composeFeedback({ exam, taken: gradable, items, reasons, adjudicationSeat: ADJUDICATION_SEAT });
      await store.decisions.keepFeedback({ attemptId, test, round, entries });
    },

    /** The report of a published decision, and the certificate where it brought one, as PDF in the storage. The same input gives the same bytes. */
    async renderDocuments(decision: { attemptId: string; test: Test; round: number }): Promise<void> {
      const { passed } = await renderReport(decision);
      if (nextStepAfter(decision.test, passed) === 'certify') await renderCertificate(await store.certificates.ofAttempt(decision.attemptId));
    },

    /** A certificate that was issued in the place of another, and the reports of the decisions behind it, which may be new as well. */
    async renderCertificate({ certificateId }: { certificateId: string }): Promise<void> {
      const certificate = await store.certificates.read(certificateId);
      await renderCertificate(certificate);
      if (certificate.attemptId === null) return;
      for (const decision of await store.corrections.decisionsBehind(certificate.attemptId)) await renderReport(decision);
    },
  });
}

export type FeedbackActivities = ReturnType<typeof createFeedbackActivities>;
