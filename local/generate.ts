import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLongCommand } from './long-command.ts';
import { ensureWebClient } from './web-client.ts';

/**
 * What is generated is not committed: the Prisma client, made before anything runs and again when the schema changes, and the client
 * that the pages call the API with.
 */

const prismaDirectory = fileURLToPath(new URL('../prisma', import.meta.url));
const stampFile = join(prismaDirectory, 'generated', 'schema-hash');
const require = createRequire(import.meta.url);

/** Returns whether it had to. */
export async function ensurePrismaClient({ log }: { log: (line: string) => void }): Promise<boolean> {
  const hash = await schemaHash();
  if ((await readFile(stampFile, 'utf8').catch(() => undefined)) === hash) return false;
  log('generating the Prisma client');
  await runLongCommand({
    command: process.execPath,
    args: [join(dirname(require.resolve('prisma/package.json')), 'build', 'index.js'), 'generate'],
    environment: { ...(await withoutNativeEngine()), PRISMA_HIDE_UPDATE_MESSAGE: 'true' },
    progress: 'generating the Prisma client',
    timeoutSeconds: 120,
    log,
  });
  await writeFile(stampFile, hash);
  return true;
}

/** Of the schema and of the generator's version. */
async function schemaHash(): Promise<string> {
  const { version } = require('prisma/package.json') as { version: string };
  const schema = await readFile(join(prismaDirectory, 'schema.prisma'));
  return createHash('sha256').update(`${version}\n`).update(schema).digest('hex');
}

/**
 * `prisma generate` insists on downloading the native schema engine, which it then doesn't call. Where it isn't there
 * and can't be had, any executable passes for it.
 */
async function withoutNativeEngine(): Promise<Record<string, string>> {
  const engines = dirname(createRequire(require.resolve('prisma/package.json')).resolve('@prisma/engines/package.json'));
  const isThere = (await readdir(engines)).some((file) => file.startsWith('schema-engine-'));
  return isThere ? {} : { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
}

if (import.meta.main) {
  await ensurePrismaClient({ log: console.error });
  await ensureWebClient({ log: console.error });
}
