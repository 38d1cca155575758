import { TESTS, type Test } from '../../domain/exam.ts';
import { occasionOf, occasionOfTidings, resultOccasion, type Step, type Tidings } from '../../domain/step.ts';
import { nextStepAfter } from '../../domain/grading.ts';
import { formatBasisPoints } from '../../domain/score.ts';
import type { NoticeContext, NoticeStore } from '../../store/notices.ts';
import { identifiersFor } from '../credentials/identifiers.ts';
import type { NoticeContent } from './kinds.ts';
import { renderNotice } from './render.ts';

/** A published result, to be told. */
type ResultToTell = { readonly attemptId: string; readonly test: Test; readonly passed: boolean };

type Regraded = Extract<Tidings, { kind: 'regraded' }> & { readonly attemptId: string };

/** A row of the outbox, which came with what its attempt has to say; what comes another way is read. */
type Taken = { readonly id: string; readonly context: NoticeContext };

type ToTell = {
  readonly occasion: string;
  readonly content: NoticeContent;
  readonly reader: Pick<NoticeContext, 'locale' | 'timeZone'>;
  /** The row of the outbox that this is for. */
  readonly settles?: string | undefined;
};

type TellerOptions = {
  readonly notices: NoticeStore;
  readonly publicUrl: string;
  /** Where candidates have their pages, if they have any: what the API answers there is for programs. */
  readonly candidateUrl: string | undefined;
  readonly mailing: boolean;
};

/** Tells candidates: in their inbox, which is the truth, and by mail, once an occasion. What became of a mail, its courier writes down. */
export function createTeller({ notices, publicUrl, candidateUrl, mailing }: TellerOptions) {
  const addresses = identifiersFor(publicUrl);

  async function tell(attemptId: string, { occasion, content, reader, settles }: ToTell): Promise<void> {
    const { subject, body } = renderNotice({ ...content, locale: reader.locale ?? 'en', timeZone: reader.timeZone });
    await notices.tell({ attemptId, occasion, kind: content.kind, subject, body, ...(mailing ? { mailData: content.data } : {}), settles });
  }

  function attemptOf({ name, examTitle }: NoticeContext, attemptId: string) {
    const attemptUrl = candidateUrl === undefined ? {} : { attemptUrl: `${candidateUrl.replace(/\/+$/, '')}/attempts/${attemptId}` };
    return { name, examTitle, ...attemptUrl };
  }

  function certifiedOf({ certificate, name, examTitle }: NoticeContext) {
    if (!certificate) throw new TypeError('who passed the case study has a certificate');
    return { name, examTitle, certificateUrl: addresses.registerPage(certificate.id), score: formatBasisPoints(certificate.basisPoints) };
  }

  function contentOfStep(context: NoticeContext, attemptId: string, step: Step): NoticeContent {
    if (step.kind === 'appeal_case_study_passed') return { kind: step.kind, data: certifiedOf(context) };
    const { kind, ...told } = step;
    const {
      round: _round,
      at: _at,
      uploadId: _upload,
      number: _number,
      appealId: _appeal,
      complaintId: _complaint,
      expectedBy,
      ...data
    } = { ...NOT_TOLD, ...told };
    const expected = expectedBy === null ? expectedWith(step, context) : { expectedBy };
    return { kind, data: { ...attemptOf(context, attemptId), ...data, ...expected, ...answersIn(step, context) } } as NoticeContent;
  }

  function contentOf(context: NoticeContext, { attemptId, test, passed }: ResultToTell): NoticeContent {
    const attempt = attemptOf(context, attemptId);
    switch (nextStepAfter(test, passed)) {
      case 'fail':
        return { kind: failureOf(test, context), data: attempt };
      case 'offer_case_study': {
        const downloadBy = (context.downloadBy ?? new Date()).toISOString();
        return { kind: 'aptitude_passed', data: { ...attempt, downloadBy } };
      }
      case 'certify':
        return { kind: 'case_study_passed', data: certifiedOf(context) };
    }
  }

  return {
    tell,

    async tellResult(result: ResultToTell, taken?: Taken): Promise<void> {
      const reader = taken?.context ?? (await notices.context(result));
      await tell(result.attemptId, { occasion: resultOccasion(result), content: contentOf(reader, result), reader, settles: taken?.id });
    },

    async tellRegraded({ attemptId, ...tidings }: Regraded, taken: Taken): Promise<void> {
      const { context: reader, id: settles } = taken;
      const { test, passes, newCertificate } = tidings;
      const { certificate } = reader;
      const certified =
        newCertificate && certificate
          ? { certificateUrl: addresses.registerPage(certificate.id), score: formatBasisPoints(certificate.basisPoints) }
          : {};
      const content: NoticeContent = {
        kind: 'regraded',
        data: { ...attemptOf(reader, attemptId), test, outcome: passes ? 'passed' : 'better', ...certified },
      };
      await tell(attemptId, { occasion: occasionOfTidings(tidings), content, reader, settles });
    },

    async tellStep(attemptId: string, step: Step, taken?: Taken): Promise<void> {
      const reader = taken?.context ?? (await notices.context({ attemptId }));
      await tell(attemptId, { occasion: occasionOf(step), content: contentOfStep(reader, attemptId, step), reader, settles: taken?.id });
    },
  };
}

/** What tells one step from another of its kind, and a date that may be none. */
const NOT_TOLD = { round: 0, at: '', uploadId: '', number: 0, appealId: '', complaintId: '', expectedBy: null };

/** Nobody is promised the grading of a test without an answer. */
function answersIn({ kind }: Step, { aptitudeAnswered }: NoticeContext): { answers?: 'none' } {
  const isHandedIn = kind === 'aptitude_submitted' || kind === 'aptitude_timed_out';
  return isHandedIn && !aptitudeAnswered ? { answers: 'none' } : {};
}

/** When the result of what was handed in is expected, where that is another date than the promise. */
function expectedWith(step: Step, { expected }: NoticeContext): { expected?: 'earlier' | 'later'; expectedBy?: string } {
  switch (step.kind) {
    case 'aptitude_submitted':
    case 'aptitude_timed_out':
    case 'case_study_submitted':
    case 'case_study_timed_out': {
      const test = TESTS.find((one) => step.kind.startsWith(one));
      const told = expected?.[`${test}:${step.round}`];
      const distance = told == null ? 0 : Date.parse(told) - Date.parse(step.deadline);
      return told == null || distance === 0 ? {} : { expected: distance < 0 ? 'earlier' : 'later', expectedBy: new Date(told).toISOString() };
    }
    default:
      return {};
  }
}

/** Nobody is told of feedback on what they did not hand in. */
function failureOf(test: Test, { aptitudeAnswered, caseStudySubmitted }: NoticeContext) {
  switch (test) {
    case 'aptitude':
      return aptitudeAnswered ? 'aptitude_failed' : 'aptitude_not_answered';
    case 'case_study':
      return caseStudySubmitted ? 'case_study_failed' : 'case_study_not_submitted';
  }
}
