import { writeFile } from 'node:fs/promises';
import { checkAgainstReality, formatComparison, saveDemands } from './check.ts';
import { readDemands } from './demands.ts';
import { figuresOf, peopleMarking, readMarkingPlan } from './marking.ts';
import { readSimulateOptions, SIMULATE_USAGE, type MarkedOptions, type SimulateOptions } from './options.ts';
import { readPools } from './pools.ts';
import { formatMarkings, plotScale, type Marked } from './report.ts';
import { simulateScale, type Machines, type ScaleFigures } from './scale.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';

/** `npm run simulate`: what the pipeline needs at several scales (docs/capacity.md); `-- --check` compares the model with a real run. */

let options: SimulateOptions | undefined;
try {
  options = readSimulateOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${SIMULATE_USAGE}`);
  process.exit(2);
}
if (!options) {
  console.log(SIMULATE_USAGE);
  process.exit(0);
}
const asked = options;
await runUntilStopped((signal) => (asked.check ? check(asked, signal) : simulate(asked, signal)));

async function check({ people, save, json }: SimulateOptions, signal: AbortSignal): Promise<void> {
  const checked = await checkAgainstReality({ seed: people.seed, log: json ? console.error : console.log, signal });
  console.log(json ? JSON.stringify(checked) : formatComparison(checked));
  if (save) await saveDemands(checked.demands);
}

async function simulate(options: SimulateOptions, signal: AbortSignal): Promise<void> {
  const demands = await readDemands();
  const machines: Machines = { demands, pools: await readPools(demands, options.startSeconds) };
  const plan = await readMarkingPlan(options.markingPlan);
  const ways = options.markings.map((marking): MarkedOptions => {
    const figures = figuresOf(plan, marking, options.risk);
    return { ...options, figures, people: { ...options.people, ...peopleMarking(figures) } };
  });
  const marked: Marked[] = [];
  for (const way of ways) marked.push({ options: way, scales: await simulateScales(way, machines, { signal, isPlotted: way === ways[0] }) });
  console.log(
    options.json
      ? JSON.stringify({
          options,
          measured: demands.measured,
          markings: marked.map(({ options: { figures }, scales }) => ({ ...figures, scales })),
        })
      : formatMarkings(options, demands, marked, plan.scripts),
  );
}

async function simulateScales(
  options: MarkedOptions,
  machines: Machines,
  { signal, isPlotted }: { signal: AbortSignal; isPlotted: boolean },
): Promise<readonly ScaleFigures[]> {
  const scales: ScaleFigures[] = [];
  for (const perWeek of perWeeks(options)) {
    console.error(`simulating ${perWeek.toLocaleString('en')} registrations a week, marking ${options.figures.marking}`);
    // A simulation does not yield: this is where Ctrl-C is heard.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    const scale = simulateScale(options, machines, perWeek);
    scales.push(scale.figures);
    if (options.plot === undefined || !isPlotted || perWeek !== options.perWeek) continue;
    await writeFile(options.plot, plotScale(options, machines, scale));
    console.error(`the plot of ${options.perWeek.toLocaleString('en')} a week is in ${options.plot}`);
  }
  return scales;
}

/** In rising order, each once. */
function perWeeks({ now, perWeek, scales }: MarkedOptions): readonly number[] {
  return [...new Set([...scales.map((scale) => scale * now), perWeek])].toSorted((a, b) => a - b);
}
