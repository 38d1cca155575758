import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { toolsBin } from '../../../local/tools/install.ts';
import { Failure } from '../../../platform/failure.ts';
import { seconds } from '../../engine/build.ts';
import { podsOf } from '../pods.ts';
import { installChart, RELEASE_NAMESPACE, type NodeImage } from '../release.ts';
import { release, type Stage } from '../stage.ts';
import { cohortsMeanwhile } from './cohorts.ts';
import { furtherBuilds } from './images.ts';
import type { Outcome, Rehearsal } from './rehearsal.ts';
import { inWords, visitors, type Visitors } from './visitors.ts';

/**
 * Another build of API and pools goes out while people save answers, and back again in one step; then a release whose migration fails, and one whose
 * API never gets ready. Nobody repeats a request, and none may fail.
 */

const VISITORS = 6;
const HASTY = fileURLToPath(new URL('bad-migration-values.yaml', import.meta.url));
/** So long a release that can't get ready is looked at before it is taken back. */
const STUCK_SECONDS = 60;

export const zeroDowntime: Rehearsal = { name: 'zero-downtime', play };

type Step = {
  readonly step: string;
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly longestSeconds: number;
};

async function play(stage: Stage): Promise<Outcome> {
  const { image } = stage;
  const { next, 'never-ready': neverReady, 'bad-migration': badMigration } = await furtherBuilds(stage, ['next', 'never-ready', 'bad-migration']);
  const people = await visitors(stage, VISITORS);
  const cohorts = cohortsMeanwhile(stage);
  const steps: Step[] = [];
  const step = async (name: string, work: () => Promise<void>) => steps.push(await played(stage, people, name, work));
  try {
    await step('another build', async () => void (await release(stage, { image: next, retiring: [image] })));
    await step('back in one step', async () => void (await release(stage, { image, retiring: [next] })));
    await step('a release whose migration fails', () => stoppedByMigration(stage, badMigration));
    await step('a release whose API never gets ready', () => stuck(stage, neverReady));
    await step('back from it', async () => void (await release(stage, { image, retiring: [neverReady] })));
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
    shown: { steps, cohorts: cohort.told, requestsOfCohorts: cohort.requests, repeatedOfCohorts: cohort.repeated },
  };
}

async function played({ log }: Stage, people: Visitors, step: string, work: () => Promise<void>): Promise<Step> {
  people.seen();
  const startedAt = Date.now();
  await work();
  const seen = people.seen();
  log(`${step}: ${seconds(startedAt)} s, ${inWords(seen)}`);
  const { saved, refused, refusals, longestSeconds } = seen;
  return { step, seconds: seconds(startedAt), requests: saved + refused, failed: refused, refusals, longestSeconds };
}

/** Helm gives up, and of the release nothing has been made but the job. */
async function stoppedByMigration(stage: Stage, bad: NodeImage): Promise<void> {
  const before = await templates(stage);
  const refused = await install(stage, bad, [HASTY]).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refused === undefined) throw new Failure('a release whose migration fails was installed');
  if ((await templates(stage)) !== before) throw new Failure('a release whose migration failed has changed deployments');
}

/** The new pod never gets ready, so none of the old ones goes. */
async function stuck(stage: Stage, bad: NodeImage): Promise<void> {
  await install(stage, bad);
  await pause(STUCK_SECONDS * 1000, undefined, { signal: stage.signal });
  const pods = await podsOf(stage.cluster, 'api');
  const builds = pods.map(({ metadata, status }) => ({
    isNew: metadata.labels['app.kubernetes.io/version'] === bad.buildId,
    isReady: (status.containerStatuses ?? []).every(({ ready }) => ready),
  }));
  const old = builds.filter(({ isNew, isReady }) => !isNew && isReady).length;
  const ready = builds.filter(({ isNew, isReady }) => isNew && isReady).length;
  if (ready > 0 || old < 2) throw new Failure(`${ready} pods of an API that can't get ready are, and ${old} of the build before serve`);
}

async function install({ cluster, servers, doors, image }: Stage, bad: NodeImage, values: readonly string[] = []): Promise<void> {
  await installChart(cluster, { image: bad, retiring: [image], values, servers, doors, helm: join(toolsBin(), 'helm'), timeoutSeconds: 300 });
}

async function templates({ cluster }: Stage): Promise<string> {
  const { items } = await cluster.ask<{ items: readonly { metadata: { name: string }; spec: { template: object } }[] }>(
    `/apis/apps/v1/namespaces/${RELEASE_NAMESPACE}/deployments`,
  );
  return JSON.stringify(items.map(({ metadata, spec }) => [metadata.name, spec.template]));
}
