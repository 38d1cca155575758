import { z } from 'zod';
import type { Test } from '../../../domain/exam.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { digits, instant, INTEGER_MAX, percentage, points, reason, test, uuid } from '../../schemas.ts';

/** More than ever sat in one; a panel of a dozen is a large one. */
const PANELISTS_MAX = 50;
const ROUNDS_MAX = 50;
const IS_OF_CASE_STUDY: Readonly<Record<Test, boolean>> = { aptitude: false, case_study: true };

const round = z.number().int().min(1).max(ROUNDS_MAX);
const roundInPath = digits({ min: 1, max: ROUNDS_MAX });
const key = text(TEXTS.key);
const share = z.number().meta({ description: 'From 0 to 1' });

export const panelParams = z.object({ panelId: uuid });
export const roundParams = z.object({ panelId: uuid, round: roundInPath });
export const panelistParams = z.object({ panelId: uuid, subject: key });
export const ratingParams = z.object({ panelId: uuid, round: roundInPath, itemId: key });

export const newPanel = z
  .strictObject({
    examId: key,
    version: z.number().int().min(1).max(INTEGER_MAX),
    test,
    caseStudyId: key.optional().meta({ description: 'Of the case study whose criteria are rated' }),
    panelists: z.array(key).min(1).max(PANELISTS_MAX).meta({ description: 'Designated experts, by their subject' }),
    reason,
  })
  .refine(({ panelists }) => new Set(panelists).size === panelists.length, { path: ['panelists'], message: 'names somebody twice' })
  .refine((body) => IS_OF_CASE_STUDY[body.test] === (body.caseStudyId !== undefined), {
    path: ['caseStudyId'],
    message: 'is named for a case study, and for nothing else',
  })
  .meta({ id: 'NewPanel' });
export const openedPanel = z.object({ panelId: uuid }).meta({ id: 'OpenedPanel' });

export const newRound = z
  .strictObject({
    showsFacility: z
      .boolean()
      .meta({ description: 'Whether panelists see how past candidates did on each item, as the newest report of the items has it' }),
    reason,
  })
  .meta({ id: 'NewRound' });
export const addedPanelist = z.object({ fromRound: round.meta({ description: 'The first round that they rate in' }) }).meta({ id: 'AddedPanelist' });
export const reasoned = z.strictObject({ reason }).meta({ id: 'PanelReason' });
export const closedRound = z.object({ reportId: uuid.meta({ description: 'The report of the round' }) }).meta({ id: 'ClosedRound' });
export const panelClosing = z
  .strictObject({ round: round.nullable().meta({ description: 'The closed round whose standard is the panel’s; null: it came to none' }), reason })
  .meta({ id: 'PanelClosing' });

export const newRating = z
  .strictObject({
    percent: z.number().int().min(0).max(100).meta({
      description:
        'Of the item’s points that a candidate gets who is only just qualified: of an item that is right or wrong, how many of a hundred such candidates have it right',
    }),
    sequence: z.number().int().min(1).max(INTEGER_MAX).meta({ description: 'Counted up with each change of this rating; an older one is refused' }),
  })
  .meta({ id: 'NewRating' });
export const savedRating = z.object({ sequence: z.number().int(), savedAt: instant }).meta({ id: 'SavedRating' });

const subject = {
  id: uuid,
  examVersion: z.string().meta({ example: 'software-architect@3' }),
  title: z.string(),
  test,
  caseStudyId: z.string().nullable(),
};
const count = z.number().int();

/** Of all points, as a panel's ratings come to; never a pass mark of anything yet. */
export const standard = z
  .object({
    exact: z.string().meta({ description: 'Of all points, in lowest terms', example: '131/160' }),
    percent: percentage,
    points: points.meta({ description: 'Rounded down to hundredths' }),
    error: z.object({ points: z.number(), share, low: share, high: share }).optional().meta({
      description:
        'The standard error of the mean over panelists, and its 95 % interval by the t distribution, as shares of the points; of one panelist none can be told',
    }),
  })
  .meta({ id: 'ProposedStandard' });

export const panelList = z.object({
  panels: z.array(
    z
      .object({
        ...subject,
        openedAt: instant,
        closedAt: instant.nullable(),
        rounds: count,
        panelists: count.meta({ description: 'Who have not left' }),
        resultRound: round.nullable(),
      })
      .meta({ id: 'ListedPanel' }),
  ),
});

export const panel = z
  .object({
    ...subject,
    openedBy: z.string(),
    reason: z.string(),
    openedAt: instant,
    closing: z.object({ by: z.string(), reason: z.string(), at: instant, round: round.nullable() }).nullable(),
    items: count,
    rounds: z.array(
      z.object({
        number: round,
        showsFacility: z.boolean(),
        openedAt: instant,
        closedAt: instant.nullable(),
        reportId: uuid.nullable(),
        standard: standard.nullable().meta({ description: 'Null while it is open' }),
      }),
    ),
    panelists: z.array(
      z.object({
        grader: z.string(),
        fromRound: count.meta({ description: 'The first round that they rate and count in' }),
        leftAt: instant.nullable(),
        rated: count.meta({ description: 'Items rated in the newest round, not how' }),
      }),
    ),
  })
  .meta({ id: 'Panel' });

const own = {
  ...subject,
  openedAt: instant,
  closedAt: instant.nullable(),
  round,
  fromRound: count.meta({ description: 'The first round that you rate in; above `round` if you were added since it was opened' }),
  isOpen: z.boolean().meta({ description: 'Whether its newest round takes your ratings' }),
  rated: count,
};
export const ownPanelList = z.object({ panels: z.array(z.object({ ...own, items: count }).meta({ id: 'OwnPanelSummary' })) });
export const ownPanel = z
  .object({
    ...own,
    resultRound: round.nullable(),
    closedRound: z.object({ number: round, standard }).nullable().meta({ description: 'The last round that is closed' }),
    items: z.array(
      z
        .object({
          itemId: z.string(),
          points,
          prompt: z.string(),
          choices: z.array(z.object({ id: z.string(), text: z.string(), isKey: z.boolean() })),
          modelAnswer: z.string().nullable().meta({ description: 'What earns the points, of what people mark' }),
          rating: z.object({ percent: count, sequence: count }).nullable().meta({ description: 'One’s own in the newest round' }),
          facility: share.nullable().meta({ description: 'Mean share of its points that past candidates reached, where the round shows it' }),
          closed: z
            .object({ own: share.nullable(), mean: share, lowest: share, highest: share })
            .nullable()
            .meta({ description: 'In the last round that is closed: one’s own rating, and the panel’s' }),
        })
        .meta({ id: 'ItemToRate' }),
    ),
  })
  .meta({ id: 'OwnPanel' });
