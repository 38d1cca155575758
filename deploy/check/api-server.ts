import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, returnPort } from '../../local/ports.ts';
import { answersOk, guardedProcess } from '../../local/process.ts';
import { etcdArguments } from '../cluster/etcd.ts';

/** Of a loaded machine: seconds on a free one. */
const READY_SECONDS = 120;

export type Answer = {
  readonly status: number;
  readonly body: unknown;
  /** What the server says to whoever asked, beside its answer. */
  readonly warnings: readonly string[];
};

export type ApiServer = {
  /** `contentType` is that of the body, which is JSON in any case. */
  readonly ask: (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown, contentType?: string) => Promise<Answer>;
};

type Programs = { readonly etcd: string; readonly kubeApiserver: string };

/**
 * A real API server with its etcd, empty and on loopback alone, for as long as `use` takes. There is nothing beside it: what it takes is
 * stored, no controller acts on it, no pod runs.
 */
export async function withApiServer<Result>(
  { etcd, kubeApiserver, signal }: Programs & { signal: AbortSignal | undefined },
  use: (server: ApiServer) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-api-server-'));
  const ports = await Promise.all(['etcd', 'etcd’s peers', 'the API server'].map((purpose) => freePort({ purpose, log: () => undefined })));
  const [etcdPort = 0, peerPort = 0, port = 0] = ports;
  const token = randomUUID();
  const agent = { current: undefined as Agent | undefined };
  const ask = asker({ port, token, agent });
  const lifecycle = { readySeconds: READY_SECONDS, stopSeconds: 10, log: () => undefined, signal };
  const store = guardedProcess({
    name: 'etcd',
    logFile: join(directory, 'etcd.log'),
    guarded: { command: etcd, args: etcdArguments({ directory, port: etcdPort, peerPort }), stopSignal: 'SIGTERM' },
    isReady: () => answersOk(`http://127.0.0.1:${etcdPort}/health`),
    ...lifecycle,
  });
  const server = guardedProcess({
    name: 'kube-apiserver',
    logFile: join(directory, 'kube-apiserver.log'),
    guarded: { command: kubeApiserver, args: apiServerArguments({ directory, etcdPort, port }), stopSignal: 'SIGTERM' },
    isReady: async () => {
      // It makes its certificate as it starts.
      agent.current ??= new Agent({ ca: await readFile(join(directory, 'certificates', 'apiserver.crt')), keepAlive: true });
      return (await ask('GET', '/readyz')).status === 200;
    },
    ...lifecycle,
  });
  try {
    await writeSecrets(directory, token);
    await store.start();
    await server.start();
    return await use({ ask });
  } finally {
    agent.current?.destroy();
    await server.stop();
    await store.stop();
    for (const taken of ports) returnPort(taken);
    await rm(directory, { recursive: true, force: true });
  }
}

function apiServerArguments({ directory, etcdPort, port }: { directory: string; etcdPort: number; port: number }): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--secure-port=${port}`,
    `--cert-dir=${join(directory, 'certificates')}`,
    `--token-auth-file=${join(directory, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(directory, 'accounts.pub')}`,
    `--service-account-signing-key-file=${join(directory, 'accounts.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
  ];
}

async function writeSecrets(directory: string, token: string): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const mode = 0o600;
  await writeFile(join(directory, 'tokens.csv'), `${token},check,check,system:masters\n`, { mode });
  await writeFile(join(directory, 'accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }), { mode });
  await writeFile(join(directory, 'accounts.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode });
}

function asker({ port, token, agent }: { port: number; token: string; agent: { readonly current: Agent | undefined } }): ApiServer['ask'] {
  return async (method, path, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': contentType }),
      };
      const asked = request(
        { host: '127.0.0.1', port, method, path, headers, ...(agent.current ? { agent: agent.current } : {}), timeout: 30_000 },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () => {
            const warnings = (response.headersDistinct['warning'] ?? []).map(wordsOfWarning);
            resolve({ status: response.statusCode ?? 0, body: readBody(Buffer.concat(chunks).toString()), warnings });
          });
        },
      );
      asked.once('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
      asked.once('error', reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

/** `299 - "words"`, with quotes and backslashes escaped. */
function wordsOfWarning(header: string): string {
  const quoted = /^299 \S+ "(.*)"$/s.exec(header)?.[1];
  return quoted === undefined ? header : quoted.replaceAll(/\\(.)/g, '$1');
}

function readBody(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : text;
}
