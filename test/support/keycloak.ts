import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '../../local/environment.ts';
import { runLongCommand } from '../../local/long-command.ts';
import { freePort } from '../../local/ports.ts';
import { guardedProcess } from '../../local/process.ts';

/** Keycloak itself, from Maven Central, on a free port of loopback and a database in a folder of its own. */

export const KEYCLOAK_RELEASE = '26.7.3';
const artifact = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_RELEASE}:zip`;
const unpacking = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack';
const administrator = { username: 'administrator', password: 'administrator' };

export type Keycloak = {
  readonly url: string;
  /** Of the administration, as its administrator; throws at any answer but a success. */
  readonly administer: (method: string, path: string, body?: object) => Promise<unknown>;
  readonly stop: () => Promise<void>;
  /** After stop: the same port, the same realms, people and keys. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Resolves when it answers: half a minute, and minutes the first time or on a busy machine. Throws where Java or Maven lacks. */
export async function startKeycloak(): Promise<Keycloak> {
  const home = await findInstallation();
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-keycloak-'));
  const [port, managementPort] = [await freePort({ purpose: 'Keycloak', log: () => {} }), await freePort({ purpose: 'its health', log: () => {} })];
  const url = `http://127.0.0.1:${port}`;
  const server = guardedProcess({
    name: 'Keycloak',
    logFile: join(directory, 'keycloak.log'),
    guarded: {
      command: 'env',
      args: [
        `KC_BOOTSTRAP_ADMIN_USERNAME=${administrator.username}`,
        `KC_BOOTSTRAP_ADMIN_PASSWORD=${administrator.password}`,
        'JAVA_OPTS_KC_HEAP=-Xms128m -Xmx512m',
        // It runs for a minute: what starts soon is worth more than what would be quick after that.
        'JAVA_OPTS_APPEND=-XX:TieredStopAtLevel=1',
        // The shell becomes Java, and gets the signal.
        'bash',
        join(home, 'bin/kc.sh'),
        'start',
        '--optimized',
        '--http-enabled=true',
        `--hostname=${url}`,
        '--http-host=127.0.0.1',
        `--http-port=${port}`,
        `--http-management-port=${managementPort}`,
        `--db-url=jdbc:h2:file:${join(directory, 'database')};NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE`,
      ],
      stopSignal: 'SIGTERM',
    },
    isReady: async () => (await fetch(`${url}/realms/master`, { signal: AbortSignal.timeout(5000) })).ok,
    readySeconds: 300,
    stopSeconds: 30,
    log: () => {},
  });
  await server.start();

  async function token(): Promise<string> {
    const body = new URLSearchParams({ client_id: 'admin-cli', grant_type: 'password', ...administrator });
    const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  return {
    url,
    async administer(method, path, body) {
      const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
      const response = await fetch(`${url}/admin/realms${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    stop: () => server.stop(),
    start: () => server.start(),
    async close() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const POM = `<project><modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>keycloak</artifactId><version>1</version></project>`;

/** Its home, built once for the database that tests use. */
async function findInstallation(): Promise<string> {
  const directory = join(cacheDirectory(), `keycloak-${KEYCLOAK_RELEASE}`);
  const common = { timeoutSeconds: 600, log: (line: string) => console.log(line) };
  await runLongCommand({ ...common, command: 'java', args: ['-version'], progress: 'asking java for its version', log: () => {} });
  if (await isThere(directory)) return directory;
  const unfinished = `${directory}.unfinished-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    // Without a project Maven keeps its notes in whichever folder it was called from.
    const project = join(unfinished, 'pom.xml');
    await writeFile(project, POM);
    const fetching = ['-q', '-B', '-f', project, unpacking, `-Dartifact=${artifact}`, `-DoutputDirectory=${unfinished}`];
    await runLongCommand({ ...common, command: 'mvn', args: fetching, progress: 'fetching Keycloak from Maven Central, 177 MB, once' });
    const home = join(unfinished, `keycloak-${KEYCLOAK_RELEASE}`);
    const building = [join(home, 'bin/kc.sh'), 'build', '--db=dev-file', '--cache=local'];
    await runLongCommand({ ...common, command: 'bash', args: building, progress: 'building Keycloak for its database, once' });
    await rename(home, directory);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
