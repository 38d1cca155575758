import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { UPLOAD_BYTES_MAX } from '../../api/routes/uploads/schemas.ts';
import { readApiConfig } from '../../api/config.ts';
import { readDatabaseConfig } from '../../platform/database-settings.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { readWorkerConfig } from '../../workers/config.ts';
import type { Environment } from '../../platform/config.ts';
import { POOLS, type Pool } from '../../workers/pools.ts';
import * as activityOptions from '../../workflows/activity-options.ts';
import { TASK_QUEUES, type TaskQueue } from '../../workflows/queues.ts';
import { chart, findHelm, matches, render, repository, scenarios, type Labels, type Manifest, type PodTemplate } from './helm.ts';
import { unknownIn } from '../support/command-tree.ts';

/** The chart as helm renders it, with every values file: what must hold for each, against what the code needs. */

const helm = await findHelm();
if (!helm) console.warn('The chart is not checked: there is no helm. `npm run check:deploy` installs one.');

const all = await scenarios();
const REHEARSALS = new URL('deploy/cluster/rehearsals/', repository);
const rehearsals = (await readdir(REHEARSALS)).filter((name) => name.endsWith('-values.yaml'));
const secretsMount = '/run/secrets/certifiable';
const files = new Map<string, string>();
let directory = '';
/** By scenario. */
const rendered = new Map<string, readonly Manifest[]>();

/** Secrets that the configuration takes: it looks at the form of some. */
const dummies: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgresql://certifiable:secret@10.0.0.1/certifiable',
  DATABASE_CA: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----',
  RECEIPT_KEYS: '{"keys":[]}',
  CREDENTIAL_KEYS: '{"keys":[]}',
  ISSUER_KEYS: 'a.b.c',
  SECRET_KEYS: '{"keys":[]}',
  TEMPORAL_CODEC_KEYS: '{"keys":[]}',
  TEMPORAL_API_KEY: 'key',
  TEMPORAL_TLS_CERT: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----',
  TEMPORAL_TLS_KEY: '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----',
  TEMPORAL_TLS_CA: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----',
  SMTP_URL: 'smtps://user:secret@mail.example.org',
  REGISTER_COSMOS_KEY: 'c2VjcmV0',
  AZURE_BLOB_KEY: 'c2VjcmV0',
};

beforeAll(async () => {
  if (!helm) return;
  directory = await mkdtemp(join(tmpdir(), 'chart-secrets-'));
  for (const [name, value] of Object.entries(dummies)) {
    files.set(`${secretsMount}/${name}`, join(directory, name));
    await writeFile(join(directory, name), value);
  }
  for (const [name, values] of all) rendered.set(name, await render({ helm, values }));
});
afterAll(async () => {
  if (directory !== '') await rm(directory, { recursive: true });
});

function manifestsOf(scenario: string): readonly Manifest[] {
  return rendered.get(scenario) ?? [];
}

function ofKind(manifests: readonly Manifest[], ...kinds: readonly string[]): readonly Manifest[] {
  return manifests.filter(({ kind }) => kinds.includes(kind));
}

/** What stays: not the jobs. */
function services(manifests: readonly Manifest[]): readonly Manifest[] {
  return ofKind(manifests, 'Deployment', 'Rollout', 'WorkerDeployment');
}

/** Everything with a pod. */
function workloads(manifests: readonly Manifest[]): readonly Manifest[] {
  return [...services(manifests), ...ofKind(manifests, 'Job')];
}

function podOf({ spec }: Manifest): PodTemplate {
  return spec.template;
}

function labelsOf(workload: Manifest): Labels {
  return podOf(workload).metadata.labels;
}

function componentOf(workload: Manifest): string {
  return labelsOf(workload)['app.kubernetes.io/component'] ?? '';
}

function poolsOf(manifests: readonly Manifest[]): readonly (Manifest & { pool: Pool })[] {
  return services(manifests)
    .filter((workload) => componentOf(workload) !== 'api')
    .map((workload) => ({ ...workload, pool: componentOf(workload) as Pool }));
}

/** As the process finds it, with secrets where they are in a test. */
function environmentOf(workload: Manifest, manifests: readonly Manifest[]): Environment {
  const [container] = podOf(workload).spec.containers;
  const shared = (container.envFrom ?? []).map(({ configMapRef }) => {
    const map = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name === configMapRef.name);
    if (!map?.data) throw new Error(`there is no ConfigMap ${configMapRef.name}`);
    return map.data;
  });
  const own = container.env.map(({ name, value }) => [name, name.endsWith('_FILE') ? files.get(value ?? '') : value] as const);
  return Object.assign({}, ...shared, Object.fromEntries(own)) as Environment;
}

function secondsOf(environment: Environment, name: string): number {
  return Number(environment[name]);
}

/** The time-outs that workflows/activities.ts gives the activities of a queue. */
const activitiesSource = await readFile(new URL('workflows/activities.ts', repository), 'utf8');
function longestActivitySeconds(queue: TaskQueue): number {
  const names = [...activitiesSource.matchAll(/\.\.\.(\w+), \.\.\.on\('([\w-]+)'/g)].filter(([, , on]) => on === queue).map(([, name]) => name);
  if (queue === 'certification') return msToNumber(activityOptions.rowInPostgres.startToCloseTimeout ?? 0) / 1000;
  expect(names, `activities of ${queue}`).not.toEqual([]);
  const options = activityOptions as unknown as Record<string, { startToCloseTimeout: string }>;
  return Math.max(...names.map((name = '') => msToNumber((options[name]?.startToCloseTimeout ?? '') as `${number}s`) / 1000));
}

it('has scenarios for every edge, for the Worker Controller and for the environments', () => {
  expect([...all.keys()]).toEqual(
    expect.arrayContaining(['minimal', 'aws-alb', 'azure-front-door', 'nginx', 'gateway-api', 'worker-controller', 'aws-production']),
  );
});

describe.skipIf(!helm).each([...all.keys()])('with the values of %s', (scenario) => {
  describe('every pod', () => {
    it('runs an image by digest, of the build that its label names', () => {
      const digests = new Map<string | undefined, Set<string>>();
      for (const workload of workloads(manifestsOf(scenario))) {
        const [{ image }] = podOf(workload).spec.containers;
        expect(image, workload.metadata.name).toMatch(/^[^@:]+(:\d+)?[^@:]*@sha256:[0-9a-f]{64}$/);
        const build = labelsOf(workload)['app.kubernetes.io/version'];
        digests.set(build, (digests.get(build) ?? new Set()).add(image));
      }
      expect(digests.has(undefined)).toBe(false);
      for (const images of digests.values()) expect(images.size).toBe(1);
    });

    it('has no rights: not root, nothing to write but its volumes, no capability, no token of Kubernetes', () => {
      for (const workload of workloads(manifestsOf(scenario))) {
        const { spec } = podOf(workload);
        expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
        expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
        expect([spec.hostNetwork, spec.initContainers, ...spec.volumes.map(({ hostPath }) => hostPath)].filter(Boolean)).toEqual([]);
        expect(spec.containers).toHaveLength(1);
        expect(spec.containers[0].securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(spec.containers[0].volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
      }
    });

    it('has a ServiceAccount of its own that is there', () => {
      const accounts = ofKind(manifestsOf(scenario), 'ServiceAccount');
      for (const workload of workloads(manifestsOf(scenario))) {
        const { serviceAccountName } = podOf(workload).spec;
        expect(serviceAccountName).toBe(componentOf(workload));
        const account = accounts.find(({ metadata }) => metadata.name === serviceAccountName);
        expect(account, serviceAccountName).toMatchObject({ automountServiceAccountToken: false });
      }
    });

    it('is bounded in memory, and its heap leaves a quarter of it', () => {
      for (const workload of workloads(manifestsOf(scenario))) {
        const [{ resources, env }] = podOf(workload).spec.containers;
        expect(resources.requests).toEqual({ cpu: expect.stringMatching(/^\d+m?$/) as string, memory: resources.limits.memory });
        const heapMi = Number(/^--max-old-space-size=(\d+)$/.exec(env.find(({ name }) => name === 'NODE_OPTIONS')?.value ?? '')?.[1]);
        expect(heapMi).toBeLessThanOrEqual(Number.parseInt(resources.limits.memory, 10) * 0.75);
        expect(heapMi).toBeGreaterThanOrEqual(128);
      }
    });

    it('runs a file or a subcommand that is there', async () => {
      for (const workload of workloads(manifestsOf(scenario))) {
        const [program, file = '', ...args] = podOf(workload).spec.containers[0].command;
        if (program === 'certifiable') {
          expect(unknownIn([file, ...args])).toBeUndefined();
          continue;
        }
        expect(program).toBe('node');
        await expect(readFile(new URL(file, repository), 'utf8')).resolves.not.toBe('');
      }
    });

    it('mounts what its variables point at', () => {
      for (const workload of workloads(manifestsOf(scenario))) {
        const { containers, volumes } = podOf(workload).spec;
        const mounts = containers[0].volumeMounts;
        expect(mounts.map(({ name }) => name).toSorted()).toEqual(volumes.map(({ name }) => name).toSorted());
        const paths = volumes.flatMap(({ projected }) => projected?.sources ?? []).flatMap(({ secret }) => secret.items.map(({ path }) => path));
        for (const { name, value } of containers[0].env.filter(({ name }) => name.endsWith('_FILE'))) {
          expect(value).toBe(`${secretsMount}/${name.replace(/_FILE$/, '')}`);
          expect(paths).toContain(name.replace(/_FILE$/, ''));
        }
      }
    });
  });

  describe('every server', () => {
    it('is probed: alive is no more than answering, ready is what it says', () => {
      for (const workload of services(manifestsOf(scenario))) {
        const [container] = podOf(workload).spec.containers;
        expect(container).toMatchObject({
          startupProbe: { httpGet: { path: '/livez', port: 'http' } },
          livenessProbe: { httpGet: { path: '/livez', port: 'http' } },
          readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
        });
        expect(container.ports).toEqual([{ name: 'http', containerPort: componentOf(workload) === 'api' ? 8080 : 9464 }]);
      }
    });

    it('is spread over zones and nodes with its like', () => {
      for (const workload of services(manifestsOf(scenario))) {
        const constraints = podOf(workload).spec.topologySpreadConstraints ?? [];
        expect(constraints.map(({ topologyKey }) => topologyKey)).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
        for (const { labelSelector } of constraints) expect(matches(labelSelector, labelsOf(workload))).toBe(true);
      }
    });

    it('is killed only after it had the time to finish', () => {
      for (const workload of services(manifestsOf(scenario))) {
        const { terminationGracePeriodSeconds, containers } = podOf(workload).spec;
        const preStopSeconds = containers[0].lifecycle?.preStop.sleep.seconds ?? 0;
        const graceSeconds = secondsOf(environmentOf(workload, manifestsOf(scenario)), 'SHUTDOWN_GRACE_SECONDS');
        expect(terminationGracePeriodSeconds, workload.metadata.name).toBeGreaterThanOrEqual(preStopSeconds + graceSeconds + 10);
        // The API alone is called: endpoints and load balancers have to forget it first.
        expect(preStopSeconds > 0).toBe(componentOf(workload) === 'api');
      }
    });

    it('has exactly one disruption budget that lets a node be drained', () => {
      const budgets = ofKind(manifestsOf(scenario), 'PodDisruptionBudget');
      for (const workload of services(manifestsOf(scenario)).filter(({ kind }) => kind !== 'WorkerDeployment')) {
        const own = budgets.filter(({ spec }) => matches(spec.selector, labelsOf(workload)));
        // A pod that two budgets cover cannot be evicted at all.
        expect(own.map(({ metadata }) => metadata.name)).toEqual([workload.metadata.name]);
        // A share of them: one at a time is for ever where there are hundreds.
        expect(own[0]?.spec).toMatchObject({ maxUnavailable: '10%', unhealthyPodEvictionPolicy: 'AlwaysAllow' });
      }
      expect(budgets).toHaveLength(services(manifestsOf(scenario)).filter(({ kind }) => kind !== 'WorkerDeployment').length);
    });

    it('gives way only to a new pod that is ready', () => {
      for (const { kind, spec } of services(manifestsOf(scenario))) {
        if (kind === 'Deployment') expect(spec.strategy).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } });
        if (kind === 'Rollout') expect(spec.strategy).toMatchObject({ canary: { maxSurge: 1, maxUnavailable: 0 } });
      }
    });

    it('selects its own pods and those of no other', () => {
      for (const workload of services(manifestsOf(scenario)).filter(({ kind }) => kind !== 'WorkerDeployment')) {
        const selected = services(manifestsOf(scenario)).filter((other) => matches(workload.spec.selector, labelsOf(other)));
        expect(selected).toEqual([workload]);
      }
    });
  });

  describe('the configuration that API and pools read', () => {
    it('is complete for every pool, and says what the pod is', () => {
      const pools = poolsOf(manifestsOf(scenario));
      expect(new Set(pools.map(({ pool }) => pool))).toEqual(new Set(POOLS));
      for (const workload of pools) {
        const environment = environmentOf(workload, manifestsOf(scenario));
        const config = readWorkerConfig({ ...environment, ...(workload.kind === 'WorkerDeployment' ? { TEMPORAL_API_KEY: 'key' } : {}) });
        expect(config.WORKER_BUILD_ID).toBe(labelsOf(workload)['app.kubernetes.io/version']);
        expect(podOf(workload).spec.containers[0].command).toEqual(['node', 'workers/main.ts', '--pool', workload.pool]);
        expect(config.WORKFLOW_BUNDLE !== undefined).toBe(workload.pool === 'certification');
      }
    });

    it('is complete for the API and the jobs', () => {
      const by = (component: string) => workloads(manifestsOf(scenario)).find((workload) => componentOf(workload) === component);
      const environment = (workload: Manifest) => environmentOf(workload, manifestsOf(scenario));
      const [api, migrate, promote] = ['api', 'migrate', 'promote'].map(by);
      if (!api || !migrate) throw new Error('there is no API, or no migration');
      expect(readApiConfig(environment(api)).API_PORT).toBe(8080);
      expect(readDatabaseConfig(environment(migrate)).DATABASE_URL).toBe(dummies['DATABASE_URL']);
      if (promote) expect(readTemporalConfig(environment(promote)).TEMPORAL_ADDRESS).toBe(readApiConfig(environment(api)).TEMPORAL_ADDRESS);
      expect(promote === undefined).toBe(manifestsOf(scenario).some(({ kind }) => kind === 'WorkerDeployment'));
    });

    it('knows every variable that is set', async () => {
      const known = await knownVariables();
      for (const workload of workloads(manifestsOf(scenario))) {
        for (const name of Object.keys(environmentOf(workload, manifestsOf(scenario)))) expect(known, workload.metadata.name).toContain(name);
      }
    });
  });

  describe('secrets', () => {
    it('are nowhere but in files', () => {
      expect(ofKind(manifestsOf(scenario), 'Secret')).toEqual([]);
      for (const workload of workloads(manifestsOf(scenario))) {
        for (const { name, valueFrom } of podOf(workload).spec.containers[0].env) expect(valueFrom, name).toBeUndefined();
        for (const name of Object.keys(dummies)) expect(environmentOf(workload, manifestsOf(scenario))).not.toHaveProperty(name);
      }
    });

    it('are where they are used and nowhere else', () => {
      const holders: Readonly<Record<string, readonly string[]>> = {
        CREDENTIAL_KEYS: ['publication'],
        ISSUER_KEYS: ['api', 'publication'],
        SECRET_KEYS: ['api', 'grading-auto', 'events'],
        SMTP_URL: ['notification'],
        REGISTER_COSMOS_KEY: ['api', 'events'],
        AZURE_BLOB_KEY: ['api', 'feedback', 'delivery'],
        DATABASE_URL: ['api', 'migrate', ...POOLS],
        DATABASE_CA: ['api', 'migrate', ...POOLS],
        RECEIPT_KEYS: ['api', ...POOLS],
        TEMPORAL_CODEC_KEYS: ['api', ...POOLS.filter((pool) => pool !== 'events')],
      };
      for (const workload of workloads(manifestsOf(scenario))) {
        const component = componentOf(workload);
        const paths = podOf(workload)
          .spec.volumes.flatMap(({ projected }) => projected?.sources ?? [])
          .flatMap(({ secret }) => secret.items.map(({ path }) => path));
        for (const path of paths) {
          if (path.startsWith('TEMPORAL_') && !(path in holders)) expect(component).not.toBe('migrate');
          else expect(holders[path] ?? ['events', 'intake'], `${component} has ${path}`).toContain(component);
        }
        for (const path of ['DATABASE_URL', 'RECEIPT_KEYS', 'CREDENTIAL_KEYS', 'ISSUER_KEYS', 'TEMPORAL_CODEC_KEYS'])
          expect(paths.includes(path)).toBe(holders[path]?.includes(component));
      }
    });
  });

  describe('the network', () => {
    it('is closed by default, and each pod has one policy that opens what it needs', () => {
      const policies = ofKind(manifestsOf(scenario), 'NetworkPolicy');
      const closed = policies.find(({ metadata }) => metadata.name === 'default-deny')?.spec;
      expect(closed?.podSelector).toEqual({});
      expect(closed?.policyTypes).toEqual(['Ingress', 'Egress']);
      expect(closed?.ingress).toBeUndefined();
      expect(closed?.egress?.flatMap((rule) => rule.ports ?? []).map(({ port }) => port)).toEqual([53, 53]);
      for (const workload of workloads(manifestsOf(scenario))) {
        const own = policies.filter(({ metadata, spec }) => metadata.name !== 'default-deny' && matches(spec.podSelector, labelsOf(workload)));
        expect(own.map(({ metadata }) => metadata.name)).toEqual([componentOf(workload)]);
      }
    });

    it('has no rule for everybody: peers and ports are named, and the world is without private addresses and metadata services', () => {
      for (const { metadata, spec } of ofKind(manifestsOf(scenario), 'NetworkPolicy')) {
        for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
          const peers = rule.from ?? rule.to ?? [];
          expect(peers, metadata.name).not.toEqual([]);
          expect(rule.ports ?? [], metadata.name).not.toEqual([]);
          for (const { ipBlock } of peers) {
            if (ipBlock?.cidr === '0.0.0.0/0')
              expect(ipBlock.except).toEqual(expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16', '192.168.0.0/16']));
          }
        }
      }
    });

    it('lets a pod reach PostgreSQL, Temporal and the collector, and lets Prometheus in', () => {
      const telemetry = readApiEnvironment(manifestsOf(scenario))['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined;
      for (const workload of services(manifestsOf(scenario))) {
        const policy = ofKind(manifestsOf(scenario), 'NetworkPolicy').find(({ metadata }) => metadata.name === componentOf(workload));
        const ports = (policy?.spec.egress ?? []).flatMap((rule) => rule.ports ?? []).map(({ port }) => port);
        expect(ports).toEqual(expect.arrayContaining([5432, 7233, ...(telemetry ? [4318] : [])]));
        expect(policy?.spec.ingress?.[0]?.ports).toEqual([{ protocol: 'TCP', port: 'http' }]);
        // Who signs certificates or grades has no way to the internet.
        if (['certification', 'grading-auto', 'grading-human', 'publication', 'reporting'].includes(componentOf(workload)))
          expect(ports).not.toContain(443);
      }
    });
  });

  describe('scaling', () => {
    it('has one ScaledObject for each queue and build, and one for nothing else but the delivery pool', () => {
      const manifests = manifestsOf(scenario);
      const scaled = scaledObjects(manifests);
      if (scaled.length === 0) {
        expect(scenario).toBe('minimal');
        return;
      }
      const expected = poolsOf(manifests)
        .filter(({ pool }) => (TASK_QUEUES as readonly string[]).includes(pool))
        .map(({ pool, kind, ...workload }) => ({
          pool,
          build: kind === 'WorkerDeployment' ? '' : labelsOf({ ...workload, kind })['app.kubernetes.io/version'],
        }));
      const found = scaled
        .filter(({ spec }) => spec.triggers[0].type === 'temporal')
        .map(({ spec: { triggers } }) => ({ pool: triggers[0].metadata['taskQueue'], build: triggers[0].metadata['workerDeploymentBuildId'] }));
      expect(found.toSorted(byText)).toEqual(expected.toSorted(byText));
      const others = scaled.filter(({ spec }) => spec.triggers[0].type !== 'temporal');
      for (const { spec } of others) expect(spec.triggers[0].metadata['query']).toBe('max(certifiable_delivery_oldest_age_seconds)');
      expect(others.length).toBeLessThanOrEqual(1);
    });

    it('asks for the tasks that the pool takes, of its own version, encrypted as the pool is', () => {
      for (const { spec } of scaledObjects(manifestsOf(scenario)).filter(({ spec }) => spec.triggers[0].type === 'temporal')) {
        const [{ metadata, authenticationRef }] = spec.triggers;
        const queue = metadata['taskQueue'];
        expect(metadata['queueTypes']).toBe(queue === 'certification' ? 'workflow' : 'activity');
        const controlled = metadata['workerDeploymentBuildId'] === '';
        expect(metadata['workerDeploymentName']).toBe(controlled ? '' : queue);
        const environment = readApiEnvironment(manifestsOf(scenario));
        expect(metadata['endpoint']).toBe(environment['TEMPORAL_ADDRESS']);
        expect(metadata['namespace']).toBe(controlled ? '' : environment['TEMPORAL_NAMESPACE']);
        const authentication = ofKind(manifestsOf(scenario), 'TriggerAuthentication').find((it) => it.metadata.name === authenticationRef?.name);
        const parameters = authentication?.spec.secretTargetRef.map(({ parameter }) => parameter) ?? [];
        const secrets = { apiKey: 'TEMPORAL_API_KEY_FILE', cert: 'TEMPORAL_TLS_CERT_FILE', key: 'TEMPORAL_TLS_KEY_FILE', ca: 'TEMPORAL_TLS_CA_FILE' };
        for (const [parameter, variable] of Object.entries(secrets)) expect(parameters.includes(parameter)).toBe(environment[variable] !== undefined);
        expect(metadata['enableTLS']).toBe(String(environment['TEMPORAL_TLS'] === 'true' || parameters.length > 0));
        expect(metadata['tlsServerName']).toBe(environment['TEMPORAL_TLS_SERVER_NAME']);
      }
    });

    it('never goes to zero, and scales down only when the longest activity is surely over', () => {
      for (const { spec } of scaledObjects(manifestsOf(scenario))) {
        const queue = spec.triggers[0].metadata['taskQueue'] as TaskQueue | undefined;
        const longest = queue === undefined ? 60 : longestActivitySeconds(queue);
        expect(spec.minReplicaCount).toBeGreaterThanOrEqual(1);
        expect(spec.maxReplicaCount).toBeGreaterThanOrEqual(spec.minReplicaCount);
        expect(spec.cooldownPeriod).toBeGreaterThan(longest);
        expect(spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds).toBeGreaterThan(longest);
        expect(spec).toMatchObject({ fallback: { behavior: 'currentReplicasIfHigher' } });
      }
    });

    it('lets the longest activity of a pool end when a pod stops', () => {
      for (const workload of poolsOf(manifestsOf(scenario))) {
        if (!(TASK_QUEUES as readonly string[]).includes(workload.pool)) continue;
        const graceSeconds = secondsOf(environmentOf(workload, manifestsOf(scenario)), 'SHUTDOWN_GRACE_SECONDS');
        expect(graceSeconds, workload.pool).toBeGreaterThan(longestActivitySeconds(workload.pool as TaskQueue));
      }
    });

    it('leaves replicas to whoever scales, and says them otherwise', () => {
      const manifests = manifestsOf(scenario);
      const targets = ofKind(manifests, 'ScaledObject', 'HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef.name);
      const templated = ofKind(manifests, 'WorkerResourceTemplate').filter(({ spec }) => spec.template.kind === 'ScaledObject');
      targets.push(...templated.map(({ spec }) => spec.workerDeploymentRef.name));
      for (const { metadata, spec } of services(manifests)) expect(spec.replicas === undefined, metadata.name).toBe(targets.includes(metadata.name));
      const names = services(manifests).map(({ metadata }) => metadata.name);
      for (const target of targets) expect(names).toContain(target);
    });
  });

  describe('the edge', () => {
    it('is the host of the public URL, and takes the largest upload', () => {
      const manifests = manifestsOf(scenario);
      const host = new URL(readApiEnvironment(manifests)['PUBLIC_URL'] ?? '').hostname;
      for (const ingress of ofKind(manifests, 'Ingress', 'HTTPRoute')) {
        const { rules, hostnames } = ingress.spec as unknown as { rules: readonly { host?: string }[]; hostnames?: readonly string[] };
        expect(hostnames ?? rules.map((rule) => rule.host)).toEqual([host]);
        const { annotations = {} } = ingress.metadata;
        const size = annotations['nginx.ingress.kubernetes.io/proxy-body-size'];
        if (size !== undefined) expect(Number.parseInt(size, 10) * 1024 * 1024).toBeGreaterThan(UPLOAD_BYTES_MAX);
      }
    });

    it('closes idle connections before the API does', async () => {
      const source = await readFile(new URL('api/http-server.ts', repository), 'utf8');
      const keepAliveSeconds = Number(/KEEP_ALIVE_MILLISECONDS = ([\d_]+)/.exec(source)?.[1]?.replaceAll('_', '')) / 1000;
      for (const { metadata } of ofKind(manifestsOf(scenario), 'Ingress')) {
        const attributes = metadata.annotations?.['alb.ingress.kubernetes.io/load-balancer-attributes'];
        if (attributes !== undefined) expect(Number(/idle_timeout\.timeout_seconds=(\d+)/.exec(attributes)?.[1])).toBeLessThan(keepAliveSeconds);
      }
    });

    it('and a canary name Services that are there and find the API', () => {
      const manifests = manifestsOf(scenario);
      const api = services(manifests).find((workload) => componentOf(workload) === 'api');
      const existing = ofKind(manifests, 'Service').map(({ metadata }) => metadata.name);
      for (const { spec } of ofKind(manifests, 'Service')) expect(api && matches({ matchLabels: spec.selector }, labelsOf(api))).toBe(true);
      const text = JSON.stringify(ofKind(manifests, 'Rollout', 'Ingress', 'HTTPRoute').map(({ spec }) => ({ ...spec, template: undefined })));
      const named = text.matchAll(/"(?:stableService|canaryService|pingService|pongService|rootService)":"([\w-]+)"|"service":\{"name":"([\w-]+)"/g);
      for (const [, ofRollout, ofIngress] of named) expect(existing).toContain(ofRollout ?? ofIngress);
    });
  });

  describe('monitoring', () => {
    it('scrapes every pod once, as the job, pool and build that rules and dashboards ask for', () => {
      const manifests = manifestsOf(scenario);
      const monitors = ofKind(manifests, 'ServiceMonitor', 'PodMonitor');
      if (scenario === 'minimal') {
        expect(monitors).toEqual([]);
        return;
      }
      const [api, workers] = ['ServiceMonitor', 'PodMonitor'].map((kind) => monitors.find((monitor) => monitor.kind === kind));
      const scraped = ofKind(manifests, 'Service').filter(({ metadata }) => api && matches(api.spec.selector, metadata.labels ?? {}));
      expect(scraped.map(({ metadata }) => metadata.name)).toEqual(['api-metrics']);
      for (const workload of services(manifests)) {
        expect(workers && matches(workers.spec.selector, labelsOf(workload))).toBe(componentOf(workload) !== 'api');
      }
      expect(JSON.stringify(api)).toContain('certifiable-api');
      expect(JSON.stringify(workers)).toContain('certifiable-worker');
      for (const monitor of monitors)
        expect(JSON.stringify(monitor)).toMatch(/"pool".*label_app_kubernetes_io_component.*"build".*label_app_kubernetes_io_version/);
    });

    it('brings along all rules and dashboards of monitoring/', async () => {
      const names = async (folder: string, end: string) =>
        (await readdir(join(chart, 'monitoring', folder)).catch(() => [])).filter((name) => name.endsWith(end));
      const manifests = manifestsOf(scenario);
      const enabled = manifests.some(({ kind }) => kind === 'ServiceMonitor');
      const rules = ofKind(manifests, 'PrometheusRule');
      const dashboards = ofKind(manifests, 'ConfigMap').filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1');
      expect(rules).toHaveLength(enabled ? (await names('rules', '.yaml')).length : 0);
      expect(dashboards).toHaveLength(enabled ? (await names('dashboards', '.json')).length : 0);
      for (const { spec } of rules) expect(spec.groups?.length).toBeGreaterThan(0);
      for (const { data = {} } of dashboards) for (const text of Object.values(data)) expect(JSON.parse(text)).toHaveProperty('panels');
    });
  });

  it('migrates before anything else, and names no object twice', () => {
    const manifests = manifestsOf(scenario);
    for (const { kind, metadata } of manifests.filter(({ metadata }) => metadata.name === 'migrate' && metadata.annotations)) {
      expect(metadata.annotations, kind).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade', 'argocd.argoproj.io/hook': 'PreSync' });
    }
    expect(ofKind(manifests, 'Job').filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'])).toHaveLength(1);
    const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe.skipIf(!helm)('builds', () => {
  const retiring = { buildId: 'feedc0ffee00', digest: `sha256:${'9'.repeat(64)}` };

  it('that retire keep a certification pool, with a ScaledObject of their own, and no other', async () => {
    const [before, after] = await Promise.all([
      minimal({ autoscaling: { enabled: true } }),
      minimal({ autoscaling: { enabled: true }, retiringBuilds: [retiring] }),
    ]);
    const old = before.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    const added = after.filter(({ kind, metadata }) => !old.includes(`${kind}/${metadata.name}`));
    expect(added.map(({ kind, metadata }) => `${kind}/${metadata.name}`).toSorted()).toEqual([
      `Deployment/certification-${retiring.buildId}`,
      `PodDisruptionBudget/certification-${retiring.buildId}`,
      `ScaledObject/certification-${retiring.buildId}`,
    ]);
    const [deployment] = ofKind(added, 'Deployment');
    if (!deployment) throw new Error('there is no Deployment');
    expect(podOf(deployment).spec.containers[0].image).toContain(retiring.digest);
    expect(environmentOf(deployment, after)['WORKER_BUILD_ID']).toBe(retiring.buildId);
  });

  it('are promoted by a job that is a new one whenever what it does changes', async () => {
    const promotion = async (overrides: object) => {
      const [job] = ofKind(await minimal(overrides), 'Job').filter((it) => componentOf(it) === 'promote');
      return { name: job?.metadata.name, command: job && podOf(job).spec.containers[0].command };
    };
    const first = await promotion({});
    expect(first.name).toMatch(/^promote-0123456789ab-[0-9a-f]{8}$/);
    expect(first.command).toEqual(['certifiable', 'deployment', 'promote', '0123456789ab', '--timeout', '870']);
    expect(await promotion({ api: { scaling: { max: 5 } } })).toEqual(first);
    expect((await promotion({ temporal: { namespace: 'other' } })).name).not.toBe(first.name);
  });

  it('are the same pods for the Worker Controller as without it, but for what the controller itself adds', async () => {
    const values = { autoscaling: { enabled: true }, secrets: { TEMPORAL_API_KEY: { secret: 'temporal', key: 'key' } } };
    const plain = await minimal(values);
    const controlled = await minimal({ ...values, workerController: { enabled: true } });
    for (const queue of TASK_QUEUES) {
      const deployment = poolsOf(plain).find(({ pool }) => pool === queue);
      const workerDeployment = ofKind(controlled, 'WorkerDeployment').find(({ metadata }) => metadata.name === queue);
      expect(JSON.stringify(workerDeployment && podOf(workerDeployment))).toBe(withoutApiKey(JSON.stringify(deployment && podOf(deployment))));
      const templates = ofKind(controlled, 'WorkerResourceTemplate').filter(({ spec }) => spec.workerDeploymentRef.name === queue);
      const template = (kind: string) => templates.find(({ spec }) => spec.template.kind === kind)?.spec.template.spec;
      const name = queue === 'certification' ? `${queue}-0123456789ab` : queue;
      const own = (kind: string) => ofKind(plain, kind).find(({ metadata }) => metadata.name === name)?.spec;
      expect(template('PodDisruptionBudget')).toEqual({ ...own('PodDisruptionBudget'), selector: { matchLabels: {} } });
      const trigger = own('ScaledObject')?.triggers[0];
      const metadata = { ...trigger?.metadata, namespace: '', workerDeploymentName: '', workerDeploymentBuildId: '' };
      expect(template('ScaledObject')).toEqual({ ...own('ScaledObject'), scaleTargetRef: {}, triggers: [{ ...trigger, metadata }] });
    }
  });
});

describe.skipIf(!helm)('values that are wrong are refused', () => {
  const digest = `sha256:${'1'.repeat(64)}`;
  const monitored = { monitoring: { enabled: true, prometheusAddress: 'http://prometheus:9090' } };
  it.each([
    ['a tag in place of a digest', { image: { digest: 'latest' } }, /digest/],
    ['a build id that no object can be named after', { buildId: 'Release 1' }, /buildId/],
    ['an address of people without TLS, beyond loopback', { publicUrl: 'http://exams.example.org' }, /publicUrl/],
    ['a setting that there is not', { api: { replicaz: 3 } }, /replicaz/],
    ['a pool that there is not', { pools: { gradings: {} } }, /gradings/],
    ['a pool that may go to zero', { pools: { feedback: { scaling: { min: 0 } } } }, /min/],
    ['a pool whose most is below its least', { pools: { feedback: { scaling: { min: 5, max: 4 } } } }, /max is below min/],
    ['a cool-down shorter than an activity', { pools: { feedback: { scaling: { cooldownSeconds: 30 } } } }, /cooldownSeconds/],
    ['a build that retires twice', { retiringBuilds: [{ buildId: 'aa', digest }, { buildId: 'aa', digest }] }, /twice/], // prettier-ignore
    ['a build that is current and retires', { retiringBuilds: [{ buildId: '0123456789ab', digest }] }, /twice/],
    [
      'retiring builds beside the Worker Controller',
      { workerController: { enabled: true }, retiringBuilds: [{ buildId: 'aa', digest }] },
      /retiringBuilds/,
    ],
    ['a ramp without steps', { workerController: { rollout: { steps: null } } }, /steps/],
    ['S3 without a bucket', { storage: { kind: 's3' } }, /bucket/],
    ['Azure Blob without a container', { storage: { kind: 'azure-blob' } }, /container/],
    ['a volume that is neither there nor made', { storage: { file: { storageClassName: null, size: null } } }, /file/],
    ['Cosmos DB without its account', { register: { kind: 'cosmos' } }, /cosmos/],
    ['an API key and a client certificate', { secrets: Object.fromEntries(['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'].map((name) => [name, { secret: 's', key: 'k' }])) }, /secrets/], // prettier-ignore
    ['a client certificate without its key', { secrets: { TEMPORAL_TLS_CERT: { secret: 's', key: 'k' } } }, /TEMPORAL_TLS_KEY/],
    [
      'a load balancer without a certificate',
      { edge: { kind: 'alb' }, network: { edge: { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] } } },
      /certificateArn/,
    ],
    ['an edge that may not reach the API', { edge: { kind: 'nginx', nginx: { tlsSecret: 'tls' } } }, /from/],
    [
      'a Front Door without its Private Link Service',
      { edge: { kind: 'frontDoor' }, network: { edge: { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] } } },
      /privateLinkService/,
    ],
    ['a route without a Gateway', { edge: { kind: 'gateway' }, network: { edge: { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] } } }, /parentRefs/],
    ['a canary that nobody can judge', { api: { rollout: { enabled: true } } }, /monitoring/],
    [
      'a canary whose metrics nobody gathers',
      { api: { rollout: { enabled: true } }, monitoring: { ...monitored.monitoring, enabled: false } },
      /enabled/,
    ],
    [
      'a mail server without a sender',
      { secrets: { SMTP_URL: { secret: 's', key: 'k' } }, network: { smtp: { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] } } },
      /from/,
    ],
    ['traces without a way to the collector', { telemetry: { otlpEndpoint: 'http://collector:4318' } }, /otlp/],
    ['commands of nobody knows whom', { commandSources: [{ name: 'c', kind: 'sqs' }] }, /commandAllowedSources/],
    ['Kafka without a way to it', { eventSinks: [{ name: 'k', kind: 'kafka' }] }, /kafka/],
    ['no way to PostgreSQL', { network: { postgresql: { to: [] } } }, /postgresql/],
  ])('%s', async (_name, overrides, message) => {
    await expect(minimal(overrides)).rejects.toThrow(message);
  });

  it('and those of npm run cluster, whose people come by loopback, are taken', async () => {
    const own = parse(await readFile(new URL('deploy/cluster/values.yaml', repository), 'utf8')) as object;
    // The claim, beside what the minimal values say of storage, would be two ways at once.
    await expect(minimal({ ...own, storage: {}, publicUrl: 'http://127.0.0.1:8080' })).resolves.not.toEqual([]);
  });

  it.each(rehearsals)('and those of a rehearsal there are taken: %s', async (file) => {
    const own = parse(await readFile(new URL(file, REHEARSALS), 'utf8')) as object;
    await expect(minimal(own)).resolves.not.toEqual([]);
  });

  it('and the same values without the mistake are taken', async () => {
    await expect(minimal({ api: { rollout: { enabled: true } }, ...monitored })).resolves.not.toEqual([]);
  });
});

describe('the pools of values.yaml', async () => {
  const values = parse(await readFile(join(chart, 'values.yaml'), 'utf8')) as {
    pools: Record<string, { queueType?: string; scaling?: { targetAgeSeconds?: number } }>;
    poolDefaults: { queueType: string };
  };

  it('are those of the code', () => {
    expect(Object.keys(values.pools).toSorted()).toEqual(POOLS.toSorted());
  });

  it.each(POOLS)('%s takes from its queue what the code serves there', (pool) => {
    const queueType = values.pools[pool]?.queueType ?? values.poolDefaults.queueType;
    if (pool === 'certification') expect(queueType).toBe('workflow');
    else expect(queueType).toBe((TASK_QUEUES as readonly string[]).includes(pool) ? 'activity' : 'none');
  });
});

/** The least that is asked for, and what a test changes. */
async function minimal(overrides: object): Promise<readonly Manifest[]> {
  const values = all.get('minimal');
  if (!helm || values === undefined) throw new Error('there is no helm, or no minimal values');
  return render({ helm, values, overrides });
}

function scaledObjects(manifests: readonly Manifest[]): readonly Manifest[] {
  const templates = ofKind(manifests, 'WorkerResourceTemplate').map(({ spec }) => spec.template as Manifest);
  return [...ofKind(manifests, 'ScaledObject'), ...ofKind(templates, 'ScaledObject')];
}

function readApiEnvironment(manifests: readonly Manifest[]): Environment {
  const api = services(manifests).find((workload) => componentOf(workload) === 'api');
  if (!api) throw new Error('there is no API');
  return environmentOf(api, manifests);
}

/** Names that are keys of a schema somewhere in platform/, their files, and Node's own. */
async function knownVariables(): Promise<readonly string[]> {
  const names = new Set(['NODE_OPTIONS']);
  for (const room of ['platform/', 'publication/', 'api/', 'workers/', 'cli/']) {
    const root = new URL(room, repository);
    for (const file of await readdir(root, { recursive: true })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
      const source = await readFile(new URL(file, root), 'utf8');
      for (const [, name = ''] of source.matchAll(/[{\s]([A-Z][A-Z0-9_]{2,}): /g)) names.add(name);
    }
  }
  return [...names, ...Object.keys(dummies).map((name) => `${name}_FILE`)];
}

function withoutApiKey(pod: string): string {
  return pod
    .replace(/\{"name":"TEMPORAL_API_KEY_FILE","value":"[^"]+"\},?/, '')
    .replace(/,?\{"secret":\{"name":"temporal","items":\[\{"key":"key","path":"TEMPORAL_API_KEY"\}\]\}\}/, '')
    .replaceAll(',]', ']');
}

function byText(left: unknown, right: unknown): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}
