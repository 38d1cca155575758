import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseHcl } from './hcl.ts';

/** The folders of this one that hold Terraform, parsed by HCL's own parser: for checks that need neither Terraform nor a provider. */

const terraformFolder = fileURLToPath(new URL('./', import.meta.url));

export type Body = { readonly [name: string]: unknown };
export type Block = { readonly mode: 'resource' | 'data' | 'ephemeral'; readonly type: string; readonly name: string; readonly body: Body };
type ModuleCall = { readonly name: string; /** The folder that it calls, as `Module.path`. */ readonly source: string; readonly body: Body };
export type Module = {
  /** From this folder, such as `modules/aws/network`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly modules: readonly ModuleCall[];
  readonly variables: ReadonlyMap<string, Body>;
  readonly outputs: ReadonlyMap<string, Body>;
  readonly locals: Body;
  readonly terraform: readonly Body[];
  readonly providers: Body;
};

type Labelled = { readonly [label: string]: readonly Body[] };
type Parsed = {
  readonly resource?: { readonly [type: string]: Labelled };
  readonly data?: { readonly [type: string]: Labelled };
  readonly ephemeral?: { readonly [type: string]: Labelled };
  readonly module?: Labelled;
  readonly variable?: Labelled;
  readonly output?: Labelled;
  readonly locals?: readonly Body[];
  readonly terraform?: readonly Body[];
  readonly provider?: Body;
};

/** Throws, naming the file and the line, when one is not HCL. */
export async function readConfiguration(): Promise<readonly Module[]> {
  const files = (await readdir(terraformFolder, { recursive: true })).filter((file) => file.endsWith('.tf')).toSorted();
  const folders = [...new Set(files.map((file) => dirname(file)))];
  return Promise.all(
    folders.map((path) =>
      readModule(
        path,
        files.filter((file) => dirname(file) === path),
      ),
    ),
  );
}

async function readModule(path: string, files: readonly string[]): Promise<Module> {
  const texts = await Promise.all(files.map((file) => readFile(join(terraformFolder, file), 'utf8')));
  const parsed: Parsed[] = [];
  // One after another: they share one parser.
  for (const [index, file] of files.entries()) parsed.push(await parseHcl(file, texts[index] ?? ''));
  const labelled = (kind: 'variable' | 'output') =>
    new Map(parsed.flatMap((file) => Object.entries(file[kind] ?? {})).map(([name, [body = {}]]) => [name, body]));
  return {
    path,
    text: texts.join('\n'),
    blocks: parsed.flatMap((file) => (['resource', 'data', 'ephemeral'] as const).flatMap((mode) => blocksOf(file, mode))),
    modules: parsed.flatMap((file) => Object.entries(file.module ?? {})).map(([name, [body = {}]]) => ({ name, source: sourceOf(path, body), body })),
    variables: labelled('variable'),
    outputs: labelled('output'),
    locals: Object.assign({}, ...parsed.flatMap((file) => file.locals ?? [])) as Body,
    terraform: parsed.flatMap((file) => file.terraform ?? []),
    providers: Object.assign({}, ...parsed.map((file) => file.provider ?? {})) as Body,
  };
}

function blocksOf(file: Parsed, mode: Block['mode']): readonly Block[] {
  return Object.entries(file[mode] ?? {}).flatMap(([type, names]) =>
    Object.entries(names).flatMap(([name, bodies]) => bodies.map((body) => ({ mode, type, name, body }))),
  );
}

function sourceOf(path: string, { source }: Body): string {
  return relative(terraformFolder, join(terraformFolder, path, String(source)));
}
