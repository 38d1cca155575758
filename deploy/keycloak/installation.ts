import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../local/environment.ts';
import { runLongCommand } from '../../local/long-command.ts';
import { isThere } from '../engine/cache.ts';

/** Keycloak itself, from Maven Central. */

export const KEYCLOAK_RELEASE = '26.7.3';
const artifact = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_RELEASE}:zip`;
const unpacking = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack';

const POM = `<project><modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>keycloak</artifactId><version>1</version></project>`;

type Work = { readonly log: (line: string) => void; readonly signal?: AbortSignal };

/** Its home, built once for a database in a file. Throws where Java or Maven lacks. */
export async function keycloakHome(work: Work): Promise<string> {
  const directory = join(cacheDirectory(), `keycloak-${KEYCLOAK_RELEASE}`);
  const common = { ...work, timeoutSeconds: 600 };
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
