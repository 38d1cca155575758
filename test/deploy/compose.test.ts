import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import type { JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConfigurationError, type Environment } from '../../platform/config.ts';
import { readApiConfig } from '../../api/config.ts';
import { readDatabaseConfig } from '../../platform/database-settings.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { multibaseOf, readKeyStatement } from '../../publication/credentials/key-statement.ts';
import { readWorkerConfig } from '../../workers/config.ts';
import { POOLS } from '../../workers/pools.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { unknownIn } from '../support/command-tree.ts';
import { KEYCLOAK_RELEASE } from '../../deploy/keycloak/installation.ts';

/** docker-compose.temporal.yml against the code: what it names must be there, and what the code needs it must give. */

type Service = {
  readonly image?: string;
  readonly build?: unknown;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly restart?: string;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly timeout?: string; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly aliases?: readonly string[] } | null>>;
  readonly container_name?: string;
  readonly privileged?: boolean;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly deploy?: { readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } } };
};
type Compose = { readonly services: Readonly<Record<string, Service>>; readonly volumes: object };

const repository = new URL('../../', import.meta.url);
const text = await readFile(new URL('docker-compose.temporal.yml', repository), 'utf8');
const compose = parse(text, { merge: true, maxAliasCount: -1 }) as Compose;
const services = Object.entries(compose.services);

/** One-off jobs: others wait for them to end well, and promote ends the start. */
const jobs = ['databases', 'temporal-schema', 'temporal-namespace', 'migrate', 'promote'];
const servers = services.filter(([name]) => !jobs.includes(name));
const pools = services.filter(([, service]) => service.command?.includes('workers/main.ts'));
const ours = services.filter(([, { image }]) => image?.startsWith('certifiable:'));

/** Of the component's own login. */
function passwordOf(component: string): string {
  return `CERTIFIABLE_${component.toUpperCase().replaceAll('-', '_')}_PASSWORD`;
}

/** Values for the variables without a default, such as new-environment.mjs prints. */
const variables: Readonly<Record<string, string>> = {
  BUILD_ID: '0123456789ab',
  CERTIFIABLE_DATABASE_PASSWORD: 'c0ffee',
  ...Object.fromEntries(['api', ...POOLS].map((component) => [passwordOf(component), `of-${component}`])),
  TEMPORAL_DATABASE_PASSWORD: 'decade',
  POSTGRES_PASSWORD: 'facade',
  RECEIPT_KEYS: '{"keys":[]}',
  CREDENTIAL_KEYS: '{"keys":[]}',
  ISSUER_KEYS: 'a.b.c',
  SECRET_KEYS: '{"keys":[]}',
  ISSUER_ROOTS: 'r-oFaN_exaMplE-oF-a-thumbprint-0f-43-signs0',
  PUBLIC_URL: 'http://localhost:8080',
  OIDC_ISSUER: 'https://login.example.org',
  OIDC_AUDIENCE: 'certifiable',
};

function interpolated(value: string): string {
  return value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_whole, name: string, kind?: string, rest?: string) => {
    const fallback = kind === '-' ? rest : undefined;
    return variables[name] ?? fallback ?? '';
  });
}

function environmentOf(name: string): Record<string, string> {
  const { environment = {} } = serviceOf(name);
  // One without a value is handed on from where compose runs, if it is set there.
  const set = Object.entries(environment).filter(([, value]) => value !== null);
  return Object.fromEntries(set.map(([key, value]) => [key, interpolated(String(value))]));
}

function serviceOf(name: string): Service {
  const service = compose.services[name];
  if (!service) throw new Error(`docker-compose.temporal.yml has no service ${name}`);
  return service;
}

describe('the pools', () => {
  it('are one service each, of the pool’s name', () => {
    expect(pools.map(([name, { command }]) => [name, command])).toEqual(POOLS.map((pool) => [pool, ['node', 'workers/main.ts', '--pool', pool]]));
  });

  it.each(pools)('%s can be scaled: no fixed name, no port of the host', (_name, service) => {
    expect(service.container_name).toBeUndefined();
    expect(service.ports).toBeUndefined();
  });

  it('are all polling before their build is made current', () => {
    const waitsFor = serviceOf('promote').depends_on ?? {};
    expect(Object.keys(waitsFor).toSorted()).toEqual(TASK_QUEUES.toSorted());
    expect(new Set(Object.values(waitsFor).map(({ condition }) => condition))).toEqual(new Set(['service_healthy']));
    expect(serviceOf('promote').command?.map(interpolated)).toEqual(['certifiable', 'deployment', 'promote', variables['BUILD_ID']]);
  });
});

/** By new-environment.mjs, as compose reads it. */
function environmentPrinted(...args: readonly string[]): Environment {
  const script = fileURLToPath(new URL('deploy/compose/new-environment.mjs', repository));
  return parseEnv(execFileSync(process.execPath, [script, ...args], { encoding: 'utf8', stdio: 'pipe' }));
}

describe('the configuration that API and pools read', () => {
  it.each(pools)('is complete for %s', (name) => {
    const config = readWorkerConfig(environmentOf(name));
    expect(config.WORKER_BUILD_ID).toBe(variables['BUILD_ID']);
    expect(config.WORKFLOW_BUNDLE).toBeDefined();
  });

  it('is complete for the API and the jobs', () => {
    expect(readApiConfig(environmentOf('api')).TEMPORAL_ADDRESS).toBe('temporal:7233');
    expect(readDatabaseConfig(environmentOf('migrate')).DATABASE_URL).toContain('@postgresql:5432/certifiable');
    expect(readTemporalConfig(environmentOf('promote')).TEMPORAL_ADDRESS).toBe('temporal:7233');
  });

  it.each(['api', 'certification'])('is the same for %s as for the others where it must be', (name) => {
    const shared = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'PUBLIC_URL', 'RECEIPT_KEYS', 'UPLOAD_DIRECTORY'];
    const environment = environmentOf(name);
    for (const [other] of [...pools, ['api'] as const]) {
      expect(environmentOf(other)).toMatchObject(Object.fromEntries(shared.map((key) => [key, environment[key]])));
    }
  });

  it('reaches the database as the login of each, and as the owner of the tables for migrations alone', () => {
    for (const component of ['api', ...pools.map(([name]) => name)]) {
      const { username, password } = new URL(environmentOf(component)['DATABASE_URL'] ?? '');
      expect({ username, password }).toEqual({ username: `certifiable_${component.replaceAll('-', '_')}_login`, password: `of-${component}` });
    }
    expect(new URL(environmentOf('migrate')['DATABASE_URL'] ?? '').username).toBe('certifiable');
  });

  it('has no secret, issuer or build id to fall back on: each missing one stops `docker compose` with a message', () => {
    const uses = [...text.matchAll(/\$\{(\w+)(:[-?][^}]*)?\}/g)];
    for (const name of Object.keys(variables)) {
      const ofName = uses.filter(([, variable]) => variable === name);
      expect(ofName, `${name} is not used`).not.toEqual([]);
      for (const [use] of ofName) expect(use).toMatch(/:\?.+\}$/);
    }
  });

  it('is what new-environment.mjs prints', async () => {
    const printer = await readFile(new URL('deploy/compose/new-environment.mjs', repository), 'utf8');
    for (const name of Object.keys(variables)) expect(printer).toMatch(new RegExp(`^(console\\.log\\(\`)?${name}=`, 'm'));
  });

  it.each([[], ['https://exams.example.org/'], ['http://127.0.0.1:43210']])(
    'has keys of certificates that are signed off for the address that new-environment.mjs was told: %j',
    async (...told: string[]) => {
      const printed = environmentPrinted(...told);
      expect(printed['PUBLIC_URL']).toBe(told[0]?.replace(/\/$/, '') ?? 'http://localhost:8080');
      const { ISSUER_KEYS: statement = '', ISSUER_ROOTS: roots = '', PUBLIC_URL: publicUrl = '', CREDENTIAL_KEYS: keys = '' } = printed;
      const stated = await readKeyStatement({ statement, roots: { roots: [roots], needed: 1 }, publicUrl });
      const [key] = (JSON.parse(keys) as { keys: JWK[] }).keys;
      expect([...stated.keys()]).toEqual([await multibaseOf(key ?? {})]);
    },
  );

  it('is not printed for what is no address', () => {
    expect(() => environmentPrinted('exams.example.org')).toThrow(/exams\.example\.org is no address/);
  });

  it('would be missed: an empty environment is refused', () => {
    expect(() => readApiConfig({})).toThrow(ConfigurationError);
  });
});

/** All that a service waits for, directly or not. */
function waitsFor(name: string): ReadonlySet<string> {
  const found = new Set(Object.keys(serviceOf(name).depends_on ?? {}));
  for (const other of found) for (const further of Object.keys(serviceOf(other).depends_on ?? {})) found.add(further);
  return found;
}

describe('a start that is cut short', () => {
  it('is made up for by the next: nothing hangs on what an image does with an empty volume alone', () => {
    expect(text).not.toContain('docker-entrypoint-initdb.d');
    expect(serviceOf('postgresql').command).toContain('hba_file=/etc/postgresql/pg_hba.conf');
    const withLogin = services.filter(([, { environment = {} }]) =>
      ['DATABASE_URL', 'SQL_PASSWORD', 'POSTGRES_PWD'].some((key) => key in environment),
    );
    expect(withLogin.map(([name]) => name)).toEqual(expect.arrayContaining(['api', 'migrate', 'temporal', 'temporal-schema']));
    for (const [name] of withLogin) expect(waitsFor(name), name).toContain('databases');
  });

  it('leaves scripts that may run again', async () => {
    const script = await readFile(new URL('deploy/compose/create-databases.sh', repository), 'utf8');
    const statements = script.split('\n').filter((line) => line.startsWith('CREATE '));
    expect(statements).toEqual([]);
    expect(script.match(/WHERE NOT EXISTS .* \\gexec/g)).toHaveLength(5);
  });
});

describe('Temporal', () => {
  it('says where its services are, and leaves nothing to what a C library prints of a container on two networks', () => {
    const { BIND_ON_IP: bound, TEMPORAL_BROADCAST_ADDRESS: told } = environmentOf('temporal');
    expect(bound).toBe('0.0.0.0');
    expect(told).toBe('127.0.0.1');
  });
});

describe('Keycloak', () => {
  it('comes by its profile alone, of the release that the realm is tried with, and imports that realm', async () => {
    const { profiles, image, volumes, command } = serviceOf('keycloak');
    expect(profiles).toEqual(['identity']);
    expect(image).toBe(`certifiable-keycloak:${KEYCLOAK_RELEASE}`);
    const dockerfile = await readFile(new URL('deploy/keycloak/Dockerfile', repository), 'utf8');
    expect(dockerfile).toContain(`FROM quay.io/keycloak/keycloak:${KEYCLOAK_RELEASE}\n`);
    expect(volumes).toEqual(['./deploy/keycloak/realm.json:/opt/keycloak/data/import/realm.json:ro']);
    expect(command).toContain('--import-realm');
    for (const [name, { depends_on: others = {} }] of services) expect(Object.keys(others), name).not.toContain('keycloak');
  });

  it('has tokens that the API takes, at an address that a browser and a container both find', () => {
    const { KC_HOSTNAME: url = '' } = environmentOf('keycloak');
    expect(readApiConfig({ ...environmentOf('api'), OIDC_ISSUER: `${url}/realms/exams` }).OIDC_ISSUER).toBe(`${url}/realms/exams`);
    const { hostname, port } = new URL(url);
    expect(serviceOf('keycloak').ports).toEqual([expect.stringMatching(new RegExp(`:${port}$`))]);
    expect(serviceOf('keycloak').networks).toMatchObject({ default: { aliases: [hostname] } });
    expect(environmentOf('keycloak')['KC_HTTP_PORT']).toBe(port);
  });
});

describe('Temporal’s UI', () => {
  it('asks for no sign-in until it is told to, and then by the issuer of the API and the realm’s client for staff', async () => {
    const {
      TEMPORAL_AUTH_ENABLED: enabled,
      TEMPORAL_AUTH_PROVIDER_URL: issuer,
      TEMPORAL_AUTH_CALLBACK_URL: back = '',
      ...others
    } = environmentOf('temporal-ui');
    expect({ enabled, issuer }).toEqual({ enabled: 'false', issuer: environmentOf('api')['OIDC_ISSUER'] });
    const realm = JSON.parse(await readFile(new URL('deploy/keycloak/realm.json', repository), 'utf8')) as {
      clients: { clientId: string; rootUrl: string; redirectUris: string[] }[];
    };
    const client = realm.clients.find(({ clientId }) => clientId === others['TEMPORAL_AUTH_CLIENT_ID']);
    expect(client?.redirectUris.map((path) => `${client.rootUrl}${path}`)).toEqual([back]);
  });
});

describe('the uploads', () => {
  it('are mounted where something is written to them, and nowhere else: others would not start on a new volume', () => {
    const mounting = services.filter(([, { volumes = [] }]) => volumes.some((volume) => volume.startsWith('uploads:')));
    expect(mounting.map(([name]) => name)).toEqual(['api', 'feedback', 'delivery']);
    for (const [, { volumes = [] }] of mounting) expect(volumes).toEqual(['uploads:/var/lib/certifiable/uploads']);
  });
});

describe('every service', () => {
  it.each(services)('%s runs an image pinned to one release', (_name, { image = '' }) => {
    const tag = /:([^:/]+)$/.exec(interpolated(image))?.[1] ?? '';
    expect(tag === variables['BUILD_ID'] || /^\d+\.\d+/.test(tag), `the tag of ${image}`).toBe(true);
  });

  it.each(services)('%s has limits, and no more rights than it needs', (_name, service) => {
    expect(service.deploy?.resources.limits).toEqual({ cpus: expect.any(String) as string, memory: expect.stringMatching(/^\d+[mg]$/) as string });
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.privileged).toBeUndefined();
  });

  it.each(servers)('%s is checked and restarted', (_name, { healthcheck, restart }) => {
    expect(healthcheck?.test?.[0]).toBe('CMD');
    expect(restart).toBe('unless-stopped');
  });

  it.each(servers.filter(([, { healthcheck }]) => healthcheck?.test?.[1] === 'node'))(
    '%s is not taken for unwell because the process that asks starts slowly on a busy machine',
    (_name, { healthcheck }) => {
      expect(Number(/^(\d+)s$/.exec(healthcheck?.timeout ?? '')?.[1])).toBeGreaterThanOrEqual(20);
    },
  );

  it.each(ours)('%s runs a file or a subcommand that is there', async (_name, { command }) => {
    if (command?.[0] === 'certifiable') {
      expect(unknownIn(command.slice(1))).toBeUndefined();
      return;
    }
    expect(command?.[0]).toBe('node');
    await expect(readFile(new URL(command?.[1] ?? '', repository), 'utf8')).resolves.not.toBe('');
  });

  it('waits for jobs to end well and for servers to be healthy', () => {
    for (const [name, { depends_on: dependencies = {} }] of services) {
      for (const [dependency, { condition }] of Object.entries(dependencies)) {
        expect(condition, `${name} on ${dependency}`).toBe(jobs.includes(dependency) ? 'service_completed_successfully' : 'service_healthy');
      }
    }
  });

  it('publishes nothing without a login beyond this machine', () => {
    for (const [name, { ports = [] }] of services) if (name !== 'api') for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('mounts files that are there', async () => {
    const files = services.flatMap(([, { volumes = [] }]) => volumes).filter((volume) => volume.startsWith('./'));
    expect(files).not.toEqual([]);
    for (const file of files) await expect(readFile(new URL(file.split(':')[0] ?? '', repository))).resolves.toBeDefined();
  });
});

describe('Dockerfile', async () => {
  const folders = ['domain', 'workflows', 'activities', 'store', 'publication', 'platform', 'exams', 'api', 'workers', 'cli', 'prisma'];
  const dockerfile = await readFile(new URL('Dockerfile', repository), 'utf8');

  it('starts from the Node release that the project runs on', async () => {
    const { dependencies } = JSON.parse(await readFile(new URL('package.json', repository), 'utf8')) as { dependencies: Record<string, string> };
    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${dependencies['node']}-bookworm-slim\n`);
  });

  it('has in its runtime stage every folder that API and pools import from', () => {
    const runtime = dockerfile.slice(dockerfile.indexOf('AS runtime'));
    for (const folder of folders) {
      expect(runtime).toContain(`COPY ${folder} ${folder}\n`);
    }
    expect(runtime).not.toMatch(/COPY (local|test|trials)/);
  });

  it('keeps of Temporal’s native module the build that can load, and no other architecture’s', () => {
    expect(dockerfile).toContain(
      'find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu"',
    );
  });

  it('lets in what it copies: .dockerignore keeps out all that it does not name', async () => {
    const allowed = (await readFile(new URL('.dockerignore', repository), 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = dockerfile
      .split('\n')
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from=') && line !== 'COPY . .')
      .flatMap((line) => line.split(' ').slice(1, -1));
    for (const source of sources) expect(allowed).toContain(source);
  });

  it('finds all packages that API, pools and jobs import among the dependencies that `npm ci --omit=dev` installs', async () => {
    const manifest = JSON.parse(await readFile(new URL('package.json', repository), 'utf8')) as { dependencies: Record<string, string> };
    const missing = new Set<string>();
    for (const folder of folders) {
      for (const entry of await readdir(new URL(folder, repository), { recursive: true, withFileTypes: true })) {
        if (!/(?<!\.test)\.ts$/.test(entry.name) || entry.parentPath.includes('generated')) continue;
        const source = await readFile(join(entry.parentPath, entry.name), 'utf8');
        for (const [, name = ''] of source.matchAll(/^(?:import (?!type )[^;]*?from|\} from) '((?:@[^/']+\/)?[^/'.]+)/gm)) {
          if (!name.startsWith('node:') && !Object.hasOwn(manifest.dependencies, name)) missing.add(`${folder}: ${name}`);
        }
      }
    }
    expect([...missing]).toEqual([]);
  });
});
