import { access, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './environment.ts';
import { runLongCommand } from './long-command.ts';
import { MissingRequirement } from './missing-requirement.ts';
import { freePort } from './ports.ts';
import { answersOk, guardedProcess } from './process.ts';

export type SqsOptions = {
  /** Absolute; made if need be. Takes the log: the queues live in memory. */
  dataDirectory: string;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
};

export type Sqs = {
  /** Takes any credentials and any region. */
  endpoint: string;
  stop(): Promise<void>;
  /** SIGKILL, as in a crash. */
  kill(): Promise<void>;
  /** After stop or kill; same port, but without the queues of before. */
  start(): Promise<void>;
};

const version = '5.2.5';

/** Moto's SQS server on a free port of loopback. Resolves when it answers; throws naming what is missing on this machine. */
export async function startSqs({ dataDirectory, log, signal }: SqsOptions): Promise<Sqs> {
  const python = await findPython({ log, signal });
  const port = await freePort({ purpose: 'SQS', log });
  const endpoint = `http://127.0.0.1:${port}`;
  await mkdir(dataDirectory, { recursive: true });
  const server = guardedProcess({
    name: 'SQS',
    logFile: join(dataDirectory, 'sqs.log'),
    guarded: { command: python, args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], stopSignal: 'SIGTERM' },
    isReady: () => answersOk(`${endpoint}/moto-api/data.json`),
    readySeconds: 60,
    stopSeconds: 10,
    log,
    signal,
  });
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { endpoint, stop: () => server.stop(), kill: () => server.kill(), start: () => server.start() };
}

/** The Python of a virtual environment with moto: from our cache, or made from PyPI, once. */
async function findPython({ log, signal }: Pick<SqsOptions, 'log' | 'signal'>): Promise<string> {
  const directory = join(cacheDirectory(), `moto-${version}`);
  const python = join(directory, 'bin', 'python');
  if (await isThere(directory)) return python;
  const unfinished = `${directory}.unfinished-${process.pid}`;
  const progress = 'installing moto (SQS) from PyPI, once';
  log(progress);
  const run = (command: string, args: readonly string[]) => runLongCommand({ command, args, progress, timeoutSeconds: 300, log, signal });
  try {
    await run('python3', ['-m', 'venv', unfinished]).catch(needPython);
    await run(join(unfinished, 'bin', 'python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `moto[server]==${version}`,
    ]).catch(notInstalled);
    await mkdir(dirname(directory), { recursive: true });
    await rename(unfinished, directory).catch(async (error: unknown) => {
      // Another process may have put it there meanwhile.
      if (!(await isThere(directory))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return python;
}

function needPython(error: unknown): never {
  const message =
    'SQS needs Python 3.10 or newer with its venv module: "python3 -m venv" does not run here. Install it, or use queues that you have.';
  throw new MissingRequirement(message, error);
}

function notInstalled(error: unknown): never {
  throw new MissingRequirement('moto (SQS) could not be installed: pip must reach PyPI, or a mirror of it, once.', error);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
