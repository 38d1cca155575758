import type { Comment } from '../generated/client.ts';
import type { MarkValue } from './marks.ts';

/** The longest comment that can be kept. */
export const COMMENT_MAX = 2000;

/** A mark with a comment taken into its reason, after what was typed. Points that were typed stay. */
export function withComment(value: MarkValue, { text, points }: Pick<Comment, 'text' | 'points'>): MarkValue {
  const before = value.reason.trimEnd();
  return {
    points: value.points.trim() === '' && points !== null ? String(points) : value.points,
    reason: before === '' ? text : `${before}\n${text}`,
  };
}
