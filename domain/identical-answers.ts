import { isBlankText, TEXTS } from './text.ts';

/**
 * What makes two answers to one item identical, so that a grader may mark them as one group: `exact`, the same text; `folded`, the same but for
 * case, blanks, and the marks that end words and sentences. Meaning is never compared.
 */
export const IDENTICAL_ANSWERS = ['exact', 'folded'] as const;
export type IdenticalAnswers = (typeof IDENTICAL_ANSWERS)[number];

/** After a letter and before a blank or the end: within or beside a number, a name (C#, Node.js) or a formula (n!) they mean something. */
const WORD_ENDS = /(?<=[\p{L}\p{M}])[.,;:…]+(?=\s|$)/gu;
/** Where there are no blanks between words. */
const WIDE_ENDS = /[。、，；：]+(?=\s|\p{L}|$)/gu;

/** Two answers with the same one are identical; undefined for an answer that belongs to no group, as a blank one. */
export function identityOf(answer: string, rule: IdenticalAnswers): string | undefined {
  if (isBlankText(answer)) return undefined;
  const text = TEXTS.answer.normalise(answer).trim();
  switch (rule) {
    case 'exact':
      return text;
    case 'folded': {
      const words = text.replaceAll(WIDE_ENDS, ' ').replaceAll(WORD_ENDS, '').replaceAll(/\s+/gu, ' ').trim();
      // The capital ẞ has no other upper case than itself, hence lower case first.
      return words.toLowerCase().toUpperCase().toLowerCase();
    }
  }
}
