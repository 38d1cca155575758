import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtProgram, moduleFolder, type GoProgram } from '../engine/binaries.ts';
import type { Work } from '../engine/cache.ts';

/**
 * What a provider brings with a cluster and Kubernetes does not: names, metrics, and whoever enforces NetworkPolicies; nodes without machines; and what
 * judges a release.
 */

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

const JUDGES = {
  /** The newest that this Go builds. */
  'rollouts-controller': {
    module: 'github.com/argoproj/argo-rollouts',
    version: '1.10.1',
    package: 'cmd/rollouts-controller',
    replaced: true,
    minutes: 10,
  },
} as const satisfies Record<string, Omit<GoProgram, 'name'>>;
/** What a chart's monitors and rules are, without the operator that reads them. */
const MONITORS = { module: 'github.com/prometheus-operator/prometheus-operator', version: '0.85.0' } as const;

type AddonName = keyof typeof ADDONS;
type JudgeName = keyof typeof JUDGES;

/** Paths of the program, and of the source of its module, which holds what its authors configure it with. */
export type Addon = { readonly name: string; readonly program: string; readonly source: string };
export type Addons = Readonly<Record<AddonName, Addon>>;
export type Judges = Readonly<Record<JudgeName, Addon>>;

export async function builtAddons(work: Work): Promise<Addons> {
  return builtAll(ADDONS, work);
}

export async function builtJudges(work: Work): Promise<Judges> {
  return builtAll(JUDGES, work);
}

/** The folder with their definitions. */
export async function definitionsOfMonitors(work: Work): Promise<string> {
  return join(await moduleFolder(MONITORS, work), 'example', 'prometheus-operator-crd');
}

async function builtAll<Name extends string>(
  programs: Readonly<Record<Name, Omit<GoProgram, 'name'>>>,
  work: Work,
): Promise<Readonly<Record<Name, Addon>>> {
  const built: Addon[] = [];
  for (const name of Object.keys(programs) as Name[]) {
    const program = await builtProgram({ name, ...programs[name] }, work);
    built.push({ name, program, source: await moduleFolder(programs[name], work) });
  }
  return Object.fromEntries(built.map((addon) => [addon.name, addon])) as Record<Name, Addon>;
}

function ours(folder: string): string {
  return fileURLToPath(new URL(`${folder}/main.go`, import.meta.url));
}
