import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../test/support/tools.ts';
import { searchPath } from '../../local/environment.ts';
import { releaseOf } from './environment-file.ts';

/** The commands as workflows call them, in a repository of their own; the programs of others are stand-ins that take notes. */

const execute = promisify(execFile);
const ENVIRONMENT = 'aws-production';
const DIGEST = `sha256:${'d'.repeat(64)}`;
const REPOSITORY = ['--repository', 'certifiable/certifiable', '--image', 'ghcr.io/certifiable/certifiable'];

let repository: string;
let commits: { older: string; newer: string; contracted: string };

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'certifiable-release-'));
  for (const part of ['deploy/release', 'deploy/environments', 'deploy/helm/certifiable/Chart.yaml', 'package.json']) {
    await cp(join(root, part), join(repository, part), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(repository, 'node_modules'));
  await writeFile(join(repository, '.gitignore'), 'node_modules\nprograms\nnotes*\noutput\nremote.git\n');
  await git('init', '--quiet', '--initial-branch=main');
  commits = {
    older: await commitMigration('1_first', 'CREATE TABLE a (id TEXT NOT NULL);'),
    newer: await commitMigration('2_second', 'ALTER TABLE a ADD COLUMN b TEXT;'),
    contracted: await commitMigration('3_third', 'ALTER TABLE a DROP COLUMN b;'),
  };
  await git('tag', 'v1.4.2', commits.newer);
});
afterAll(() => rm(repository, { recursive: true, force: true }));

async function git(...args: readonly string[]): Promise<string> {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  const { stdout } = await execute('git', [...who, ...args], { cwd: repository });
  return stdout.trim();
}

async function commitMigration(name: string, sql: string): Promise<string> {
  await mkdir(join(repository, 'prisma/migrations', name), { recursive: true });
  await writeFile(join(repository, 'prisma/migrations', name, 'migration.sql'), sql);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', name);
  return git('rev-parse', 'HEAD');
}

type Ended = { readonly code: number; readonly said: string };

async function command(name: string, ...args: readonly string[]): Promise<Ended> {
  const path = [join(repository, 'programs'), ...searchPath()].join(delimiter);
  const options = { cwd: repository, env: { PATH: path, NOTES: join(repository, 'notes') } };
  return execute(process.execPath, [join(repository, 'deploy/release', name), ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, said: error.stdout + error.stderr }),
  );
}

const environment = async () => releaseOf(await readFile(join(repository, `deploy/environments/${ENVIRONMENT}.yaml`), 'utf8'));
const setRelease = (commit: string) => command('set-release.ts', '--environment', ENVIRONMENT, '--digest', DIGEST, '--build', commit.slice(0, 12));

describe('setting a release', () => {
  it('changes the file of the environment', async () => {
    expect(await setRelease(commits.newer)).toMatchObject({ code: 0 });
    expect(await environment()).toMatchObject({ buildId: commits.newer.slice(0, 12), digest: DIGEST });
  });

  it.each([
    ['a tag instead of a digest', ['--environment', ENVIRONMENT, '--digest', '1.4.2', '--build', 'a'.repeat(12)], '--digest must be'],
    ['a path instead of an environment', ['--environment', '../../x', '--digest', DIGEST, '--build', 'a'.repeat(12)], '--environment must be'],
    ['a shell instead of a build', ['--environment', ENVIRONMENT, '--digest', DIGEST, '--build', '$(id)'], '--build must be'],
    ['nothing', [], '--environment must be'],
  ])('refuses %s, and changes nothing', async (_, args, complaint) => {
    const before = await environment();
    const { code, said } = await command('set-release.ts', ...args);
    expect(code).toBe(1);
    expect(said).toContain(complaint);
    expect(await environment()).toEqual(before);
  });
});

describe('rolling back', () => {
  const check = (commit: string) => command('check-rollback.ts', '--environment', ENVIRONMENT, '--commit', commit);

  it('is safe where the migrations since then only add', async () => {
    await setRelease(commits.newer);
    expect(await check(commits.older)).toEqual({ code: 0, said: expect.stringContaining('1 migrations since') });
  });

  it('is refused where one takes away what the older release counts on, and says which', async () => {
    await setRelease(commits.contracted);
    const { code, said } = await check(commits.newer);
    expect(code).toBe(1);
    expect(said).toContain('3_third: takes away a column: ALTER TABLE a DROP COLUMN b');
  });

  it('is refused to a release that is not older', async () => {
    await setRelease(commits.older);
    expect(await check(commits.newer)).toEqual({ code: 1, said: expect.stringContaining('is not an ancestor') });
  });
});

describe('verifying a release', () => {
  const output = () => readFile(join(repository, 'output'), 'utf8').catch(() => '');
  const notes = () => readFile(join(repository, 'notes'), 'utf8');
  const verify = (name: string) => command(name, '--version', '1.4.2', ...REPOSITORY, '--output', join(repository, 'output'));

  /** Each notes how it was called, and ends as it is told. */
  async function programs(endings: { docker?: string; cosign?: string; gh?: string }): Promise<void> {
    await rm(join(repository, 'output'), { force: true });
    await rm(join(repository, 'notes'), { force: true });
    await mkdir(join(repository, 'programs'), { recursive: true });
    for (const [program, ending] of Object.entries({ docker: `echo ${DIGEST}`, cosign: 'exit 0', gh: 'exit 0', ...endings })) {
      const path = join(repository, 'programs', program);
      await writeFile(path, `#!/bin/sh\necho "${program} $*" >> "$NOTES"\n${ending}\n`);
      await chmod(path, 0o755);
    }
  }

  it('tells digest, commit and build once signature and provenance are the release workflow’s, of that tag and commit', async () => {
    await programs({});
    expect(await verify('verify-release.ts')).toMatchObject({ code: 0 });
    expect(await output()).toBe(`digest=${DIGEST}\ncommit=${commits.newer}\nbuild=${commits.newer.slice(0, 12)}\n`);
    const called = await notes();
    expect(called).toContain('--certificate-identity https://github.com/certifiable/certifiable/.github/workflows/release.yml@refs/tags/v1.4.2');
    expect(called).toContain(`--certificate-github-workflow-sha ${commits.newer}`);
    expect(called).toContain(`gh attestation verify oci://ghcr.io/certifiable/certifiable@${DIGEST}`);
    expect(called).toContain(`--source-ref refs/tags/v1.4.2 --source-digest ${commits.newer}`);
  });

  it.each([
    ['the image is not there', { docker: 'echo "ghcr.io/x: not found" >&2; exit 1' }, 'has no version 1.4.2'],
    ['the registry does not answer', { docker: 'echo "connection refused" >&2; exit 1' }, 'connection refused'],
    ['the signature is another’s', { cosign: 'echo "no matching signatures" >&2; exit 1' }, 'no matching signatures'],
    ['the provenance is missing', { gh: 'echo "no attestations found" >&2; exit 1' }, 'no attestations found'],
  ])('tells nothing where %s', async (_, endings, complaint) => {
    await programs(endings);
    expect(await verify('verify-release.ts')).toEqual({ code: 1, said: expect.stringContaining(complaint) });
    expect(await output()).toBe('');
  });

  it('finds what an earlier run has released, and makes it no second time', async () => {
    await programs({});
    expect(await verify('find-released.ts')).toMatchObject({ code: 0 });
    expect(await output()).toContain(`digest=${DIGEST}\n`);
  });

  it.each([
    ['nothing was pushed', { docker: 'echo "manifest unknown" >&2; exit 1' }],
    ['a run was cut short before it signed', { cosign: 'echo "no signatures found" >&2; exit 1' }],
  ])('has a release made where %s', async (_, endings) => {
    await programs(endings);
    expect(await verify('find-released.ts')).toMatchObject({ code: 0 });
    expect(await output()).toContain('digest=\n');
  });

  it('never makes a version again that was released from another commit', async () => {
    await programs({ cosign: 'case "$*" in *workflow-sha*) echo "expected workflow SHA" >&2; exit 1;; esac' });
    expect(await verify('find-released.ts')).toEqual({ code: 1, said: expect.stringContaining('expected workflow SHA') });
    expect(await output()).toBe('');
  });
});

describe('the commits of workflows', () => {
  const remote = () => join(repository, 'remote.git');
  const GH = `#!/bin/sh\necho "gh $*" >> "$NOTES"\ncase "$*" in *"pr list"*) cat "$NOTES.open" 2>/dev/null;; *"pr create"*) echo 7 > "$NOTES.open";; esac\n`;
  const variables = (commit: string) => ({
    ENVIRONMENT,
    VERSION: '1.4.2',
    DIGEST,
    BUILD: commit.slice(0, 12),
    REASON: 'marks are lost; $(touch never)',
    ACTOR: 'operator',
    GH_TOKEN: 'none',
    NOTES: join(repository, 'notes'),
    PATH: [join(repository, 'programs'), dirname(process.execPath), ...searchPath()].join(delimiter),
    HOME: repository,
  });
  const script = (name: string, commit: string) => execute(join(repository, 'deploy/release', name), { cwd: repository, env: variables(commit) });

  beforeAll(async () => {
    await git('checkout', '--quiet', '--force', 'main');
    await git('init', '--quiet', '--bare', '--initial-branch=main', remote());
    await git('remote', 'add', 'origin', remote());
    await git('push', '--quiet', 'origin', 'main');
    await mkdir(join(repository, 'programs'), { recursive: true });
    await writeFile(join(repository, 'programs/gh'), GH);
    await chmod(join(repository, 'programs/gh'), 0o755);
  });

  it('a rollback changes one file on main, on top of what came meanwhile, and says why', async () => {
    const meanwhile = await git('commit-tree', '-p', 'origin/main', '-m', 'meanwhile', 'origin/main^{tree}');
    await git('push', '--quiet', 'origin', `${meanwhile}:main`);
    await script('commit-rollback.sh', commits.older);
    expect(await git('--git-dir', remote(), 'log', '-1', '--format=%P %s%n%b', 'main')).toBe(
      `${meanwhile} ${ENVIRONMENT}: back to release 1.4.2\nmarks are lost; $(touch never)\n\nRolled back by operator.`,
    );
    expect(await git('--git-dir', remote(), 'diff', '--name-only', meanwhile, 'main')).toBe(`deploy/environments/${ENVIRONMENT}.yaml`);
  });

  it('the same rollback again changes nothing', async () => {
    const before = await git('--git-dir', remote(), 'rev-parse', 'main');
    await script('commit-rollback.sh', commits.older);
    expect(await git('--git-dir', remote(), 'rev-parse', 'main')).toBe(before);
  });

  it('a deployment is proposed on a branch, once, and CI is started on it', async () => {
    for (let time = 0; time < 2; time += 1) {
      await git('switch', '--quiet', '--detach', 'origin/main');
      await git('branch', '--quiet', '--delete', '--force', `deploy/${ENVIRONMENT}-1.4.2`).catch(() => undefined);
      await setRelease(commits.newer);
      await script('propose.sh', commits.newer);
    }
    const called = await readFile(join(repository, 'notes'), 'utf8');
    expect(called.match(/gh pr create/g)).toHaveLength(1);
    expect(called).toContain(`gh workflow run ci.yml --ref deploy/${ENVIRONMENT}-1.4.2`);
    const branch = `deploy/${ENVIRONMENT}-1.4.2`;
    expect(await git('--git-dir', remote(), 'diff', '--name-only', 'main', branch)).toBe(`deploy/environments/${ENVIRONMENT}.yaml`);
  });
});

describe('the version of a release', () => {
  it('is that of the package and of the chart', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await command('check-version.ts', '--version', version)).toMatchObject({ code: 0 });
    const { code, said } = await command('check-version.ts', '--version', '9.9.9');
    expect(code).toBe(1);
    expect(said).toMatch(/package\.json says .*Chart\.yaml, version says .*appVersion says/);
  });
});

describe('waiting for Argo CD', () => {
  it('asks with the token, and ends when the build of the file runs and is healthy', async () => {
    await setRelease(commits.newer);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      const status = {
        sync: { status: 'Synced', revisions: [commits.newer] },
        health: { status: 'Healthy' },
        operationState: { phase: 'Succeeded', syncResult: { revisions: [commits.newer] } },
      };
      response.end(JSON.stringify({ status }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const token = join(repository, 'output');
    await writeFile(token, 'secret\n');
    const ended = await command('wait-for-sync.ts', '--environment', ENVIRONMENT, '--url', url, '--token-file', token, '--minutes', '1');
    server.close();
    expect(ended).toMatchObject({ code: 0 });
    expect(asked).toEqual([`/api/v1/applications/certifiable-${ENVIRONMENT}?refresh=normal Bearer secret`]);
  });
});
