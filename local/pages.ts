import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { readCommandLine } from '../platform/arguments.ts';
import { runLongCommand } from './long-command.ts';
import { projectDirectory, sourceHash } from './source-hash.ts';
import { ensureWebClient } from './web-client.ts';

/** The pages as the API serves them, built once by Vite and again when a source of theirs changes. */

const buildDirectory = join(projectDirectory, 'build', 'web');
/** Written last: the hash of the sources that it was made from. */
const STAMP = 'sources';
const DOORS = ['desk', 'console', 'exam'] as const;

/** Returns whether it had to. `npm run build:web`; npm start, the demo, the image and tests that open pages make it, too. */
export async function ensurePages({ log }: { log: (line: string) => void }): Promise<boolean> {
  await ensureWebClient({ log });
  const makers = [join(projectDirectory, 'package-lock.json'), import.meta.filename];
  const hash = await sourceHash({ folders: ['web'], pattern: /\.(?:tsx?|css|html|json|svg)$/, makers });
  if (await isBuiltFrom(hash)) return false;
  log('building the pages');
  const require = createRequire(import.meta.url);
  // Others may be at it, too, and an API may serve what was there before: the whole takes its place at once.
  const unfinished = `${buildDirectory}.${process.pid}`;
  await runLongCommand({
    command: process.execPath,
    args: [
      join(dirname(require.resolve('vite/package.json')), 'bin', 'vite.js'),
      'build',
      '--config',
      join(projectDirectory, 'web', 'vite.config.ts'),
      '--outDir',
      unfinished,
      '--emptyOutDir',
      '--logLevel',
      'warn',
    ],
    environment: { NODE_ENV: 'production' },
    progress: 'building the pages',
    timeoutSeconds: 300,
    log,
  });
  await writeInLanguages(unfinished);
  await compressAssets(join(unfinished, 'assets'));
  await writeFile(join(unfinished, STAMP), hash);
  const replaced = `${unfinished}.replaced`;
  if (!(await isBuiltFrom(hash))) {
    await rename(buildDirectory, replaced).catch(() => {});
    await rename(unfinished, buildDirectory);
  }
  await Promise.all([unfinished, replaced].map((directory) => rm(directory, { recursive: true, force: true })));
  return true;
}

async function isBuiltFrom(hash: string): Promise<boolean> {
  return (await readFile(join(buildDirectory, STAMP), 'utf8').catch(() => undefined)) === hash;
}

/** Beside each file what browsers that take it compressed are sent. */
async function compressAssets(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!/\.(?:js|css|svg)$/.test(name)) continue;
    const content = await readFile(join(directory, name));
    await writeFile(join(directory, `${name}.gz`), await promisify(gzip)(content, { level: 9 }));
    await writeFile(join(directory, `${name}.br`), await promisify(brotliCompress)(content));
  }
}

type Chunk = { readonly file: string; readonly imports?: readonly string[]; readonly css?: readonly string[] };
type Manifest = Readonly<Record<string, Chunk>>;

async function readManifest(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, '.vite', 'manifest.json'), 'utf8')) as Manifest;
}

/** A source and all that it imports at once. */
function loadedWith(source: string, manifest: Manifest): readonly Chunk[] {
  const names = new Set([source]);
  // A set visits what is added to it on the way.
  for (const name of names) for (const imported of manifest[name]?.imports ?? []) names.add(imported);
  return [...names].flatMap((name) => manifest[name] ?? []);
}

const entryOf = (door: string) => `${door}/index.html`;
const appOf = (door: string) => `${door}/app.tsx`;
const SIGN_IN = 'frame/oidc.ts';

type Texts = { readonly [key: string]: string | Texts };

/** The sign-in page is HTML (web/frame/shell.html), so there is one of each door in each language: `index.en.html`. */
async function writeInLanguages(directory: string): Promise<void> {
  const manifest = await readManifest(directory);
  const textsDirectory = join(projectDirectory, 'web', 'frame', 'texts');
  for (const file of await readdir(textsDirectory)) {
    const language = basename(file, '.json');
    const texts = JSON.parse(await readFile(join(textsDirectory, file), 'utf8')) as Texts & { readonly door: Readonly<Record<string, Texts>> };
    for (const door of DOORS) {
      const html = await readFile(join(directory, door, 'index.html'), 'utf8');
      const ahead = new Set([appOf(door), SIGN_IN].flatMap((source) => loadedWith(source, manifest).map((chunk) => `/pages/${chunk.file}`)));
      const values = { ...texts, language, app: [...ahead].join(' '), here: { ...texts.door[door], path: `/${door}` } };
      await writeFile(join(directory, door, `index.${language}.html`), fill(html, values));
    }
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** `{{trouble.offline}}` is the text of that name. */
function fill(html: string, values: Texts): string {
  return html.replaceAll(/\{\{([\w.]+)\}\}/g, (_, path: string) => {
    const text = path.split('.').reduce<string | Texts | undefined>((at, key) => (typeof at === 'object' ? at[key] : undefined), values);
    if (typeof text !== 'string') throw new Error(`the pages have no text ${path}`);
    return text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
  });
}

export type FirstLoad = { readonly door: string; readonly signInBytes: number; readonly scriptBytes: number; readonly styleBytes: number };

/**
 * What a browser loads before a door shows anything, in bytes as current browsers get them, with Brotli: the script of the sign-in page,
 * that of the first page of who is signed in with all that it imports, and its styles.
 */
export async function firstLoads(): Promise<readonly FirstLoad[]> {
  const manifest = await readManifest(buildDirectory);
  const sizeOf = async (files: Iterable<string>) => {
    const sizes = await Promise.all([...files].map(async (file) => (await readFile(join(buildDirectory, `${file}.br`))).length));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  const scriptsOf = (chunks: readonly Chunk[]) => sizeOf(new Set(chunks.map(({ file }) => file)));
  return Promise.all(
    DOORS.map(async (door) => {
      const signIn = loadedWith(entryOf(door), manifest);
      const all = [...signIn, ...loadedWith(appOf(door), manifest)];
      return {
        door,
        signInBytes: await scriptsOf(signIn),
        scriptBytes: await scriptsOf(all),
        styleBytes: await sizeOf(new Set(all.flatMap(({ css }) => css ?? []))),
      };
    }),
  );
}

if (import.meta.main) {
  readCommandLine('Usage: npm run build:web, without options', {});
  if (!(await ensurePages({ log: console.log }))) console.log('build/web is up to date');
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  for (const { door, signInBytes, scriptBytes, styleBytes } of await firstLoads())
    console.log(
      `/${door}`.padEnd(10),
      `${kilobytes(scriptBytes)} of script (${kilobytes(signInBytes)} before signing in) and ${kilobytes(styleBytes)} of styles, compressed`,
    );
}
