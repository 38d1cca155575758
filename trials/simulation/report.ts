import { ATTEMPT_QUEUES, type AttemptQueue } from '../../workflows/queues.ts';
import { DAY, HOUR, MINUTE, WEEK } from './draws.ts';
import { SHARED, type Demands } from './demands.ts';
import type { MarkingFigures } from './marking.ts';
import type { MarkedOptions, SimulateOptions } from './options.ts';
import type { Count } from './people.ts';
import { tasksPerMinute, type Machines, type Scale, type ScaleFigures } from './scale.ts';
import { plotPanels } from '../../platform/svg-plot.ts';
import { formatTable, type Column } from '../support/table.ts';

/** What the simulations say: tables for people, JSON for programs, a plot for the eye. */

const thousands = (value: number) => Math.round(value).toLocaleString('en');
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const decimals = (value: number, digits: number) => value.toFixed(digits);

/** One way of marking at all scales. */
export type Marked = { readonly options: MarkedOptions; readonly scales: readonly ScaleFigures[] };

export function formatMarkings(options: SimulateOptions, demands: Demands, marked: readonly Marked[], planScripts: number): string {
  return [
    `seed ${options.people.seed}; ${options.weeks} weeks after ${options.warmUpWeeks} to warm up; graders work ${options.hoursPerWeek} h a week for $${options.hourly} an hour`,
    heading(`Ways of marking side by side, with so many graders that they are busy for ${percent(options.busyShare)} of their hours`),
    sideBySideTable(options, marked),
    `\nmarked twice, adjudicated and wrong: certifiable marking-plan on ${planScripts} scripts that two people marked; risk above ${percent(options.risk.limit)}, with machine check and a sample of ${percent(options.risk.sampleShare)}`,
    ...marked.map(formatScales),
    `\ncosts of tasks: ${demands.measured}, on ${demands.machine}`,
  ].join('\n');
}

/** What is marked how, by the plan alone. */
function shares({ markedTwiceShare, adjudicatedShare, wrongShare, wrongShareLow, wrongShareHigh }: MarkingFigures): readonly string[] {
  return [percent(markedTwiceShare), percent(adjudicatedShare), `${percent(wrongShare)} (${percent(wrongShareLow)} to ${percent(wrongShareHigh)})`];
}

function sideBySideTable(options: SimulateOptions, marked: readonly Marked[]): string {
  const rows = (marked[0]?.scales ?? []).flatMap(({ perWeek }) =>
    marked.flatMap((one) => one.scales.filter((scale) => scale.perWeek === perWeek).map((scale) => ({ scale, figures: one.options.figures }))),
  );
  const columns: readonly (readonly [title: string, value: (row: (typeof rows)[number]) => string])[] = [
    ['marked twice', ({ figures }) => shares(figures)[0] ?? ''],
    ['adjudicated', ({ figures }) => shares(figures)[1] ?? ''],
    ['wrong (95 %)', ({ figures }) => shares(figures)[2] ?? ''],
    ['graders', ({ scale }) => thousands(scale.enough.graders)],
    ['at least', ({ scale }) => thousands(scale.gradersLeast)],
    ['designated', ({ scale }) => thousands(scale.enough.designated)],
    ['in 7 days', ({ scale }) => percent(scale.enough.promiseKeptShare)],
    ['in 5 working days', ({ scale }) => percent(scale.enough.objectiveKeptShare)],
    ['paid/week', ({ scale }) => `$${thousands((scale.gradingHoursPerWeek + scale.adjudicationHoursPerWeek) * options.hourly)}`],
    ['an attempt', ({ scale }) => `$${thousands(scale.costPerAttempt)}`],
    ['of the price', ({ scale }) => percent(scale.costPerAttempt / options.price)],
  ];
  return formatTable(rows, [
    { title: 'scale', value: ({ scale }) => nameOf(options, scale) },
    { title: 'marking', value: ({ figures }) => figures.marking },
    ...columns.map(([title, value]): Column<(typeof rows)[number]> => ({ title, value, align: 'right' })),
  ]);
}

function formatScales({ options, scales }: Marked): string {
  return [
    heading(`${options.figures.marking}: with the graders there are: ${options.people.graders}, and ${options.people.designated} designated`),
    peopleTable(options, scales, 'asItIs'),
    heading(`${options.figures.marking}: with so many that they are busy for ${percent(options.busyShare)} of their hours`),
    peopleTable(options, scales, 'enough'),
    heading(`${options.figures.marking}: hours and money (an attempt is sold for $${options.price})`),
    moneyTable(options, scales),
    `\n${options.people.graders} graders can mark what ${thousands(scales[0]?.perWeekMost ?? 0)} registrations a week bring, whatever waits`,
    heading(`${options.figures.marking}: replicas in the worst minutes (of the chart’s most), and how long tasks waited for one, p95 / most`),
    poolTable(options, scales),
    heading(`${options.figures.marking}: what all share, in cores in the busiest minute`),
    sharedTable(options, scales),
    heading(`${options.figures.marking}: what limits`),
    ...scales.map((scale) => `${nameOf(options, scale)}: ${scale.limits.length === 0 ? 'nothing' : scale.limits.join('; ')}`),
  ].join('\n');
}

function heading(text: string): string {
  return `\n${text}\n`;
}

function nameOf({ now }: Pick<SimulateOptions, 'now'>, { perWeek }: ScaleFigures): string {
  const times = perWeek / now;
  return `${times < 10 && !Number.isInteger(times) ? decimals(times, 1) : thousands(times)}× (${thousands(perWeek)} a week)`;
}

function table(
  options: MarkedOptions,
  scales: readonly ScaleFigures[],
  columns: readonly (readonly [title: string, value: (scale: ScaleFigures) => string])[],
): string {
  return formatTable(scales, [
    { title: 'scale', value: (scale) => nameOf(options, scale) },
    ...columns.map(([title, value]): Column<ScaleFigures> => ({ title, value, align: 'right' })),
  ]);
}

function peopleTable(options: MarkedOptions, scales: readonly ScaleFigures[], which: 'asItIs' | 'enough'): string {
  return table(options, scales, [
    ['graders', (scale) => thousands(scale[which].graders)],
    ['designated', (scale) => thousands(scale[which].designated)],
    ['busy', (scale) => percent(scale[which].busyShare)],
    ['open, mean', (scale) => thousands(scale[which].openMean)],
    ['open, most', (scale) => thousands(scale[which].openMost)],
    ['workflows, most', (scale) => thousands(scale[which].workflowsMost)],
    ['wait for a grader p50', (scale) => `${decimals(scale[which].waitDays.p50, 1)} d`],
    ['p95', (scale) => `${decimals(scale[which].waitDays.p95, 1)} d`],
    ['most', (scale) => `${decimals(scale[which].waitDays.max, 1)} d`],
    ['in 7 days', (scale) => percent(scale[which].promiseKeptShare)],
    ['in 5 working days', (scale) => percent(scale[which].objectiveKeptShare)],
  ]);
}

function moneyTable(options: MarkedOptions, scales: readonly ScaleFigures[]): string {
  return table(options, scales, [
    ['marking h/week', ({ gradingHoursPerWeek }) => thousands(gradingHoursPerWeek)],
    ['adjudication h/week', ({ adjudicationHoursPerWeek }) => thousands(adjudicationHoursPerWeek)],
    ['graders, at least', ({ gradersLeast }) => thousands(gradersLeast)],
    ['paid/week', (scale) => `$${thousands((scale.gradingHoursPerWeek + scale.adjudicationHoursPerWeek) * options.hourly)}`],
    ['an attempt', ({ costPerAttempt }) => `$${thousands(costPerAttempt)}`],
    ['of the price', ({ costPerAttempt }) => percent(costPerAttempt / options.price)],
    ['one through both tests', ({ costOfAll }) => `$${thousands(costOfAll)}`],
  ]);
}

function poolTable(options: MarkedOptions, scales: readonly ScaleFigures[]): string {
  const cell = (queue: AttemptQueue) => (scale: ScaleFigures) => {
    const { replicasMost, chartMax, waitSeconds } = scale.queues[queue];
    return `${thousands(replicasMost)} (${chartMax}), ${seconds(waitSeconds.p95)} / ${seconds(waitSeconds.max)}`;
  };
  return table(
    options,
    scales,
    ATTEMPT_QUEUES.map((queue) => [queue, cell(queue)] as const),
  );
}

/** Steps are of five seconds: less is not seen. */
function seconds(value: number): string {
  return value === 0 ? '<5 s' : `${value.toFixed(0)} s`;
}

function sharedTable(options: MarkedOptions, scales: readonly ScaleFigures[]): string {
  return table(options, scales, [
    ['in the test at once', ({ sittingMost }) => thousands(sittingMost)],
    ...SHARED.map((name) => [name, (scale: ScaleFigures) => decimals(scale.sharedCores[name], 2)] as const),
    ...ATTEMPT_QUEUES.map((queue) => [`${queue} tasks/s`, (scale: ScaleFigures) => decimals(scale.queues[queue].perSecondMost, 1)] as const),
  ]);
}

// The plot

const AS_IT_IS = '#c2410c';
const ENOUGH = '#1d4ed8';
const THIRD = '#047857';

export function plotScale(options: MarkedOptions, machines: Machines, { figures, stories }: Scale): string {
  const { asItIs, enough } = figures;
  const names = { asItIs: `${thousands(asItIs.graders)} graders`, enough: `${thousands(enough.graders)} graders` };
  const scale = figures.grain;
  const both = (value: (count: Count, graders: number) => number) => [
    {
      name: names.asItIs,
      colour: AS_IT_IS,
      points: weekly(stories.asItIs.counts, (count) => value(count, Math.max(1, Math.round(asItIs.graders / scale)))),
    },
    { name: names.enough, colour: ENOUGH, dashed: true, points: weekly(stories.enough.counts, (count) => value(count, enough.graders / scale)) },
  ];
  const examDay = (queue: AttemptQueue, colour: string) => ({
    name: queue,
    colour,
    points: tasksPerMinute(options, machines.demands, stories.enough, { queue, grain: scale }, lastExamDay(options)).map((y, x) => ({ x, y })),
  });
  return plotPanels({
    title: `${thousands(figures.perWeek)} registrations a week: what waits for whom`,
    subtitle: `Simulated, seed ${options.people.seed}; marking ${options.figures.marking}, ${options.hoursPerWeek} hours a week of each grader. npm run simulate`,
    panels: [
      { title: 'Open attempts', xLabel: 'weeks since the beginning', lines: both((count) => count.open * scale) },
      {
        title: 'Age of the oldest submission that waits for a grader, in days (promised: a result in 7)',
        xLabel: 'weeks',
        yAtLeast: 7,
        lines: both((count) => count.oldestWaiting / DAY),
      },
      { title: 'Graders at work, in %', xLabel: 'weeks', yAtLeast: 100, lines: both((count, graders) => (100 * count.busy) / graders) },
      {
        title: `Exam day: tasks a minute by queue (one replica of certification does ${thousands(machines.pools.certification.perSecond * 60)})`,
        xLabel: 'minutes after 10:00',
        lines: [examDay('certification', AS_IT_IS), examDay('feedback', ENOUGH), examDay('grading-auto', THIRD)],
      },
    ],
  });
}

function weekly(counts: readonly Count[], value: (count: Count) => number): readonly { x: number; y: number }[] {
  return counts.map((count) => ({ x: count.at / WEEK, y: value(count) }));
}

/** From ten to one, on the last Saturday that is measured. */
function lastExamDay({ warmUpWeeks, weeks }: MarkedOptions): { from: number; minutes: number } {
  return { from: (warmUpWeeks + Math.ceil(weeks) - 1) * WEEK + 5 * DAY + 10 * HOUR, minutes: (3 * HOUR) / MINUTE };
}
