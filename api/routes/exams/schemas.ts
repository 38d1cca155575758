import { z } from 'zod';
import { INTEGER_MAX, percentage, points } from '../../schemas.ts';

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
  version: z.coerce
    .number()
    .int()
    .min(1)
    .max(INTEGER_MAX)
    .optional()
    .meta({ description: 'Of this published version; of the newest without it', example: 1 }),
});
