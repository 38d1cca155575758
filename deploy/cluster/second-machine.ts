import type { ManagedProcess } from '../../local/process.ts';
import { importAddonImages } from './addons.ts';
import { MACHINES } from './addresses.ts';
import type { Cluster } from './control-plane.ts';
import { importPauseImage, startContainerd, startKubelet, untilNodeReady } from './kubelet.ts';
import { importImages } from './release.ts';
import type { Stage } from './stage.ts';

const MACHINE = MACHINES.node1;

/** A second kubelet beside the first, for as long as `use` takes, with the images that pods need. What runs there by then ends with it. */
export async function withSecondMachine<Result>(stage: Stage, use: (name: string) => Promise<Result>): Promise<Result> {
  const { engine, cluster, addons, built, log } = stage;
  const running: ManagedProcess[] = [];
  try {
    running.push(await startContainerd(cluster, MACHINE));
    await importPauseImage(engine, cluster, MACHINE);
    await importAddonImages(engine, cluster, { addons, machine: MACHINE });
    await importImages(engine, cluster, { images: [built], machine: MACHINE });
    running.push(await startKubelet(cluster, MACHINE));
    await untilNodeReady(cluster, MACHINE, stage);
    log(`${MACHINE.name}: a second machine is ready`);
    return await use(MACHINE.name);
  } finally {
    await cluster.kubectl(['uncordon', MACHINES.node0.name]).catch(() => undefined);
    await cluster.kubectl(['delete', 'node', MACHINE.name, '--ignore-not-found', '--wait=false']).catch(() => undefined);
    for (const server of running.toReversed()) await server.stop();
    await endContainers(cluster);
  }
}

/** Containers outlive what started them. */
async function endContainers({ node }: Cluster): Promise<void> {
  const groups = `/sys/fs/cgroup/*/${node.controlGroup}/${MACHINE.name} /sys/fs/cgroup/${node.controlGroup}/${MACHINE.name}`;
  await node.run('sh', ['-c', `find ${groups} -name cgroup.procs -exec cat {} + 2>/dev/null | sort --unique | xargs --no-run-if-empty kill -KILL`]);
}
