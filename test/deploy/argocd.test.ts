import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { findHelm, render, scenarios } from './helm.ts';

/** deploy/argocd and deploy/environments: what they point at is there, and the health scripts say what they are meant to say. */

const run = promisify(execFile);
const repository = new URL('../../', import.meta.url);
const argocd = new URL('deploy/argocd/', repository);

type Resource = { readonly group: string; readonly kind: string };
type Document = {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly namespaceResourceWhitelist?: readonly Resource[];
    readonly sourceRepos?: readonly string[];
    readonly destinations?: readonly { readonly name: string; readonly namespace: string }[];
  };
};

async function documents(file: URL): Promise<readonly Document[]> {
  return parseAllDocuments(await readFile(file, 'utf8')).map((document) => document.toJS() as Document);
}

const environments = (await readdir(new URL('deploy/environments/', repository)))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -5));
const projects = await documents(new URL('projects.yaml', argocd));
const project = projects.find(({ metadata }) => metadata.name === 'certifiable');

describe('an environment', () => {
  it('is one of two clouds and two stages, each with a file', () => {
    expect(environments.toSorted()).toEqual(['aws-production', 'aws-staging', 'azure-production', 'azure-staging']);
  });

  it.each(environments)('%s may be deployed into its cluster, and has what it needs first', async (environment) => {
    expect(project?.spec.destinations).toContainEqual({ name: environment, namespace: 'certifiable' });
    expect(await readdir(new URL(`prerequisites/${environment}/`, argocd))).toContain('kustomization.yaml');
  });

  it.each(environments)('%s is pinned by a digest and a build that the release workflow can replace', async (environment) => {
    const text = await readFile(new URL(`deploy/environments/${environment}.yaml`, repository), 'utf8');
    const values = parse(text) as { image: { digest: string }; buildId: string };
    expect(values.image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(values.buildId).toMatch(/^[0-9a-f]{7,40}$/);
    expect(text.match(/^ {2}digest: sha256:/gm)).toHaveLength(1);
    expect(text.match(/^buildId: '/gm)).toHaveLength(1);
  });

  it.each(environments)('%s names no Secret that its prerequisites do not make', async (environment) => {
    const values = parse(await readFile(new URL(`deploy/environments/${environment}.yaml`, repository), 'utf8')) as SecretNames;
    const defaults = {
      DATABASE_URL: 'certifiable-database',
      RECEIPT_KEYS: 'certifiable-receipts',
      CREDENTIAL_KEYS: 'certifiable-credentials',
      ISSUER_KEYS: 'certifiable-issuer-keys',
      SECRET_KEYS: 'certifiable-secret-keys',
      TEMPORAL_CODEC_KEYS: 'certifiable-codec-keys',
    };
    const named = [...Object.values(values.databaseLogins), ...Object.values(values.secrets), ...Object.values(values.brokerSecrets ?? {})].map(
      ({ secret }) => secret,
    );
    const made = await secretsMadeIn(environment);
    expect(made).toEqual(expect.arrayContaining([...Object.values(defaults), ...named]));
  });
});

type SecretNames = {
  readonly databaseLogins: Record<string, { readonly secret: string }>;
  readonly secrets: Record<string, { readonly secret: string }>;
  readonly brokerSecrets?: Record<string, { readonly secret: string }>;
};

async function secretsMadeIn(environment: string): Promise<readonly string[]> {
  const folder = new URL(`prerequisites/${environment}/`, argocd);
  const { resources } = parse(await readFile(new URL('kustomization.yaml', folder), 'utf8')) as { resources: readonly string[] };
  const files = resources.map((name) => new URL(name === '../base' ? '../base/external-secrets.yaml' : name, folder));
  const found = await Promise.all(files.map(documents));
  return found
    .flat()
    .filter(({ kind }) => kind === 'ExternalSecret')
    .map(({ metadata }) => metadata.name);
}

type Ignored = { readonly group: string; readonly kind: string; readonly managedFieldsManagers?: readonly string[] };
type ApplicationSet = {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: { readonly ignoreDifferences?: readonly Ignored[] } } };
};

it('the selectors of Services are left to Argo Rollouts, which writes them during a canary', async () => {
  const text = await readFile(new URL('environments.yaml', argocd), 'utf8');
  const sets = parseAllDocuments(text)
    .map((document) => document.toJS() as ApplicationSet)
    .filter(({ kind }) => kind === 'ApplicationSet');
  const ignored = sets.flatMap(({ spec }) => spec.template.spec.ignoreDifferences ?? []);
  expect(ignored).toContainEqual({ group: '', kind: 'Service', managedFieldsManagers: ['rollouts-controller'] });
});

const helm = await findHelm();
const allScenarios = await scenarios();

describe.skipIf(helm === undefined)('the project certifiable', () => {
  it.each([...allScenarios])('lets in every kind that the chart renders with the values of %s, and none of the cluster', async (_name, values) => {
    const rendered = await render({ helm: helm ?? '', values });
    const kinds = rendered.map(({ apiVersion, kind }) => `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`);
    const allowed = project?.spec.namespaceResourceWhitelist?.map(({ group, kind }) => `${group}/${kind}`);
    expect(kinds.length).toBeGreaterThan(20);
    expect([...new Set(kinds)].filter((kind) => !allowed?.includes(kind))).toEqual([]);
  });
});

/** Argo CD's own is of Lua 5.1; the scripts use nothing that differs in a later one. */
async function luaInterpreter(): Promise<string | undefined> {
  for (const name of ['lua5.1', 'lua5.4', 'lua']) if (await canRun(name)) return name;
  console.warn('The health scripts of Argo CD are not run: there is no Lua here (Debian: apt-get install lua5.1).');
  return undefined;
}

function canRun(name: string): Promise<boolean> {
  return run(name, ['-v']).then(
    () => true,
    () => false,
  );
}

const lua = await luaInterpreter();

describe.skipIf(lua === undefined)('the health script of', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'argocd-health-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** As Argo CD runs a script: the object is the global `obj`, and what it returns has a status and a message. */
  async function healthOf(script: string, object: object): Promise<{ status: string; message: string }> {
    const file = join(folder, 'run.lua');
    const health = await readFile(new URL(`health/${script}.lua`, argocd), 'utf8');
    await writeFile(
      file,
      `obj = ${luaLiteral(object)}\nlocal health = (function()\n${health}\nend)()\nprint(health.status)\nprint(health.message)\n`,
    );
    const { stdout } = await run(lua ?? '', [file]);
    const [status = '', ...message] = stdout.trimEnd().split('\n');
    return { status, message: message.join('\n') };
  }

  const deployment = (...conditions: readonly object[]) => ({ metadata: { generation: 3 }, status: { conditions } });
  const is = (type: string, status: string, reason: string, observedGeneration = 3) => ({
    type,
    status,
    reason,
    message: 'so it is',
    observedGeneration,
  });

  it.each([
    ['is healthy when its version is current', [is('Ready', 'True', 'RolloutComplete'), is('Progressing', 'False', 'RolloutComplete')], 'Healthy'],
    ['progresses while it ramps', [is('Ready', 'False', 'Ramping'), is('Reconciling', 'True', 'Ramping')], 'Progressing'],
    [
      'progresses while its Connection is not there yet',
      [is('Ready', 'False', 'ConnectionNotFound'), is('Reconciling', 'True', 'ConnectionNotFound')],
      'Progressing',
    ],
    ['is degraded when waiting is no use', [is('Ready', 'False', 'InvalidSpec'), is('Stalled', 'True', 'InvalidSpec')], 'Degraded'],
    ['progresses when all that was said is about an older specification', [is('Ready', 'True', 'RolloutComplete', 2)], 'Progressing'],
    [
      'is not degraded by what stalled an older specification',
      [is('Stalled', 'True', 'InvalidSpec', 2), is('Reconciling', 'True', 'Ramping')],
      'Progressing',
    ],
    ['progresses before the controller has said anything', [], 'Progressing'],
  ])('a worker deployment %s', async (_what, conditions, expected) => {
    expect((await healthOf('temporal-conditions', deployment(...conditions))).status).toBe(expected);
  });

  it('a worker deployment without any status progresses, and says why it waits when it knows', async () => {
    expect((await healthOf('temporal-conditions', { metadata: { generation: 1 } })).status).toBe('Progressing');
    const waiting = deployment(is('Ready', 'False', 'WaitingForPollers'));
    expect(await healthOf('temporal-conditions', waiting)).toEqual({ status: 'Progressing', message: 'WaitingForPollers: so it is' });
  });

  it('a connection is healthy as soon as it names a server', async () => {
    expect((await healthOf('temporal-connection', { spec: { hostPort: 'temporal:7233' } })).status).toBe('Healthy');
    expect((await healthOf('temporal-connection', { spec: {} })).status).toBe('Degraded');
    expect((await healthOf('temporal-connection', {})).status).toBe('Degraded');
  });

  it('an application inside another one is as healthy as it says, and not before it says anything', async () => {
    expect(await healthOf('application', { status: { health: { status: 'Degraded', message: 'a pool is gone' } } })).toEqual({
      status: 'Degraded',
      message: 'a pool is gone',
    });
    expect((await healthOf('application', { status: {} })).status).toBe('Progressing');
  });
});

describe('the health of a kind', () => {
  it('is defined for every kind of Temporal that the project lets in', async () => {
    const kustomization = parse(await readFile(new URL('kustomization.yaml', argocd), 'utf8')) as {
      configMapGenerator: readonly { files: readonly string[] }[];
    };
    const files = kustomization.configMapGenerator.flatMap(({ files }) => files.map((file) => file.split('=')));
    const kinds = project?.spec.namespaceResourceWhitelist?.filter(({ group }) => group === 'temporal.io').map(({ kind }) => kind) ?? [];
    expect(kinds).not.toEqual([]);
    for (const kind of kinds) expect(files.map(([key]) => key)).toContain(`resource.customizations.health.temporal.io_${kind}`);
    for (const [, file = ''] of files) await expect(readFile(new URL(file, argocd), 'utf8')).resolves.toContain('return');
  });
});

function luaLiteral(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(luaLiteral).join(', ')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, field]) => `[${JSON.stringify(key)}] = ${luaLiteral(field)}`)
    .join(', ')}}`;
}
