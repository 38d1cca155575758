import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withApiServer, type Answer, type ApiServer } from '../api-server.ts';
import type { Check, Project } from '../check.ts';
import { nameOf, plainManifests, type Manifest, type Rendering } from '../manifests.ts';
import { definitionFile } from '../schemas/assemble.ts';

/** Where the chart goes (deploy/argocd/environments.yaml), with what Argo CD labels it there. */
const NAMESPACE = 'certifiable';
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/warn': 'restricted' };
const DEFINITION_SECONDS = 60;
/** Its definitions are in no package registry; deploy/schemas is what there is. */
const WITHOUT_DEFINITION = 'temporal.io';

/**
 * Every object as an API server takes it: defaults, its own validation, the rules in the definitions of custom kinds, and Pod Security
 * *restricted*. A warning of the server is a problem too: that is how it tells a workload whose pods it would refuse.
 */
export const apiServerDryRun: Check = {
  name: 'API server',
  tools: ['helm', 'kustomize', 'etcd', 'kube-apiserver'],
  async run(project) {
    const renderings = [...(await project.renderings()), ...(await plainManifests(project.root))];
    const { count, leftOut, problems } = await dryRun(project, renderings);
    const what = leftOut === 0 ? 'manifests' : `manifests, ${leftOut} more of ${WITHOUT_DEFINITION} left out: its definitions cannot be had`;
    return { count, what, problems };
  },
};

/** Exported for its tests: what an API server says to these objects. */
export async function dryRun(
  { tool, schemas, signal }: Pick<Project, 'tool' | 'schemas' | 'signal'>,
  renderings: readonly Rendering[],
): Promise<{ count: number; leftOut: number; problems: string[] }> {
  const all = renderings.flatMap(({ source, namespace = NAMESPACE, manifests }) =>
    manifests.map((manifest) => ({ source, manifest, namespace: manifest.metadata?.namespace ?? namespace })),
  );
  const sent = all.filter(({ manifest }) => groupOf(manifest) !== WITHOUT_DEFINITION);
  const { definitions } = await schemas();
  const programs = { etcd: tool('etcd'), kubeApiserver: tool('kube-apiserver') };
  const problems = await withApiServer({ ...programs, signal }, async (server) => {
    const manifests = sent.map(({ manifest }) => manifest);
    await define(server, definitions, manifests);
    await makeNamespaces(server, new Set([NAMESPACE, ...sent.map(({ namespace }) => namespace)]));
    const resources = resourceFinder(server);
    const found: string[] = [];
    for (const { source, manifest, namespace } of sent) {
      signal?.throwIfAborted();
      const complaints = await complaintsAbout(server, resources, { manifest, namespace });
      found.push(...complaints.map((complaint) => `${source}: ${nameOf(manifest)}: ${complaint}`));
    }
    return found;
  });
  return { count: sent.length, leftOut: all.length - sent.length, problems };
}

function groupOf({ apiVersion }: Manifest): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** Of the custom kinds those that are used: an API server takes a second for each. */
async function define(server: ApiServer, directory: string, manifests: readonly Manifest[]): Promise<void> {
  const files = new Set(manifests.map((manifest) => definitionFile({ group: groupOf(manifest), kind: manifest.kind })));
  const known = await Promise.all([...files].map(async (file) => ((await isThere(join(directory, file))) ? [file] : [])));
  await Promise.all(
    known.flat().map(async (file) => {
      const definition = JSON.parse(await readFile(join(directory, file), 'utf8')) as Definition;
      // Its own controller would convert between versions, and there is none.
      delete definition.spec.conversion;
      const { status, body } = await server.ask('POST', DEFINITIONS, definition);
      if (status !== 201) throw new Error(`${file}: ${messageOf(body)}`);
      await untilServed(server, definition);
    }),
  );
}

type Definition = {
  readonly metadata: { readonly name: string };
  readonly spec: { conversion?: unknown; group: string; versions: readonly { name: string; served: boolean }[] };
};
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

async function untilServed(server: ApiServer, { metadata, spec }: Definition): Promise<void> {
  const giveUpAt = Date.now() + DEFINITION_SECONDS * 1000;
  const paths = spec.versions.filter(({ served }) => served).map(({ name }) => `/apis/${spec.group}/${name}`);
  const plural = metadata.name.slice(0, metadata.name.indexOf('.'));
  const isServed = async (path: string) => (await resourcesAt(server, path)).some(({ name }) => name === plural);
  while (!(await Promise.all(paths.map(isServed))).every(Boolean)) {
    if (Date.now() > giveUpAt) throw new Error(`${metadata.name} is not served ${DEFINITION_SECONDS} s after it was defined`);
    await pause(100);
  }
}

/** All that are named; the one that the chart goes to is restricted. */
async function makeNamespaces(server: ApiServer, names: ReadonlySet<string>): Promise<void> {
  for (const name of names) {
    const metadata = { name, labels: name === NAMESPACE ? RESTRICTED : {} };
    const { status, body } = await server.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    // Some are there from the beginning.
    if (status !== 201 && status !== 409) throw new Error(`namespace ${name}: ${messageOf(body)}`);
  }
}

type Resource = { readonly name: string; readonly kind: string; readonly namespaced: boolean };
type FindResource = (manifest: Manifest) => Promise<Resource | undefined>;

function resourceFinder(server: ApiServer): FindResource {
  const known = new Map<string, Promise<readonly Resource[]>>();
  return async ({ apiVersion, kind }) => {
    const found = known.get(apiVersion) ?? resourcesAt(server, rootOf(apiVersion));
    known.set(apiVersion, found);
    return (await found).find((resource) => resource.kind === kind && !resource.name.includes('/'));
  };
}

async function resourcesAt(server: ApiServer, path: string): Promise<readonly Resource[]> {
  const { status, body } = await server.ask('GET', path);
  return status === 200 ? (body as { resources: readonly Resource[] }).resources : [];
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

type Placed = { readonly manifest: Manifest; readonly namespace: string };

async function complaintsAbout(server: ApiServer, find: FindResource, { manifest, namespace }: Placed): Promise<readonly string[]> {
  const resource = await find(manifest);
  if (resource === undefined) return [`the API server knows no ${manifest.kind} of ${manifest.apiVersion}`];
  const scope = resource.namespaced ? `/namespaces/${namespace}` : '';
  const path = `${rootOf(manifest.apiVersion)}${scope}/${resource.name}/${encodeURIComponent(manifest.metadata?.name ?? '')}`;
  const query = 'dryRun=All&fieldManager=check&fieldValidation=Strict';
  return complaintsIn(await server.ask('PATCH', `${path}?${query}`, manifest, 'application/apply-patch+yaml'));
}

function complaintsIn({ status, body, warnings }: Answer): readonly string[] {
  return status < 300 ? warnings : [...warnings, messageOf(body)];
}

function messageOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : JSON.stringify(body);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
