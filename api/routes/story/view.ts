import type { z } from 'zod';
import type { AssessmentReason } from '../../../domain/assessment.ts';
import type { Window } from '../../../domain/attempt.ts';
import type { Test } from '../../../domain/exam.ts';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import type { ItemScore } from '../../../domain/reconciliation.ts';
import type { CertificateStatus } from '../../../domain/register.ts';
import { formatBasisPoints } from '../../../domain/score.ts';
import type { FlagSettlement } from '../../../store/assignments/flag.ts';
import type { AttemptStory } from '../../../store/attempts/story.ts';
import { attemptWorkflowId } from '../../../workflows/messages.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import { viewOfAudit, viewOfLease } from '../staff/view.ts';
import type { attemptStory } from './schemas.ts';

type StoryView = z.output<typeof attemptStory>;
type Sitting = AttemptStory['sittings'][number];
type Submission = Sitting['submissions'][number];

/** The parts of a story that the attempt's own view has not. */
export function viewOfStory({ attemptId, story, passMark }: { attemptId: string; story: AttemptStory; passMark: number }) {
  const submissions = story.sittings.flatMap((sitting) => sitting.submissions.map((submission) => ({ sitting, submission })));
  return {
    candidate: story.candidate,
    dueAt: isoOrNull(story.standing?.dueAt ?? null),
    sittings: story.sittings.map(({ test, round, startedAt, deadline, frozenAt, caseStudyId }) => ({
      test: test as Test,
      round,
      startedAt: iso(startedAt),
      deadline: iso(deadline),
      frozenAt: isoOrNull(frozenAt),
      caseStudyId,
    })),
    extensions: story.extensions.map(({ window, kind, until, outageId, grantedAt }) => ({
      window: window as Window,
      kind,
      until: isoOrNull(until),
      outageId,
      grantedAt: iso(grantedAt),
    })),
    submissions: submissions.map(({ sitting, submission }) => viewOfSubmission(sitting, submission)),
    assignments: submissions.flatMap(({ sitting, submission }) =>
      submission.assignments.map((assignment) => viewOfAssignment({ attemptId, sitting, submission, assignment })),
    ),
    assessments: submissions.flatMap(({ submission }) => (submission.assessment ? [viewOfAssessment(submission.assessment)] : [])),
    decisions: story.decisions.map((decision) => viewOfDecision(decision, passMark)),
    notices: story.notices.map(({ id, kind, subject, body, createdAt }) => ({ id, kind, subject, body, createdAt: iso(createdAt) })),
    mails: story.mails.map(({ id, kind, state, tries, problem, createdAt, settledAt }) => ({
      id,
      kind,
      state,
      tries,
      problem,
      createdAt: iso(createdAt),
      settledAt: isoOrNull(settledAt),
    })),
    certificates: story.certificates.map(({ id, edition, name, examTitle, basisPoints, issuedAt, status, replacesId }) => ({
      id,
      edition,
      name,
      examTitle,
      score: formatBasisPoints(basisPoints),
      issuedAt: iso(issuedAt),
      status: status as CertificateStatus,
      replaces: replacesId,
    })),
    audit: story.audit.map(viewOfAudit),
  } satisfies Partial<StoryView>;
}

/** Where the Temporal UI shows the attempt's workflow. */
export function temporalUrlOf({ attemptId, uiUrl, namespace }: { attemptId: string; uiUrl: string | undefined; namespace: string }): string | null {
  if (uiUrl === undefined) return null;
  return `${uiUrl.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${attemptWorkflowId(attemptId)}`;
}

function viewOfSubmission(
  { test, uploads }: Sitting,
  { id, round, cause, contentHash, submittedAt, uploadId, expectations }: Submission,
): StoryView['submissions'][number] {
  const upload = uploads.find((candidate) => candidate.id === uploadId);
  return {
    submissionId: id,
    test: test as Test,
    round,
    cause: cause as 'submitted' | 'timed_out',
    contentHash,
    submittedAt: iso(submittedAt),
    expectations: expectations.map(({ expectedBy, toldAt }) => ({ expectedBy: isoOrNull(expectedBy), toldAt: iso(toldAt) })),
    file: upload ? { name: upload.fileName, mediaType: upload.mediaType, sizeBytes: upload.sizeBytes, scan: upload.scanState } : null,
  };
}

function viewOfAssignment({
  attemptId,
  sitting: { test },
  submission,
  assignment,
}: {
  attemptId: string;
  sitting: Sitting;
  submission: Submission;
  assignment: Submission['assignments'][number];
}): StoryView['assignments'][number] {
  return {
    ...viewOfLease({ ...assignment, submission: { sitting: { attemptId, test } } }),
    submissionId: submission.id,
    claims: assignment.claims.map(({ grader, claimedAt, releasedAt, releaseCause, releaseReason }) => ({
      grader,
      claimedAt: iso(claimedAt),
      releasedAt: isoOrNull(releasedAt),
      releaseCause,
      releaseReason,
    })),
    fileFlags: assignment.fileFlags.map(({ grader, reason, flaggedAt, settledAt, settlement, settledBy }) => ({
      grader,
      reason,
      flaggedAt: iso(flaggedAt),
      settledAt: isoOrNull(settledAt),
      settlement: settlement as FlagSettlement | null,
      settledBy,
    })),
    marks: assignment.marks.map((mark) => ({
      itemId: mark.itemId,
      grader: mark.grader,
      points: pointsFromMillipoints(mark.millipoints),
      reason: mark.reason,
      recordedAt: iso(mark.recordedAt),
      fromGroup: fromGroup(assignment, mark),
    })),
  };
}

type StoryAssignment = Submission['assignments'][number];

/** Of several that were taken one after the other, the last. */
function fromGroup({ groupUses }: StoryAssignment, { itemId, grader, millipoints, reason }: StoryAssignment['marks'][number]) {
  const taken = groupUses.find(({ groupMark }) => groupMark.itemId === itemId && groupMark.grader === grader)?.groupMark;
  return taken ? { groupMarkId: taken.id, stands: taken.millipoints === millipoints && taken.reason === reason } : null;
}

function viewOfAssessment(assessment: NonNullable<Submission['assessment']>): StoryView['assessments'][number] {
  const { submissionId, markingModel, probability, limit, pooledItems, pooledGrader, reasons, opens, assessedAt } = assessment;
  return {
    submissionId,
    model: markingModel?.version ?? null,
    probability: probability === null ? null : formatBasisPoints(probability),
    limit: formatBasisPoints(limit),
    pooledItems,
    pooledGrader,
    reasons: reasons as AssessmentReason[],
    opensSecondSeat: opens,
    assessedAt: iso(assessedAt),
  };
}

function viewOfDecision(decision: AttemptStory['decisions'][number], passMark: number): StoryView['decisions'][number] {
  const items = decision.items as unknown as readonly ItemScore[];
  return {
    id: decision.id,
    test: decision.test as Test,
    round: decision.gradingRound,
    submissionId: decision.submissionId,
    passed: decision.passed,
    percentage: formatBasisPoints(decision.basisPoints),
    passMark: formatBasisPoints(passMark),
    points: pointsFromMillipoints(decision.millipoints),
    pointsMax: pointsFromMillipoints(decision.millipointsMax),
    items: items.map(({ itemId, millipoints, millipointsMax, basis }) => ({
      itemId,
      points: pointsFromMillipoints(millipoints),
      pointsMax: pointsFromMillipoints(millipointsMax),
      basis,
    })),
    supersedes: decision.supersedesId,
    decidedAt: iso(decision.decidedAt),
  };
}
