import { appendFile, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLongCommand } from '../../local/long-command.ts';
import { buildKubernetes } from '../../local/tools/kubernetes.ts';
import { runTool } from '../check/run-tool.ts';
import { moduleFolder } from '../engine/binaries.ts';
import { engineDirectory, fingerprint, isThere, madeOnce, type Work } from '../engine/cache.ts';
import { unpackedPackages } from '../engine/packages.ts';

/** What a cluster runs on, and what is built once: Kubernetes and KEDA from their Go modules, the rest from the distribution. */

const KUBERNETES = { version: '1.37.2', programs: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'] } as const;
const KEDA = { module: 'github.com/kedacore/keda/v2', version: '2.21.0', programs: ['operator', 'adapter'] } as const;
/** Those that the chart's triggers name. KEDA has seventy more, whose clients are twice as much to build. */
const SCALERS = ['cpu', 'memory', 'prometheus', 'temporal'];
const SCALER_FILES = ['scaler.go', 'cpu_memory_scaler.go', 'prometheus_scaler.go', 'temporal_scaler.go'];
const PACKAGES = [
  'etcd-server',
  'kubernetes-client',
  'containernetworking-plugins',
  'nftables',
  'libnftables1',
  'libjansson4',
  'libedit2',
  'libbsd0',
  'libmd0',
  'conntrack',
];

type KubernetesProgram = (typeof KUBERNETES.programs)[number];
type KedaProgram = (typeof KEDA.programs)[number];

export type Programs = {
  readonly kubernetes: (program: KubernetesProgram) => string;
  /** What its image is built from: a program that only waits. */
  readonly pause: string;
  /** Of etcd, kubectl and the network plugins. */
  readonly packages: string;
};

export type KedaPrograms = {
  readonly program: (program: KedaProgram) => string;
  /** Its definitions and roles, as its authors publish them. */
  readonly configuration: string;
};

export async function clusterPrograms(work: Work): Promise<Programs> {
  const packages = await unpackedPackages(PACKAGES, work);
  const kubernetes = await kubernetesPrograms(work);
  return { packages, pause: await pauseFolder(work), kubernetes: (program) => join(kubernetes, program) };
}

/** Kubernetes' own is to be had as an image alone. */
async function pauseFolder(work: Work): Promise<string> {
  const source = fileURLToPath(new URL('pause', import.meta.url));
  const texts = await Promise.all(['pause.go', 'Dockerfile'].map((file) => readFile(join(source, file))));
  return madeOnce(`pause-${fingerprint(...texts)}`, async (directory) => {
    await cp(join(source, 'Dockerfile'), join(directory, 'Dockerfile'));
    await runLongCommand({
      command: 'go',
      args: ['build', '-ldflags=-s -w', '-o', join(directory, 'pause'), join(source, 'pause.go')],
      environment: { CGO_ENABLED: '0' },
      progress: 'pause: building',
      timeoutSeconds: 300,
      ...work,
    });
  });
}

export async function kedaPrograms(work: Work): Promise<KedaPrograms> {
  const keda = await builtKeda(work);
  return { program: (program) => join(keda, program), configuration: join(keda, 'config') };
}

/** Whether all of Kubernetes is there; a test does not build for minutes. */
export async function isKubernetesBuilt(): Promise<boolean> {
  return isThere(join(engineDirectory(), kubernetesFolder()));
}

function kubernetesFolder(): string {
  return `kubernetes-${KUBERNETES.version}-${fingerprint(...KUBERNETES.programs)}`;
}

async function kubernetesPrograms(work: Work): Promise<string> {
  const { version, programs } = KUBERNETES;
  return madeOnce(kubernetesFolder(), async (directory) => {
    work.log(`Kubernetes ${version}: building from source, about 12 min, once`);
    await buildKubernetes(programs, { version, directory, ...work });
  });
}

async function builtKeda(work: Work): Promise<string> {
  const { module, version, programs } = KEDA;
  return madeOnce(`keda-${version}-${fingerprint(...programs, ...SCALERS)}`, async (directory) => {
    work.log(`KEDA ${version}: building from source, about 6 min, once`);
    const source = join(directory, 'source');
    await cp(await moduleFolder({ module, version }, work), source, { recursive: true });
    await runTool({ command: 'chmod', args: ['-R', 'u+w', source] });
    await keepScalers(source);
    for (const program of programs) {
      await runLongCommand({
        command: 'nice',
        args: ['-n', '15', 'go', 'build', '-C', source, '-mod=mod', '-ldflags=-s -w', '-o', join(directory, program), `./cmd/${program}`],
        progress: `KEDA ${version}: building its ${program}`,
        timeoutSeconds: 60 * 60,
        ...work,
      });
    }
    await cp(join(source, 'config'), join(directory, 'config'), { recursive: true });
    await rm(source, { recursive: true });
  });
}

/** Takes the other scalers out of a copy of the source: their files, and their cases in the one place that makes them. */
async function keepScalers(source: string): Promise<void> {
  const folder = join(source, 'pkg', 'scalers');
  for (const file of await readdir(folder)) {
    if (file.endsWith('.go') && !SCALER_FILES.includes(file)) await rm(join(folder, file));
  }
  const builder = join(source, 'pkg', 'scaling', 'scalers_builder.go');
  const text = await readFile(builder, 'utf8');
  const kept = text.replaceAll(/(?:\t\/\/ TODO[^\n]*\n)?\tcase "([^"]+)":\n\t\treturn [^\n]*\n/g, (whole, scaler: string) =>
    SCALERS.includes(scaler) ? whole : '',
  );
  await writeFile(builder, kept);
  // The others have it from one that is left out.
  await appendFile(join(folder, 'scaler.go'), '\nconst externalMetricType = "External"\n');
}
