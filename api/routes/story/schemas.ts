import { z } from 'zod';
import { ASSESSMENT_REASONS } from '../../../domain/assessment.ts';
import { WINDOWS } from '../../../domain/attempt.ts';
import { ITEM_BASES } from '../../../domain/reconciliation.ts';
import { FLAG_SETTLEMENTS } from '../../../store/assignments/flag.ts';
import { certificateStatus, instant, isPartial, percentage, points, reason, test, uuid } from '../../schemas.ts';
import { handedIn, submission } from '../attempts/schemas.ts';
import { auditEntry, staffAssignment, staffAttempt } from '../staff/schemas.ts';

export const reading = z.strictObject({ reason }).meta({ id: 'Reading' });
export const readSubmission = handedIn;

const expectation = z
  .object({ expectedBy: instant.nullable().meta({ description: 'Null where no date could be told any more' }), toldAt: instant })
  .meta({ id: 'ResultExpectation' });

const file = z.object({ name: z.string(), mediaType: z.string(), sizeBytes: z.number().int(), scan: z.string().nullable() });

const claim = z.object({
  grader: z.string(),
  claimedAt: instant,
  releasedAt: instant.nullable(),
  releaseCause: z.string().nullable(),
  releaseReason: z.string().nullable().meta({ description: 'Why the grader gave it back, where they said so' }),
});

const mark = z.object({
  itemId: z.string(),
  grader: z.string(),
  points,
  reason: z.string(),
  recordedAt: instant,
  fromGroup: z
    .object({ groupMarkId: uuid, stands: z.boolean().meta({ description: 'Whether the mark says what was kept for the group' }) })
    .nullable()
    .meta({ description: 'What its grader kept for identical answers, where they took that into the draft of this script' }),
});

const fileFlag = z.object({
  grader: z.string(),
  reason: z.string(),
  flaggedAt: instant,
  settledAt: instant.nullable(),
  settlement: z.enum(FLAG_SETTLEMENTS).nullable(),
  settledBy: z.string().nullable(),
});

const storyAssignment = staffAssignment
  .extend({
    submissionId: uuid,
    claims: z.array(claim),
    marks: z.array(mark),
    fileFlags: z.array(fileFlag).meta({ description: 'Graders who could not read the file, and what staff made of it' }),
  })
  .meta({ id: 'StoryAssignment' });

const assessment = z.object({
  submissionId: uuid,
  model: z.number().int().nullable().meta({ description: 'The version of the marking model that was asked; null: there was none' }),
  probability: percentage.nullable().meta({ description: 'That a second mark turns the decision' }),
  limit: percentage.meta({ description: 'Above it the policy wants a second mark' }),
  pooledItems: z.number().int().meta({ description: 'Items of which the model has no marks: judged by the figures of all' }),
  pooledGrader: z.boolean().meta({ description: 'Whether the model has no marks by the first grader' }),
  reasons: z.array(z.enum(ASSESSMENT_REASONS)),
  opensSecondSeat: z.boolean(),
  assessedAt: instant,
});

const decision = z.object({
  id: uuid,
  test,
  round: z.number().int(),
  submissionId: uuid.nullable(),
  passed: z.boolean(),
  percentage,
  passMark: percentage,
  points,
  pointsMax: points,
  items: z
    .array(z.object({ itemId: z.string(), points, pointsMax: points, basis: z.enum(ITEM_BASES) }))
    .meta({ description: 'The settled points, and where they come from' }),
  supersedes: uuid.nullable(),
  decidedAt: instant,
});

export const attemptStory = z
  .object({
    attempt: staffAttempt,
    candidate: z.object({
      id: uuid,
      subject: z.string(),
      name: z.string(),
      email: z.string().nullable(),
      locale: z.string().nullable(),
      timeZone: z.string().nullable(),
    }),
    dueAt: instant.nullable().meta({ description: 'The end of the open window, or when the result is promised' }),
    needsAttention: z.boolean(),
    isPartial,
    temporalUrl: z.url().nullable().meta({ description: 'The workflow in the Temporal UI; null where no TEMPORAL_UI_URL is set' }),
    sittings: z.array(
      z.object({
        test,
        round: z.number().int(),
        startedAt: instant,
        deadline: instant,
        frozenAt: instant.nullable(),
        caseStudyId: z.string().nullable(),
      }),
    ),
    extensions: z
      .array(z.object({ window: z.enum(WINDOWS), kind: z.string(), until: instant.nullable(), outageId: z.string().nullable(), grantedAt: instant }))
      .meta({ description: 'Of every window, as they were granted' }),
    submissions: z
      .array(
        submission
          .omit({ receipt: true, expectedBy: true })
          .extend({ file: file.nullable(), expectations: z.array(expectation) })
          .meta({ id: 'StorySubmission' }),
      )
      .meta({ description: 'Without what was answered: that is read one submission at a time, and each reading is audited' }),
    assignments: z.array(storyAssignment),
    assessments: z.array(assessment),
    decisions: z.array(decision),
    notices: z.array(z.object({ id: uuid, kind: z.string(), subject: z.string(), body: z.string(), createdAt: instant })),
    mails: z.array(
      z.object({
        id: uuid,
        kind: z.string(),
        state: z.string(),
        tries: z.number().int(),
        problem: z.string().nullable(),
        createdAt: instant,
        settledAt: instant.nullable(),
      }),
    ),
    certificates: z.array(
      z.object({
        id: uuid,
        edition: z.number().int(),
        name: z.string(),
        examTitle: z.string(),
        score: percentage,
        issuedAt: instant,
        status: certificateStatus,
        replaces: uuid.nullable(),
      }),
    ),
    audit: z.array(auditEntry),
  })
  .meta({ id: 'AttemptStory' });
