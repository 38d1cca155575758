import { z } from 'zod';
import { GRADER_STATES } from '../../../domain/grader.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { instant, next, page, points, reason, test, uuid } from '../../schemas.ts';
import { agreedMark, solutionFile } from '../assignments/schemas.ts';
import { compared } from '../graders/schemas.ts';

export const seedParams = z.object({ seedId: uuid });

export const proposal = z.strictObject({ attemptId: uuid, test, reason }).meta({ id: 'SeedProposal' });
export const proposed = z.object({ seedId: uuid }).meta({ id: 'ProposedSeed' });
export const ending = z.strictObject({ reason }).meta({ id: 'SeedEnding' });
export const confirmation = z.strictObject({ reason }).meta({ id: 'SeedConfirmation' });

const state = z.enum(['proposed', 'open', 'ended']);
export const seedQuery = z.strictObject({ state: state.optional(), ...page });

const seed = z
  .object({
    id: uuid,
    attemptId: uuid,
    examId: z.string(),
    version: z.number().int(),
    test,
    state: state.meta({ description: 'proposed: a designated grader has yet to confirm it, and it goes to nobody' }),
    basis: z.enum(['two_designated', 'decision']).meta({ description: 'Two designated graders marked it, or one confirms what was decided' }),
    marks: z.array(agreedMark),
    proposedBy: z.string(),
    reason: z.string(),
    proposedAt: instant,
    agreedBy: z.array(z.string()),
    agreedAt: instant.nullable(),
    ending: z.object({ by: z.string(), reason: z.string(), at: instant }).nullable(),
    markedBy: z.number().int().meta({ description: 'Graders who marked it among the real ones' }),
    distance: z.number().nullable().meta({ description: 'Share of the points that lie between what they gave and what is agreed, in the mean' }),
    above: z.number().nullable().meta({ description: 'Share of the points that they gave more than is agreed, in the mean; negative: less' }),
  })
  .meta({ id: 'Seed' });
export const seedList = z.object({ seeds: z.array(seed), next });

/** What a designated grader confirms: a script as graders see it, with the marks that are agreed. */
export const seedScript = z
  .object({
    id: uuid,
    examId: z.string(),
    test,
    items: z.array(
      z.object({
        itemId: z.string(),
        title: z.string(),
        modelAnswer: z.string(),
        response: z.string().nullable().meta({ description: 'Null for a criterion: the file has it' }),
        pointsMax: points,
        points,
        reason: z.string(),
      }),
    ),
    file: solutionFile.nullable().meta({ description: 'Of a case study' }),
  })
  .meta({ id: 'SeedScript' });

/** Of seeds among the real ones alone. */
export const seedAgreement = z.object({ exams: z.array(z.object({ examId: z.string(), test, ...compared })) }).meta({ id: 'SeedAgreement' });

export const seedsToConfirm = z.object({
  seeds: z.array(z.object({ id: uuid, examId: z.string(), test, reason: z.string(), proposedAt: instant }).meta({ id: 'SeedToConfirm' })),
});

export const standardisationQuery = z.strictObject({
  proposed: z.literal('true').optional().meta({ description: 'Those alone whose qualification is proposed' }),
});
const standing = {
  examId: z.string(),
  test,
  scripts: z.number().int().meta({ description: 'Seeds that count: the newest, at most as many as are needed' }),
  needed: z.number().int(),
  kappa: compared.kappa,
  kappaNeeded: z.number().meta({ description: 'At least so much' }),
  kappaLowAbove: z.number().meta({ description: 'The lower bound of its interval lies above this' }),
  isReached: z.boolean().meta({ description: 'The qualification is proposed: staff may grant it' }),
};
export const ownStandardisation = z.object({ exams: z.array(z.object(standing)) }).meta({ id: 'OwnStandardisation' });
export const standardisations = z
  .object({ standardisations: z.array(z.object({ grader: z.string(), state: z.enum(GRADER_STATES), ...standing })) })
  .meta({ id: 'Standardisations' });

const markOfItem = z.object({ points, reason: z.string() });
export const training = z
  .object({
    exams: z.array(z.object(standing)),
    scripts: z.array(
      z.object({
        assignmentId: uuid,
        seedId: uuid,
        examId: z.string(),
        test,
        completedAt: instant,
        isEnded: z.boolean().meta({ description: 'The seed was ended since, so it counts no more' }),
        items: z.array(z.object({ itemId: z.string(), title: z.string(), pointsMax: points, given: markOfItem, agreed: markOfItem })),
      }),
    ),
  })
  .meta({ id: 'GraderTraining' });
export const grant = z.strictObject({ examId: text(TEXTS.key), test, reason }).meta({ id: 'QualificationGrant' });
