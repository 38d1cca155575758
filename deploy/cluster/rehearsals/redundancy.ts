import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../../../platform/failure.ts';
import { seconds } from '../../engine/build.ts';
import { sendCohort } from '../../engine/compose-people.ts';
import { sitDown, waitingForGraders, type Sitting } from '../../engine/compose-visitor.ts';
import { PORTS } from '../addresses.ts';
import { componentsOf, containersRunning, podsOf, processesOfContainers, untilPodsReady, type Pod } from '../pods.ts';
import { READY_SECONDS, type Stage } from '../stage.ts';
import type { Outcome, Rehearsal } from './rehearsal.ts';
import { inWords, visitors, type Visitors } from './visitors.ts';

/**
 * A pod of each kind is killed, PostgreSQL is away, Temporal is away: what somebody in a test sees who never repeats a request, and how long it takes
 * until all is well. Afterwards everybody who comes gets to the end as ever.
 */

const VISITORS = 4;

export const redundancy: Rehearsal = { name: 'redundancy', play };

type Trouble = {
  readonly what: string;
  /** From its end, or from the kill, until every pod is ready again; after an outage, until a test handed in meanwhile has come to the graders, too. */
  readonly recoveredSeconds: number;
  readonly saved: number;
  readonly refused: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly longestSeconds: number;
  /** From the beginning of an outage until a test that was in its middle could be handed in. */
  readonly handedInAfterSeconds?: number;
};

async function play(stage: Stage): Promise<Outcome> {
  const people = await visitors(stage, VISITORS);
  const troubles: Trouble[] = [];
  for (const component of await componentsOf(stage.cluster)) troubles.push(await killed(stage, people, component));
  troubles.push(await away(stage, people, { what: 'PostgreSQL', port: PORTS.postgres, forSeconds: 30 }));
  troubles.push(await away(stage, people, { what: 'Temporal', port: PORTS.temporal, forSeconds: 60 }));
  people.seen();
  const after = await afterwards(stage);
  const calm = people.seen();
  const { requests } = people.total();
  const answersLost = await people.leave();
  return {
    requests: requests + after.requests,
    requestsFailed: calm.refused + after.repeated,
    answersLost,
    shown: { troubles, calm, cohort: after.cohort },
  };
}

async function killed(stage: Stage, people: Visitors, component: string): Promise<Trouble> {
  const { cluster } = stage;
  const [pod] = (await podsOf(cluster, component)).filter((one) => containersRunning(one).length > 0);
  const [container] = pod ? containersRunning(pod) : [];
  const process_ = container === undefined ? undefined : (await processesOfContainers(cluster)).get(container);
  if (!pod || process_ === undefined) throw new Failure(`no pod of ${component} runs`);
  const isAnother = async () => {
    const same = (await podsOf(cluster, component)).find(({ metadata }) => metadata.name === pod.metadata.name);
    return same === undefined || restartsOf(same) > restartsOf(pod);
  };
  return suffered(stage, people, `a pod of ${component} is killed`, { isAnew: true }, async () => {
    await cluster.node.says('kill', ['-KILL', process_]);
    while (!(await isAnother())) await pause(200, undefined, { signal: stage.signal });
  });
}

function restartsOf({ status }: Pod): number {
  return (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/**
 * Whoever asks there is refused, and connections that stood are broken: as when the server has ended. Somebody hands a test in meanwhile, as soon as that
 * is taken, and all is well when it has come to the graders, for which every part of the pipeline is needed.
 */
async function away(
  stage: Stage,
  people: Visitors,
  { what, port, forSeconds }: { what: string; port: number; forSeconds: number },
): Promise<Trouble> {
  const rule = ['INPUT', '--protocol', 'tcp', '--dport', String(port), '--jump', 'REJECT', '--reject-with', 'tcp-reset'];
  const { node } = stage.cluster;
  const sitting = await sitDown(stage.doors, `Hanna-${Date.now().toString(36)}`);
  await sitting.save(1);
  people.seen();
  await node.says('iptables', ['--insert', ...rule]);
  const beganAt = Date.now();
  const handedIn = untilHandedIn(stage, sitting).then(() => seconds(beganAt));
  try {
    await pause(forSeconds * 1000, undefined, { signal: stage.signal });
  } finally {
    await node.says('iptables', ['--delete', ...rule]);
  }
  const trouble = await suffered(stage, people, `${what} is away for ${forSeconds} s`, { isAnew: false }, async () => {
    await handedIn;
    while (!(await waitingForGraders(stage.doors)).has(sitting.attemptId)) await pause(500, undefined, { signal: stage.signal });
  });
  return { ...trouble, handedInAfterSeconds: await handedIn };
}

/** Presses the button until it says that it is done. */
async function untilHandedIn({ signal }: Stage, sitting: Sitting): Promise<void> {
  for (;;) {
    try {
      await sitting.submit();
      return;
    } catch {
      await pause(1000, undefined, { signal });
    }
  }
}

/** What people saw since they were asked last, from before `work` until all is well again. */
async function suffered(
  stage: Stage,
  people: Visitors,
  what: string,
  { isAnew }: { isAnew: boolean },
  work: () => Promise<unknown>,
): Promise<Trouble> {
  if (isAnew) people.seen();
  const startedAt = Date.now();
  await work();
  await untilPodsReady(stage.cluster, { seconds: READY_SECONDS, log: stage.log, signal: stage.signal });
  const recoveredSeconds = seconds(startedAt);
  // Each of them saves once more, so that the last wait is counted.
  await pause(2000, undefined, { signal: stage.signal });
  const seen = people.seen();
  stage.log(`${what}: all ready after ${recoveredSeconds} s; meanwhile ${inWords(seen)}`);
  return { what, recoveredSeconds, ...seen };
}

async function afterwards({ doors, cohort, ...work }: Stage): Promise<{ cohort: string; requests: number; repeated: number }> {
  if (cohort === undefined) return { cohort: 'SKIPPED', requests: 0, repeated: 0 };
  const { matching, expected, requests, repeated } = await sendCohort(doors, { directory: cohort, ...work });
  return { cohort: `${matching} of ${expected}`, requests, repeated };
}
