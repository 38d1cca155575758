import { z } from 'zod';
import { CONFLICT_KINDS, GRADER_STATES } from '../../../domain/grader.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { instant, reason, test, uuid } from '../../schemas.ts';

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
export const ownRecord = z.object({ ...record, conflicts: z.array(z.object(keptConflict)) }).meta({ id: 'OwnGraderRecord' });

const estimate = z.object({ value: z.number(), low: z.number(), high: z.number() }).meta({ description: 'With its 95 % interval' });

/** How a grader's marks compare with those that somebody else gave independently. */
export const agreement = z
  .object({
    exams: z.array(
      z.object({
        examId: z.string(),
        test,
        scripts: z.number().int(),
        pairs: z.number().int().meta({ description: 'Responses or criteria that somebody else marked as well' }),
        kappa: estimate.nullable().meta({ description: 'Quadratic weighted kappa; null where there are too few pairs, or nothing to tell apart' }),
        icc: estimate.nullable().meta({ description: 'Intraclass correlation of one mark, absolute agreement: ICC(A,1)' }),
        severity: z
          .number()
          .nullable()
          .meta({ description: 'Share of the points that the grader gave less than others, in the mean; negative: more' }),
        distance: z.number().nullable().meta({ description: 'Share of the points that lie between the two marks, in the mean' }),
      }),
    ),
  })
  .meta({ id: 'Agreement' });

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

export const declaredConflict = z.object({ id: uuid });
