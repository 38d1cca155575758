import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runLongCommand } from './long-command.ts';
import { projectDirectory, sourceHash } from './source-hash.ts';

/**
 * The typed client of the pages, from our own OpenAPI document: not committed, and made again when a route changes, so that pages
 * that call one that is gone no longer compile.
 */

const clientFile = join(projectDirectory, 'web', 'generated', 'client.ts');
const generatorDirectory = dirname(createRequire(import.meta.url).resolve('oazapfts'));
/** What a schema of a route may be made of. */
const folders = ['api', 'domain', 'exams', 'platform', 'publication'];

/** Returns whether it had to. Needs the generated Prisma client, which routes import. */
export async function ensureWebClient({ log }: { log: (line: string) => void }): Promise<boolean> {
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
    await mkdir(dirname(clientFile), { recursive: true });
    // Of this process alone: others may be at it, too.
    const unfinished = `${clientFile}.${process.pid}`;
    await writeFile(unfinished, `${hash}\n${client}`);
    await rename(unfinished, clientFile);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return true;
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
