import { amountFromCents } from '../../domain/pay.ts';
import type { Cell, ColumnUnit } from '../../domain/report-tables.ts';
import { REPORT_WORDS, type ReportLanguage } from '../reports/report-words.ts';
import { dateText } from './format.ts';

/** How figures, days and sentences of reports read on paper. No locale data of the machine is asked: a page must not change with it. */
type Manner = {
  readonly point: string;
  readonly group: string;
  readonly dayText: (day: Date) => string;
  readonly sentences: typeof ENGLISH;
};

/** Of one, and of others. */
type Counted = readonly [one: string, others: string];

const ENGLISH = {
  of: { period: '{{since}} to {{until}}', round: '{{subject}}, round {{round}}' },
  happened: 'What happened from the first of these days to before the last, UTC: {{attempts}}.',
  amounts: 'Amounts are in {{currency}}.',
  rated: 'Rated by {{panelists}} over {{items}}. It changes no exam: whoever writes the next version may give it this pass mark.',
  estimates: 'All figures but amounts and counts are estimates: they inform people and decide nothing about a candidate.',
  onePanelist: 'one panelist rated: none can be told',
  past: 'Past candidates',
  fewPast: 'too few to say what it would have meant',
  made: 'Made {{day}} by method {{method}}.',
  recorded: 'The figures do not change; their SHA-256 is {{hash}}.',
  notRecorded: 'It is recorded nowhere.',
  page: 'Page',
  pageOf: 'of',
  attempts: ['attempt', 'attempts'] as Counted,
  panelists: ['panelist', 'panelists'] as Counted,
  items: ['item', 'items'] as Counted,
};

const GERMAN: typeof ENGLISH = {
  of: { period: '{{since}} bis {{until}}', round: '{{subject}}, Runde {{round}}' },
  happened: 'Was vom ersten dieser Tage bis vor dem letzten geschah, UTC: {{attempts}}.',
  amounts: 'Beträge sind in {{currency}}.',
  rated:
    'Von {{panelists}} über {{items}} eingeschätzt. Sie ändert keine Prüfung: Wer die nächste Fassung schreibt, kann ihr diese Bestehensgrenze geben.',
  estimates: 'Alle Zahlen außer Beträgen und Anzahlen sind Schätzungen: Sie unterrichten Menschen und entscheiden über niemanden.',
  onePanelist: 'ein Mitglied hat eingeschätzt: Es ist keiner anzugeben',
  past: 'Bisherige Kandidaten',
  fewPast: 'zu wenige, um zu sagen, was es bedeutet hätte',
  made: 'Erstellt am {{day}} nach Methode {{method}}.',
  recorded: 'Die Zahlen ändern sich nicht; ihr SHA-256 ist {{hash}}.',
  notRecorded: 'Er ist nirgends festgehalten.',
  page: 'Seite',
  pageOf: 'von',
  attempts: ['Versuch', 'Versuche'],
  panelists: ['Mitglied', 'Mitgliedern'],
  items: ['Aufgabe', 'Aufgaben'],
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

const NOTHING = '–';

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
