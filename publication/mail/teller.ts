import type { Test } from '../../domain/exam.ts';
import { nextStepAfter } from '../../domain/grading.ts';
import { formatBasisPoints } from '../../domain/score.ts';
import type { NoticeContext, NoticeStore } from '../../store/notices.ts';
import { identifiersFor } from '../credentials/identifiers.ts';
import type { NoticeContent } from './kinds.ts';
import { renderNotice } from './render.ts';

/** A published result, to be told. */
type ResultToTell = { readonly attemptId: string; readonly test: Test; readonly passed: boolean };

/** Tells candidates: in their inbox, which is the truth, and by mail, once an occasion. What became of a mail, its courier writes down. */
export function createTeller({ notices, publicUrl, mailing }: { notices: NoticeStore; publicUrl: string; mailing: boolean }) {
  const addresses = identifiersFor(publicUrl);

  async function tell(
    attemptId: string,
    { occasion, content, locale }: { occasion: string; content: NoticeContent; locale: string | null },
  ): Promise<void> {
    const { subject, body } = renderNotice({ ...content, locale: locale ?? 'en' });
    await notices.tell({ attemptId, occasion, kind: content.kind, subject, body, ...(mailing ? { mailData: content.data } : {}) });
  }

  function contentOf(context: NoticeContext, { attemptId, test, passed }: ResultToTell): NoticeContent {
    const attemptUrl = `${addresses.home}/v1/attempts/${attemptId}`;
    const exam = { name: context.name, examTitle: context.examTitle };
    switch (nextStepAfter(test, passed)) {
      case 'fail':
        return { kind: `${test}_failed`, data: { ...exam, attemptUrl } };
      case 'offer_case_study': {
        const downloadBy = (context.downloadBy ?? new Date()).toISOString();
        return { kind: 'aptitude_passed', data: { ...exam, attemptUrl, downloadBy } };
      }
      case 'certify': {
        const { certificate } = context;
        if (!certificate) throw new TypeError('who passed the case study has a certificate');
        const certificateUrl = addresses.registerPage(certificate.id);
        return { kind: 'case_study_passed', data: { ...exam, certificateUrl, score: formatBasisPoints(certificate.basisPoints) } };
      }
    }
  }

  return {
    tell,

    async tellResult(result: ResultToTell): Promise<void> {
      const context = await notices.context(result);
      const content = contentOf(context, result);
      await tell(result.attemptId, { occasion: content.kind, content, locale: context.locale });
    },
  };
}
