import { z } from 'zod';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { assignmentParams, digits, instant, INTEGER_MAX, next, page, points, uuid } from '../../schemas.ts';
import { lease } from '../assignments/schemas.ts';

export const groupMarkParams = assignmentParams.extend({ groupMarkId: uuid });

export const newGroupMark = lease
  .extend({
    itemId: text(TEXTS.key),
    points: z.number(),
    reason: text(TEXTS.markReason, 'Needed wherever points are lost; each candidate reads it').default(''),
  })
  .meta({ id: 'NewGroupMark' });

const groupMark = z.object({ id: uuid, points, reason: z.string() });
export const groups = z
  .object({
    groups: z.array(
      z
        .object({
          itemId: z.string(),
          others: z.number().int().meta({ description: 'Open scripts of others with the same answer that you may take; 1,000 is as many or more' }),
          mark: groupMark.nullable().meta({ description: 'What you keep for all of them; in none of their drafts until you take it there' }),
        })
        .meta({ id: 'Group' }),
    ),
  })
  .meta({ id: 'Groups' });
export const keptGroupMark = z.object({ id: uuid });

export const listQuery = z.strictObject({
  ...page,
  version: digits({ min: 1, max: INTEGER_MAX }).optional().meta({ description: 'Of the exam; the newest where it is left out' }),
});
export const groupMarkList = z
  .object({
    groupMarks: z.array(
      z
        .object({
          id: uuid,
          grader: z.string(),
          itemId: z.string(),
          points,
          reason: z.string(),
          markedAt: instant,
          endedAt: instant.nullable().meta({ description: 'Superseded, or taken back' }),
          taken: z.array(
            z.object({
              assignmentId: uuid,
              usedAt: instant,
              stands: z.boolean().nullable().meta({ description: 'Whether the mark there says the same; null while there is none' }),
            }),
          ),
        })
        .meta({ id: 'GroupMark' }),
    ),
    next,
  })
  .meta({ id: 'GroupMarkList' });
