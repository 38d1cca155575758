import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../platform/failure.ts';
import { administering, personOf } from '../keycloak/administration.ts';
import { KEYCLOAK_RELEASE } from '../keycloak/installation.ts';
import { Browser, signIn } from '../keycloak/sign-in.ts';
import { seconds } from './build.ts';
import type { Work } from './cache.ts';
import type { ComposeProject } from './compose-project.ts';
import { openDoor, type Doors } from './doors.ts';
import type { Engine } from './engine.ts';

/** The profile `identity` of the compose file: people who sign in at its Keycloak, and whom the API takes for who they are. */

const FOLDER = fileURLToPath(new URL('../keycloak', import.meta.url));
/** As a browser on the machine and the containers call it. */
const ADDRESS = 'http://login.localhost:8180';
const ISSUER = `${ADDRESS}/realms/exams`;
const PUBLISHED_PORT = '8180';

type Stage = Work & { readonly engine: Engine; readonly project: ComposeProject; readonly doors: Doors; readonly untilWell: () => Promise<void> };

/** What is issued by nobody else than that Keycloak from then on. */
export async function signInThroughKeycloak({ engine, project, doors, untilWell, ...work }: Stage): Promise<object> {
  await engine.dockerRuns(['build', '--quiet', '--tag', `certifiable-keycloak:${KEYCLOAK_RELEASE}`, FOLDER], {
    progress: 'Keycloak: building from its Dockerfile',
    timeoutSeconds: 10 * 60,
  });
  const startedAt = Date.now();
  const settings = { OIDC_ISSUER: ISSUER, OIDC_AUDIENCE: 'certifiable-api' };
  await project.run(['--profile', 'identity', 'up', '--detach'], 'compose --profile identity up', settings);
  await untilWell();
  const identitySeconds = seconds(startedAt);
  const door = await openDoor(engine, { name: 'keycloak', to: PUBLISHED_PORT, ...work });
  try {
    const password = await project.setting('KEYCLOAK_ADMINISTRATOR_PASSWORD');
    const administer = administering({ url: door.url, username: 'administrator', password });
    for (const [username, group] of [
      ['ada', 'candidates'],
      ['sam', 'staff'],
    ] as const)
      await administer('POST', '/exams/users', personOf(username, group));
    const tokenOf = async (username: string) => {
      const browser = new Browser((address) => address.replace(ADDRESS, door.url));
      return (await signIn({ issuer: ISSUER, username, browser })).access_token;
    };
    const [ada, sam] = [await tokenOf('ada'), await tokenOf('sam')];
    await expectStatus(doors, { token: ada, method: 'POST', path: '/v1/attempts', body: { examId: 'software-architect' }, status: 201 });
    await expectStatus(doors, { token: ada, method: 'GET', path: '/v1/staff/attempts', status: 403 });
    await expectStatus(doors, { token: sam, method: 'GET', path: '/v1/staff/attempts', status: 200 });
  } finally {
    door.close();
  }
  work.log(
    `compose --profile identity: healthy in ${identitySeconds} s; a candidate and somebody of staff signed in at Keycloak, and are taken for it`,
  );
  return { identitySeconds, signedInThroughKeycloak: 2 };
}

type Asked = { readonly token: string; readonly method: string; readonly path: string; readonly body?: object; readonly status: number };

async function expectStatus({ apiUrl }: Doors, { token, method, path, body, status }: Asked): Promise<void> {
  const response = await fetch(new URL(path, apiUrl), {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(method === 'POST' && { 'idempotency-key': randomUUID() }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (response.status !== status) throw new Failure(`${method} ${path} with a token of Keycloak: ${response.status} ${await response.text()}`);
}
