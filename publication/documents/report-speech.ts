import { amountFromCents } from '../../domain/pay.ts';
import type { Cell, ColumnUnit } from '../../domain/report-tables.ts';
import { REPORT_WORDS, type ReportLanguage } from '../reports/report-words.ts';
import { dateText } from './format.ts';
import { ENGLISH, GERMAN, type Counted, type ReportSentences } from './report-sentences.ts';

/** How figures, days and sentences of reports read on paper. No locale data of the machine is asked: a page must not change with it. */
type Manner = {
  readonly point: string;
  readonly group: string;
  readonly dayText: (day: Date) => string;
  readonly sentences: ReportSentences;
};

const GERMAN_MONTHS = 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember'.split(' ');

const MANNERS: Readonly<Record<ReportLanguage, Manner>> = {
  en: { point: '.', group: ',', dayText: dateText, sentences: ENGLISH },
  de: {
    point: ',',
    group: '.',
    dayText: (day) => `${day.getUTCDate()}. ${GERMAN_MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`,
    sentences: GERMAN,
  },
};

export const NOTHING = '–';

export type ReportSpeech = ReturnType<typeof speechOf>;

export function speechOf(language: ReportLanguage) {
  const { point, group, dayText, sentences } = MANNERS[language];
  const words = REPORT_WORDS[language];

  /** "1,234,567.89", with a minus as it is printed; what is rounded to nothing has none. */
  function numberText(digits: string): string {
    const [whole = '', part] = digits
      .replace(/^-(?=[0.]+$)/, '')
      .replace('-', '−')
      .split('.');
    const inGroups = whole.replaceAll(/\d(?=(?:\d{3})+$)/g, `$&${group}`);
    return part === undefined ? inGroups : `${inGroups}${point}${part}`;
  }
  const shareText = (share: number) => `${numberText((100 * share).toFixed(1))}\u{A0}%`;
  const countedText = (count: number, [one, others]: Counted) => `${numberText(String(count))} ${count === 1 ? one : others}`;
  const instantText = (instant: Date) => `${dayText(instant)}, ${instant.toISOString().slice(11, 16)} UTC`;
  const wordText = (code: string) => words.reportWord[code] ?? code;

  function cellText(cell: Cell, unit: ColumnUnit): string {
    if (cell === null) return NOTHING;
    if (unit === 'instant') return instantText(new Date(cell));
    if (typeof cell === 'string') return unit === 'word' ? wordText(cell) : cell;
    switch (unit) {
      case 'share':
        return shareText(cell);
      case 'figure':
        return numberText(cell.toFixed(2));
      case 'seconds':
        return durationText(cell);
      case 'worked':
        return `${numberText((cell / 3600).toFixed(1))}\u{A0}h`;
      case 'cents':
        return numberText(amountFromCents(cell));
      case 'count':
      case 'name':
      case 'word':
        return numberText(String(cell));
    }
  }

  return { words, sentences, dayText, numberText, shareText, countedText, wordText, cellText };
}

/** "4 d 6 h", "3 h 20 min": the two largest units, rounded down. */
function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600), Math.floor((whole % 3600) / 60)];
  if (days > 0) return `${days}\u{A0}d ${hours}\u{A0}h`;
  if (hours > 0) return `${hours}\u{A0}h ${minutes}\u{A0}min`;
  return minutes > 0 ? `${minutes}\u{A0}min` : `${whole}\u{A0}s`;
}
