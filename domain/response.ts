import { cardinalityOf, type ChoiceItem, type Item } from './exam.ts';
import type { Millipoints } from './points.ts';
import { isBlankText, isLongerThan, TEXTS } from './text.ts';

/** A candidate's answer to one item: chosen identifiers, or text. */
export type ResponseValue = readonly string[] | string;

/** The longest text response that is taken, in characters as people see them. */
export const TEXT_RESPONSE_LENGTH_MAX = 20_000;

export type ResponseProblem =
  | 'unknown_item'
  | 'expected_choices'
  | 'expected_text'
  | 'choice_not_offered'
  | 'choice_repeated'
  | 'too_many_choices'
  | 'text_too_long'
  | 'text_unreadable';

/** An answer as it is saved, hashed and marked: its text in NFC, and nothing else of it changed. */
export function normalisedResponse(value: ResponseValue): ResponseValue {
  return typeof value === 'string' ? TEXTS.answer.normalise(value) : value;
}

/** Says what is wrong with an answer to this item, or undefined when it can be saved. */
export function problemOfResponse(item: Item | undefined, value: ResponseValue): ResponseProblem | undefined {
  if (!item) return 'unknown_item';
  switch (item.type) {
    case 'choice': {
      if (typeof value === 'string') return 'expected_choices';
      const offered = new Set(item.choices.map((choice) => choice.id));
      if (value.some((id) => !offered.has(id))) return 'choice_not_offered';
      if (new Set(value).size < value.length) return 'choice_repeated';
      return value.length > 1 && cardinalityOf(item) === 'single' ? 'too_many_choices' : undefined;
    }
    case 'text':
      if (typeof value !== 'string') return 'expected_text';
      if (isLongerThan(value, TEXT_RESPONSE_LENGTH_MAX)) return 'text_too_long';
      return TEXTS.answer.problem(value) === undefined ? undefined : 'text_unreadable';
  }
}

/** A blank answer scores 0 without a grader (design, section 3). What nobody can see is blank. */
export function isBlank(value: ResponseValue | undefined): boolean {
  if (value === undefined) return true;
  return typeof value === 'string' ? isBlankText(value) : value.length === 0;
}

/** All or nothing, or the QTI mapping's sum held between 0 and the item's points. */
export function scoreChoice(item: ChoiceItem, value: ResponseValue | undefined): Millipoints {
  if (value === undefined || typeof value === 'string' || value.length === 0) return 0;
  const chosen = new Set(value);
  switch (item.scoring.kind) {
    case 'match_correct': {
      const right = chosen.size === item.correct.length && item.correct.every((id) => chosen.has(id));
      return right ? item.millipoints : 0;
    }
    case 'map_response': {
      let sum = 0;
      for (const id of chosen) if (Object.hasOwn(item.scoring.millipointsByChoice, id)) sum += item.scoring.millipointsByChoice[id] ?? 0;
      return Math.min(Math.max(sum, 0), item.millipoints);
    }
  }
}

/** An answer as its candidate reads it again: the text, or the choices in the order in which they were offered, a line each. */
export function readableResponse(item: Item | undefined, value: ResponseValue): string {
  if (typeof value === 'string') return value;
  if (item?.type !== 'choice') return value.join('\n');
  return item.choices
    .filter(({ id }) => value.includes(id))
    .map(({ text }) => `• ${text}`)
    .join('\n');
}
