import type { Test } from '../../domain/exam.ts';
import { documentKeyOf, type ObjectStorage } from '../../platform/storage/object-storage.ts';
import type { CertificateRecord, CertificateStore } from '../../store/certificates.ts';
import { identifiersFor } from '../credentials/identifiers.ts';
import { ISSUER_NAME, PDF_MEDIA_TYPE } from './document-key.ts';
import type { FeedbackReport } from './feedback-report.ts';
import type { CertificateDocument } from './renderer.ts';

type Bytes = Uint8Array | Promise<Uint8Array>;

type Making = {
  readonly certificates: Pick<CertificateStore, 'signedCredential'>;
  readonly storage: Pick<ObjectStorage, 'put'>;
  /** In this thread or in another one. */
  readonly renderer: {
    readonly certificate: (certificate: CertificateDocument) => Bytes;
    readonly feedbackReport: (report: FeedbackReport) => Bytes;
  };
  readonly publicUrl: string;
};

export type DecidedTest = { readonly attemptId: string; readonly test: Test; readonly round: number };

/** Renders what candidates are given and puts it into the storage. The same records give the same bytes. */
export function createDocuments({ certificates, storage, renderer, publicUrl }: Making) {
  const { registerPage } = identifiersFor(publicUrl);

  async function put(id: string, bytes: Uint8Array): Promise<void> {
    await storage.put({ key: documentKeyOf(id), bytes, mediaType: PDF_MEDIA_TYPE });
  }

  return {
    async makeReport(report: FeedbackReport & { readonly decisionId: string }): Promise<void> {
      await put(report.decisionId, await renderer.feedbackReport(report));
    },

    async makeCertificate({ id: certificateId, replacesId, ...certificate }: CertificateRecord): Promise<void> {
      const replaces = replacesId === null ? {} : { replaces: replacesId };
      const credential = await certificates.signedCredential(certificateId);
      const attached = credential === null ? {} : { credential: JSON.stringify(credential) };
      const document = { ...certificate, ...attached, certificateId, pageUrl: registerPage(certificateId), issuerName: ISSUER_NAME, ...replaces };
      await put(certificateId, await renderer.certificate(document));
    },
  };
}

export type Documents = ReturnType<typeof createDocuments>;
