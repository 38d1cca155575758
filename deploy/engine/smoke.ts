import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { statedKeys } from '../../local/signing-keys.ts';
import { POOLS } from '../../workers/pools.ts';
import { saidBy } from '../check/run-tool.ts';
import type { BuiltImage } from './build.ts';
import type { Work } from './cache.ts';
import type { Engine } from './engine.ts';

/**
 * Whether an image is what the Dockerfile, the chart and the compose file take it for: each of its commands begins as a user
 * without rights on a root that can't be written, and its bill of materials names what is inside, no more and no less.
 */

type Image = { readonly name: string };
type Smoke = Work & { readonly image: BuiltImage };
export type SmokeResult = { readonly megabytes: number; readonly checks: number; readonly problems: readonly string[] };

/** As everywhere that it runs: no right, no capability, no network that it needs not, nothing to write to but /tmp. */
const CONFINED = [
  '--rm',
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges:true',
  '--tmpfs=/tmp:size=64m,mode=1777',
  '--no-healthcheck',
];
/** About 700 MB; what makes it grow by a tenth is to be looked at. */
const MEGABYTES_MAX = 770;
const STARTS_SECONDS = 30;

export async function smokeTest(engine: Engine, { image, log, signal }: Smoke): Promise<SmokeResult> {
  const checks: readonly (readonly [string, () => Promise<string | undefined>])[] = [
    ['runs as user 1000 without capabilities, on a root that it cannot write', () => cannotWrite(engine, image)],
    ['holds no package manager, compiler or downloader', () => holdsNoManager(engine, image)],
    ['names the build that workflows are pinned to', () => namesBuild(engine, image)],
    ['has the modules of this architecture alone', () => oneArchitecture(engine, image)],
    ['has a bill of materials of exactly what is inside', () => billOfMaterials(engine, image)],
    ['is as small as it was', () => staysSmall(engine, image)],
    ['certifiable lists its commands', () => prints(engine, image, { command: ['certifiable', '--help'], expected: 'What operators and authors' })],
    [
      'certifiable checks an exam',
      () => prints(engine, image, { command: ['certifiable', 'exam', 'check', 'exams/software-architect.json'], expected: 'is a valid exam' }),
    ],
    ...['api/main.ts', 'prisma/migrate.ts'].map(
      (script) => [`${script} says what settings it lacks`, () => lacksSettings(engine, image, [script])] as const,
    ),
    ...POOLS.map(
      (pool) => [`pool ${pool} says what settings it lacks`, () => lacksSettings(engine, image, ['workers/main.ts', '--pool', pool])] as const,
    ),
    ['the API starts without its database, lives, and ends at SIGTERM with 0', () => startsAndEnds(engine, image)],
  ];
  const problems: string[] = [];
  for (const [what, check] of checks) {
    signal.throwIfAborted();
    const problem = await check();
    log(`${problem === undefined ? 'ok    ' : 'FAILED'} ${what}`);
    if (problem !== undefined) problems.push(`the image does not hold: "${what}": ${problem}`);
  }
  return { megabytes: await megabytes(engine, image), checks: checks.length, problems };
}

/** A command of the image, to its end, without a network. */
function confined(engine: Engine, name: string, command: readonly string[]): ReturnType<Engine['docker']> {
  return engine.docker(['run', ...CONFINED, '--network=none', name, ...command]);
}

type Command = { readonly command: readonly string[]; readonly expected: string };

async function prints(engine: Engine, { name }: Image, { command, expected }: Command): Promise<string | undefined> {
  const run = await confined(engine, name, command);
  return run.code === 0 && run.stdout.includes(expected) ? undefined : `code ${run.code}, ${saidBy(run)}`;
}

/** A fault of the image shows before any setting is read: a file that is not in it, a module that does not load. */
async function lacksSettings(engine: Engine, { name }: Image, command: readonly string[]): Promise<string | undefined> {
  const run = await confined(engine, name, ['node', ...command]);
  const said = saidBy(run);
  return run.code === 1 && said.includes('DATABASE_URL') && !said.includes('    at ') ? undefined : `code ${run.code}, ${said}`;
}

async function cannotWrite(engine: Engine, { name }: Image): Promise<string | undefined> {
  const script =
    'id -u; id -g; grep CapEff /proc/self/status; for f in /app /usr/local/bin /etc /var/lib/certifiable; do touch $f/x 2>/dev/null && echo "wrote $f"; done; true';
  const { stdout } = await confined(engine, name, ['sh', '-c', script]);
  const lines = stdout.trim().split('\n');
  return lines.join(' ') === '1000 1000 CapEff:\t0000000000000000' ? undefined : lines.join(', ');
}

async function holdsNoManager(engine: Engine, { name }: Image): Promise<string | undefined> {
  const { stdout } = await confined(engine, name, ['sh', '-c', 'command -v npm npx yarn corepack pip gcc curl wget; true']);
  return stdout.trim() === '' ? undefined : `there is ${stdout.trim().replaceAll('\n', ', ')}`;
}

async function namesBuild(engine: Engine, { name, buildId }: BuiltImage): Promise<string | undefined> {
  const environment = await engine.dockerSays(['image', 'inspect', '--format', '{{json .Config.Env}}', name]);
  const label = await engine.dockerSays(['image', 'inspect', '--format', '{{index .Config.Labels "org.opencontainers.image.revision"}}', name]);
  return environment.includes(`"WORKER_BUILD_ID=${buildId}"`) && label === buildId ? undefined : `${environment}, ${label}`;
}

/** Temporal's module comes for every platform at once; those that can't load here are 27 MB each. */
async function oneArchitecture(engine: Engine, { name }: Image): Promise<string | undefined> {
  const { stdout } = await confined(engine, name, ['sh', '-c', 'uname -m; ls node_modules/@temporalio/core-bridge/releases']);
  const [machine = '', ...releases] = stdout.trim().split('\n');
  return releases.length === 1 && releases[0] === `${machine}-unknown-linux-gnu` ? undefined : `on ${machine}: ${releases.join(', ')}`;
}

type Bill = { readonly components: readonly { readonly name: string; readonly group?: string; readonly version: string }[] };

/** Each package.json with a name and a version that lies in node_modules/NAME, against each component. */
async function billOfMaterials(engine: Engine, { name }: Image): Promise<string | undefined> {
  const script = `
    const { globSync, readFileSync } = require('node:fs');
    const inside = globSync('**/node_modules/{*,@*/*}/package.json', { cwd: '/app' }).flatMap((file) => {
      const { name, version } = JSON.parse(readFileSync('/app/' + file, 'utf8'));
      return name && version ? [name + '@' + version] : [];
    });
    console.log(JSON.stringify({ inside, bill: JSON.parse(readFileSync('/app/sbom.cdx.json', 'utf8')) }));`;
  const run = await confined(engine, name, ['node', '-e', script]);
  if (run.code !== 0) return saidBy(run);
  const { inside, bill } = JSON.parse(run.stdout) as { inside: readonly string[]; bill: Bill };
  const told = new Set(bill.components.map(({ group, name: component, version }) => `${group ? `${group}/` : ''}${component}@${version}`));
  const there = new Set(inside);
  const [untold, absent] = [[...there].filter((name_) => !told.has(name_)), [...told].filter((name_) => !there.has(name_))];
  if (there.size === 0) return 'no package was found inside';
  return untold.length + absent.length === 0
    ? undefined
    : `not in the bill: ${untold.join(', ') || 'none'}; not inside: ${absent.join(', ') || 'none'}`;
}

async function megabytes(engine: Engine, { name }: Image): Promise<number> {
  return Math.round(Number(await engine.dockerSays(['image', 'inspect', '--format', '{{.Size}}', name])) / 1e6);
}

async function staysSmall(engine: Engine, image: Image): Promise<string | undefined> {
  const size = await megabytes(engine, image);
  return size <= MEGABYTES_MAX ? undefined : `${size} MB, of ${MEGABYTES_MAX} at most`;
}

/** What candidates hand in is kept while Temporal is away, and an API whose database is away lives and says so. */
async function startsAndEnds(engine: Engine, { name }: Image): Promise<string | undefined> {
  const keys = await signingKeys(engine, name);
  const dataDirectory = await mkdtemp(join(tmpdir(), 'smoke-'));
  const issuerKeys = await statedKeys({ dataDirectory, credentialKeys: keys, publicUrl: 'http://localhost:8080' });
  const settings = {
    DATABASE_URL: 'postgresql://nobody:nothing@127.0.0.1:9/nothing',
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    PUBLIC_URL: 'http://localhost:8080',
    OIDC_ISSUER: 'http://127.0.0.1:9',
    OIDC_AUDIENCE: 'certifiable',
    RECEIPT_KEYS: keys,
    ...issuerKeys,
  };
  const id = await engine.dockerSays([
    'run',
    '--detach',
    ...CONFINED.filter((option) => option !== '--rm'),
    '--tmpfs=/var/lib/certifiable/uploads:uid=1000',
    ...Object.entries(settings).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    name,
  ]);
  try {
    const asks = "fetch('http://127.0.0.1:8080/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))";
    for (let left = STARTS_SECONDS; (await engine.docker(['exec', id, 'node', '-e', asks])).code !== 0; left -= 1) {
      if (left === 0) return `/livez did not answer within ${STARTS_SECONDS} s: ${saidBy(await engine.docker(['logs', id]))}`;
      await pause(1000);
    }
    await engine.dockerSays(['stop', '--time', '30', id]);
    const code = await engine.dockerSays(['inspect', '--format', '{{.State.ExitCode}}', id]);
    return code === '0' ? undefined : `it ended with ${code}: ${saidBy(await engine.docker(['logs', id]))}`;
  } finally {
    await engine.docker(['rm', '--force', id]);
    await rm(dataDirectory, { recursive: true });
  }
}

/** Made by the image's own Node, as deploy/compose/new-environment.mjs says for machines without one. */
async function signingKeys(engine: Engine, name: string): Promise<string> {
  const script = `
    const { generateKeyPairSync } = require('node:crypto');
    const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    console.log(JSON.stringify({ keys: [{ ...key, kid: 'smoke', alg: 'EdDSA', use: 'sig' }] }));`;
  return engine.dockerSays(['run', ...CONFINED, '--network=none', name, 'node', '-e', script]);
}
