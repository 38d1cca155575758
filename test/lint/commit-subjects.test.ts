import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const check = fileURLToPath(new URL('../../.ci/subjects', import.meta.url));

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-subjects-'));
  await git('init', '--quiet');
  await commit('The first one');
});

afterAll(() => rm(directory, { recursive: true }));

it('a subject of 72 characters passes, however many bytes they are', async () => {
  await commit('é'.repeat(72));
  await expect(subjects('HEAD^..HEAD')).resolves.toEqual({ stdout: '', stderr: '' });
});

it('one of 73 is told and fails, wherever in the range it is', async () => {
  await commit('a'.repeat(73));
  await commit('short');
  await expect(subjects('HEAD^..HEAD')).resolves.toEqual({ stdout: '', stderr: '' });
  await expect(subjects('HEAD~2..HEAD')).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(/^[0-9a-f]+ a{73}\n$/) });
});

it('a range that is not there fails', async () => {
  await expect(subjects('absent..HEAD')).rejects.toMatchObject({ code: 128 });
});

const subjects = (range: string) => run(check, [range], { cwd: directory });

async function git(...args: string[]): Promise<void> {
  await run('git', ['-c', 'user.name=Someone', '-c', 'user.email=someone@example.com', ...args], { cwd: directory });
}

const commit = (subject: string) => git('commit', '--quiet', '--allow-empty', '--no-verify', '--message', subject);
