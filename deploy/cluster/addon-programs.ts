import { fileURLToPath } from 'node:url';
import { builtProgram, moduleFolder, type GoProgram } from '../engine/binaries.ts';
import type { Work } from '../engine/cache.ts';

/** What a provider brings with a cluster and Kubernetes does not: names, metrics, and whoever enforces NetworkPolicies; and nodes without machines. */

/** Kubernetes' own, so that what it is built from is built once. */
const KUBERNETES = ['api', 'apimachinery', 'client-go'].map((part) => `k8s.io/${part}@v0.37.2`);

const ADDONS = {
  coredns: { module: 'github.com/coredns/coredns', version: '1.15.0', main: ours('coredns'), pinned: KUBERNETES, minutes: 4 },
  'metrics-server': { module: 'sigs.k8s.io/metrics-server', version: '0.8.0', package: 'cmd/metrics-server', minutes: 6 },
  'network-policies': {
    module: 'github.com/cloudnativelabs/kube-router/v2',
    version: '2.1.0',
    main: ours('network-policies'),
    pinned: KUBERNETES,
    minutes: 2,
  },
  kwok: { module: 'sigs.k8s.io/kwok', version: '0.8.0', package: 'cmd/kwok', pinned: KUBERNETES, minutes: 4 },
} as const satisfies Record<string, Omit<GoProgram, 'name'>>;

type AddonName = keyof typeof ADDONS;

/** Paths of the program, and of the source of its module, which holds what its authors configure it with. */
export type Addon = { readonly name: AddonName; readonly program: string; readonly source: string };
export type Addons = Readonly<Record<AddonName, Addon>>;

export async function builtAddons(work: Work): Promise<Addons> {
  const built: Addon[] = [];
  for (const name of Object.keys(ADDONS) as AddonName[]) {
    const program = await builtProgram({ name, ...ADDONS[name] }, work);
    built.push({ name, program, source: await moduleFolder(ADDONS[name], work) });
  }
  return Object.fromEntries(built.map((addon) => [addon.name, addon])) as Addons;
}

function ours(folder: string): string {
  return fileURLToPath(new URL(`${folder}/main.go`, import.meta.url));
}
