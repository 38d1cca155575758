import { Failure } from '../../../platform/failure.ts';
import { componentsOf, podsOf } from '../pods.ts';
import { RELEASE_NAMESPACE } from '../release.ts';
import type { Stage } from '../stage.ts';
import type { Outcome, Rehearsal } from './rehearsal.ts';

/** What the pods can't do, tried in each of them. */

export const leastPrivilege: Rehearsal = { name: 'least-privilege', play };

/** What somebody who got into a pod would find. */
type Found = {
  readonly user: number;
  readonly capabilities: string;
  readonly noNewPrivileges: string;
  readonly seccomp: string;
  /** What each try came to: the code of the error, or "done". */
  readonly writes: Readonly<Record<string, string>>;
  readonly token: string;
  readonly apiServer: string;
  readonly secrets: readonly string[];
  readonly secretsInEnvironment: readonly string[];
};

async function play(stage: Stage): Promise<Outcome> {
  const components = await componentsOf(stage.cluster);
  const problems: string[] = [];
  const secrets: Record<string, readonly string[]> = {};
  const came = new Set<string>();
  const apiServer = new Set<string>();
  for (const component of components) {
    const found = await lookInside(stage, component);
    problems.push(...problemsOf(found).map((problem) => `${component}: ${problem}`));
    secrets[component] = found.secrets;
    for (const code of Object.values(found.writes)) came.add(code);
    apiServer.add(found.apiServer);
    const rights = await rightsOf(stage, component);
    problems.push(...rights.map((right) => `${component}: its account may ${right}`));
  }
  problems.push(...(await rootIsLetIn(stage)));
  if (problems.length > 0) throw new Failure(`Pods can do more than they should:\n${problems.join('\n')}`);
  stage.log(`least privilege: ${components.length} kinds of pods hold what they should`);
  return {
    requests: 0,
    requestsFailed: 0,
    answersLost: 0,
    shown: { kindsOfPods: components.length, writes: [...came], apiServer: [...apiServer], secrets },
  };
}

/** Runs in the pod, by its own Node. */
const LOOK = `
const fs = require('node:fs');
const tried = (work) => { try { work(); return 'done'; } catch (error) { return error.code; } };
const status = Object.fromEntries(fs.readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(/:\\s+/)));
const paths = ['/app/written', '/usr/local/bin/written', '/etc/written', '/written', '/root/written', '/proc/sys/kernel/hostname'];
const place = '/run/secrets/certifiable';
const secrets = fs.existsSync(place) ? fs.readdirSync(place).filter((name) => !name.startsWith('.')) : [];
const values = secrets.map((name) => fs.readFileSync(place + '/' + name, 'utf8'));
const apiServer = (path) => new Promise((resolve) => require('node:https').get({ host: '10.96.0.1', port: 443, path, rejectUnauthorized: false, timeout: 5000 }, (answer) => resolve(String(answer.statusCode))).on('timeout', function () { this.destroy(); }).on('error', (error) => resolve(error.code)));
apiServer('/api/v1/namespaces/certifiable/secrets').then((answered) => console.log(JSON.stringify({
  user: process.getuid(),
  capabilities: [status.CapInh, status.CapPrm, status.CapEff, status.CapBnd, status.CapAmb].join(' '),
  noNewPrivileges: status.NoNewPrivs,
  seccomp: status.Seccomp,
  writes: Object.fromEntries(paths.map((path) => [path, tried(() => fs.writeFileSync(path, 'x'))])),
  token: tried(() => fs.readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token')),
  apiServer: answered,
  secrets,
  secretsInEnvironment: Object.entries(process.env).filter(([, value]) => values.some((secret) => secret.length > 8 && value.includes(secret))).map(([name]) => name),
})));`;

async function lookInside({ cluster }: Stage, component: string): Promise<Found> {
  const [pod] = (await podsOf(cluster, component)).filter(({ status }) => status.phase === 'Running');
  if (!pod) throw new Failure(`no pod of ${component} runs`);
  return JSON.parse(await cluster.kubectl(['--namespace', RELEASE_NAMESPACE, 'exec', pod.metadata.name, '--', 'node', '-e', LOOK])) as Found;
}

const NO_CAPABILITIES = Array.from({ length: 5 }, () => '0000000000000000').join(' ');

function problemsOf({ user, capabilities, noNewPrivileges, seccomp, writes, token, apiServer, secretsInEnvironment }: Found): string[] {
  return [
    ...(user === 1000 ? [] : [`runs as user ${user}`]),
    ...(capabilities === NO_CAPABILITIES ? [] : [`has capabilities: ${capabilities}`]),
    ...(noNewPrivileges === '1' ? [] : ['may gain privileges']),
    ...(seccomp === '2' ? [] : ['has no filter of system calls']),
    ...Object.entries(writes).flatMap(([path, came]) => (came === 'done' ? [`wrote ${path}`] : [])),
    ...(token === 'ENOENT' ? [] : [`has a token of its account: ${token}`]),
    ...(/^(401|403)$/.test(apiServer) || apiServer.startsWith('E') ? [] : [`was told secrets by the API server: ${apiServer}`]),
    ...secretsInEnvironment.map((name) => `has a secret in its environment: ${name}`),
  ];
}

const RIGHTS = [
  ['get', 'secrets'],
  ['list', 'pods'],
  ['create', 'pods'],
  ['create', 'pods/exec'],
  ['patch', 'deployments'],
  ['delete', 'jobs'],
] as const;

/** Its account's, should anybody ever get a token of it. */
async function rightsOf({ cluster }: Stage, component: string): Promise<readonly string[]> {
  const account = `--as=system:serviceaccount:${RELEASE_NAMESPACE}:${component}`;
  const answers = await Promise.all(
    RIGHTS.map(async ([verb, resource]) => {
      const { stdout } = await cluster.node.run('kubectl', [
        `--kubeconfig=${cluster.credentials.kubeconfig('admin')}`,
        `--namespace=${RELEASE_NAMESPACE}`,
        'auth',
        'can-i',
        verb,
        resource,
        account,
      ]);
      return { right: `${verb} ${resource}`, answer: stdout.trim() };
    }),
  );
  return answers.filter(({ answer }) => answer !== 'no').map(({ right, answer }) => `${right} (${answer})`);
}

/** A pod that is root, and one that has the node's files. */
async function rootIsLetIn({ cluster, image }: Stage): Promise<readonly string[]> {
  const reference = `registry.example.org/certifiable@${image.digest}`;
  const hostFiles = { spec: { volumes: [{ name: 'node', hostPath: { path: '/' } }] } };
  const tries = { 'a pod that may be root': [], 'a pod with the files of its node': [`--overrides=${JSON.stringify(hostFiles)}`] };
  const letIn: string[] = [];
  for (const [what, more] of Object.entries(tries)) {
    const { code, stderr } = await cluster.node.run('kubectl', [
      `--kubeconfig=${cluster.credentials.kubeconfig('admin')}`,
      `--namespace=${RELEASE_NAMESPACE}`,
      'run',
      'intruder',
      `--image=${reference}`,
      '--dry-run=server',
      ...more,
    ]);
    if (code === 0 || !stderr.includes('violates PodSecurity "restricted')) letIn.push(`${what} is let in: ${stderr}`);
  }
  return letIn;
}
