import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { judgeByFolds } from '../../domain/kept-aside.ts';
import { TooFewMarks, type MarkedScript } from '../../domain/marking-fit.ts';
import { judge, type Judged } from '../../domain/marking-plan.ts';
import { COSTS, LIMITS, planOf, type CalibrationStep, type MarkingPlan, type PolicyOutcome } from '../../domain/marking-policies.ts';
import { plotPanels } from '../../platform/svg-plot.ts';
import { JSON_OPTION, passMark } from '../arguments.ts';
import { alignColumns, CommandError, formatCount, formatShare, messageOf, printJson, type CommandContext } from '../command.ts';
import { readScripts } from './scripts-file.ts';

const NOTES = `
Without --marks it reads those of the database, of at most 20,000 submissions, the newest first. Each script that two graders marked is judged twice, once from either mark as if that one had come first. A file's are judged by
a model that was fitted on other tests: those of --train, or all tests of the file but the script's own; those of the database by one that was
fitted on four fifths of the other attempts, and knows the items. Wrong is a decision by one mark that
both marks together would have turned. Intervals are of 95 %, with each script as one witness. docs/marking.md says more.`;

type Options = {
  readonly marks?: string;
  readonly train?: string;
  readonly passMark: number;
  readonly limit: readonly number[];
  readonly hourly: number;
  readonly plot?: string;
  readonly json?: true;
};

export function addMarkingPlan(program: Command, context: CommandContext): void {
  program
    .command('marking-plan')
    .description('what policies of second marking cost and get wrong, on scripts that were marked twice')
    .option('--marks <file>', 'marked scripts to judge, as JSON lines, instead of those of the database')
    .option('--train <file>', 'fit the marking model on these instead')
    .option('--pass-mark <percent>', 'of the points, with at most two decimals', passMark, 8000)
    .option('--limit <probability...>', 'of the policy `risk`: above it, a second seat opens', probabilities, LIMITS)
    .option('--hourly <money>', 'what an hour of a grader costs', money, COSTS.hourly)
    .option('--plot <file>', 'write the comparison as SVG')
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async (options: Options) => {
      const judged = judgeOrRefuse(await readBoth(options, context), options);
      const plan = planOf(judged, { limits: options.limit, costs: { ...COSTS, hourly: options.hourly } });
      if (options.plot !== undefined) await writePlot(options.plot, plan);
      if (options.json) printJson(context, plan);
      else for (const line of tell(plan)) context.print(line);
    });
}

type Scripts = { readonly scripts: readonly MarkedScript[]; readonly train: readonly MarkedScript[] | undefined };

async function readBoth({ marks, train: trainFile }: Options, { connections, printError }: CommandContext): Promise<Scripts> {
  const scripts = marks === undefined ? await (await connections.stores()).markedScripts() : await readScripts(marks);
  const train = trainFile === undefined ? undefined : await readScripts(trainFile);
  const trained = new Set(train?.map(({ test }) => test));
  const seen = [...new Set(scripts.map(({ test }) => test))].filter((test) => trained.has(test));
  if (seen.length > 0) printError(`the model is fitted on tests that it judges, so it looks better than it is: ${seen.join(', ')}`);
  return { scripts, train };
}

/** What people marked for us is judged by models that know the items, as those of attempts do; a file, by models of its other tests. */
function judgeOrRefuse({ scripts, train }: Scripts, { marks, passMark }: Options): readonly Judged[] {
  try {
    const judged = marks === undefined && !train ? judgeByFolds(scripts) : judge(scripts, { train, passMark });
    if (judged.length > 0) return judged;
    throw new TooFewMarks('no script was marked by two graders');
  } catch (error) {
    if (!(error instanceof TooFewMarks)) throw error;
    throw new CommandError(`nothing can be judged: ${error.message}. Give more marks, or marks of other tests by --train`);
  }
}

function tell(plan: MarkingPlan): readonly string[] {
  const nameOf = ({ policy, machineCheck, limit }: PolicyOutcome) =>
    [policy, ...(machineCheck ? ['with machine check'] : []), ...(limit === undefined ? [] : [`above ${formatShare(limit)}`])].join(' ');
  const stepRow = ({ from, to, decisions, predicted, found, low, high }: CalibrationStep) => [
    `${formatShare(from)} to ${formatShare(to)}`,
    formatCount(decisions),
    formatShare(predicted),
    formatShare(found),
    `${formatShare(low)} to ${formatShare(high)}`,
  ];
  const calibration = (title: string, steps: readonly CalibrationStep[]) => [
    '',
    ...alignColumns([[title, 'decisions', 'predicted', 'found', '95 %'], ...steps.map(stepRow)]),
  ];
  return [
    `${formatCount(plan.scripts)} scripts marked by two graders, ${formatCount(plan.decisions)} decisions`,
    '',
    ...alignColumns([
      ['policy', 'marked twice', 'adjudicated', 'wrong', '95 %', 'hours an attempt', 'cost an attempt'],
      ...plan.policies.map((outcome) => [
        nameOf(outcome),
        formatShare(outcome.shareMarkedTwice),
        formatShare(outcome.adjudicatedShare),
        formatShare(outcome.wrongShare),
        `${formatShare(outcome.wrongShareLow)} to ${formatShare(outcome.wrongShareHigh)}`,
        outcome.hoursPerAttempt.toFixed(2),
        outcome.costPerAttempt.toFixed(2),
      ]),
    ]),
    ...calibration('probability', plan.calibration.plain),
    ...calibration('with machine check', plan.calibration.machineCheck),
    '',
    plan.machineCheckHelps
      ? 'The machine check makes the probabilities truer on these scripts.'
      : 'The machine check does not make the probabilities truer on these scripts: leave it off.',
  ];
}

const COLOURS = { random: '#6b7280', band: '#c2410c', risk: '#1d4ed8', checked: '#047857' };

async function writePlot(file: string, { policies, decisions, calibration }: MarkingPlan): Promise<void> {
  const single = policies.filter(({ policy }) => policy === 'single' || policy === 'double');
  const line = (policy: PolicyOutcome['policy'], machineCheck: boolean) =>
    [...single, ...policies.filter((one) => one.policy === policy && one.machineCheck === machineCheck && one.limit === undefined)]
      .map(({ shareMarkedTwice, wrongShare }) => ({ x: 100 * shareMarkedTwice, y: 100 * wrongShare }))
      .toSorted((first, second) => first.x - second.x);
  const found = (steps: readonly CalibrationStep[]) => steps.map((step) => ({ x: 100 * step.predicted, y: 100 * step.found }));
  const svg = plotPanels({
    title: 'Wrong decisions by how much is marked twice',
    subtitle: `${formatCount(decisions)} decisions, each by a model fitted on other tests. certifiable marking-plan`,
    panels: [
      {
        title: 'Wrong decisions, %',
        xLabel: '% of scripts marked twice',
        lines: [
          { name: 'random', colour: COLOURS.random, points: line('random', false) },
          { name: 'band', colour: COLOURS.band, points: line('band', false) },
          { name: 'risk', colour: COLOURS.risk, dashed: true, points: line('risk', false) },
          { name: 'risk with machine check', colour: COLOURS.checked, points: line('risk', true) },
        ],
      },
      {
        title: 'Decisions that a second mark turned, %',
        xLabel: '% that was predicted',
        lines: [
          {
            name: 'as predicted',
            colour: COLOURS.random,
            dashed: true,
            points: [
              { x: 0, y: 0 },
              { x: 60, y: 60 },
            ],
          },
          { name: 'risk', colour: COLOURS.risk, points: found(calibration.plain) },
          { name: 'risk with machine check', colour: COLOURS.checked, points: found(calibration.machineCheck) },
        ],
      },
    ],
  });
  await writeFile(file, svg).catch((error: unknown) => {
    throw new CommandError(`${file}: cannot be written: ${messageOf(error)}`);
  });
}

function money(text: string): number {
  if (/^\d{1,6}(\.\d{1,2})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be an amount with at most two decimals.');
}

function probabilities(text: string, earlier: readonly number[]): readonly number[] {
  const probability = Number(text);
  if (/^[01](\.\d+)?$/.test(text) && probability <= 1) return earlier === LIMITS ? [probability] : [...earlier, probability];
  throw new InvalidArgumentError('It must be a probability from 0 to 1.');
}
