import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, returnPort } from '../../local/ports.ts';
import { answersOk, nodeProcess } from '../../local/process.ts';
import { engineDirectory, isThere, type Work } from './cache.ts';
import type { Engine } from './engine.ts';
import { forward } from './forward.ts';

/**
 * What people need of a system that runs in the engine's namespaces: an address of its API on this machine's loopback, and an
 * issuer whose tokens that API takes. The issuer gives a token to anybody and so stays on loopback, this machine's and that of each of the API's
 * containers: OIDC_ISSUER is the same address in all.
 */
export type Doors = {
  readonly apiUrl: string;
  readonly issuerUrl: string;
  /** Of sockets such as PostgreSQL's clients look for, by the port in their names. */
  readonly sockets: string;
};

/** What is behind them, in the engine's namespaces. */
export type Behind = {
  /** A port of loopback, or an address with one. */
  readonly api: string;
  /** Of each container of the API that runs, as the engine counts them: each has a network namespace of its own. */
  readonly apiProcesses: () => Promise<readonly string[]>;
  /** Where PostgreSQL listens, if somebody wants to look into it from the machine. */
  readonly database?: { readonly address: string; readonly port: number };
};

const FOLLOW_MILLISECONDS = 250;
const OPENING_MILLISECONDS = 30_000;

export async function withDoors<Result>(
  engine: Engine,
  { behind, ...work }: Work & { behind: Behind },
  use: (doors: Doors) => Promise<Result>,
): Promise<Result> {
  const directory = join(engineDirectory(), 'doors');
  await mkdir(directory, { recursive: true });
  const [apiSocket, issuerSocket] = [join(directory, 'api.sock'), join(directory, 'issuer.sock')];
  const ports = await Promise.all(['the API', 'the issuer'].map((purpose) => freePort({ purpose, log: work.log })));
  const [apiPort = 0, issuerPort = 0] = ports;
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const issuerUrl = `http://127.0.0.1:${issuerPort}`;
  const issuer = nodeProcess({
    name: 'issuer',
    logFile: join(directory, 'issuer.log'),
    script: fileURLToPath(new URL('../../local/issuer-main.ts', import.meta.url)),
    args: ['--port', String(issuerPort), '--key-file', join(directory, 'issuer.json'), '--pages-url', apiUrl],
    environment: {},
    isReady: () => answersOk(`${issuerUrl}/readyz`),
    readySeconds: 60,
    stopSeconds: 10,
    ...work,
  });
  const open: { close: () => unknown }[] = [];
  const following = new AbortController();
  try {
    await issuer.start();
    open.push(await forward({ from: issuerSocket, to: String(issuerPort) }));
    open.push(inside(engine, [], { from: apiSocket, to: behind.api }), await forward({ from: String(apiPort), to: apiSocket }));
    if (behind.database) {
      const { address, port } = behind.database;
      open.push(inside(engine, [], { from: join(directory, `.s.PGSQL.${port}`), to: `${address}:${port}` }));
    }
    void followApi(engine, { behind, from: String(issuerPort), to: issuerSocket }, AbortSignal.any([following.signal, work.signal]));
    return await use({ apiUrl, issuerUrl, sockets: directory });
  } finally {
    following.abort();
    for (const one of open) one.close();
    await issuer.stop();
    for (const port of ports) returnPort(port);
  }
}

type Route = { readonly from: string; readonly to: string };

/** Another port of the engine's loopback, at an address of this machine's, until it is closed. */
export async function openDoor(
  engine: Engine,
  { name, to, log, signal }: Work & { name: string; to: string },
): Promise<{ readonly url: string; readonly close: () => void }> {
  const socket = join(engineDirectory(), 'doors', `${name}.sock`);
  await rm(socket, { force: true });
  const port = await freePort({ purpose: name, log });
  const outer = await forward({ from: String(port), to: socket });
  const inner = inside(engine, [], { from: socket, to });
  const close = () => {
    outer.close();
    inner.close();
    returnPort(port);
  };
  try {
    await untilMade(socket, AbortSignal.any([signal, AbortSignal.timeout(OPENING_MILLISECONDS)]));
    return { url: `http://127.0.0.1:${port}`, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** By the process inside, once it has begun. */
async function untilMade(socket: string, signal: AbortSignal): Promise<void> {
  while (!(await isThere(socket))) await pause(FOLLOW_MILLISECONDS, undefined, { signal });
}

/** Forwards in the engine's network namespace, or in one that `enter` goes on to, until it is closed or that namespace is gone. */
function inside({ inNamespaces }: Engine, enter: readonly string[], { from, to }: Route): { close: () => void } {
  const [command = '', ...before] = inNamespaces;
  const [preload, script] = [new URL('../../local/die-with-parent.ts', import.meta.url).href, fileURLToPath(new URL('forward.ts', import.meta.url))];
  const child = spawn(command, [...before, ...enter, process.execPath, '--import', preload, script, '--from', from, '--to', to], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // The program that enters the namespaces hands no signal on; what it began ends with its standard input.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  return { close: () => child.stdin.destroy() };
}

/** A container that is started again has another network namespace. */
async function followApi(engine: Engine, { behind, ...route }: Route & { behind: Behind }, signal: AbortSignal): Promise<void> {
  const doors = new Map<string, { close: () => void }>();
  while (!signal.aborted) {
    const running = new Set(await behind.apiProcesses().catch(() => []));
    for (const [pid, door] of doors) {
      if (running.has(pid)) continue;
      door.close();
      doors.delete(pid);
    }
    for (const pid of running) {
      if (!doors.has(pid)) doors.set(pid, inside(engine, ['nsenter', '--target', pid, '--net', '--'], route));
    }
    await pause(FOLLOW_MILLISECONDS, undefined, { signal }).catch(() => undefined);
  }
  for (const door of doors.values()) door.close();
}
