import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AdjudicationPolicy } from '../../domain/exam.ts';
import type { ExamForm } from '../../exams/form.ts';

/** exam.json of a cohort. What it shares with our exam form is passed on as it is, and checked there. */

const cohortExam = z.object({
  aptitudeTest: z.object({
    items: z.array(
      z.discriminatedUnion('type', [
        z.looseObject({ id: z.string(), type: z.literal('choice'), choices: z.array(z.unknown()), prompt: z.string().optional() }),
        z.looseObject({ id: z.string(), type: z.literal('text') }),
      ]),
    ),
  }),
  policy: z.never({ error: 'is not read from here: a cohort is played under the policy that the command names' }).optional(),
  caseStudy: z.object({
    criteria: z.array(z.object({ id: z.string(), points: z.number(), prompt: z.string(), modelAnswer: z.string().optional() })),
  }),
});

type CohortExam = z.infer<typeof cohortExam>;
type Criterion = CohortExam['caseStudy']['criteria'][number];

export const COHORT_MARKINGS = ['double', 'single', 'risk'] as const;
/** `risk.newGraderScripts` is 0 where a model was fitted on a file: its graders are not those who are played, who would all be new for good. */
export type CohortPolicy = {
  readonly marking: (typeof COHORT_MARKINGS)[number];
  readonly risk?: { readonly newGraderScripts: number };
  readonly adjudication: AdjudicationPolicy;
  /** Nobody appeals without one. */
  readonly appealWindow?: 'P14D';
};

/** Nobody in a cohort is meant to run out of time, and an attempt that failed closes at once where nobody appeals. */
const limits = {
  aptitudeLimit: 'P7D',
  lease: { aptitude: 'PT8H', caseStudy: 'PT8H' },
  appealWindow: 'PT0S',
} as const;

/**
 * A cohort's exam as an exam form. The id is a hash of exam and policy, so that the same cohort can be played again, with
 * another policy too, where it was played before. Throws a ZodError when the file is not of the form of a cohort's exam.
 */
export function examFormOfCohort(json: unknown, policy: CohortPolicy): ExamForm {
  const { aptitudeTest, caseStudy } = cohortExam.parse(json);
  const content = {
    version: 1,
    title: 'Cohort',
    policy: { ...limits, ...policy },
    aptitudeTest: { items: aptitudeTest.items.map(itemOf) },
    caseStudies: [caseStudyOf(caseStudy.criteria)],
  };
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
  // The form's own parser reports what is wrong with it: the shapes that are passed on are not known to be right.
  return { examId: `cohort-${hash}`, ...content } as ExamForm;
}

function itemOf(item: CohortExam['aptitudeTest']['items'][number]) {
  if (item.type === 'text') return item;
  return { ...item, prompt: item.prompt ?? `Question ${item.id}: which of these ${item.choices.length} answers is right?` };
}

function caseStudyOf(criteria: readonly Criterion[]) {
  return {
    id: 'written-task',
    title: 'Written task',
    brief: ['# Written task', 'Answer each question in a section of its own.', ...criteria.map((criterion) => `## ${criterion.prompt}`)].join('\n\n'),
    rubric: criteria.map(({ id, points, prompt, modelAnswer }) => ({ id, points, title: prompt, description: modelAnswer ?? prompt })),
  };
}
