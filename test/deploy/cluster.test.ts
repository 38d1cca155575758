import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { withCluster, type Cluster } from '../../deploy/cluster/control-plane.ts';
import { clusterPrograms, isKubernetesBuilt } from '../../deploy/cluster/programs.ts';
import { engineDirectory, isThere } from '../../deploy/engine/cache.ts';
import { withEngine } from '../../deploy/engine/engine.ts';
import { leftBehind, machineState } from '../../deploy/engine/leftovers.ts';
import { lookAtMachine, missingOn } from '../../deploy/engine/requirements.ts';

/** Kubernetes of `npm run cluster`; where its programs were never built, it is left out. */

const data = join(engineDirectory(), 'data');
const isBuilt = (await isKubernetesBuilt()) && (await isThere(data));
const missing = isBuilt ? missingOn(await lookAtMachine({ directory: data, isBuilt })) : ['npm run cluster was never run here'];
if (missing.length > 0) console.warn(`No cluster is started: ${missing.join('; ')}.`);

/** A folder of its own: a person's engine may be up. */
const home = await mkdtemp(join(tmpdir(), 'cluster-'));
afterAll(() => rm(home, { recursive: true, force: true }));
const quiet = { log: () => undefined, signal: new AbortController().signal };
const root = new URL('../../', import.meta.url);

async function inCluster<Result>(use: (cluster: Cluster) => Promise<Result>): Promise<Result> {
  const programs = await clusterPrograms(quiet);
  return withEngine({ home, ...quiet }, (engine) => withCluster(engine, { home, programs, ...quiet }, use));
}

describe.skipIf(missing.length > 0)('a cluster', () => {
  it('is up with a node that is ready, lets no pod in that Pod Security refuses, and leaves nothing behind', async () => {
    const before = await machineState(home);
    await inCluster(async ({ kubectl }) => {
      expect(await kubectl(['get', 'nodes', '--no-headers'])).toMatch(/^node0 +Ready +<none> +\S+ +v1\.37\.2\n$/);
      await kubectl(['create', 'namespace', 'certifiable']);
      await kubectl(['label', 'namespace', 'certifiable', 'pod-security.kubernetes.io/enforce=restricted']);
      // A namespace has its service account a moment later, and no pod is looked at before.
      await vi.waitFor(() => kubectl(['-n', 'certifiable', 'get', 'serviceaccount', 'default']), { timeout: 60_000, interval: 500 });
      await expect(kubectl(['-n', 'certifiable', 'run', 'root', '--image=example.org/root'])).rejects.toThrow(/violates PodSecurity "restricted/);
      const onTheMachine = leftBehind(before, await machineState(home)).filter((line) => !/^(processes|control groups): /.test(line));
      expect(onTheMachine).toEqual([]);
    });
    expect(leftBehind(before, await machineState(home))).toEqual([]);
  });

  it('ends with the command that started it, even one that is killed', async () => {
    const before = await machineState(home);
    const at = (path: string) => JSON.stringify(fileURLToPath(new URL(path, root)));
    const script = `
      const [{ withEngine }, { withCluster }, { clusterPrograms }] = await Promise.all([import(${at('deploy/engine/engine.ts')}), import(${at('deploy/cluster/control-plane.ts')}), import(${at('deploy/cluster/programs.ts')})]);
      const quiet = { log: () => {}, signal: new AbortController().signal };
      const programs = await clusterPrograms(quiet);
      await withEngine({ home: ${JSON.stringify(home)}, ...quiet }, (engine) => withCluster(engine, { home: ${JSON.stringify(home)}, programs, ...quiet }, async () => { console.log('up'); await new Promise(() => {}); }));`;
    const command = spawn(process.execPath, ['--input-type=module', '-e', `setInterval(() => {}, 1000);${script}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => command.stdout.once('data', resolve));
    command.kill('SIGKILL');
    const giveUpAt = Date.now() + 60_000;
    while (leftBehind(before, await machineState(home)).some((line) => !line.startsWith('control groups')) && Date.now() < giveUpAt) await pause(500);
    // Control groups without processes are removed by the next command.
    await withEngine({ home, ...quiet }, async () => undefined);
    expect(leftBehind(before, await machineState(home))).toEqual([]);
  });
});
