import { writeFile } from 'node:fs/promises';
import { checkAgainstReality, formatComparison, saveDemands } from './check.ts';
import { readDemands } from './demands.ts';
import { readSimulateOptions, SIMULATE_USAGE, type SimulateOptions } from './options.ts';
import { readPools } from './pools.ts';
import { formatScales, plotScale } from './report.ts';
import { simulateScale, type Machines, type Scale } from './scale.ts';
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
  const scales = new Map<number, Scale>();
  for (const perWeek of perWeeks(options)) {
    console.error(`simulating ${perWeek.toLocaleString('en')} registrations a week`);
    // A simulation does not yield: this is where Ctrl-C is heard.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    const { figures, stories } = simulateScale(options, machines, perWeek);
    scales.set(perWeek, { figures, stories });
  }
  const figures = [...scales.values()].map((scale) => scale.figures);
  const top = scales.get(options.perWeek);
  if (options.plot !== undefined && top) {
    await writeFile(options.plot, plotScale(options, machines, top));
    console.error(`the plot of ${options.perWeek.toLocaleString('en')} a week is in ${options.plot}`);
  }
  console.log(options.json ? JSON.stringify({ options, measured: demands.measured, scales: figures }) : formatScales(options, demands, figures));
}

/** In rising order, each once. */
function perWeeks({ now, perWeek, scales }: SimulateOptions): readonly number[] {
  return [...new Set([...scales.map((scale) => scale * now), perWeek])].toSorted((a, b) => a - b);
}
