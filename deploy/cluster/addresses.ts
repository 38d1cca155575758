/** All in the engine's network namespace, so no address of the machine can be taken, and nothing of it is reached from outside. */
export const NODE = {
  name: 'node0',
  bridge: 'node0',
  address: '10.215.0.1',
  apiServer: 'https://10.215.0.1:6443',
  /** The first of the services' addresses is that of the API server. */
  apiService: '10.96.0.1',
  services: '10.96.0.0/16',
  pods: '10.244.0.0/24',
} as const;

export const PORTS = { etcd: 2379, etcdPeers: 2380, postgres: 5432, temporal: 7233, kedaAdapter: 6444, kedaMetrics: 9666 } as const;
