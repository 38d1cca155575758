import type { i18n, TOptions } from 'i18next';
import { deadlineText } from '../frame/time.ts';

/** Values of the pure parts as people read them: instants in the reader's zone, codes in words, lists joined. */

const INSTANTS = new Set(['from', 'to', 'deadline']);
/** Values that are codes, and where the texts have their words. */
const CODES: Readonly<Record<string, string>> = { window: 'window', test: 'test', outcome: 'phase' };

type Value = string | number | boolean | readonly string[];

export function inWords(texts: i18n, values: Readonly<Record<string, Value>> = {}): TOptions {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, wordsOf(texts, name, value)]));
}

function wordsOf(texts: i18n, name: string, value: Value): string {
  if (typeof value === 'boolean') return texts.t(value ? 'console:truth.yes' : 'console:truth.no');
  if (typeof value === 'number') return new Intl.NumberFormat(texts.language).format(value);
  if (typeof value !== 'string') return new Intl.ListFormat(texts.language).format(value);
  if (INSTANTS.has(name)) return deadlineText(value, texts.language);
  const group = CODES[name];
  return group === undefined ? value : texts.t(`console:${group}.${value}` as 'console:truth.yes', { defaultValue: value });
}
