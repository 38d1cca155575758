import { z } from 'zod';
import { examForm } from '../../../exams/form.ts';
import { PROPOSAL_STATES } from '../../../store/exam-proposals.ts';
import { digits, instant, INTEGER_MAX, next, page, percentage, points, reason, uuid } from '../../schemas.ts';

export const EXAM_BYTES_MAX = 5 * 1024 * 1024;
/** Whoever may read an exam with its keys. */
export const EXAM_READERS = ['designated', 'staff', 'auditor'] as const;

const examVersion = z.string().meta({ description: 'Exam and version', example: 'software-architect@3' });
const seconds = z.number().int();

const examSummary = z.object({ examId: z.string(), version: z.number().int(), examVersion, title: z.string() }).meta({ id: 'ExamSummary' });

/** What everybody may know before registering; never a question or a key. */
export const examFacts = z
  .object({
    examId: z.string(),
    version: z.number().int(),
    examVersion,
    title: z.string(),
    passMarkPercent: percentage,
    limits: z
      .object({ startSeconds: seconds, aptitudeTestSeconds: seconds, offerSeconds: seconds, caseStudySeconds: seconds })
      .meta({ description: 'To start after registration, for the aptitude test, to download the case study, for the case study' }),
    resultPromiseSeconds: z.object({ aptitude: seconds, caseStudy: seconds }),
    aptitudeTest: z.object({ itemCount: z.number().int(), points }),
  })
  .meta({ id: 'Exam' });

export const examList = z.object({ exams: z.array(examSummary) });
export const publishedExam = z.object({ examVersion });
export const examParams = z.object({ examId: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/) });

export const examQuery = z.strictObject({
  version: digits({ min: 1, max: INTEGER_MAX }).optional().meta({ description: 'Of this published version; of the newest without it', example: 1 }),
});

export const anyForm = z.unknown();
export const examFormBody = examForm.meta({ id: 'ExamForm' });
/** As it is read back: complete, with every default. */
const completeForm = examForm.meta({ id: 'CompleteExamForm' });
export const checkedExam = z.object({ form: completeForm });

const summary = { examId: z.string(), version: z.number().int(), title: z.string() };

const examVersionSummary = z
  .object({
    ...summary,
    publishedAt: instant,
    publishedBy: z.string(),
    retirement: z
      .object({ retiredBy: z.string(), reason: z.string(), retiredAt: instant })
      .nullable()
      .meta({ description: 'From then on nobody registers for it; attempts at it go on' }),
  })
  .meta({ id: 'ExamVersionSummary' });
export const examVersionList = z.object({ versions: z.array(examVersionSummary) });
export const versionParams = z.object({ examId: examParams.shape.examId, version: digits({ min: 1, max: INTEGER_MAX }) });
export const publishedForm = z.object({ form: completeForm });
export const retirement = z.strictObject({ reason }).meta({ id: 'ExamRetirement' });

export const proposalParams = z.object({ proposalId: uuid });
export const proposalQuery = z.strictObject(page);
export const proposalBody = z.strictObject({ form: anyForm, reason });
export const documentedProposal = z.strictObject({ form: examFormBody, reason }).meta({ id: 'NewExamProposal' });
export const proposalWithdrawal = z.strictObject({ reason }).meta({ id: 'ExamProposalWithdrawal' });
const proposal = {
  id: uuid,
  ...summary,
  reason: z.string(),
  proposedBy: z.string(),
  proposedAt: instant,
  state: z.enum(PROPOSAL_STATES),
  settledBy: z.string().nullable().meta({ description: 'Who published or withdrew it' }),
  settledAt: instant.nullable(),
};
export const examProposalSummary = z.object(proposal).meta({ id: 'ExamProposalSummary' });
export const examProposal = z.object({ ...proposal, form: completeForm }).meta({ id: 'ExamProposal' });
export const proposalList = z.object({ proposals: z.array(examProposalSummary), next });
