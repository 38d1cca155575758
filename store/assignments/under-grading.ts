import type { ExamContent, Test } from '../../domain/exam.ts';
import type { GradableSubmission } from '../../domain/grading.ts';
import type { ResponseValue } from '../../domain/response.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ExamContext } from '../exam-versions.ts';

/** A frozen submission with what grading needs of its exam. */
export type SubmissionUnderGrading = {
  readonly submissionId: string;
  readonly attemptId: string;
  readonly test: Test;
  readonly exam: ExamContent;
  readonly gradable: GradableSubmission;
  readonly uploadId: string | null;
  readonly mediaType: string | null;
  /** The file is not scanned for malware yet, or is infected: it goes to nobody. */
  readonly isHeld: boolean;
};

export const GRADABLE_COLUMNS = {
  id: true,
  content: true,
  uploadId: true,
  sitting: {
    select: {
      test: true,
      caseStudyId: true,
      attemptId: true,
      attempt: { select: { examVersionId: true } },
      uploads: { select: { id: true, mediaType: true, scanState: true } },
    },
  },
} as const satisfies Prisma.SubmissionSelect;

export type GradableRow = Prisma.SubmissionGetPayload<{ select: typeof GRADABLE_COLUMNS }>;

/** The same of a submission b with its sitting s and attempt a, for a statement that has them at hand. */
export const gradableJson = Prisma.sql`jsonb_build_object('id', b.id, 'content', b.content, 'uploadId', b.upload_id, 'sitting', jsonb_build_object(
  'test', s.test, 'caseStudyId', s.case_study_id, 'attemptId', s.attempt_id, 'attempt', jsonb_build_object('examVersionId', a.exam_version_id),
  'uploads', coalesce((SELECT jsonb_agg(jsonb_build_object('id', u.id, 'mediaType', u.media_type, 'scanState', u.scan_state))
    FROM upload u WHERE u.sitting_id = s.id), '[]')))`;

export async function readUnderGrading(context: ExamContext, submissionId: string): Promise<SubmissionUnderGrading> {
  const [row] = await context.prisma.$queryRaw<{ submission: GradableRow }[]>`
    SELECT ${gradableJson} AS submission FROM submission b JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
    WHERE b.id = ${submissionId}::uuid`;
  if (!row) throw new TypeError('a submission that is graded is there');
  return underGradingOf(context, row.submission);
}

export async function underGradingOf({ examVersions }: ExamContext, row: GradableRow): Promise<SubmissionUnderGrading> {
  const { sitting } = row;
  const test = sitting.test as Test;
  const file = sitting.uploads.find((upload) => upload.id === row.uploadId);
  return {
    submissionId: row.id,
    attemptId: sitting.attemptId,
    test,
    exam: await examVersions.contentOf(sitting.attempt.examVersionId),
    gradable: gradableOf(test, row),
    uploadId: row.uploadId,
    mediaType: file?.mediaType ?? null,
    isHeld: file?.scanState === 'pending' || file?.scanState === 'infected',
  };
}

function gradableOf(test: Test, { content, sitting }: GradableRow): GradableSubmission {
  switch (test) {
    case 'aptitude':
      return { test, responses: (content ?? {}) as Record<string, ResponseValue> };
    case 'case_study':
      return { test, caseStudyId: sitting.caseStudyId ?? '' };
  }
}
