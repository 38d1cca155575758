import { join } from 'node:path';

/** How etcd is started for a cluster of one: its data in `directory`, its doors on loopback. Nothing that is in it outlives it, so nothing waits for the disk. */
export function etcdArguments({ directory, port, peerPort }: { directory: string; port: number; peerPort: number }): string[] {
  const [own, peers] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return [
    '--name=default',
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${own}`,
    `--advertise-client-urls=${own}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--unsafe-no-fsync',
  ];
}
