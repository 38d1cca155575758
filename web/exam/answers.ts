import { createKeeper, type Entries, type Entry, type Keeper, type SavedItem } from '../frame/keeping/keeper.ts';
import { saveResponse } from '../generated/client.ts';

/** The answers of one test while it is taken. */

export type AnswerValue = string | string[];
export type Answer = Entry<AnswerValue>;
export type Answers = Entries<AnswerValue>;
export type AnswerKeeper = Keeper<AnswerValue>;

export function createAnswerKeeper({
  subject,
  attemptId,
  saved,
}: {
  subject: string;
  attemptId: string;
  saved: readonly SavedItem<AnswerValue>[];
}): Promise<AnswerKeeper> {
  return createKeeper({
    place: { subject, of: attemptId },
    saved,
    save: ({ itemId, value, sequence }) => saveResponse({ attemptId, itemId, responseInput: { value, sequence } }),
    isSame,
    newerOf: (problem) => problem['current'] as { value: AnswerValue; sequence: number } | undefined,
    closedBy: ['deadline_passed', 'wrong_phase'],
  });
}

/** An answer as text saves in NFC, and choices in any order. */
function isSame(one: AnswerValue, other: AnswerValue): boolean {
  const plain = (value: AnswerValue) => (typeof value === 'string' ? value.normalize('NFC') : value.toSorted().join('\n'));
  return typeof one === typeof other && plain(one) === plain(other);
}
