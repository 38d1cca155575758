import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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
export type FirstLoad = { readonly door: string; readonly scriptBytes: number; readonly styleBytes: number };

/** What a browser loads before a door shows anything, in bytes as current browsers get them, with Brotli: its script with all that it imports, and its styles. */
export async function firstLoads(): Promise<readonly FirstLoad[]> {
  const manifest = JSON.parse(await readFile(join(buildDirectory, '.vite', 'manifest.json'), 'utf8')) as Record<string, Chunk>;
  const sizeOf = async (files: Iterable<string>) => {
    const sizes = await Promise.all([...files].map(async (file) => (await readFile(join(buildDirectory, `${file}.br`))).length));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  return Promise.all(
    DOORS.map(async (door) => {
      const chunks = new Set([`${door}/index.html`]);
      // A set visits what is added to it on the way.
      for (const name of chunks) for (const imported of manifest[name]?.imports ?? []) chunks.add(imported);
      const loaded = [...chunks].flatMap((name) => manifest[name] ?? []);
      return {
        door,
        scriptBytes: await sizeOf(new Set(loaded.map(({ file }) => file))),
        styleBytes: await sizeOf(new Set(loaded.flatMap(({ css }) => css ?? []))),
      };
    }),
  );
}

if (import.meta.main) {
  readCommandLine('Usage: npm run build:web, without options', {});
  if (!(await ensurePages({ log: console.log }))) console.log('build/web is up to date');
  for (const { door, scriptBytes, styleBytes } of await firstLoads())
    console.log(
      `/${door}`.padEnd(10),
      `${(scriptBytes / 1000).toFixed(1)} kB of script and ${(styleBytes / 1000).toFixed(1)} kB of styles, compressed`,
    );
}
