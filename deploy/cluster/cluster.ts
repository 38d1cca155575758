import { runUntilStopped } from '../../local/stop-signal.ts';
import { describeFailure, Failure } from '../../platform/failure.ts';
import { readCommandLine, refuseCommandLine } from '../../platform/arguments.ts';
import type { Work } from '../engine/cache.ts';
import { cohortFolder, sendCohort } from '../engine/compose-people.ts';
import { playOnEngine, timedWork } from '../engine/play.ts';
import { mostOf, watchingScaling } from './scaling.ts';
import { REHEARSALS } from './rehearsals/rehearsals.ts';
import type { Outcome, Rehearsal } from './rehearsals/rehearsal.ts';
import { visitors } from './rehearsals/visitors.ts';
import { keep, readyForCluster, stageKept, withStage, type Stage } from './stage.ts';

/**
 * `npm run cluster`: a cluster of one node of Kubernetes' own programs in the engine's namespaces, with KEDA; PostgreSQL and Temporal beside it; the chart
 * installed by Helm; people through it. Ends with one JSON line.
 */
const USAGE = `Usage: npm run cluster [-- [COHORT] [--rehearse NAME]… [--plots FOLDER] [--keep]]

  COHORT           a folder as of "npm run cohort", whose candidates are sent through it
  --rehearse NAME  ${REHEARSALS.map(({ name }) => name).join(', ')}, or all of them
  --plots FOLDER   writes the plots of rehearsals there
  --keep           stays up until Ctrl-C; the same command without it, in another terminal, goes on with what is kept`;

async function main(signal: AbortSignal): Promise<void> {
  const { values, positionals } = readCommandLine(USAGE, {
    allowPositionals: true,
    options: { rehearse: { type: 'string', multiple: true, default: [] }, plots: { type: 'string' }, keep: { type: 'boolean', default: false } },
  });
  if (positionals.length > 1) refuseCommandLine(USAGE, ['name one folder']);
  const [directory] = positionals;
  const asked = rehearsalsNamed(values.rehearse);
  const kept = values.keep ? undefined : await keptStage(signal, directory);
  if (kept) {
    kept.log('on the cluster that another command keeps up');
    await readyFor(asked, kept);
    const played = await playAll({ ...kept, plots: values.plots }, asked);
    console.log(JSON.stringify({ ...played, leftBehind: 'the cluster, which is kept up' }));
    if (!isWell(played)) throw new Failure(NOT_WELL);
    return;
  }
  let wasWell = true;
  await playOnEngine(signal, {
    directory,
    ready: async (work) => {
      await readyFor(asked, work);
      return readyForCluster(work);
    },
    play: async (engine, work) => {
      try {
        return await withStage(engine, work, async (stage, readySeconds) => {
          const played = await playAll({ ...stage, plots: values.plots }, asked);
          wasWell = isWell(played);
          const shown = { readySeconds, ...played };
          if (!values.keep) return shown;
          console.log(JSON.stringify(shown));
          return keep(stage);
        });
      } finally {
        await engine.dockerSays(['container', 'prune', '--force']).catch(() => undefined);
      }
    },
  });
  if (!wasWell) throw new Failure(NOT_WELL);
}

const NOT_WELL = 'Something was not as it must be: the line above says what.';

function rehearsalsNamed(names: readonly string[]): readonly Rehearsal[] {
  const unknown = names.filter((name) => name !== 'all' && !REHEARSALS.some((rehearsal) => rehearsal.name === name));
  if (unknown.length > 0) refuseCommandLine(USAGE, [`--rehearse: there is no ${unknown.join(', ')}`]);
  return REHEARSALS.filter(({ name }) => names.includes('all') || names.includes(name));
}

async function readyFor(asked: readonly Rehearsal[], work: Work): Promise<void> {
  for (const { ready } of asked) await ready?.(work);
}

async function keptStage(signal: AbortSignal, directory: string | undefined): Promise<Stage | undefined> {
  const work = timedWork(signal);
  const kept = await stageKept({ ...work, cohort: undefined });
  return kept && { ...kept, cohort: await cohortFolder(directory, work.log) };
}

type Sums = Required<Omit<Outcome, 'shown'>>;
type Played = Sums & { readonly rehearsals: Readonly<Record<string, Outcome>>; readonly failures: Readonly<Record<string, string>> };

async function playAll(stage: Stage, asked: readonly Rehearsal[]): Promise<Played> {
  const cohort = await sendPeople(stage);
  const outcomes: Record<string, Outcome> = {};
  const failures: Record<string, string> = {};
  for (const rehearsal of asked) {
    stage.log(`rehearsal: ${rehearsal.name}`);
    try {
      outcomes[rehearsal.name] = await rehearsal.play(stage);
    } catch (error) {
      if (stage.signal.aborted) throw error;
      // The others are worth their time.
      failures[rehearsal.name] = describeFailure(error);
      stage.log(`${rehearsal.name} failed: ${failures[rehearsal.name]}`);
    }
  }
  return { ...summed([...cohort.outcomes, ...Object.values(outcomes)]), ...cohort.shown, rehearsals: outcomes, failures };
}

/** Whether everything came as it must: no request failed, no answer was lost, no rehearsal broke off. */
function isWell({ requestsFailed, answersLost, failures }: Played): boolean {
  return requestsFailed + answersLost + Object.keys(failures).length === 0;
}

function summed(outcomes: readonly Outcome[]): Sums {
  const sumOf = (key: 'requests' | 'requestsFailed' | 'answersLost') => outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
  const replicasMost: Record<string, number> = {};
  for (const { replicasMost: most = {} } of outcomes) {
    for (const [pool, count] of Object.entries(most)) replicasMost[pool] = Math.max(replicasMost[pool] ?? 0, count);
  }
  return { replicasMost, requests: sumOf('requests'), requestsFailed: sumOf('requestsFailed'), answersLost: sumOf('answersLost') };
}

/** The cohort, and beside it somebody in a test who saves an answer four times a second and never repeats a request. */
async function sendPeople(stage: Stage): Promise<{ shown: object; outcomes: readonly Outcome[] }> {
  const { cluster, doors, cohort, ...work } = stage;
  if (cohort === undefined) return { shown: { cohort: 'SKIPPED' }, outcomes: [] };
  const visitor = await visitors(stage, 1);
  const { result, looks } = await watchingScaling(cluster, work, () => sendCohort(doors, { directory: cohort, ...work }));
  const { saved, refused } = visitor.seen();
  const answersLost = await visitor.leave();
  const requests = result.requests + saved + refused;
  return {
    shown: { cohort: `${result.matching} of ${result.expected}`, cohortSeconds: result.seconds },
    outcomes: [{ requests, requestsFailed: result.repeated + refused, answersLost, replicasMost: mostOf(looks), shown: {} }],
  };
}

await runUntilStopped(main);
