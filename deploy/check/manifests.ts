import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { filesMatching } from './files.ts';
import { runTool, saidBy } from './run-tool.ts';

export const CHART = 'deploy/helm/certifiable';

/** A Kubernetes object, known no better than that. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string };
  readonly [key: string]: unknown;
};

/** What Helm makes of the chart with one values file; `problem` where it makes nothing. */
export type Rendering = {
  readonly source: string;
  readonly text: string;
  readonly manifests: readonly Manifest[];
  readonly problem?: string | undefined;
};

/** The chart's own scenarios and every environment. */
export async function valuesFiles(root: string): Promise<string[]> {
  return filesMatching(root, [`${CHART}/ci/*-values.yaml`, 'deploy/environments/*.yaml']);
}

export async function renderChart({ root, helm, signal }: { root: string; helm: string; signal?: AbortSignal | undefined }): Promise<Rendering[]> {
  const renderings: Rendering[] = [];
  for (const source of await valuesFiles(root)) {
    const args = ['template', 'certifiable', CHART, '--namespace', 'certifiable', '--values', source];
    const run = await runTool({ command: helm, args, cwd: root, signal });
    if (run.code === 0) renderings.push({ source, text: run.stdout, manifests: manifestsOf(run.stdout) });
    else renderings.push({ source, text: '', manifests: [], problem: `${source}: helm template: ${saidBy(run)}` });
  }
  return renderings;
}

/** The objects that are kept as they are: everything under deploy/ with an apiVersion and a kind, but the chart. */
export async function plainManifests(root: string): Promise<Rendering[]> {
  const files = (await filesMatching(root, 'deploy/**/*.{yaml,yml}')).filter((file) => !file.startsWith('deploy/helm/'));
  const renderings = await Promise.all(
    files.map(async (source) => {
      const text = await readFile(join(root, source), 'utf8');
      return { source, text, manifests: manifestsOf(text) };
    }),
  );
  return renderings.filter(({ manifests, source }) => manifests.length > 0 && basename(source) !== 'Chart.yaml');
}

/** Lists are taken apart. Throws on what is not YAML. */
export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
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
