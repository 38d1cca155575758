import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Failure, NO_ROOM, saysNoRoom } from '../platform/failure.ts';
import { inheritedEnvironment, type Environment } from './environment.ts';
import type { GuardedCommand } from './guard.ts';

/**
 * One process of the embedded stack. It has a process group of its own, so that Ctrl-C in the terminal reaches the
 * stack alone, which then stops all of them in order; and it ends when the stack is gone (die-with-parent.ts, guard.ts).
 */
export type ManagedProcess = {
  readonly name: string;
  readonly logFile: string;
  /** Undefined while it is not running. */
  pid(): number | undefined;
  /** Resolves when it is ready. Throws, with the end of its log, if it ends before or isn't ready in time. */
  start(): Promise<void>;
  /** Asks it to stop, and kills it if it doesn't in time. Resolves when it is gone; nothing happens if it isn't running. */
  stop(): Promise<void>;
  /** SIGKILL to the whole group: what a crash or the loss of the machine is like. */
  kill(): Promise<void>;
  /** Stops and starts it. */
  restart(): Promise<void>;
};

type Lifecycle = {
  name: string;
  /** Takes stdout and stderr, appended. */
  logFile: string;
  isReady: () => Promise<boolean>;
  readySeconds: number;
  stopSeconds: number;
  log: (line: string) => void;
  /** Ends a start that is under way. */
  signal?: AbortSignal | undefined;
  /** Whether one that ends by itself is started again, until it is stopped or killed from here. */
  revives?: boolean | undefined;
};

export type NodeProcessOptions = Lifecycle & {
  /** Absolute path of the script. */
  script: string;
  args: readonly string[];
  /** On top of the inherited environment. */
  environment: Environment;
};

export type GuardedProcessOptions = Lifecycle & { guarded: GuardedCommand; environment?: Environment };

/** A script of ours, on the Node that runs us. */
export function nodeProcess(options: NodeProcessOptions): ManagedProcess {
  const preload = new URL('die-with-parent.ts', import.meta.url).href;
  return managedProcess(options, ['--import', preload, options.script, ...options.args], options.environment);
}

/** A program that isn't ours, behind guard.ts. */
export function guardedProcess(options: GuardedProcessOptions): ManagedProcess {
  const guardScript = fileURLToPath(new URL('guard.ts', import.meta.url));
  return managedProcess(options, [guardScript, JSON.stringify(options.guarded)], options.environment ?? {});
}

function managedProcess(lifecycle: Lifecycle, nodeArgs: readonly string[], environment: Environment): ManagedProcess {
  const { name, logFile, log, signal, revives = false } = lifecycle;
  let running: Running | undefined;
  let wanted = false;

  const start = async (): Promise<void> => {
    signal?.throwIfAborted();
    wanted = true;
    if (running) throw new Error(`${name} is running already`);
    const started = run({ nodeArgs, environment, logFile });
    running = started;
    void started.exited.then((how) => {
      if (running !== started) return;
      running = undefined;
      if (!started.wasReady) return;
      log(`${name} ended by itself (${how}); its log: ${logFile}`);
      if (revives) void revive();
    });
    await untilReady(started, lifecycle);
    started.wasReady = true;
  };

  const revive = async (): Promise<void> => {
    for (let pauseSeconds = 1; ; pauseSeconds = Math.min(2 * pauseSeconds, REVIVAL_PAUSE_SECONDS_MAX)) {
      await sleep(pauseSeconds * 1000, undefined, { ref: false });
      if (!wanted || running || signal?.aborted) return;
      try {
        await start();
        return log(`${name} runs again`);
      } catch (error) {
        if (!wanted) return;
        log(`${name} does not start again: ${error instanceof Error ? error.message : String(error)}`);
        const late = running;
        running = undefined;
        if (late) await killGroup(late);
      }
    }
  };

  const end = async (how: (ending: Running) => Promise<void>): Promise<void> => {
    wanted = false;
    const ending = running;
    if (!ending) return;
    running = undefined;
    await how(ending);
  };

  const stop = () => end((ending) => stopOrKill(ending, lifecycle));
  const kill = () => end(killGroup);
  const restart = async () => {
    await stop();
    await start();
  };
  return { name, logFile, pid: () => running?.child.pid, start, stop, kill, restart };
}

const REVIVAL_PAUSE_SECONDS_MAX = 30;

type Running = { child: ChildProcess; exited: Promise<string>; hasExited: boolean; wasReady: boolean };

function run(command: { nodeArgs: readonly string[]; environment: Environment; logFile: string }): Running {
  mkdirSync(dirname(command.logFile), { recursive: true });
  // The file itself, no pipe: what a process says while the stack dies must not be lost, nor block it.
  const output = openSync(command.logFile, 'a');
  const child = spawn(process.execPath, command.nodeArgs, {
    detached: true,
    stdio: ['pipe', output, output],
    env: { ...inheritedEnvironment(), ...command.environment },
  });
  closeSync(output);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const running = { child, exited, hasExited: false, wasReady: false };
  void exited.then(() => (running.hasExited = true));
  return running;
}

async function untilReady(running: Running, { name, logFile, isReady, readySeconds, signal }: Lifecycle): Promise<void> {
  const giveUpAt = Date.now() + readySeconds * 1000;
  while (!(await isReady().catch(() => false))) {
    signal?.throwIfAborted();
    if (running.hasExited) {
      throw new Failure(`${name} ended before it was ready (${await running.exited}).\n${await endOfLog(logFile)}`);
    }
    if (Date.now() > giveUpAt) {
      throw new Failure(`${name} was not ready within ${readySeconds} s.\n${await endOfLog(logFile)}`);
    }
    await sleep(50);
  }
}

async function stopOrKill(ending: Running, { name, stopSeconds, log }: Lifecycle): Promise<void> {
  ending.child.kill('SIGTERM');
  const timer = new AbortController();
  const late = sleep(stopSeconds * 1000, 'late' as const, { signal: timer.signal }).catch(() => 'stopped' as const);
  const outcome = await Promise.race([ending.exited, late]);
  timer.abort();
  if (outcome !== 'late') return;
  log(`${name} did not stop within ${stopSeconds} s and is killed`);
  await killGroup(ending);
}

async function killGroup({ child, exited, hasExited }: Running): Promise<void> {
  if (child.pid === undefined || hasExited) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
  await exited;
}

async function endOfLog(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-15);
  return `The end of ${logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}${saysNoRoom(lines.join('\n')) ? `\n${NO_ROOM}` : ''}`;
}

/** Whether the URL answers 200 within two seconds. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.ok;
}
