import type { ExamAnalysis } from '../../domain/exam-answers.ts';
import type { ItemAnalysis, ItemFigures } from '../../domain/item-analysis.ts';
import { flagWords, NO_RASCH_WORDS } from '../../domain/item-words.ts';
import { dateText } from './format.ts';

/** An item analysis as a document. It says nothing of graders: that would tell who marked. */
export type ItemReport = {
  /** Of which exam version; or what the answers are called. */
  readonly subject: string;
  readonly asOf: Date;
  readonly analysis: Pick<ExamAnalysis, 'method' | 'test' | 'items' | 'caseStudies'>;
};

const figure = (value: number | undefined, digits = 2) => (value === undefined ? '–' : value.toFixed(digits).replace('-', '−'));
const share = (value: number | undefined) => (value === undefined ? '–' : `${(100 * value).toFixed(1)}\u{A0}%`);

/** In words and figures as they are printed. */
export function viewOfItemReport({ subject, asOf, analysis: { method, test, items, caseStudies = [] } }: ItemReport) {
  return {
    heading: 'Item analysis',
    issuerName: 'Certifiable, Inc.',
    subject,
    asOf: `What was decided until ${dateText(asOf)}; method ${method}. All figures are estimates and decide nothing about a candidate.`,
    facts: factsOf(test),
    findings: findingsOf({ test, items }),
    plot: { svg: plotOf(items), alt: plotWords(items) },
    columns: COLUMNS.map(([name]) => name),
    rows: items.map((item) => COLUMNS.map(([, of]) => of(item))),
    choiceColumns: ['Item', 'Choice', 'Key', 'Taken', 'Share', 'Discrimination'],
    choices: items.flatMap(({ id, choices }) =>
      choices.map((choice) => [
        id,
        choice.id,
        choice.isKey ? 'key' : '',
        String(choice.taken),
        share(choice.share),
        figure(choice.discrimination?.value),
      ]),
    ),
    caseStudies: caseStudies.map((one) => ({
      name: one.caseStudyId,
      facts: factsOf(one.test),
      findings: findingsOf(one),
      rows: one.items.map((item) => COLUMNS.map(([, of]) => of(item))),
    })),
  };
}

const COLUMNS: readonly (readonly [string, (item: ItemFigures) => string])[] = [
  ['Item', ({ id }) => id],
  ['Points', ({ points }) => String(points)],
  ['Answered', ({ answered }) => String(answered)],
  ['Omitted', ({ omitted }) => String(omitted)],
  ['Not reached', ({ notReached }) => String(notReached)],
  ['Facility', ({ facility }) => share(facility)],
  ['Discrimi\u{AD}nation', ({ discrimination }) => figure(discrimination?.value)],
  ['Alpha without', ({ alphaWithout }) => figure(alphaWithout, 3)],
  ['Rasch', ({ rasch }) => figure(rasch?.difficulty)],
];

function factsOf(test: ItemAnalysis['test']) {
  const { alpha, decisions, rasch } = test;
  return [
    ['Candidates', String(test.candidates)],
    ['Items', String(test.items)],
    ['Points', String(test.points)],
    ['Pass mark', share(test.passMark)],
    ['Passed', String(test.passed)],
    ['Mean', `${figure(test.mean)}, deviation ${figure(test.deviation)}`],
    ['Reliability (alpha)', alpha ? `${figure(alpha.value, 3)}, 95 % from ${figure(alpha.low, 3)} to ${figure(alpha.high, 3)}` : 'not known'],
    ['Error of measurement', `${figure(test.standardError)} points; at the pass mark ${figure(test.standardErrorAtPassMark)}`],
    [
      'Decisions',
      decisions
        ? `${share(decisions.consistency)} the same with another such test, ${share(decisions.accuracy)} as the true score says`
        : 'nothing can be said about how sure they are',
    ],
    ['Rasch model', typeof rasch === 'string' ? `none: ${NO_RASCH_WORDS[rasch]}` : `${rasch.items} items, ${rasch.candidates} candidates`],
  ].map(([label = '', value = '']) => ({ label, value }));
}

function findingsOf({ test, items }: Pick<ItemAnalysis, 'test' | 'items'>) {
  const named = [
    ...test.flags.map((flag) => ['The test', flag] as const),
    ...items.flatMap(({ id, flags }) => flags.map((flag) => [id, flag] as const)),
  ];
  return named.map(([name, flag]) => {
    const { grade, means, do: advice } = flagWords(flag);
    return { name, grade, means, advice };
  });
}

const PLOT = { width: 460, height: 260, left: 40, bottom: 30, top: 8, right: 24 } as const;
const DISCRIMINATION = { low: -0.4, high: 1 } as const;

/** Facility across, discrimination upwards: what stands low tells candidates apart badly. */
function plotOf(items: readonly ItemFigures[]): string {
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
        `<path d="M${x(tick)} ${top}V${height - bottom}" stroke="#dcdfe4" fill="none"/>${words(share(tick), `x="${x(tick) - 10}" y="${height - bottom + 13}"`)}`,
    ),
    ...[0, 0.5, 1].map(
      (tick) => `<path d="M${left} ${y(tick)}H${width - right}" stroke="#dcdfe4" fill="none"/>${words(tick.toFixed(1), `x="8" y="${y(tick) + 3}"`)}`,
    ),
    ...dots,
    '</svg>',
  ].join('');
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);

function plotWords(items: readonly ItemFigures[]): string {
  const known = items.filter(({ discrimination }) => discrimination !== undefined);
  const flagged = known.filter(({ flags }) => flags.length > 0).map(({ id }) => id);
  const named = flagged.length === 0 ? 'none of them has a finding' : `filled and named: ${flagged.join(', ')}`;
  return `Facility across from 0 to 100 %, discrimination upwards, a dot for each of ${known.length} items; ${named}. The table of items has the same figures.`;
}
