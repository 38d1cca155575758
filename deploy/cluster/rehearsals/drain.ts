import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../../../platform/failure.ts';
import { seconds } from '../../engine/build.ts';
import { MACHINES } from '../addresses.ts';
import { untilPodsReady } from '../pods.ts';
import { withSecondMachine } from '../second-machine.ts';
import { READY_SECONDS, type Stage } from '../stage.ts';
import { cohortsMeanwhile } from './cohorts.ts';
import type { Outcome, Rehearsal } from './rehearsal.ts';
import { inWords, visitors, type Visitors } from './visitors.ts';

/** A second machine joins, the first is drained, and then the second: all pods move and move back while people save answers and never repeat a request. */

const VISITORS = 4;
const DRAIN_SECONDS = 600;

export const drain: Rehearsal = { name: 'drain', play };

type Move = {
  readonly drained: string;
  readonly seconds: number;
  readonly readySeconds: number;
  readonly saved: number;
  readonly refused: number;
} & {
  readonly longestSeconds: number;
};

async function play(stage: Stage): Promise<Outcome> {
  return withSecondMachine(stage, async (second) => {
    const people = await visitors(stage, VISITORS);
    const cohorts = cohortsMeanwhile(stage);
    const moves: Move[] = [];
    try {
      for (const node of [MACHINES.node0.name, second]) moves.push(await drained(stage, people, { node }));
    } finally {
      cohorts.end();
    }
    const cohort = await cohorts.ended;
    const { requests, refused } = people.total();
    const answersLost = await people.leave();
    return {
      requests: requests + cohort.requests,
      requestsFailed: refused + cohort.repeated,
      answersLost,
      shown: { moves, cohorts: cohort.told, requestsOfCohorts: cohort.requests, repeatedOfCohorts: cohort.repeated },
    };
  });
}

/** Until nothing of it is left on the node, and everything is ready on the other. */
async function drained(stage: Stage, people: Visitors, { node }: { node: string }): Promise<Move> {
  const { cluster, log, signal } = stage;
  const { kubectl } = cluster;
  people.seen();
  const startedAt = Date.now();
  await kubectl(['drain', node, '--delete-emptydir-data', '--ignore-daemonsets', `--timeout=${DRAIN_SECONDS}s`], { timeoutSeconds: DRAIN_SECONDS });
  const took = seconds(startedAt);
  await untilPodsReady(cluster, { seconds: READY_SECONDS, log, signal });
  const left = await kubectl(['get', 'pods', '--all-namespaces', '--no-headers', `--field-selector=spec.nodeName=${node},status.phase=Running`]);
  if (left !== '') throw new Failure(`${node} is drained, and these are there:\n${left}`);
  const readySeconds = seconds(startedAt);
  await kubectl(['uncordon', node]);
  // Each of them saves once more, so that the last wait is counted.
  await pause(2000, undefined, { signal });
  const { saved, refused, longestSeconds, ...seen } = people.seen();
  log(`${node} drained in ${took} s, all ready after ${readySeconds} s: ${inWords({ saved, refused, longestSeconds, ...seen })}`);
  return { drained: node, seconds: took, readySeconds, saved, refused, longestSeconds };
}
