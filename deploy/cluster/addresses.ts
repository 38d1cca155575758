/** All in the engine's network namespace, so no address of the machine can be taken, and nothing of it is reached from outside. */
export const NODE = {
  bridge: 'node0',
  address: '10.215.0.1',
  apiServer: 'https://10.215.0.1:6443',
  /** The first of the services' addresses is that of the API server. */
  apiService: '10.96.0.1',
  services: '10.96.0.0/16',
  /** By which pods look names up. */
  names: '10.96.0.10',
  pods: '10.244.0.0/24',
} as const;

export const PORTS = { etcd: 2379, etcdPeers: 2380, postgres: 5432, temporal: 7233, kedaAdapter: 6444, kedaMetrics: 9666, prometheus: 9090 } as const;

/** Kubelets, each with a container runtime of its own. All have the network of the first: a pod of one reaches a pod of the other as one of its own. */
export type Machine = { readonly name: 'node0' | 'node1'; readonly address: string; readonly healthPort: number };

export const MACHINES = {
  node0: { name: 'node0', address: NODE.address, healthPort: 10_248 },
  /** Only where pods are to go somewhere else. */
  node1: { name: 'node1', address: '10.215.0.2', healthPort: 11_248 },
} as const satisfies Record<string, Machine>;
