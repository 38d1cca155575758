import type { z } from 'zod';
import { blindDueAt } from '../../../domain/marking.ts';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import type { AgreedMark } from '../../../domain/seed.ts';
import { shownMark } from '../../../store/assignments/drafts.ts';
import type { HeldAssignment, Training } from '../../../store/assignments/held.ts';
import type { SubmissionUnderGrading } from '../../../store/assignments/under-grading.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import type { agreedMark, assignmentView, solutionFile } from './schemas.ts';

export type AssignmentView = z.output<typeof assignmentView>;
type AptitudeView = Extract<AssignmentView, { test: 'aptitude' }>;
type CaseStudyView = Extract<AssignmentView, { test: 'case_study' }>;

/** What a grader sees of an assignment. Everything in it is named here: nothing else can slip through. */
export async function viewOfAssignment({ storage }: Pick<Services, 'storage'>, assignment: HeldAssignment): Promise<AssignmentView> {
  const held = {
    id: assignment.id,
    purpose: assignment.purpose,
    state: assignment.state,
    dueAt: iso(blindDueAt(assignment.dueAt)),
    leaseExpiresAt: isoOrNull(assignment.leaseExpiresAt),
    fencingToken: assignment.fencingToken,
    draft: assignment.draft?.map(shownMark) ?? null,
    ...(assignment.purpose === 'adjudicate' ? { disputedMarks: disputedMarksOf(assignment) } : {}),
    ...(assignment.training ? { training: trainingOf(assignment.training) } : {}),
  };
  const { gradable } = assignment.submission;
  switch (gradable.test) {
    case 'aptitude':
      return { ...held, test: 'aptitude', responses: responsesOf(assignment, gradable.responses) };
    case 'case_study':
      return {
        ...held,
        test: 'case_study',
        ...caseStudyOf(assignment, gradable.caseStudyId),
        file: await viewOfFile(storage, assignment.submission, `/v1/assignments/${assignment.id}/file`),
      };
  }
}

function trainingOf({ agreed, given }: Training): NonNullable<AssignmentView['training']> {
  return { agreed: agreed?.map(viewOfAgreedMark) ?? null, given: given?.map(viewOfAgreedMark) ?? null };
}

/** What is agreed of an item, or was given for it. */
export function viewOfAgreedMark({ itemId, millipoints, reason }: AgreedMark): z.output<typeof agreedMark> {
  return { itemId, points: pointsFromMillipoints(millipoints), reason };
}

function disputedMarksOf(assignment: HeldAssignment): NonNullable<AssignmentView['disputedMarks']> {
  return assignment.disputedMarks.map(({ itemId, grader, millipoints, reason }) => ({
    itemId,
    grader,
    points: pointsFromMillipoints(millipoints),
    reason,
  }));
}

function responsesOf({ itemIds, submission }: HeldAssignment, responses: Readonly<Record<string, unknown>>): AptitudeView['responses'] {
  return submission.exam.items.flatMap((item) => {
    const response = responses[item.id];
    if (item.type !== 'text' || !itemIds.includes(item.id) || typeof response !== 'string') return [];
    return [{ itemId: item.id, prompt: item.prompt, pointsMax: pointsFromMillipoints(item.millipoints), modelAnswer: item.modelAnswer, response }];
  });
}

function caseStudyOf({ itemIds, submission }: HeldAssignment, caseStudyId: string): Pick<CaseStudyView, 'title' | 'brief' | 'criteria'> {
  const caseStudy = submission.exam.caseStudies.find((candidate) => candidate.id === caseStudyId);
  if (!caseStudy) throw new TypeError('a submission names a case study of its exam version');
  return {
    title: caseStudy.title,
    brief: caseStudy.brief,
    criteria: caseStudy.rubric
      .filter((criterion) => itemIds.includes(criterion.id))
      .map(({ id, title, description, millipoints }) => ({ itemId: id, title, description, pointsMax: pointsFromMillipoints(millipoints) })),
  };
}

/** The size is a convenience: while the storage is away the assignment is shown without it. */
export async function viewOfFile(
  storage: Services['storage'],
  submission: Pick<SubmissionUnderGrading, 'uploadId' | 'mediaType'>,
  url: string,
): Promise<z.infer<typeof solutionFile>> {
  const sizeBytes = submission.uploadId === null ? null : await storage.sizeBytes(submission.uploadId).catch(() => null);
  return { mediaType: submission.mediaType ?? 'application/octet-stream', sizeBytes, url };
}
