import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeProcess, type NodeProcessOptions } from './process.ts';

const said: string[] = [];
let directory: string;
let options: NodeProcessOptions;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-process-'));
  options = {
    name: 'part',
    script: join(directory, 'part.mjs'),
    args: [],
    environment: { GREETING: 'hello' },
    logFile: join(directory, 'part.log'),
    isReady: async () => (await readFile(options.logFile, 'utf8')).includes('hello'),
    readySeconds: 10,
    stopSeconds: 1,
    log: (line) => said.push(line),
  };
  await writeFile(options.script, 'console.log(process.env.GREETING); setInterval(() => {}, 1000);');
});

describe('a process of the stack', { timeout: 30_000 }, () => {
  it('starts, restarts and stops', async () => {
    const part = nodeProcess(options);
    await part.start();
    const before = part.pid() ?? 0;
    await part.restart();
    const after = part.pid() ?? 0;
    expect(isAlive(before)).toBe(false);
    expect(isAlive(after)).toBe(true);
    await part.stop();
    expect(isAlive(after)).toBe(false);
    await part.stop();
  });

  it('tells when it ends by itself, and can be started again', async () => {
    const part = nodeProcess(options);
    await part.start();
    process.kill(part.pid() ?? 0, 'SIGKILL');
    await expect.poll(() => said).toContainEqual(expect.stringContaining('part ended by itself (SIGKILL)'));
    await part.start();
    await part.kill();
    expect(part.pid()).toBeUndefined();
  });

  it('is started again when it ends by itself, where that is wanted, and not once it is stopped', async () => {
    const part = nodeProcess({ ...options, revives: true });
    await part.start();
    const before = part.pid() ?? 0;
    process.kill(before, 'SIGKILL');
    await expect.poll(() => said, { timeout: 20_000 }).toContainEqual(expect.stringContaining('part runs again'));
    const after = part.pid() ?? 0;
    expect(after).not.toBe(before);
    expect(isAlive(after)).toBe(true);
    process.kill(after, 'SIGKILL');
    await expect.poll(() => part.pid()).toBeUndefined();
    await part.stop();
    await sleep(2000);
    expect(part.pid()).toBeUndefined();
  });

  it('is killed when it does not stop in time', async () => {
    const script = join(directory, 'deaf.mjs');
    await writeFile(script, "process.on('SIGTERM', () => {}); console.log('hello'); setInterval(() => {}, 1000);");
    const logFile = join(directory, 'deaf.log');
    const isReady = async () => (await readFile(logFile, 'utf8')).includes('hello');
    const deaf = nodeProcess({ ...options, name: 'deaf', script, logFile, isReady });
    await deaf.start();
    const pid = deaf.pid() ?? 0;
    await deaf.stop();
    expect(isAlive(pid)).toBe(false);
    expect(said).toContainEqual('deaf did not stop within 1 s and is killed');
  });

  it('shows the end of its log when it fails to start', async () => {
    const script = join(directory, 'broken.mjs');
    await writeFile(script, "throw new Error('no luck');");
    const broken = nodeProcess({ ...options, name: 'broken', script, logFile: join(directory, 'broken.log'), isReady: async () => false });
    await expect(broken.start()).rejects.toThrow(/broken ended before it was ready[^]*no luck/);
  });

  it('gives up its start when the stack is stopped meanwhile', async () => {
    const stopping = new AbortController();
    const slow = nodeProcess({ ...options, isReady: async () => false, signal: stopping.signal });
    const start = slow.start();
    stopping.abort(new Error('stopping'));
    await expect(start).rejects.toThrow('stopping');
    await slow.stop();
  });

  it('does not outlive the stack, ours or guarded, even after kill -9', async () => {
    const pids = await startInAnotherProcess();
    process.kill(pids.parent, 'SIGKILL');
    await expect.poll(() => [pids.own, pids.guard, pids.guarded].filter(isAlive), { timeout: 5000 }).toEqual([]);
  });
});

type Pids = { parent: number; own: number; guard: number; guarded: number };

async function startInAnotherProcess(): Promise<Pids> {
  const pidFile = join(directory, 'guarded.pid');
  const guarded = { command: 'sh', args: ['-c', `echo $$ > ${pidFile}; exec sleep 600`], stopSignal: 'SIGTERM' };
  const program = `
    import { readFile } from 'node:fs/promises';
    const { nodeProcess, guardedProcess } = await import(${JSON.stringify(new URL('process.ts', import.meta.url).href)});
    const common = { name: 'x', readySeconds: 10, stopSeconds: 1, log: () => {} };
    const read = (file) => readFile(file, 'utf8');
    const ownLog = ${JSON.stringify(join(directory, 'own.log'))};
    const own = nodeProcess({ ...common, logFile: ownLog, script: ${JSON.stringify(options.script)}, args: [],
      environment: { GREETING: 'hello' }, isReady: async () => (await read(ownLog)).includes('hello') });
    const guard = guardedProcess({ ...common, logFile: ${JSON.stringify(join(directory, 'guard.log'))},
      guarded: ${JSON.stringify(guarded)}, isReady: async () => (await read(${JSON.stringify(pidFile)})).trim() !== '' });
    await Promise.all([own.start(), guard.start()]);
    const guardedPid = Number(await read(${JSON.stringify(pidFile)}));
    console.log(JSON.stringify({ parent: process.pid, own: own.pid(), guard: guard.pid(), guarded: guardedPid }));
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pids = JSON.parse(line.toString()) as Pids;
  expect([pids.own, pids.guard, pids.guarded].filter(isAlive)).toHaveLength(3);
  await sleep(100);
  return pids;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
