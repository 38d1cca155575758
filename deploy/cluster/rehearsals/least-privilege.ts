import { Failure } from '../../../platform/failure.ts';
import { NODE, PORTS } from '../addresses.ts';
import { componentsOf, podsOf } from '../pods.ts';
import { RELEASE_NAMESPACE } from '../release.ts';
import { loginOf } from '../servers.ts';
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
  /** "open" for what it reaches, else the code of the error. */
  readonly reach: Readonly<Record<string, string>>;
  readonly database: { readonly login: string; readonly statements: Readonly<Record<string, string>> };
};

/** What it must reach for its work, and what nobody there has any business with. */
type Ways = { readonly open: Readonly<Record<string, Address>>; readonly closed: Readonly<Record<string, Address>> };
type Address = readonly [host: string, port: number];

async function play(stage: Stage): Promise<Outcome> {
  const components = await componentsOf(stage.cluster);
  const problems: string[] = [];
  const secrets: Record<string, readonly string[]> = {};
  const came = new Set<string>();
  const apiServer = new Set<string>();
  const closed = new Set<string>();
  const statements = new Set<string>();
  for (const component of components) {
    const ways = await waysOf(stage, component);
    const found = await lookInside(stage, component, ways);
    problems.push(...problemsOf(found, { component, ways }).map((problem) => `${component}: ${problem}`));
    for (const way of Object.keys(ways.closed)) closed.add(`${way}: ${found.reach[way]}`);
    for (const code of Object.values(found.database.statements)) statements.add(code);
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
    shown: {
      kindsOfPods: components.length,
      writes: [...came],
      apiServer: [...apiServer],
      waysClosed: [...closed],
      statementsRefused: { of: STATEMENTS, came: [...statements] },
      secrets,
    },
  };
}

/** What its login must not do, each tried in a transaction of its own that is taken back. */
const STATEMENTS = ['ALTER TABLE mark DISABLE TRIGGER ALL', 'CREATE TABLE written (id int)', 'CREATE ROLE intruder', 'DELETE FROM ledger_entry'];

/** Another pod is one that serves its numbers to monitoring alone. */
async function waysOf({ cluster, servers }: Stage, component: string): Promise<Ways> {
  const [pod] = await podsOf(cluster, component === 'certification' ? 'delivery' : 'certification');
  const { address, port } = servers.database;
  return {
    open: { postgresql: [address, port], temporal: [NODE.address, PORTS.temporal] },
    closed: {
      'API server': [NODE.apiService, 443],
      'API server’s machine': [NODE.address, 6443],
      kubelet: [NODE.address, 10_250],
      etcd: [NODE.address, PORTS.etcd],
      'another pod': [pod?.status.podIP ?? '', 9464],
    },
  };
}

/** Runs in the pod, by its own Node, with the ways as its argument. */
const LOOK = `
const ways = JSON.parse(process.argv[1]);
const connected = ([host, port]) => new Promise((resolve) => {
  const socket = require('node:net').connect({ host, port, timeout: 3000 });
  const come = (what) => { resolve(what); socket.destroy(); };
  socket.on('connect', () => come('open')).on('timeout', () => come('ETIMEDOUT')).on('error', (error) => come(error.code));
});
const reached = async () => Object.fromEntries(await Promise.all(Object.entries({ ...ways.open, ...ways.closed }).map(async ([way, address]) => [way, await connected(address)])));
const signedIn = async () => {
  const client = new (require('pg').Client)({ connectionString: fs.readFileSync(place + '/DATABASE_URL', 'utf8') });
  await client.connect();
  const { rows: [{ current_user: login }] } = await client.query('SELECT current_user');
  const statements = {};
  for (const statement of ways.statements) {
    await client.query('BEGIN');
    statements[statement] = await client.query(statement).then(() => 'done', ({ code }) => code);
    await client.query('ROLLBACK');
  }
  await client.end();
  return { login, statements };
};
const fs = require('node:fs');
const tried = (work) => { try { work(); return 'done'; } catch (error) { return error.code; } };
const status = Object.fromEntries(fs.readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(/:\\s+/)));
const paths = ['/app/written', '/usr/local/bin/written', '/etc/written', '/written', '/root/written', '/proc/sys/kernel/hostname'];
const place = '/run/secrets/certifiable';
const secrets = fs.existsSync(place) ? fs.readdirSync(place).filter((name) => !name.startsWith('.')) : [];
const values = secrets.map((name) => fs.readFileSync(place + '/' + name, 'utf8'));
const apiServer = (path) => new Promise((resolve) => require('node:https').get({ host: '10.96.0.1', port: 443, path, rejectUnauthorized: false, timeout: 5000 }, (answer) => resolve(String(answer.statusCode))).on('timeout', function () { this.destroy(); }).on('error', (error) => resolve(error.code)));
Promise.all([apiServer('/api/v1/namespaces/certifiable/secrets'), reached(), signedIn()]).then(([answered, reach, database]) => console.log(JSON.stringify({
  user: process.getuid(),
  capabilities: [status.CapInh, status.CapPrm, status.CapEff, status.CapBnd, status.CapAmb].join(' '),
  noNewPrivileges: status.NoNewPrivs,
  seccomp: status.Seccomp,
  writes: Object.fromEntries(paths.map((path) => [path, tried(() => fs.writeFileSync(path, 'x'))])),
  token: tried(() => fs.readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token')),
  apiServer: answered,
  reach,
  database,
  secrets,
  secretsInEnvironment: Object.entries(process.env).filter(([, value]) => values.some((secret) => secret.length > 8 && value.includes(secret))).map(([name]) => name),
})));`;

async function lookInside({ cluster }: Stage, component: string, ways: Ways): Promise<Found> {
  const [pod] = (await podsOf(cluster, component)).filter(({ status }) => status.phase === 'Running');
  if (!pod) throw new Failure(`no pod of ${component} runs`);
  const told = JSON.stringify({ ...ways, statements: STATEMENTS });
  return JSON.parse(await cluster.kubectl(['--namespace', RELEASE_NAMESPACE, 'exec', pod.metadata.name, '--', 'node', '-e', LOOK, told])) as Found;
}

/** insufficient_privilege of PostgreSQL. */
const REFUSED = '42501';
const NO_CAPABILITIES = Array.from({ length: 5 }, () => '0000000000000000').join(' ');

function problemsOf(found: Found, { component, ways }: { component: string; ways: Ways }): string[] {
  const { user, capabilities, noNewPrivileges, seccomp, writes, token, apiServer, secretsInEnvironment, reach, database } = found;
  const login = loginOf(component);
  return [
    ...Object.keys(ways.open).flatMap((way) => (reach[way] === 'open' ? [] : [`does not reach ${way}: ${reach[way]}`])),
    ...Object.keys(ways.closed).flatMap((way) => (reach[way] === 'open' ? [`reaches ${way}`] : [])),
    ...(database.login === login ? [] : [`signs in to the database as ${database.login} and not as ${login}`]),
    ...Object.entries(database.statements).flatMap(([statement, came]) => (came === REFUSED ? [] : [`the database says to "${statement}": ${came}`])),
    ...(user === 1000 ? [] : [`runs as user ${user}`]),
    ...(capabilities === NO_CAPABILITIES ? [] : [`has capabilities: ${capabilities}`]),
    ...(noNewPrivileges === '1' ? [] : ['may gain privileges']),
    ...(seccomp === '2' ? [] : ['has no filter of system calls']),
    ...Object.entries(writes).flatMap(([path, came]) => (came === 'done' ? [`wrote ${path}`] : [])),
    ...(token === 'ENOENT' ? [] : [`has a token of its account: ${token}`]),
    ...(apiServer.startsWith('E') ? [] : [`was answered by the API server: ${apiServer}`]),
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
