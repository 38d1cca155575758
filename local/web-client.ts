import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runLongCommand } from './long-command.ts';
import { projectDirectory, sourceHash } from './source-hash.ts';

/**
 * What the pages know of the rest: the typed client, from our own OpenAPI document, and the words of reports. Not committed, and made again
 * when a route changes, so that pages that call one that is gone no longer compile.
 */

const generatedDirectory = join(projectDirectory, 'web', 'generated');
const clientFile = join(generatedDirectory, 'client.ts');
/** What the console and documents call the same. */
const wordsDirectory = join(projectDirectory, 'publication', 'reports', 'words');
const generatorDirectory = dirname(createRequire(import.meta.url).resolve('oazapfts'));
/** What a schema of a route may be made of. */
const folders = ['api', 'domain', 'exams', 'platform', 'publication'];

/** Returns whether it had to. Needs the generated Prisma client, which routes import. */
export async function ensureWebClient({ log }: { log: (line: string) => void }): Promise<boolean> {
  await copyReportWords();
  const makers = [join(generatorDirectory, '..', 'package.json'), import.meta.filename];
  const hash = `// ${await sourceHash({ folders, pattern: /\.ts$/, makers })}`;
  const before = await readFile(clientFile, 'utf8').catch(() => '');
  if (before.startsWith(hash)) return false;
  log('generating the client of the pages');
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-client-'));
  try {
    await writeFile(join(directory, 'openapi.json'), JSON.stringify(await ownDocument()));
    await runLongCommand({
      command: process.execPath,
      args: [
        join(generatorDirectory, 'cli.js'),
        '--optimistic',
        '--argumentStyle=object',
        join(directory, 'openapi.json'),
        join(directory, 'client.ts'),
      ],
      environment: {},
      progress: 'generating the client of the pages',
      timeoutSeconds: 120,
      log,
    });
    const client = await readFile(join(directory, 'client.ts'), 'utf8');
    await writeWhole(clientFile, `${hash}\n${client}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return true;
}

async function copyReportWords(): Promise<void> {
  for (const file of await readdir(wordsDirectory)) {
    const [words, copy] = [await readFile(join(wordsDirectory, file), 'utf8'), join(generatedDirectory, `report-words.${file}`)];
    if (words !== (await readFile(copy, 'utf8').catch(() => ''))) await writeWhole(copy, words);
  }
}

async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Of this process alone: others may be at it, too.
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}

/** As the API serves it. Routes are described without a service of theirs: none is asked. */
async function ownDocument(): Promise<object> {
  const [{ registerRoutes }, { routesOf }, { openApiDocument }] = await Promise.all([
    import('../api/routes/register/routes.ts'),
    import('../api/routes.ts'),
    import('../api/openapi.ts'),
  ]);
  const services = { config: {}, store: {}, storage: { uploads: {} } } as unknown as Parameters<typeof routesOf>[0];
  return openApiDocument({ routes: [...registerRoutes(services), ...routesOf(services)], publicUrl: '/', issuer: 'the issuer' });
}
