import { chmod, cp, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inheritedEnvironment } from '../../local/environment.ts';
import { runLongCommand } from '../../local/long-command.ts';
import { postgresBinaries } from '../../local/postgres-binaries.ts';
import { findTemporalBinary } from '../../local/temporal-binary.ts';
import { Failure } from '../../platform/failure.ts';
import { runTool, saidBy } from '../check/run-tool.ts';
import { KEYCLOAK_RELEASE, keycloakHome } from '../keycloak/installation.ts';
import { goBinary, moduleSource } from './binaries.ts';
import { engineDirectory, fingerprint, type Work } from './cache.ts';
import type { Engine } from './engine.ts';

/**
 * Images under the names that Dockerfile and compose file expect, made from the packages of Debian and the registries of npm and Go: for
 * machines that reach these and no registry of images. Where one was made of the same things before, it is kept.
 */

/** What is put into the folder that an image is built from. */
type Image = { readonly name: string; readonly folder: string; readonly gather: (context: string, work: Work) => Promise<void> };

const DEBIAN = 'debian:bookworm-slim';
const NPM_VERSION = '11.21.2';
/** A second name of each image says what it was made of. No label: what is built on it would be another image as soon as that changes. */
const MADE_OF = 'made-of';
const IMAGES = new URL('images/', import.meta.url).pathname;

export const BASE_IMAGES: readonly Image[] = [
  { name: 'node:24.21.0-bookworm-slim', folder: 'node', gather: gatherNode },
  { name: 'postgres:18.4-bookworm', folder: 'postgres', gather: gatherPostgres },
  { name: 'temporalio/server:1.31.2', folder: 'temporal-server', gather: gatherTemporalServer },
  { name: 'temporalio/admin-tools:1.31.2', folder: 'temporal-admin-tools', gather: gatherAdminTools },
  { name: 'temporalio/ui:2.54.1', folder: 'temporal-ui', gather: gatherTemporalUi },
  { name: `quay.io/keycloak/keycloak:${KEYCLOAK_RELEASE}`, folder: 'keycloak', gather: gatherKeycloak },
];

/** Makes Debian's, and of the others those asked for. */
export async function makeBaseImages(engine: Engine, { images, ...work }: Work & { images: readonly Image[] }): Promise<void> {
  await makeDebian(engine, work);
  for (const image of images) await makeImage(engine, image, work);
}

async function makeDebian(engine: Engine, work: Work): Promise<void> {
  const include = 'ca-certificates,netbase,tzdata';
  const inputs = fingerprint(include);
  if (await isMadeOf(engine, DEBIAN, `debian-${inputs}`)) return;
  work.log(`${DEBIAN}: installing Debian's packages into it, about 1 min, once`);
  const directory = await mkdtemp(join(engineDirectory(), 'debian-'));
  const archive = join(directory, 'root.tar');
  try {
    await runLongCommand({
      command: 'nice',
      args: [
        '-n',
        '15',
        'mmdebstrap',
        '--variant=minbase',
        `--include=${include}`,
        // What slim leaves out: manuals and translations. Licences stay.
        ...['man/*', 'doc/*', 'locale/*', 'info/*'].map((path) => `--dpkgopt=path-exclude=/usr/share/${path}`),
        '--dpkgopt=path-include=/usr/share/doc/*/copyright',
        'bookworm',
        archive,
      ],
      environment: { PATH: `${join(engine.packages, 'usr', 'bin')}:${inheritedEnvironment()['PATH']}`, TMPDIR: directory },
      progress: `${DEBIAN}: installing`,
      timeoutSeconds: 20 * 60,
      ...work,
    });
    await engine.dockerSays(['import', '--change', 'CMD ["bash"]', archive, DEBIAN]);
    await engine.dockerSays(['tag', DEBIAN, `${MADE_OF}:debian-${inputs}`]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeImage(engine: Engine, { name, folder, gather }: Image, work: Work): Promise<void> {
  const context = await mkdtemp(join(engineDirectory(), `${folder}-`));
  try {
    await cp(join(IMAGES, folder), context, { recursive: true });
    const base = await engine.dockerSays(['image', 'inspect', '--format', '{{.Id}}', DEBIAN]);
    await gather(context, work);
    const inputs = `${folder}-${fingerprint(base, await contentOf(context))}`;
    if (await isMadeOf(engine, name, inputs)) return;
    const startedAt = Date.now();
    await engine.dockerRuns(['build', '--quiet', '--tag', name, '--tag', `${MADE_OF}:${inputs}`, context], {
      progress: `${name}: building`,
      timeoutSeconds: 20 * 60,
    });
    work.log(`${name}: made in ${Math.round((Date.now() - startedAt) / 1000)} s`);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

async function isMadeOf(engine: Engine, name: string, inputs: string): Promise<boolean> {
  const { code, stdout } = await engine.docker(['image', 'inspect', '--format', '{{.Id}}', name, `${MADE_OF}:${inputs}`]);
  return code === 0 && new Set(stdout.trim().split('\n')).size === 1;
}

/** Whatever would be sent to the engine: names, what may be run, and what is in them. */
async function contentOf(context: string): Promise<string> {
  const run = await runTool({
    command: 'sh',
    args: ['-c', 'cd "$1" && find . -type f -perm /111 | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum', 'content', context],
  });
  if (run.code !== 0) throw new Error(saidBy(run));
  return run.stdout;
}

// What each of them holds

async function gatherNode(context: string, work: Work): Promise<void> {
  const local = join(context, 'local');
  const expected = 'v24.21.0';
  if (process.version !== expected) throw new Failure(`The image is of Node ${expected} and takes the binary that runs this: ${process.version}.`);
  await cp(await realpath(process.execPath), join(local, 'bin', 'node'));
  await writeFile(join(context, 'package.json'), '{}');
  await runLongCommand({
    command: 'npm',
    args: ['install', '--prefix', join(local, 'lib'), '--ignore-scripts', '--no-save', '--prefer-offline', `npm@${NPM_VERSION}`],
    progress: `npm ${NPM_VERSION}: downloading`,
    timeoutSeconds: 300,
    ...work,
  });
  await writeNpmConfiguration(local);
}

/** How this machine reaches the registry; builds in containers must as well. Whatever npm would do by itself is not written. */
async function writeNpmConfiguration(local: string): Promise<void> {
  const asked = async (name: string) => (await runTool({ command: 'npm', args: ['config', 'get', name], cwd: '/' })).stdout.trim();
  const [registry, file] = await Promise.all([asked('registry'), asked('cafile')]);
  const authority = file === 'null' ? inheritedEnvironment()['NODE_EXTRA_CA_CERTS'] : file;
  const lines = registry === 'https://registry.npmjs.org/' ? [] : [`registry=${registry}`];
  if (authority !== undefined) {
    await cp(authority, join(local, 'etc', 'machine-authorities.pem'), { dereference: true });
    lines.push('cafile=/usr/local/etc/machine-authorities.pem');
  }
  if (lines.length > 0) await writeFile(join(local, 'etc', 'npmrc'), `${lines.join('\n')}\n`);
}

async function gatherPostgres(context: string): Promise<void> {
  const { postgres } = await postgresBinaries();
  const native = dirname(dirname(postgres));
  await cp(native, join(context, 'native'), { recursive: true });
  await makeLinksRelative(native, join(context, 'native'));
}

/** The package's links name the place where it is installed. */
async function makeLinksRelative(from: string, to: string): Promise<void> {
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const link = join(entry.parentPath, entry.name);
    const target = await realpath(join(from, link.slice(to.length)));
    await rm(link);
    await symlink(target.slice(target.lastIndexOf('/') + 1), link);
  }
}

async function gatherTemporalServer(context: string, work: Work): Promise<void> {
  await copyProgram(await goBinary('temporal-server', work), join(context, 'temporal-server'));
  const source = await moduleSource('temporal-server', work);
  await copyProgram(join(source, 'docker', 'scripts', 'sh', 'entrypoint.sh'), join(context, 'entrypoint.sh'));
}

async function gatherAdminTools(context: string, work: Work): Promise<void> {
  await copyProgram(await goBinary('temporal-sql-tool', work), join(context, 'temporal-sql-tool'));
  await copyProgram(await findTemporalBinary(work), join(context, 'temporal'));
  const source = await moduleSource('temporal-sql-tool', work);
  await cp(join(source, 'schema'), join(context, 'schema'), { recursive: true });
}

async function gatherTemporalUi(context: string, work: Work): Promise<void> {
  await copyProgram(await goBinary('ui-server', work), join(context, 'ui-server'));
  const source = await moduleSource('ui-server', work);
  await copyProgram(join(source, 'docker', 'start-ui-server.sh'), join(context, 'start-ui-server.sh'));
  await copyProgram(join(source, 'config', 'docker.yaml'), join(context, 'docker.yaml'));
}

async function gatherKeycloak(context: string, work: Work): Promise<void> {
  await cp(await keycloakHome(work), join(context, 'keycloak'), { recursive: true });
  // Of whoever ran it where it lies.
  await rm(join(context, 'keycloak', 'data'), { recursive: true, force: true });
}

/** Modules hold no permissions. */
async function copyProgram(from: string, to: string): Promise<void> {
  await cp(from, to, { dereference: true });
  await chmod(to, 0o755);
}
