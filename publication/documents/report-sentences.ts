import { NO_RASCH_WORDS } from '../../domain/item-words.ts';

/** What reports say on paper alone; what their pages say as well is in publication/reports/words. `{{name}}` stands for a value. */
export type ReportSentences = typeof ENGLISH;

/** Of one, and of others. */
export type Counted = readonly [one: string, others: string];

export const ENGLISH = {
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
  itemAnalysis: 'Item analysis',
  decidedUntil: 'What was decided until {{day}}; method {{method}}. All figures are estimates and decide nothing about a candidate.',
  deviation: 'Standard deviation',
  notKnown: 'not known',
  alphaWithout: 'Alpha without',
  choices: 'Choices',
  rasch: 'Rasch',
  raschModel: 'Rasch model',
  raschFit: '{{items}} items, {{candidates}} candidates',
  noRaschFit: 'none: {{why}}',
  noRasch: NO_RASCH_WORDS,
  drawn:
    'Facility across from 0 to 100 %, discrimination upwards, a dot for each of {{count}} items; {{named}}. The table of items has the same figures.',
  drawnNamed: 'filled and named: {{items}}',
  drawnNone: 'none of them has a finding',
  and: 'and',
};

export const GERMAN: ReportSentences = {
  of: { period: '{{since}} bis {{until}}', round: '{{subject}}, Runde {{round}}' },
  happened: 'Was vom ersten dieser Tage bis vor dem letzten geschah, UTC: {{attempts}}.',
  amounts: 'Beträge sind in {{currency}}.',
  rated:
    'Von {{panelists}} über {{items}} eingeschätzt. Das ändert keine Prüfung: Wer die nächste Fassung schreibt, kann ihr diese Bestehensgrenze geben.',
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
  itemAnalysis: 'Analyse der Fragen',
  decidedUntil: 'Was bis zum {{day}} entschieden wurde; Methode {{method}}. Alle Zahlen sind Schätzungen und entscheiden über niemanden.',
  deviation: 'Standardabweichung',
  notKnown: 'nicht bekannt',
  alphaWithout: 'Alpha ohne',
  choices: 'Auswahlen',
  rasch: 'Rasch',
  raschModel: 'Rasch-Modell',
  raschFit: '{{items}} Fragen, {{candidates}} Kandidaten',
  noRaschFit: 'keines: {{why}}',
  noRasch: {
    'too-few-candidates': 'zu wenige Kandidaten, deren Anzahl richtiger Antworten etwas sagt',
    'too-few-items': 'zu wenige Fragen, die manche richtig und manche falsch haben',
    'too-many-items': 'zu viele Fragen',
    'no-estimate': 'aus den Antworten folgt keine Schätzung: Manche Fragen haben alle richtig, die andere richtig haben',
  },
  drawn:
    'Lösungsquote waagerecht von 0 bis 100 %, Trennschärfe nach oben, ein Punkt für jede von {{count}} Fragen; {{named}}. Die Tabelle der Fragen hat dieselben Zahlen.',
  drawnNamed: 'gefüllt und benannt: {{items}}',
  drawnNone: 'keine von ihnen hat einen Befund',
  and: 'und',
};
