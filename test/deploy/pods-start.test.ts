import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../local/ports.ts';
import { answersOk, nodeProcess, type ManagedProcess } from '../../local/process.ts';
import { sealingKeys } from '../../local/signing-keys.ts';
import type { Environment } from '../../platform/config.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { createDatabase, receiptKeys } from '../support/database.ts';
import { issuerKeysFor } from '../support/issuer-keys.ts';
import { temporalAddress } from '../support/temporal.ts';
import { findHelm, render, scenarios, type Manifest, type PodTemplate } from './helm.ts';

/**
 * Every server of an environment, started with what the chart gives its pod: the variables, the secrets that are mounted, the
 * volumes that are mounted, and nothing else. Only addresses are others: what is there stands here on loopback, and what is not
 * (object storage, brokers, the register's database, the mail server) is an address where nobody listens, as on the day it is away.
 */

const NAMESPACE = 'pods-start';
const NOBODY = 'http://127.0.0.1:9';
const UPLOADS = '/var/lib/certifiable/uploads';
const SECRETS = '/run/secrets/certifiable';
const FAR_AWAY = /https?:\/\/(?:sqs\.|otel-collector\.)[^/"]+/g;

const helm = await findHelm();
if (!helm) console.warn('No pod is started as the chart has it: there is no helm. `npm run check:deploy` installs one.');
const values = await scenarios();

let directory: string;
let database: Awaited<ReturnType<typeof createDatabase>>;
let secrets: Readonly<Record<string, string>>;

beforeAll(async () => {
  if (!helm) return;
  directory = await mkdtemp(join(inject('temporaryDirectory'), 'pods-'));
  database = await createDatabase();
  secrets = {
    DATABASE_URL: database.databaseUrl,
    RECEIPT_KEYS: await receiptKeys(),
    CREDENTIAL_KEYS: await receiptKeys(),
    SECRET_KEYS: sealingKeys(randomUUID()),
    TEMPORAL_CODEC_KEYS: sealingKeys(randomUUID()),
    SMTP_URL: 'smtp://127.0.0.1:9',
    REGISTER_COSMOS_KEY: 'c2VjcmV0',
    AZURE_BLOB_KEY: 'c2VjcmV0',
  };
  await makeNamespace();
});
afterAll(() => database?.drop());

/** A namespace of its own: the pods' queues and deployments are called as those of other tests. */
async function makeNamespace(): Promise<void> {
  const { workflowService } = createTemporalClient(
    readTemporalConfig({ TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: NAMESPACE }),
  ).connection;
  await workflowService.registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
}

type Pod = { readonly name: string; readonly template: PodTemplate };

/** The servers, not the jobs. */
function podsOf(manifests: readonly Manifest[]): readonly Pod[] {
  return manifests
    .filter(({ kind }) => ['Deployment', 'Rollout', 'WorkerDeployment'].includes(kind))
    .map(({ metadata, spec }) => ({ name: metadata.name, template: spec.template }));
}

type Start = { readonly manifests: readonly Manifest[]; readonly place: string; readonly port: number };

/** The pod's variables, with the secrets that it mounts as files and its volumes as folders; a path that is not mounted cannot be made. */
async function environmentOf({ template }: Pod, { manifests, place, port }: Start): Promise<Environment> {
  const [container] = template.spec.containers;
  const shared = (container.envFrom ?? []).map(
    ({ configMapRef }) => manifests.find((map) => map.kind === 'ConfigMap' && map.metadata.name === configMapRef.name)?.data,
  );
  const own = Object.fromEntries(container.env.map(({ name, value = '' }) => [name, value]));
  const environment: Record<string, string> = Object.assign({}, ...shared, own) as Record<string, string>;

  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'no-folder'), '');
  const isMounted = container.volumeMounts.some(({ mountPath }) => mountPath === UPLOADS);
  const uploads = join(place, isMounted ? 'uploads' : 'no-folder/uploads');
  if (isMounted) await mkdir(uploads);
  // A root of here: the private half of theirs is nowhere.
  const issuerKeys = await issuerKeysFor({ keys: secrets['CREDENTIAL_KEYS'] ?? '', publicUrl: environment['PUBLIC_URL'] ?? '' });
  await writeSecrets(template, { folder: join(place, 'secrets'), values: { ...secrets, ...issuerKeys } });
  for (const [variable, value] of Object.entries(environment)) {
    environment[variable] = value.replaceAll(SECRETS, join(place, 'secrets')).replaceAll(UPLOADS, uploads).replaceAll(FAR_AWAY, NOBODY);
  }
  // The servers of here: without TLS, and with no secret of it.
  for (const variable of Object.keys(environment)) if (/^(TEMPORAL_(TLS|API)|DATABASE_CA)/.test(variable)) delete environment[variable];
  return {
    ...environment,
    ISSUER_ROOTS: issuerKeys.ISSUER_ROOTS,
    TEMPORAL_ADDRESS: temporalAddress(),
    TEMPORAL_NAMESPACE: NAMESPACE,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(environment['WORKFLOW_BUNDLE'] === undefined ? {} : { WORKFLOW_BUNDLE: inject('workflowBundle') }),
    [own['API_PORT'] === undefined && !container.command.includes('api/main.ts') ? 'WORKER_HTTP_PORT' : 'API_PORT']: String(port),
  };
}

/** The files that the pod mounts: what a variable names and no volume brings is not there. */
async function writeSecrets(
  { spec }: PodTemplate,
  { folder, values: of }: { folder: string; values: Readonly<Record<string, string>> },
): Promise<void> {
  await mkdir(folder);
  const paths = spec.volumes.flatMap(({ projected }) => projected?.sources ?? []).flatMap(({ secret }) => secret.items.map(({ path }) => path));
  for (const path of paths) await writeFile(join(folder, path), of[path] ?? 'secret');
}

async function start(pod: Pod, { manifests, place }: Omit<Start, 'port'>): Promise<ManagedProcess> {
  const port = await freePort({ purpose: pod.name, log: () => {} });
  const [, script = '', ...args] = pod.template.spec.containers[0].command;
  const server = nodeProcess({
    name: pod.name,
    script: new URL(`../../${script}`, import.meta.url).pathname,
    args,
    environment: await environmentOf(pod, { manifests, place, port }),
    logFile: join(place, 'log'),
    isReady: () => answersOk(`http://127.0.0.1:${port}/readyz`),
    readySeconds: 120,
    stopSeconds: 30,
    log: () => {},
  });
  await server.start();
  return server;
}

describe.skipIf(!helm).each([...values.keys()].filter((name) => name.endsWith('-production')))('on %s', (environment) => {
  it('every pod starts and is ready, with what the chart gives it', async () => {
    const manifests = await render({ helm: helm ?? '', values: values.get(environment) ?? '' });
    const pods = podsOf(manifests);
    expect(pods.length).toBeGreaterThan(9);
    // Two at once, as there are cores.
    for (let at = 0; at < pods.length; at += 2) {
      const servers = await Promise.all(
        pods.slice(at, at + 2).map((pod) => start(pod, { manifests, place: join(directory, environment, pod.name) })),
      );
      await Promise.all(servers.map((server) => server.stop()));
    }
    for (const { name } of pods) expect(await readFile(join(directory, environment, name, 'log'), 'utf8'), name).toContain('stopped');
  }, 300_000);
});
