import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { cacheDirectory, searchPath } from '../../local/environment.ts';

/** Renders the chart with the real helm, where there is one. */

const run = promisify(execFile);
export const repository = new URL('../../', import.meta.url);
export const chart = fileURLToPath(new URL('deploy/helm/certifiable/', repository));

export type Labels = Readonly<Record<string, string>>;
type Container = {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: { readonly requests: { readonly cpu: string; readonly memory: string }; readonly limits: { readonly memory: string } };
  readonly securityContext: object;
  readonly startupProbe?: object;
  readonly readinessProbe?: { readonly httpGet: { readonly path: string } };
  readonly livenessProbe?: { readonly httpGet: { readonly path: string } };
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
};
export type PodTemplate = {
  readonly metadata: { readonly labels: Labels; readonly annotations?: Labels };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly automountServiceAccountToken: boolean;
    readonly enableServiceLinks: boolean;
    readonly terminationGracePeriodSeconds: number;
    readonly securityContext: object;
    readonly topologySpreadConstraints?: readonly { readonly topologyKey: string; readonly labelSelector: Selector }[];
    readonly containers: readonly [Container];
    readonly initContainers?: unknown;
    readonly hostNetwork?: unknown;
    readonly volumes: readonly {
      readonly name: string;
      readonly emptyDir?: object;
      readonly hostPath?: object;
      readonly persistentVolumeClaim?: { readonly claimName: string };
      readonly projected?: {
        readonly sources: readonly {
          readonly secret: { readonly name: string; readonly items: readonly { readonly key: string; readonly path: string }[] };
        }[];
      };
    }[];
  };
};
export type Selector = {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[];
};
type Peer = { readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }; readonly namespaceSelector?: object };
type Rule = { readonly from?: readonly Peer[]; readonly to?: readonly Peer[]; readonly ports?: readonly { readonly port: number | string }[] };
type Trigger = {
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly authenticationRef?: { readonly name: string };
};

/** Of the kinds that the tests look into, what they look at. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels; readonly annotations?: Labels };
  readonly data?: Readonly<Record<string, string>>;
  readonly automountServiceAccountToken?: boolean;
  readonly spec: {
    readonly replicas?: number;
    readonly template: PodTemplate & Manifest;
    readonly selector: Selector & Labels;
    readonly podSelector: Selector;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
    readonly scaleTargetRef: { readonly kind?: string; readonly name: string };
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    readonly minReplicas: number;
    readonly cooldownPeriod: number;
    readonly advanced: {
      readonly horizontalPodAutoscalerConfig: { readonly behavior: { readonly scaleDown: { readonly stabilizationWindowSeconds: number } } };
    };
    readonly triggers: readonly [Trigger];
    readonly secretTargetRef: readonly { readonly parameter: string; readonly name: string; readonly key: string }[];
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
    readonly workerDeploymentRef: { readonly name: string };
    readonly strategy: object;
    readonly groups?: readonly unknown[];
  };
};

/** Path of a helm binary: where `npm run check:deploy` puts it, or on PATH; undefined without one. */
export async function findHelm(): Promise<string | undefined> {
  const directories = [join(cacheDirectory(), 'tools', 'bin'), ...searchPath()];
  for (const directory of directories) {
    const path = join(directory, 'helm');
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Values files by what they are called: the chart's scenarios, and the environments that are deployed. */
export async function scenarios(): Promise<ReadonlyMap<string, string>> {
  const files = await Promise.all(
    ['deploy/helm/certifiable/ci/', 'deploy/environments/'].map(async (folder) => {
      const directory = fileURLToPath(new URL(folder, repository));
      return (await readdir(directory)).filter((name) => name.endsWith('.yaml')).map((name) => join(directory, name));
    }),
  );
  return new Map(files.flat().map((file) => [basename(file, '.yaml').replace(/-values$/, ''), file]));
}

/** Everything that the chart renders with a values file and further values. Throws with what helm says when it refuses them. */
export async function render({ helm, values, overrides = {} }: { helm: string; values: string; overrides?: object }): Promise<readonly Manifest[]> {
  const directory = await mkdtemp(join(tmpdir(), 'chart-'));
  try {
    const overridesFile = join(directory, 'overrides.yaml');
    await writeFile(overridesFile, stringify(overrides));
    const args = ['template', 'certifiable', chart, '--namespace', 'certifiable', '--values', values, '--values', overridesFile];
    const { stdout } = await run(helm, args, { maxBuffer: 64 * 1024 * 1024 });
    return parseAllDocuments(stdout)
      .map((document) => document.toJS() as Manifest | null)
      .filter((document) => document !== null);
  } finally {
    await rm(directory, { recursive: true });
  }
}

export function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''))
  );
}
