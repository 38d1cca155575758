import type { ExamAnalysis } from '../../domain/exam-answers.ts';
import type { ItemAnalysis, ItemFigures } from '../../domain/item-analysis.ts';
import { FLAG_GRADES, type Flag } from '../../domain/item-flags.ts';
import { filled, type ReportLanguage } from '../reports/report-words.ts';
import { NOTHING, speechOf, type ReportSpeech } from './report-speech.ts';

/** An item analysis as a document. It says nothing of graders: that would tell who marked. */
export type ItemReport = {
  readonly language: ReportLanguage;
  /** Of which exam version; or what the answers are called. */
  readonly subject: string;
  readonly asOf: Date;
  readonly analysis: Pick<ExamAnalysis, 'method' | 'test' | 'items' | 'caseStudies'>;
};

/** In words and figures as they are printed. */
export function viewOfItemReport({ language, subject, asOf, analysis: { method, test, items, caseStudies = [] } }: ItemReport) {
  const speech = speechOf(language);
  const { words, sentences, dayText, numberText } = speech;
  const { item, criterion, choice, key, taken, share, discrimination, sureness, flagged, nothingFlagged, plot, caseStudy, ...of } = words.itemReport;
  const { figureText, shareText } = estimatesIn(speech);
  const columns = columnsIn(speech);
  return {
    language,
    heading: sentences.itemAnalysis,
    issuerName: 'Certifiable, Inc.',
    subject,
    asOf: filled(sentences.decidedUntil, { day: dayText(asOf), method }),
    words: { sureness, flagged, nothingFlagged, plot, items: of.items, choices: sentences.choices, page: sentences.page, pageOf: sentences.pageOf },
    about: filled(of.surenessAbout, { passMark: shareText(test.passMark), points: numberText(String(test.points)) }),
    facts: factsOf(test, speech),
    findings: findingsOf({ test, items }, speech),
    plot: { svg: plotOf(items, speech), alt: plotWords(items, speech) },
    columns: [item, ...columns.map(([name]) => name)],
    criteria: [criterion, ...columns.map(([name]) => name)],
    rows: rowsOf(items, columns),
    choiceColumns: [item, choice, key, taken, share, discrimination],
    choices: items.flatMap(({ id, choices }) =>
      choices.map((one) => [
        id,
        one.id,
        one.isKey ? key : '',
        numberText(String(one.taken)),
        shareText(one.share),
        figureText(one.discrimination?.value),
      ]),
    ),
    caseStudies: caseStudies.map((one) => ({
      label: filled(caseStudy, { title: '' }).trimEnd(),
      name: one.caseStudyId,
      facts: factsOf(one.test, speech),
      findings: findingsOf(one, speech),
      rows: rowsOf(one.items, columns),
    })),
  };
}

function estimatesIn({ numberText, shareText }: ReportSpeech) {
  return {
    figureText: (value: number | undefined, digits = 2) => (value === undefined ? NOTHING : numberText(value.toFixed(digits))),
    shareText: (value: number | undefined) => (value === undefined ? NOTHING : shareText(value)),
  };
}

type Column = readonly [name: string, of: (item: ItemFigures) => string];

/** Beside what an item is called. */
function columnsIn(speech: ReportSpeech): readonly Column[] {
  const { words, sentences, numberText } = speech;
  const { answered, omitted, notReached, facility, discrimination } = words.itemReport;
  const { figureText, shareText } = estimatesIn(speech);
  const countText = (count: number) => numberText(String(count));
  return [
    [words.reportColumn.itemPoints, (item) => countText(item.points)],
    [answered, (item) => countText(item.answered)],
    [omitted, (item) => countText(item.omitted)],
    [notReached, (item) => countText(item.notReached)],
    [facility, (item) => shareText(item.facility)],
    [discrimination, (item) => figureText(item.discrimination?.value)],
    [sentences.alphaWithout, (item) => figureText(item.alphaWithout, 3)],
    [sentences.rasch, (item) => figureText(item.rasch?.difficulty)],
  ];
}

function rowsOf(items: readonly ItemFigures[], columns: readonly Column[]): readonly (readonly string[])[] {
  return items.map((item) => [item.id, ...columns.map(([, of]) => of(item))]);
}

function factsOf({ alpha, decisions, rasch, ...test }: ItemAnalysis['test'], speech: ReportSpeech) {
  const { words, sentences, numberText } = speech;
  const { figureText, shareText } = estimatesIn(speech);
  const [passed, candidates] = [numberText(String(test.passed)), numberText(String(test.candidates))];
  const alphaText = (value: number) => figureText(value, 3);
  const { itemReport: of } = words;
  return [
    [of.passed, filled(of.passedOf, { passed, candidates })],
    [of.mean, figureText(test.mean)],
    [sentences.deviation, figureText(test.deviation)],
    [
      of.alpha,
      alpha
        ? filled(words.reportNote.interval, { value: alphaText(alpha.value), low: alphaText(alpha.low), high: alphaText(alpha.high) })
        : sentences.notKnown,
    ],
    [of.error, figureText(test.standardErrorAtPassMark ?? test.standardError)],
    [of.consistency, shareText(decisions?.consistency)],
    [of.accuracy, shareText(decisions?.accuracy)],
    [of.falsePasses, shareText(decisions?.falsePasses)],
    [of.falseFails, shareText(decisions?.falseFails)],
    [
      sentences.raschModel,
      typeof rasch === 'string'
        ? filled(sentences.noRaschFit, { why: sentences.noRasch[rasch] })
        : filled(sentences.raschFit, { items: rasch.items, candidates: numberText(String(rasch.candidates)) }),
    ],
  ].map(([label = '', value = '']) => ({ label, value }));
}

function findingsOf({ test, items }: Pick<ItemAnalysis, 'test' | 'items'>, { words: { itemReport, itemFlag }, sentences }: ReportSpeech) {
  const wordsOf = (name: string, { kind, choices = [] }: Flag) => {
    const { means, do: advice } = itemFlag[kind];
    const named = choices.join(` ${sentences.and} `);
    return { name, grade: itemReport.grade[FLAG_GRADES[kind]], means: filled(means, { choices: named }), advice };
  };
  return [
    ...test.flags.map((flag) => wordsOf(itemReport.wholeTest, flag)),
    ...items.flatMap(({ id, flags }) => flags.map((flag) => wordsOf(id, flag))),
  ];
}

const PLOT = { width: 460, height: 260, left: 40, bottom: 30, top: 8, right: 24 } as const;
const DISCRIMINATION = { low: -0.4, high: 1 } as const;

/** Facility across, discrimination upwards: what stands low tells candidates apart badly. */
function plotOf(items: readonly ItemFigures[], { numberText, shareText }: ReportSpeech): string {
  const { width, height, left, bottom, top, right } = PLOT;
  const x = (facility: number) => left + facility * (width - left - right);
  const y = (value: number) => top + ((DISCRIMINATION.high - value) / (DISCRIMINATION.high - DISCRIMINATION.low)) * (height - top - bottom);
  const words = (text: string, at: string) => `<text font-family="EB Garamond" font-size="10" fill="#566072" ${at}>${escaped(text)}</text>`;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const dots = items.flatMap(({ id, facility, discrimination, flags }) => {
    if (discrimination === undefined) return [];
    const [across, up] = [x(facility).toFixed(1), y(Math.max(DISCRIMINATION.low, discrimination.value)).toFixed(1)];
    const isFlagged = flags.length > 0;
    return [
      `<circle cx="${across}" cy="${up}" r="${isFlagged ? 4 : 3}" fill="${isFlagged ? '#8a6a3b' : 'none'}" stroke="#16233a"/>`,
      ...(isFlagged ? [words(id, `x="${Number(across) + 6}" y="${Number(up) + 3}"`)] : []),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    ...ticks.map(
      (tick) =>
        `<path d="M${x(tick)} ${top}V${height - bottom}" stroke="#dcdfe4" fill="none"/>${words(shareText(tick), `x="${x(tick) - 10}" y="${height - bottom + 13}"`)}`,
    ),
    ...[0, 0.5, 1].map(
      (tick) =>
        `<path d="M${left} ${y(tick)}H${width - right}" stroke="#dcdfe4" fill="none"/>${words(numberText(tick.toFixed(1)), `x="8" y="${y(tick) + 3}"`)}`,
    ),
    ...dots,
    '</svg>',
  ].join('');
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);

function plotWords(items: readonly ItemFigures[], { sentences }: ReportSpeech): string {
  const known = items.filter(({ discrimination }) => discrimination !== undefined);
  const flagged = known.filter(({ flags }) => flags.length > 0).map(({ id }) => id);
  const named = flagged.length === 0 ? sentences.drawnNone : filled(sentences.drawnNamed, { items: flagged.join(', ') });
  return filled(sentences.drawn, { count: known.length, named });
}
