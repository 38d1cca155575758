import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runTool, saidBy } from '../check/run-tool.ts';
import { MACHINES, NODE } from './addresses.ts';

/** Who is who in the cluster: certificates of one authority, and a token and a kubeconfig for each of its parts, with the rights that Kubernetes gives them. */

const PARTS = {
  admin: { user: 'admin', groups: ['system:masters'] },
  node0: { user: 'system:node:node0', groups: ['system:nodes'] },
  node1: { user: 'system:node:node1', groups: ['system:nodes'] },
  'controller-manager': { user: 'system:kube-controller-manager', groups: [] },
  scheduler: { user: 'system:kube-scheduler', groups: [] },
  proxy: { user: 'system:kube-proxy', groups: [] },
  policies: { user: 'network-policies', groups: [] },
  keda: { user: 'system:serviceaccount:keda:keda-operator', groups: ['system:serviceaccounts', 'system:serviceaccounts:keda'] },
} as const satisfies Record<string, { user: string; groups: readonly string[] }>;

type Part = keyof typeof PARTS;

const CERTIFICATES = {
  apiserver: { subject: '/CN=kube-apiserver', names: [`IP:${NODE.address}`, 'IP:127.0.0.1', `IP:${NODE.apiService}`, 'DNS:kubernetes.default.svc'] },
  node0: { subject: '/CN=node0', names: [`IP:${MACHINES.node0.address}`, 'DNS:node0'] },
  node1: { subject: '/CN=node1', names: [`IP:${MACHINES.node1.address}`, 'DNS:node1'] },
  'apiserver-kubelet-client': { subject: '/O=system:masters/CN=kube-apiserver-kubelet-client', names: [] },
  'front-proxy-client': { subject: '/CN=front-proxy-client', names: [] },
  keda: {
    subject: '/CN=keda-operator',
    names: [`IP:${NODE.address}`, 'DNS:keda-operator', 'DNS:keda-metrics-apiserver.keda.svc'],
  },
} as const satisfies Record<string, { subject: string; names: readonly string[] }>;

type CertificateName = keyof typeof CERTIFICATES;

export type Credentials = {
  readonly directory: string;
  readonly kubeconfig: (part: Part) => string;
  readonly authority: string;
  readonly certificate: (name: CertificateName) => string;
  readonly key: (name: CertificateName) => string;
  readonly tokens: string;
  readonly accounts: { readonly publicKey: string; readonly privateKey: string };
};

/** Where they lie. */
export function credentialsIn(directory: string): Credentials {
  const at = (name: string) => join(directory, name);
  return {
    directory,
    kubeconfig: (part) => at(`${part}.kubeconfig`),
    authority: at('authority.crt'),
    certificate: (name) => at(`${name}.crt`),
    key: (name) => at(`${name}.key`),
    tokens: at('tokens.csv'),
    accounts: { publicKey: at('accounts.pub'), privateKey: at('accounts.key') },
  };
}

/** Made anew for every cluster, in a folder that is gone with it. */
export async function makeCredentials(directory: string): Promise<Credentials> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const at = (name: string) => join(directory, name);
  const credentials = credentialsIn(directory);
  await openssl([
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=cluster',
    '-keyout',
    at('authority.key'),
    '-out',
    at('authority.crt'),
  ]);
  for (const [name, { subject, names }] of Object.entries(CERTIFICATES)) await certify(directory, { name, subject, names });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(credentials.accounts.publicKey, publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(credentials.accounts.privateKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeTokens(credentials);
  return credentials;
}

async function certify(directory: string, { name, subject, names }: { name: string; subject: string; names: readonly string[] }): Promise<void> {
  const at = (extension: string) => join(directory, `${name}.${extension}`);
  const usage = 'extendedKeyUsage=serverAuth,clientAuth\n';
  await writeFile(at('extensions'), names.length === 0 ? usage : `${usage}subjectAltName=${names.join(',')}\n`);
  await openssl(['req', '-newkey', 'rsa:2048', '-nodes', '-subj', subject, '-keyout', at('key'), '-out', at('request')]);
  const authority = ['-CA', join(directory, 'authority.crt'), '-CAkey', join(directory, 'authority.key'), '-CAcreateserial'];
  await openssl(['x509', '-req', '-in', at('request'), ...authority, '-days', '2', '-extfile', at('extensions'), '-out', at('crt')]);
}

async function openssl(args: readonly string[]): Promise<void> {
  const run = await runTool({ command: 'openssl', args });
  if (run.code !== 0) throw new Error(`openssl ${args[0]}: ${saidBy(run)}`);
}

async function writeTokens(credentials: Credentials): Promise<void> {
  const authority = (await readFile(credentials.authority)).toString('base64');
  const lines: string[] = [];
  for (const [part, { user, groups }] of Object.entries(PARTS)) {
    const token = randomUUID();
    lines.push(`${token},${user},${part},"${groups.join(',')}"`);
    const configuration = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'cluster', cluster: { server: NODE.apiServer, 'certificate-authority-data': authority } }],
      users: [{ name: part, user: { token } }],
      contexts: [{ name: part, context: { cluster: 'cluster', user: part } }],
      'current-context': part,
    };
    await writeFile(credentials.kubeconfig(part as Part), stringify(configuration), { mode: 0o600 });
  }
  await writeFile(credentials.tokens, `${lines.join('\n')}\n`, { mode: 0o600 });
}
