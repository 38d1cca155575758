import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { engineDirectory, isThere } from '../../deploy/engine/cache.ts';
import { withEngine } from '../../deploy/engine/engine.ts';
import { BASE_IMAGES } from '../../deploy/engine/images.ts';
import { leftBehind, machineState } from '../../deploy/engine/leftovers.ts';
import { lookAtMachine, missingOn } from '../../deploy/engine/requirements.ts';

/** The container engine of `npm run engine:build` and `engine:compose`; where it was never built, what needs it is left out. */

const root = new URL('../../', import.meta.url);
const data = join(engineDirectory(), 'data');
const isBuilt = await isThere(data);
const missing = isBuilt ? missingOn(await lookAtMachine({ directory: data, isBuilt })) : ['npm run engine:build was never run here'];
if (missing.length > 0) console.warn(`No container engine is started: ${missing.join('; ')}.`);

/** A folder of its own: a person's engine may be up. */
const home = await mkdtemp(join(tmpdir(), 'engine-'));
afterAll(() => rm(home, { recursive: true, force: true }));
const quiet = { home, log: () => undefined, signal: new AbortController().signal };

describe('base images', async () => {
  const dockerfile = await readFile(new URL('Dockerfile', root), 'utf8');
  const compose = parse(await readFile(new URL('docker-compose.temporal.yml', root), 'utf8'), { merge: true, maxAliasCount: -1 }) as {
    services: Record<string, { image: string; build?: unknown }>;
  };

  it('are made under the names that Dockerfiles and compose file expect', async () => {
    const named = Object.values(compose.services).flatMap(({ image, build }) => (build === undefined ? [image] : []));
    const base = /^ARG NODE_IMAGE=(\S+)$/m.exec(dockerfile)?.[1];
    const ofKeycloak = /^FROM (\S+)$/m.exec(await readFile(new URL('deploy/keycloak/Dockerfile', root), 'utf8'))?.[1];
    expect(new Set(BASE_IMAGES.map(({ name }) => name))).toEqual(new Set([base, ofKeycloak, ...named]));
  });
});

describe('what an engine may leave on a machine', () => {
  it('is seen: a process of it', async () => {
    const before = await machineState(home);
    const planted = spawn('sh', ['-c', 'sleep 60; :', join(home, 'planted')]);
    try {
      await expect.poll(async () => leftBehind(before, await machineState(home))).toContainEqual(expect.stringContaining('planted'));
    } finally {
      planted.kill();
    }
  });
});

describe.skipIf(missing.length > 0)('an engine', () => {
  it('has processes, networks and mounts of its own, refuses a second, and leaves nothing behind', async () => {
    const before = await machineState(home);
    await withEngine(quiet, async (engine) => {
      expect(await engine.dockerSays(['version', '--format', '{{.Server.Version}}'])).toMatch(/^\d+\.\d+/);
      const onTheMachine = leftBehind(before, await machineState(home)).filter((line) => !/^(processes|control groups): /.test(line));
      expect(onTheMachine).toEqual([]);
      await expect(withEngine(quiet, async () => undefined)).rejects.toThrow(/runs on .* already/);
    });
    expect(leftBehind(before, await machineState(home))).toEqual([]);
  });

  it('ends with the command that started it, even one that is killed', async () => {
    const before = await machineState(home);
    const script = `
      const { withEngine } = await import(${JSON.stringify(fileURLToPath(new URL('deploy/engine/engine.ts', root)))});
      await withEngine({ home: ${JSON.stringify(home)}, log: () => {}, signal: new AbortController().signal }, async () => { console.log('up'); await new Promise(() => {}); });`;
    const command = spawn(process.execPath, ['--input-type=module', '-e', `setInterval(() => {}, 1000);${script}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => command.stdout.once('data', resolve));
    command.kill('SIGKILL');
    const giveUpAt = Date.now() + 40_000;
    while (leftBehind(before, await machineState(home)).some((line) => !line.startsWith('control groups')) && Date.now() < giveUpAt) await pause(500);
    // Control groups without processes are removed by the next command.
    await withEngine(quiet, async () => undefined);
    expect(leftBehind(before, await machineState(home))).toEqual([]);
  });
});
