import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { assess, assessmentWords, markedItemId, type Assessed } from '../../domain/assessment.ts';
import type { RiskPolicy } from '../../domain/exam.ts';
import { humanPartOf, machinePartOf } from '../../domain/grading.ts';
import type { FirstMarked } from '../../domain/marking-model.ts';
import { scoreOf, type GradedBasis, type ItemScore } from '../../domain/reconciliation.ts';
import type { FirstSeat } from '../../store/assessments.ts';
import type { SubmissionUnderGrading } from '../../store/assignments/under-grading.ts';
import { markedTextOf, takenOf } from '../../store/marked-scripts.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';
import { drawFor } from './sampling.ts';

/** Whether a second seat opens, and the sentence that staff read. */
export type SecondMarkAssessment = { readonly opens: boolean; readonly words: string };

/** What machines decide: choice items, and whether a second person looks. A text response or a criterion is always a person's. */
export function createGradingAutoActivities({ store }: { store: Store }) {
  return refusing({
    async gradeChoices({ submissionId }: { submissionId: string }): Promise<readonly ItemScore<GradedBasis>[]> {
      const { exam, gradable } = await store.assignments.underGrading(submissionId);
      return machinePartOf(exam, gradable);
    },

    /** Once its first marks are in. What was found is recorded, and stands for every repeat. */
    async assessSecondMark({ submissionId }: { submissionId: string }): Promise<SecondMarkAssessment> {
      const submission = await store.assignments.underGrading(submissionId);
      const { risk } = submission.exam.policy;
      if (!risk) throw new RangeError(`submission ${submissionId} is not marked by risk`);
      const assessed = (await store.assessments.read(submissionId)) ?? (await assessSubmission(store, submission, risk));
      return { opens: assessed.reasons.length > 0, words: assessmentWords(assessed, risk) };
    },
  });
}

async function assessSubmission(store: Store, submission: SubmissionUnderGrading, risk: RiskPolicy): Promise<Assessed> {
  const { submissionId, test } = submission;
  const [seat, active] = [await store.assessments.firstSeat(submissionId), await store.markingModels.active()];
  const { secret, generation } = await store.assessments.samplingSecret({ submissionId, examVersionId: seat.examVersionId });
  const script = firstMarkedOf(submission, seat);
  const { isDrifting } = seat;
  const draw = drawFor({ attemptId: seat.attemptId, test }, secret);
  const assessed = assess({ model: active?.model, script, policy: risk, isDrifting, draw });
  const inputs = { script, risk, model: active?.version ?? null, isDrifting };
  return store.assessments.record({
    submissionId,
    markingModelId: active?.id,
    inputsHash: createHash('sha256')
      .update(canonicalize(inputs) ?? '')
      .digest('hex'),
    limit: risk.limit,
    samplingGeneration: generation,
    assessed,
  });
}

function firstMarkedOf(submission: SubmissionUnderGrading, seat: FirstSeat): FirstMarked {
  const { exam, gradable } = submission;
  const { markables, blanks } = humanPartOf(exam, gradable);
  const given = new Map(seat.marks.map(({ itemId, millipoints }) => [itemId, millipoints]));
  return {
    grader: seat.grader,
    marks: markables.map(({ itemId, millipointsMax }) => {
      const millipoints = given.get(itemId);
      if (millipoints === undefined) throw new RangeError(`item ${itemId} has no first mark`);
      const text = markedTextOf(exam, submission, itemId);
      return { itemId: markedItemId(exam, takenOf(submission), itemId), millipointsMax, millipoints, ...(text ? { text } : {}) };
    }),
    settled: scoreOf([...machinePartOf(exam, gradable), ...blanks]),
    passMark: exam.policy.passMark,
  };
}

export type GradingAutoActivities = ReturnType<typeof createGradingAutoActivities>;
