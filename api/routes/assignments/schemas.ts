import { z } from 'zod';
import { GRADER_STATES, RELEASE_REASONS } from '../../../domain/grader.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { INTEGER_MAX, instant, next, page, points, test, uuid } from '../../schemas.ts';

const fencingToken = z.number().int().min(1).max(INTEGER_MAX).meta({ description: 'From the claim; it proves that the lease is still yours' });
const itemId = text(TEXTS.key);
const MARKS_MAX = 500;

const sequence = z.number().int().min(1).max(INTEGER_MAX);
const draftMark = z.strictObject({
  itemId,
  points: z.number().nullable().default(null),
  reason: text(TEXTS.draftReason).default(''),
  sequence: sequence.optional().meta({
    description:
      'Counts up with each save of this item, from what the assignment shows. A lower one than saved is refused, so an older window never undoes a newer one. Without it the last save wins, but a blank never takes the place of what is filled in, and nothing that of a mark that was saved with one',
  }),
});
const mark = z.strictObject({
  itemId,
  points: z.number(),
  reason: text(TEXTS.markReason, 'Needed wherever points are lost; the candidate reads it').default(''),
});

export const claimQuery = z.strictObject({
  givenBack: z
    .stringbool()
    .default(false)
    .meta({ override: { type: 'boolean', default: false, description: 'Also what you gave back and nobody has taken since' } }),
});

export const lease = z.strictObject({ fencingToken }).meta({ id: 'Lease' });
export const release = lease.extend({ reason: z.enum(RELEASE_REASONS).optional().meta({ description: 'Why' }) }).meta({ id: 'Release' });
export const draft = z.strictObject({ fencingToken, marks: z.array(draftMark).max(MARKS_MAX) }).meta({ id: 'Draft' });
export const completion = z.strictObject({ fencingToken, marks: z.array(mark).max(MARKS_MAX) }).meta({ id: 'Completion' });

const savedMark = z
  .object({
    itemId: z.string(),
    points: points.nullable(),
    reason: z.string(),
    sequence: z.number().int().min(0).meta({ description: 'Save this item with a higher one' }),
    savedAt: instant,
  })
  .meta({ id: 'SavedMark' });

/** What is agreed of an item of a seed. */
export const agreedMark = z.object({ itemId: z.string(), points, reason: z.string() }).meta({ id: 'AgreedMark' });

const held = {
  id: uuid,
  purpose: z.enum(['mark', 'adjudicate']),
  state: z.enum(['open', 'completed', 'void']),
  dueAt: instant,
  leaseExpiresAt: instant.nullable(),
  fencingToken,
  draft: z.array(savedMark).nullable(),
  disputedMarks: z
    .array(
      z.object({
        itemId: z.string(),
        grader: z.string().meta({ description: 'A letter: the same for all marks of one grader in this assignment', example: 'A' }),
        points,
        reason: z.string(),
      }),
    )
    .optional()
    .meta({ description: 'For the adjudicator alone: the marks that differ, without a name and in no telling order' }),
  training: z
    .object({
      agreed: z.array(agreedMark).nullable().meta({ description: 'What is agreed, once you have completed it' }),
      given: z
        .array(z.object({ itemId: z.string(), points, reason: z.string() }))
        .nullable()
        .meta({ description: 'What you gave, once you have completed it' }),
    })
    .optional()
    .meta({ description: 'Only while you are in training: this is a script with agreed marks' }),
};

/** All that a grader learns, a whitelist: never the attempt, the candidate, the seat, a file name or a submission's id and times. */
export const solutionFile = z.object({ mediaType: z.string(), sizeBytes: z.number().int().nullable(), url: z.string() });

export const assignmentView = z
  .discriminatedUnion('test', [
    z.object({
      ...held,
      test: z.literal('aptitude'),
      responses: z.array(z.object({ itemId: z.string(), prompt: z.string(), pointsMax: points, modelAnswer: z.string(), response: z.string() })),
    }),
    z.object({
      ...held,
      test: z.literal('case_study'),
      title: z.string(),
      brief: z.string(),
      criteria: z.array(z.object({ itemId: z.string(), title: z.string(), description: z.string(), pointsMax: points })),
      file: solutionFile,
    }),
  ])
  .meta({ id: 'Assignment' });

export const assignmentList = z.object({
  assignments: z.array(
    z
      .object({
        id: uuid,
        purpose: held.purpose,
        state: held.state,
        itemCount: z.number().int(),
        dueAt: instant,
        leaseExpiresAt: held.leaseExpiresAt,
        fencingToken,
        isTraining: z.boolean().meta({ description: 'You had it in training: read it to see what is agreed beside what you gave' }),
      })
      .meta({ id: 'AssignmentSummary' }),
  ),
  next,
});
export const assignmentQuery = z.strictObject(page);

export const fileFlag = z
  .strictObject({ fencingToken, reason: text(TEXTS.reason, 'What is wrong with the file: staff read it') })
  .meta({ id: 'FileFlag' });

export const extendedLease = z.object({ leaseExpiresAt: instant });
export const savedDraft = z.object({
  leaseExpiresAt: instant,
  savedAt: instant,
  kept: z.array(savedMark).meta({ description: 'Of saves without a sequence: marks of which something stays as it was, since a blank came for it' }),
});
export const completed = z.object({ completed: z.literal(true) });

export const queue = z
  .object({
    state: z.enum(GRADER_STATES).meta({ description: 'Only who is active is given anything' }),
    waiting: z.array(
      z.object({
        test,
        purpose: held.purpose,
        count: z.number().int(),
        dueAt: instant.meta({ description: 'When the first of them is due, to the hour' }),
        usualMinutes: z.number().int().nullable().meta({ description: 'Without pauses, in the middle of the newest; null: too few to say' }),
      }),
    ),
  })
  .meta({ id: 'Queue' });
