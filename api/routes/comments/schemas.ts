import { z } from 'zod';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { assignmentParams, instant, next, page, points, reason, test, uuid } from '../../schemas.ts';
import { examParams } from '../exams/schemas.ts';

export const ownCommentParams = assignmentParams.extend({ commentId: uuid });
export const commentParams = z.object({ commentId: uuid });
export { examParams };

const content = {
  itemId: text(TEXTS.key),
  text: text(TEXTS.comment, 'Candidates read it where it is taken into a reason. Nothing that tells one of them from others'),
  points: z.number().optional().meta({ description: 'What a response like this may be worth; left out where it says nothing of that' }),
};

export const newComment = z
  .strictObject({
    ...content,
    forAll: z.boolean().default(false).meta({ description: 'For everybody who marks the item; designated graders alone may' }),
  })
  .meta({ id: 'NewComment' });

export const newCommentForAll = z
  .strictObject({
    test,
    caseStudyId: text(TEXTS.key).optional().meta({ description: 'Of which case study the criterion is' }),
    ...content,
    reason,
  })
  .meta({ id: 'NewCommentForAll' });

export const retirement = z.strictObject({ reason }).meta({ id: 'CommentRetirement' });

const uses = z
  .number()
  .int()
  .meta({ description: 'Into how many scripts’ reasons it was taken, of those that are decided; 1,000 is as many or more' });

const comment = z
  .object({
    id: uuid,
    itemId: z.string(),
    text: z.string(),
    points: points.nullable(),
    isOwn: z.boolean().meta({ description: 'You alone have it' }),
    uses,
  })
  .meta({ id: 'Comment' });
export const bank = z.object({ comments: z.array(comment) }).meta({ id: 'CommentBank' });
export const addedComment = z.object({ id: uuid });

const staffComment = z
  .object({
    id: uuid,
    test,
    caseStudyId: z.string().nullable(),
    itemId: z.string(),
    version: z.number().int().meta({ description: 'Of the exam, for which it was written; later ones have it too' }),
    text: z.string(),
    points: points.nullable(),
    grader: z.string().nullable().meta({ description: 'Who alone has it; null: everybody who marks the item' }),
    writtenBy: z.string(),
    writtenAt: instant,
    retiredBy: z.string().nullable(),
    retiredAt: instant.nullable(),
    uses,
  })
  .meta({ id: 'StaffComment' });
export const commentList = z.object({ comments: z.array(staffComment), next }).meta({ id: 'StaffCommentList' });
export const listQuery = z.strictObject(page);
