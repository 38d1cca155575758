import { access, constants, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { searchPath } from '../../local/environment.ts';
import { freePort } from '../../local/ports.ts';
import { guardedProcess } from '../../local/process.ts';
import { createClamd } from '../../platform/files/clamd.ts';

/** The industry's harmless test file, put together here so that no scanner takes this one for it. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS', '-TEST-FILE!$H+H*'].join('');
export const FINDING = 'Certifiable.Test.UNOFFICIAL';

const hex = (text: string) => Buffer.from(text).toString('hex');

/** ClamAV's own daemon, where Debian's clamav-daemon is installed; undefined elsewhere. */
export async function findClamd(): Promise<string | undefined> {
  for (const directory of [...searchPath(), '/usr/sbin']) {
    const path = join(directory, 'clamd');
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** With a database of one signature: the real one has hundreds of megabytes, and comes over the network. */
export async function startClamd(
  command: string,
  { streamMax = '200M', more = {} }: { streamMax?: string; more?: Readonly<Record<string, string>> } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-clamd-'));
  const database = join(directory, 'database');
  await mkdir(database);
  await writeFile(join(database, 'test.ndb'), `Certifiable.Test:0:*:${hex(EICAR)}\n`);
  const port = await freePort({ purpose: 'clamd', log: () => {} });
  const [configuration, socket] = [join(directory, 'clamd.conf'), join(directory, 'clamd.ctl')];
  const settings = {
    DatabaseDirectory: database,
    LocalSocket: socket,
    TCPSocket: port,
    TCPAddr: '127.0.0.1',
    Foreground: 'yes',
    StreamMaxLength: streamMax,
    ...more,
  };
  await writeFile(
    configuration,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  const url = `tcp://127.0.0.1:${port}`;
  const server = guardedProcess({
    name: 'clamd',
    logFile: join(directory, 'clamd.log'),
    guarded: { command, args: ['--config-file', configuration], stopSignal: 'SIGTERM' },
    isReady: async () => (await createClamd(url).findingIn(pieces('clean'))) === undefined,
    readySeconds: 60,
    stopSeconds: 10,
    log: () => {},
  });
  await server.start();
  return {
    url,
    socketUrl: `unix://${socket}`,
    kill: () => server.kill(),
    start: () => server.start(),
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
