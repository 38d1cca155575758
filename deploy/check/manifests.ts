import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { filesMatching } from './files.ts';
import { runTool, saidBy, type ToolRun } from './run-tool.ts';

const CHART = 'deploy/helm/certifiable';
/** Where each chart is installed; not where the others are: Filebeat reads its node's files. */
const NAMESPACES: Readonly<Record<string, string>> = { [CHART]: 'certifiable', 'deploy/helm/filebeat': 'logging' };
const KUSTOMIZATION = 'kustomization.yaml';

/** A Kubernetes object, known no better than that. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly [key: string]: unknown;
};

/** What Helm makes of a chart with one values file; `problem` where it makes nothing. */
export type Rendering = {
  readonly source: string;
  /** That objects without one go to. */
  readonly namespace?: string | undefined;
  readonly text: string;
  readonly manifests: readonly Manifest[];
  readonly problem?: string | undefined;
};

/** Every chart's own scenarios, and every environment of ours. */
export async function valuesFiles(root: string): Promise<string[]> {
  return filesMatching(root, ['deploy/helm/*/ci/*-values.yaml', 'deploy/environments/*.yaml']);
}

/** The chart that a values file is of. */
export function chartOf(valuesFile: string): string {
  return /^(deploy\/helm\/[^/]+)\/ci\//.exec(valuesFile)?.[1] ?? CHART;
}

type Cancellable = { signal?: AbortSignal | undefined };

export async function renderChart({ root, helm, signal }: { root: string; helm: string } & Cancellable): Promise<Rendering[]> {
  const renderings: Rendering[] = [];
  for (const source of await valuesFiles(root)) {
    const chart = chartOf(source);
    const namespace = NAMESPACES[chart];
    if (namespace === undefined) throw new Error(`${chart}: nobody has said which namespace it goes to`);
    const args = ['template', 'certifiable', chart, '--namespace', namespace, '--values', source];
    renderings.push({ ...rendering(source, 'helm template', await runTool({ command: helm, args, cwd: root, signal })), namespace });
  }
  return renderings;
}

function rendering(source: string, how: string, run: ToolRun): Rendering {
  if (run.code === 0) return { source, text: run.stdout, manifests: manifestsOf(run.stdout) };
  return { source, text: '', manifests: [], problem: `${source}: ${how}: ${saidBy(run)}` };
}

/** What kustomize makes of each of its folders. */
export async function renderKustomizations({ root, kustomize, signal }: { root: string; kustomize: string } & Cancellable): Promise<Rendering[]> {
  const renderings: Rendering[] = [];
  for (const file of await filesMatching(root, `deploy/**/${KUSTOMIZATION}`)) {
    const source = dirname(file);
    renderings.push(rendering(source, 'kustomize build', await runTool({ command: kustomize, args: ['build', source], cwd: root, signal })));
  }
  return renderings;
}

/** The objects that are kept as they are: everything under deploy/ with an apiVersion and a kind, but the chart. */
export async function plainManifests(root: string): Promise<Rendering[]> {
  const files = (await filesMatching(root, 'deploy/**/*.{yaml,yml}')).filter(
    // What a cluster of our own is given before the chart is no release of ours: npm run cluster applies it to a real one.
    (file) => !file.startsWith('deploy/helm/') && !file.startsWith('deploy/cluster/') && basename(file) !== KUSTOMIZATION,
  );
  const renderings = await Promise.all(
    files.map(async (source) => {
      const text = await readFile(join(root, source), 'utf8');
      return { source, text, manifests: manifestsOf(text) };
    }),
  );
  return renderings.filter(({ manifests }) => manifests.length > 0);
}

/** Read as Kubernetes reads it, in which an unquoted `off` is false. Lists are taken apart. Throws on what is not YAML. */
export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.map(({ message }) => message).join('\n'));
    return objectsIn(document.toJS({ maxAliasCount: -1 }));
  });
}

function objectsIn(value: unknown): Manifest[] {
  if (typeof value !== 'object' || value === null || !('apiVersion' in value) || !('kind' in value)) return [];
  if (value.kind === 'List' && 'items' in value && Array.isArray(value.items)) return value.items.flatMap(objectsIn);
  return [value as Manifest];
}

export function nameOf(manifest: Manifest): string {
  return `${manifest.kind}/${manifest.metadata?.name ?? 'without a name'}`;
}
