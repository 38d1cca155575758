import { parseArgs } from 'node:util';
import { DAY, HOUR, MINUTE, WEEK } from './draws.ts';
import { MARKING_PLAN_FILE, MARKINGS, type Marking, type MarkingFigures, type RiskSettings } from './marking.ts';
import { PEOPLE_DEFAULTS, type PeopleParameters } from './people.ts';

export type SimulateOptions = {
  readonly now: number;
  readonly perWeek: number;
  readonly scales: readonly number[];
  readonly warmUpWeeks: number;
  readonly weeks: number;
  readonly hoursPerWeek: number;
  readonly busyShare: number;
  readonly hourly: number;
  readonly price: number;
  readonly startSeconds: number;
  readonly autosaveSeconds: number;
  readonly json: boolean;
  readonly plot: string | undefined;
  readonly check: boolean;
  readonly save: boolean;
  readonly markings: readonly Marking[];
  readonly markingPlan: string;
  readonly risk: RiskSettings;
  /** For a scale: all but how many come, how many mark and what is marked twice. */
  readonly people: Omit<PeopleParameters, 'perWeek' | 'until' | 'marks' | 'secondLookShare' | 'adjudicationShare'>;
};

/** With one of the ways of marking. */
export type MarkedOptions = Omit<SimulateOptions, 'people'> & {
  readonly figures: MarkingFigures;
  readonly people: Omit<PeopleParameters, 'perWeek' | 'until'>;
};

type Option = { readonly default: string; readonly unit: string; readonly says: string };

const NUMBERS = {
  now: { default: '200', unit: 'a week', says: 'registrations today: what the scales are times of' },
  'per-week': { default: '2420', unit: 'a week', says: 'registrations at the top of the forecast; it gets a column of its own and the plot' },
  weeks: { default: '8', unit: 'weeks', says: 'that are measured' },
  'warm-up': { default: '10', unit: 'weeks', says: 'before them, longer than an attempt of 58 days' },
  graders: { default: '300', unit: 'people', says: 'who mark, one assignment at a time' },
  designated: { default: '5', unit: 'people', says: 'who adjudicate' },
  'hours-per-week': { default: '20', unit: 'hours', says: 'that each of them works for us, spread evenly' },
  busy: { default: '85', unit: '%', says: 'of their hours that graders are busy where there are enough of them' },
  hourly: { default: '50', unit: '$', says: 'paid for an hour' },
  price: { default: '800', unit: '$', says: 'of an attempt' },
  'aptitude-hours': { default: '3', unit: 'hours', says: 'for the short answers of one test' },
  'case-study-hours': { default: '8', unit: 'hours', says: 'for one case study' },
  'risk-limit': { default: '10', unit: '%', says: 'of the policy "risk": above this probability a second seat opens' },
  'risk-sample': { default: '5', unit: '%', says: 'of submissions are in its random sample' },
  'aptitude-adjudication-hours': { default: '1', unit: 'hours', says: 'for the disputed answers of one test' },
  'case-study-adjudication-hours': { default: '3', unit: 'hours', says: 'for the disputed criteria of one' },
  spread: { default: '25', unit: '%', says: 'standard deviation of how long marking takes' },
  'aptitude-pass': { default: '65', unit: '%', says: 'of aptitude tests pass' },
  'case-study-pass': { default: '75', unit: '%', says: 'of case studies' },
  'start-days': { default: '7', unit: 'days', says: 'from registration to the start, in the mean' },
  'exam-day': { default: '25', unit: '%', says: 'of candidates start together instead, on Saturday at 10:00' },
  'exam-day-minutes': { default: '15', unit: 'minutes', says: 'within which they start' },
  'whole-time': { default: '50', unit: '%', says: 'use all 90 minutes; the others are done after 60 % of it or later' },
  'download-days': { default: '6', unit: 'days', says: 'from the offer to the download, in the mean; after 30 it lapses' },
  'deadline-evening': { default: '40', unit: '%', says: 'hand the case study in within the last 6 hours of 14 days' },
  'not-submitted': { default: '2', unit: '%', says: 'hand no case study in' },
  'autosave-seconds': { default: '10', unit: 'seconds', says: 'between two saved answers of one candidate' },
  'pod-start-seconds': { default: '40', unit: 'seconds', says: 'from KEDA’s decision to the first task of a new replica' },
} as const satisfies Readonly<Record<string, Option>>;

type NumberName = keyof typeof NUMBERS;

const line = (name: string, unit: string, says: string) => `  --${name.padEnd(30)} ${says}${unit === '' ? '' : ` [${unit}]`}`;

export const SIMULATE_USAGE = [
  'Usage: npm run simulate -- [options]',
  '',
  'What the pipeline needs at several scales, by a model (docs/capacity.md): open attempts, graders, promises kept, cost, replicas,',
  'ages of queues. --check plays the same people for real, compressed in time, and compares.',
  '',
  ...Object.entries(NUMBERS).map(([name, option]) => line(name, option.unit, `${option.says} (default ${option.default})`)),
  line('scales', '', 'times today that are simulated, with commas (default 1,5,10,1000)'),
  line('marking', '', `side by side, with commas: ${MARKINGS.join(', ')} (default double,risk)`),
  line('marking-plan FILE', '', 'what certifiable marking-plan --json said on marks of your own (default: docs/marking.md)'),
  line('seed', '', `of all draws (default "${PEOPLE_DEFAULTS.seed}")`),
  line('plot FILE', '', 'writes the plot of the top of the forecast as SVG'),
  line('json', '', 'prints one line of JSON and nothing else'),
  line('check', '', 'plays a compressed world on the embedded stack (4 minutes), and nothing else'),
  line('save', '', 'with --check: keeps what tasks cost for later simulations (trials/simulation/measured.json)'),
  line('help', '', 'this'),
].join('\n');

/** Undefined for --help. Throws an Error that says what was not understood. */
export function readSimulateOptions(args: readonly string[]): SimulateOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...(Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, { type: 'string' }])) as Record<NumberName, { type: 'string' }>),
      scales: { type: 'string', default: '1,5,10,1000' },
      marking: { type: 'string', default: 'double,risk' },
      'marking-plan': { type: 'string', default: MARKING_PLAN_FILE },
      seed: { type: 'string', default: PEOPLE_DEFAULTS.seed },
      plot: { type: 'string' },
      json: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const number = (name: NumberName): number => {
    const value = Number(values[name] ?? NUMBERS[name].default);
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number from 0 on, in ${NUMBERS[name].unit}`);
    return value;
  };
  const positive = (name: NumberName): number => {
    const value = number(name);
    if (value === 0) throw new Error(`--${name} must be more than 0`);
    return value;
  };
  const share = (name: NumberName): number => {
    const value = number(name) / 100;
    if (value > 1) throw new Error(`--${name} is a share, at most 100 %`);
    return value;
  };
  const scales = values.scales.split(',').map(Number);
  if (!scales.every((scale) => scale > 0)) throw new Error('--scales must be numbers above 0 with commas between them');
  const markings = values.marking.split(',').map((name) => {
    const marking = MARKINGS.find((one) => one === name);
    if (!marking) throw new Error(`--marking must be of ${MARKINGS.join(', ')}, with commas between them`);
    return marking;
  });

  const hoursPerWeek = positive('hours-per-week');
  // A person's hours are spread over the week: so long does an hour of work take them.
  const workHour = (HOUR * (WEEK / HOUR)) / hoursPerWeek;
  return {
    now: positive('now'),
    perWeek: positive('per-week'),
    scales,
    warmUpWeeks: number('warm-up'),
    weeks: positive('weeks'),
    hoursPerWeek,
    busyShare: share('busy'),
    hourly: number('hourly'),
    price: number('price'),
    startSeconds: number('pod-start-seconds'),
    autosaveSeconds: positive('autosave-seconds'),
    json: values.json,
    plot: values.plot,
    check: values.check,
    save: values.save,
    markings,
    markingPlan: values['marking-plan'],
    risk: { limit: share('risk-limit'), sampleShare: share('risk-sample') },
    people: {
      ...PEOPLE_DEFAULTS,
      seed: values.seed,
      graders: positive('graders'),
      designated: positive('designated'),
      markDuration: { aptitude: number('aptitude-hours') * workHour, case_study: number('case-study-hours') * workHour },
      adjudicationDuration: {
        aptitude: number('aptitude-adjudication-hours') * workHour,
        case_study: number('case-study-adjudication-hours') * workHour,
      },
      spread: share('spread'),
      passShare: { aptitude: share('aptitude-pass'), case_study: share('case-study-pass') },
      startDelay: positive('start-days') * DAY,
      examDayShare: share('exam-day'),
      examDaySpread: number('exam-day-minutes') * MINUTE,
      wholeTimeShare: share('whole-time'),
      downloadDelay: positive('download-days') * DAY,
      deadlineShare: share('deadline-evening'),
      notSubmittedShare: share('not-submitted'),
    },
  };
}
