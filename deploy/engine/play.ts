import { Failure } from '../../platform/failure.ts';
import { prepare, seconds } from './build.ts';
import { engineDirectory, type Work } from './cache.ts';
import { cohortFolder } from './compose-people.ts';
import { withEngine, type Engine } from './engine.ts';
import { leftBehind, machineState } from './leftovers.ts';

/** What is played on the engine, with the folder of a cohort if there is one. */
export type PlayWork = Work & { readonly cohort: string | undefined };

type Play<Ready> = {
  /** The folder that was named on the command line. */
  readonly directory: string | undefined;
  /** Whatever is built or downloaded before the engine is up. */
  readonly ready: (work: Work) => Promise<Ready>;
  /** Answers what the last line says. */
  readonly play: (engine: Engine, work: PlayWork & { readonly ready: Ready }) => Promise<object>;
};

/** With the seconds since the command began before each line. */
export function timedWork(signal: AbortSignal, startedAt = Date.now()): Work {
  return { log: (line) => console.log(`${seconds(startedAt)} s  ${line}`), signal };
}

/** A command on an engine that is up for as long as the play takes. Ends with one JSON line; throws if anything is left on the machine. */
export async function playOnEngine<Ready>(signal: AbortSignal, { directory, ready: makeReady, play }: Play<Ready>): Promise<void> {
  const startedAt = Date.now();
  const work = timedWork(signal, startedAt);
  const cohort = await cohortFolder(directory, work.log);
  await prepare();
  const ready = await makeReady(work);
  const before = await machineState(engineDirectory());
  const shown = await withEngine({ home: engineDirectory(), ...work }, (engine) => play(engine, { ready, cohort, ...work }));
  const left = leftBehind(before, await machineState(engineDirectory()));
  console.log(JSON.stringify({ ...shown, leftBehind: left, seconds: seconds(startedAt) }));
  if (left.length > 0) throw new Failure(`Something was left behind:\n${left.join('\n')}`);
}
