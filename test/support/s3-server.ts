import { access, constants, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { cacheDirectory, searchPath } from '../../local/environment.ts';
import { runLongCommand } from '../../local/long-command.ts';
import { freePort } from '../../local/ports.ts';
import { guardedProcess } from '../../local/process.ts';

/** Versity's S3 gateway over a folder: an S3 server in its own right, with S3's rules for multipart uploads. */

const version = '1.8.0';
const module = `github.com/versity/versitygw/cmd/versitygw@v${version}`;

/** For the SDK's default chain of credentials. */
export const s3Credentials = { AWS_ACCESS_KEY_ID: 'certifiable-test', AWS_SECRET_ACCESS_KEY: 'certifiable-test-secret' } as const;

export type S3Server = {
  readonly endpoint: string;
  readonly region: string;
  /** As the server's owner, for what tests look at behind the storage's back. */
  readonly client: S3;
  readonly stop: () => Promise<void>;
  /** SIGKILL, as in a crash. */
  readonly kill: () => Promise<void>;
  /** After stop or kill; same port, same objects. */
  readonly start: () => Promise<void>;
};

/** The gateway's binary: on PATH, in our cache, or built by Go, once and in about a minute. Undefined where neither can be had. */
export async function findS3Server(): Promise<string | undefined> {
  const cached = join(cacheDirectory(), `versitygw-${version}`, 'versitygw');
  for (const path of [...searchPath().map((directory) => join(directory, 'versitygw')), cached]) if (await isExecutable(path)) return path;
  if (!(await Promise.all(searchPath().map((directory) => isExecutable(join(directory, 'go'))))).includes(true)) return undefined;
  const unfinished = `${dirname(cached)}.unfinished-${process.pid}`;
  const log = (line: string) => console.log(line);
  try {
    const progress = 'building the S3 gateway from source, about a minute, once';
    log(progress);
    await runLongCommand({ command: 'go', args: ['install', module], environment: { GOBIN: unfinished }, progress, timeoutSeconds: 900, log });
    await mkdir(dirname(cached), { recursive: true });
    await rename(join(unfinished, 'versitygw'), cached);
    return cached;
  } catch (error) {
    log(`there is no S3 server to test with: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Starts it on a free port of loopback. Resolves when it answers. */
export async function startS3Server({ command, directory }: { command: string; directory: string }): Promise<S3Server> {
  const port = await freePort({ purpose: 'S3', log: () => {} });
  const endpoint = `http://127.0.0.1:${port}`;
  const region = 'us-east-1';
  const [objects, metadata] = [join(directory, 'objects'), join(directory, 'metadata')];
  await Promise.all([objects, metadata].map((path) => mkdir(path, { recursive: true })));
  const credentials = { accessKeyId: s3Credentials.AWS_ACCESS_KEY_ID, secretAccessKey: s3Credentials.AWS_SECRET_ACCESS_KEY };
  const client = new S3({ region, endpoint, forcePathStyle: true, credentials, maxAttempts: 1 });
  const login = ['--access', credentials.accessKeyId, '--secret', credentials.secretAccessKey, '--region', region];
  const server = guardedProcess({
    name: 'S3',
    logFile: join(directory, 's3.log'),
    // A folder of its own for metadata: not every file system keeps extended attributes.
    guarded: {
      command,
      args: ['--port', `127.0.0.1:${port}`, '--quiet', ...login, 'posix', objects],
      stopSignal: 'SIGTERM',
    },
    isReady: async () => (await client.listBuckets()).Buckets !== undefined,
    readySeconds: 30,
    stopSeconds: 10,
    log: () => {},
  });
  await server.start();
  return { endpoint, region, client, stop: () => server.stop(), kill: () => server.kill(), start: () => server.start() };
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
