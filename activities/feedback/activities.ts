import type { Test } from '../../domain/exam.ts';
import { composeFeedback } from '../../domain/feedback.ts';
import { ADJUDICATION_SEAT, nextStepAfter } from '../../domain/grading.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { createDocuments, type DecidedTest } from '../../publication/documents/documents.ts';
import type { DocumentRenderer } from '../../publication/documents/renderer.ts';
import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
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
  const documents = createDocuments({ certificates: store.certificates, storage, renderer, publicUrl });

  async function makeReport(decision: DecidedTest): Promise<{ passed: boolean }> {
    const report = await store.decisions.report(decision);
    await documents.makeReport(report);
    return report;
  }

  return refusing({
    /** For attempts of builds that did not publish it with the decision. */
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
      const { submission, reasons } = await store.decisions.toCompose(submissionId);
      const { exam, gradable } = submission;
      const entries = composeFeedback({ exam, taken: gradable, items, reasons, adjudicationSeat: ADJUDICATION_SEAT });
      await store.decisions.keepFeedback({ attemptId, test, round, entries });
    },

    /** The report of a published decision, and the certificate where it brought one. Asked for by attempts that began before documents were made when somebody wants them. */
    async renderDocuments(decision: { attemptId: string; test: Test; round: number }): Promise<void> {
      const { passed } = await makeReport(decision);
      if (nextStepAfter(decision.test, passed) === 'certify') await documents.makeCertificate(await store.certificates.ofAttempt(decision.attemptId));
    },

    /** A certificate that was issued in the place of another, and the reports of the decisions behind it, which may be new as well. */
    async renderCertificate({ certificateId }: { certificateId: string }): Promise<void> {
      const certificate = await store.certificates.read(certificateId);
      await documents.makeCertificate(certificate);
      if (certificate.attemptId === null) return;
      for (const decision of await store.corrections.decisionsBehind(certificate.attemptId)) await makeReport(decision);
    },
  });
}

export type FeedbackActivities = ReturnType<typeof createFeedbackActivities>;
