import { z } from 'zod';
import { CONFLICT_KINDS, GRADER_MAILS, GRADER_STATES } from '../../../domain/grader.ts';
import { isTimeZone } from '../../../domain/quiet-hours.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { instant, next, page, reason, test, uuid } from '../../schemas.ts';

const LIST_MAX = 200;
const HOURS_A_WEEK_MAX = 80;

const state = z.enum(GRADER_STATES);
const qualifications = z
  .array(z.strictObject({ examId: text(TEXTS.key), test }))
  .max(LIST_MAX)
  .nullable()
  .meta({ description: 'What they mark; null: every exam and test' });
const languages = z.array(text(TEXTS.locale)).max(LIST_MAX).nullable().meta({ description: 'Of the answers they mark, as BCP 47; null: every one' });
const hoursAWeek = z.number().int().min(0).max(HOURS_A_WEEK_MAX).nullable().meta({ description: 'What they offer; null: nothing was said' });

export const graderParams = z.object({ subject: text(TEXTS.subject) });
export const conflictParams = graderParams.extend({ conflictId: uuid });

const value = {
  candidate: text(TEXTS.subject, 'The subject of a candidate'),
  email: text(TEXTS.mailAddress),
  employer: text(TEXTS.mailDomain, 'Whoever has an address of this domain, or of one below it, works there'),
};

export const conflict = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('candidate'), value: value.candidate }),
    z.strictObject({ kind: z.literal('email'), value: value.email }),
    z.strictObject({ kind: z.literal('employer'), value: value.employer }),
  ])
  .meta({ id: 'NewConflict' });

export const expectation = z
  .strictObject({ subject: text(TEXTS.subject, 'Of the grader, as the issuer names them'), reason })
  .meta({ id: 'GraderExpectation' });
export const staffConflict = z.strictObject({ conflict, reason }).meta({ id: 'StaffConflict' });
export const ending = z.strictObject({ reason }).meta({ id: 'ConflictEnding' });

const keptConflict = { id: uuid, kind: z.enum(CONFLICT_KINDS), value: z.string(), declaredAt: instant };

const record = { state, designated: z.boolean(), qualifications, languages, hoursAWeek };

/** What binds a grader, for staff. */
export const graderRecord = z
  .object({
    subject: z.string(),
    ...record,
    firstSeenAt: instant,
    lastSeenAt: instant.meta({ description: '1970 for somebody who is expected, and never asked for work' }),
    conflicts: z.array(
      z.object({
        ...keptConflict,
        source: z.enum(['declared', 'release', 'staff']).meta({ description: 'Declared by the grader, by giving a script back, or by staff' }),
        declaredBy: z.string(),
      }),
    ),
  })
  .meta({ id: 'GraderRecord' });

/** The same for the grader: only the conflicts that they declared, since the others could tell whose script they had. */
export const ownRecord = z
  .object({
    ...record,
    conflicts: z.array(z.object(keptConflict)),
    drift: z.enum(['severe', 'lenient']).nullable().meta({
      description:
        'Their latest marks move away from those of others who marked the same, by more than chance does: less points, or more. Told a day after it was found, until staff settle it',
    }),
  })
  .meta({ id: 'OwnGraderRecord' });

const estimate = z.object({ value: z.number(), low: z.number(), high: z.number() }).meta({ description: 'With its 95 % interval' });

const share = z.number().nullable();

/** Null where there are too few pairs to say. */
export const compared = {
  scripts: z.number().int(),
  pairs: z.number().int().meta({ description: 'Responses or criteria that somebody else marked as well' }),
  kappa: estimate.nullable().meta({ description: 'Quadratic weighted kappa; null where there are too few pairs, or nothing to tell apart' }),
  icc: estimate.nullable().meta({ description: 'Intraclass correlation of one mark, absolute agreement: ICC(A,1)' }),
  severity: share.meta({ description: 'Share of the points that the grader gave less than others, in the mean; negative: more' }),
  distance: share.meta({ description: 'Share of the points that lie between the two marks, in the mean' }),
  spread: share.meta({ description: 'Consistency: the standard deviation of that difference. Whoever is severe in the same way always has little' }),
};

/** How a grader's marks compare with those that somebody else gave independently. */
export const agreement = z
  .object({
    exams: z.array(
      z.object({
        examId: z.string(),
        test,
        ...compared,
        seenAgain: z.number().int().meta({ description: 'Decided scripts that somebody else marked or adjudicated as well' }),
        overturnedShare: share.meta({
          description: 'Of these, whose decision is another than the grader’s marks alone give; null where there are too few',
        }),
        timed: z.number().int().meta({ description: 'Completed scripts of which active time is known' }),
        activeSecondsMedian: z
          .number()
          .int()
          .nullable()
          .meta({ description: 'Half of these took at most so long; pauses of more than five minutes do not count' }),
        items: z.array(
          z.object({
            version: z.number().int(),
            caseStudyId: z.string().nullable(),
            itemId: z.string(),
            ...compared,
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'Agreement' });

const { severity: _ofSomebody, ...ofItem } = compared;
export const itemQualityParams = z.object({ examId: text(TEXTS.key) });

/** How two independent graders agree about each item and criterion, whoever they are. */
export const itemQuality = z
  .object({
    items: z.array(
      z.object({
        test,
        version: z.number().int(),
        caseStudyId: z.string().nullable(),
        itemId: z.string(),
        ...ofItem,
        adjudicated: z.number().int().meta({ description: 'Of the pairs, those that a designated grader had to settle' }),
      }),
    ),
  })
  .meta({ id: 'ItemQuality' });

export const driftParams = graderParams.extend({ driftId: uuid });
export const driftQuery = z.strictObject({
  grader: text(TEXTS.subject).optional(),
  isOpen: z.literal('true').optional().meta({ description: 'Those alone that wait for staff' }),
  ...page,
});

/** A grader's marks move away from the panel's. */
export const drift = z
  .object({
    id: uuid,
    grader: z.string(),
    direction: z.enum(['severe', 'lenient']),
    scripts: z.number().int().meta({ description: 'Those that made it, each also marked by somebody else' }),
    meanDifference: z
      .number()
      .meta({ description: 'Share of the points that the grader gave more than the panel over these, in the mean; negative: less' }),
    foundAt: instant,
    settlement: z
      .object({ settledBy: z.string(), reason: z.string(), settledAt: instant })
      .nullable()
      .meta({ description: 'Null: whatever they mark first is marked twice' }),
  })
  .meta({ id: 'Drift' });
export const driftList = z.object({ drifts: z.array(drift), next });
export const settlement = z.strictObject({ reason }).meta({ id: 'DriftSettlement' });

export const graderChange = z
  .strictObject({ state: state.optional(), qualifications: qualifications.optional(), languages: languages.optional(), reason })
  .meta({ id: 'GraderChange' });

export const ownChange = z
  .strictObject({
    paused: z.boolean().optional().meta({ description: 'Whoever paused finishes what they hold and is given nothing new' }),
    languages: languages.optional(),
    hoursAWeek: hoursAWeek.optional(),
  })
  .meta({ id: 'OwnGraderChange' });

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, from 00:00 to 23:59')
  .meta({ example: '22:00' });
const mailSettings = {
  kinds: z.array(z.enum(GRADER_MAILS)).max(GRADER_MAILS.length).meta({
    description:
      'New work that you may take, at most once in 24 hours; work in your hands whose promise runs out; a lease that is about to end; how your marks compare with others’; a round of a panel that you rate in',
  }),
  quietHours: z
    .strictObject({
      from: timeOfDay,
      until: timeOfDay,
      timeZone: z.string().max(100).refine(isTimeZone, 'must be a time zone such as Europe/Berlin'),
    })
    .nullable()
    .meta({ description: 'When nothing is sent, over midnight where `until` is the earlier; null: at any time' }),
};

export const graderMailsChange = z.strictObject(mailSettings).meta({ id: 'GraderMailsChange' });
export const graderMails = z
  .object({
    ...mailSettings,
    hasAddress: z.boolean().meta({ description: 'Whether your token told an address that is verified: without one nothing is sent' }),
  })
  .meta({ id: 'GraderMails' });

export const declaredConflict = z.object({ id: uuid });
