import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administering, type Administer } from '../../deploy/keycloak/administration.ts';
import { keycloakHome } from '../../deploy/keycloak/installation.ts';
import { freePort } from '../../local/ports.ts';
import { guardedProcess } from '../../local/process.ts';

/** Keycloak itself on a free port of loopback and a database in a folder of its own. */

const administrator = { username: 'administrator', password: 'administrator' };

export type Keycloak = {
  readonly url: string;
  readonly administer: Administer;
  readonly stop: () => Promise<void>;
  /** After stop: the same port, the same realms, people and keys. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Resolves when it answers: half a minute, and minutes the first time or on a busy machine. Throws where Java or Maven lacks. */
export async function startKeycloak(): Promise<Keycloak> {
  const home = await keycloakHome({ log: (line) => console.log(line) });
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

  return {
    url,
    administer: administering({ url, ...administrator }),
    stop: () => server.stop(),
    start: () => server.start(),
    async close() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
