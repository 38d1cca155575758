import { partsOf, type Test } from '../../domain/exam.ts';
import type { Millipoints } from '../../domain/points.ts';
import type { ExamContext } from '../exam-versions.ts';
import { readTrainedMarks } from './pairs.ts';

/** A script that somebody completed in training: what they gave beside what is agreed. */
export type TrainedScript = {
  readonly assignmentId: string;
  readonly seedId: string;
  readonly examId: string;
  readonly test: Test;
  readonly completedAt: Date;
  /** Counts no more: the seed was ended since. */
  readonly isEnded: boolean;
  readonly items: readonly TrainedItem[];
};

type TrainedItem = {
  readonly itemId: string;
  readonly title: string;
  readonly millipointsMax: Millipoints;
  readonly given: GivenMark;
  readonly agreed: GivenMark;
};

type GivenMark = { readonly millipoints: Millipoints; readonly reason: string };

/** The newest first, at most fifty. */
export async function readTrainedScripts(context: ExamContext, grader: string): Promise<readonly TrainedScript[]> {
  const scripts: TrainedScript[] = [];
  for (const rows of Map.groupBy(await readTrainedMarks(context, grader), (row) => row.assignment_id).values()) {
    const [first] = rows;
    if (!first) continue;
    const exam = await context.examVersions.contentOf(first.exam_version_id);
    const items = partsOf(exam, { test: first.test, caseStudyId: first.case_study_id }).flatMap(({ id, title, millipoints }) => {
      const mark = rows.find((row) => row.item_id === id);
      if (!mark) return [];
      const { given, given_reason: givenReason, agreed, agreed_reason: agreedReason } = mark;
      return [
        {
          itemId: id,
          title,
          millipointsMax: millipoints,
          given: { millipoints: given, reason: givenReason },
          agreed: { millipoints: agreed, reason: agreedReason },
        },
      ];
    });
    const { assignment_id: assignmentId, seed_id: seedId, exam_id: examId, test, completed_at: completedAt, is_ended: isEnded } = first;
    scripts.push({ assignmentId, seedId, examId, test, completedAt, isEnded, items });
  }
  return scripts;
}
