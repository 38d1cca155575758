import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changedCode, type Change } from '../../trials/rehearsals/changed-code.ts';
import { workflowBundle } from '../../local/bundle.ts';
import { readHistories, type History } from '../replay/fixtures.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { checksums, releases, releasesDirectory } from './release.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const versions = await releases();

beforeAll(installQuietRuntime);

it('there is a release to hold the code to', () => {
  expect(versions).not.toEqual([]);
});

describe.each(versions)('the release %s', (version) => {
  const directory = join(releasesDirectory, version);
  let histories: ReadonlyMap<string, History>;

  beforeAll(async () => {
    histories = await readHistories(pathToFileURL(`${directory}/histories/`));
  });

  it('is as it was frozen', async () => {
    await expect(checksums(directory)).resolves.toBe(await readFile(join(directory, 'SHA256SUMS'), 'utf8'));
  });

  it('has histories that today’s workflow code follows: a change that does not is behind `patched`', async () => {
    const broken: string[] = [];
    const named = [...histories].map(([workflowId, history]) => ({ workflowId, history }));
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, named))
      if (error) broken.push(workflowId);
    expect(named.length).toBeGreaterThan(0);
    expect(broken).toEqual([]);
  });

  it('has a contract that today’s code is held to by the compiler', async () => {
    await expect(readFile(join(releasesDirectory, 'contract/compatible.ts'), 'utf8')).resolves.toContain(`'../${version}/contract.d.ts'`);
    await expect(compilerErrors(root)).resolves.toBe('');
  });

  it('has a contract that says what really travelled in its histories', async () => {
    const exchanges = [...histories.values()].flatMap(exchangesIn);
    expect(new Set(exchanges.map((exchange) => exchange.part)).size).toBeGreaterThan(5);
    const check = join(root, 'build/releases-payloads');
    await rm(check, { recursive: true, force: true });
    await mkdir(check, { recursive: true });
    await writeFile(join(check, 'payloads.ts'), payloadsAsCode(version, exchanges));
    await writeFile(join(check, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'], exclude: [] }));
    await expect(compile(check)).resolves.toBe('');
  });
});

describe('the compiler', () => {
  const clear = () => Promise.all(['releases-mutant', MUTANT_NOTES].map((name) => rm(join(root, 'build', name), { recursive: true, force: true })));
  beforeAll(clear);
  afterAll(clear);

  // A check that nothing could fail would prove nothing.
  it.each([
    [
      'a new required field in what an activity takes',
      change('notification', 'test: Test; passed: boolean }): Promise', 'test: Test; passed: boolean; locale: string }): Promise'),
      'notification.notifyResult',
    ],
    ['an activity renamed', change('grading-auto', 'async gradeChoices(', 'async scoreChoices('), 'gradeChoices'],
    [
      'fewer of the values that an activity takes',
      change('notification', "type CertificateChange = 'suspended' | Resolution", 'type CertificateChange = Resolution'),
      'notification.notifyCertificate',
    ],
    [
      'a result that an old workflow cannot read',
      change('grading-auto', 'Promise<readonly ItemScore<GradedBasis>[]> {', 'Promise<readonly (ItemScore | string)[]> {'),
      'gradeChoices',
    ],
    [
      'a fact that old histories do not hold',
      { file: 'domain/attempt.ts', original: 'readonly asOf: Instant;', changed: 'readonly asOf: Instant;\n  readonly appealBy: Instant | null;' },
      'appealBy',
    ],
    [
      'a message with a new required field',
      {
        file: 'workflows/messages.ts',
        original: 'export type ExtendInput = StaffAct & {',
        changed: 'export type ExtendInput = StaffAct & {\n  readonly ticket: string;',
      },
      'ticket',
    ],
    [
      'a message that is gone',
      { file: 'workflows/messages.ts', original: 'export const reopen = defineUpdate', changed: 'const reopen = defineUpdate' },
      'reopen',
    ],
  ])('refuses %s', async (_what, mutation, named) => {
    const errors = await compilerErrors(await mutant(mutation), ...INCREMENTALLY);
    expect(errors).toContain('test/releases/contract/compatible.ts');
    expect(errors).toContain(named);
  });

  it.each([
    [
      'a new optional field',
      change('notification', 'test: Test; passed: boolean }): Promise', 'test: Test; passed: boolean; locale?: string }): Promise'),
    ],
    [
      'a new activity',
      change(
        'grading-auto',
        'return refusing({',
        "return refusing({\n    checkSimilarity: async (_request: { submissionId: string }): Promise<string> => 'none',",
      ),
    ],
    [
      'more in what an activity returns where nothing was',
      change('grading-human', 'percent: number }): Promise<void> {', 'percent: number }): Promise<number | undefined> {'),
    ],
  ])('lets %s pass', async (_what, mutation) => {
    const errors = await compilerErrors(await mutant(mutation), ...INCREMENTALLY);
    expect(errors).not.toContain('compatible.ts');
  });

  function change(pool: string, original: string, changed: string): Change {
    return { file: `activities/${pool}/activities.ts`, original, changed };
  }

  function mutant(mutation: Change): Promise<string> {
    const folders = ['domain', 'workflows', 'activities', 'store', 'publication', 'platform', 'exams', 'prisma', 'test/releases', 'tsconfig.json'];
    return changedCode({ name: 'releases-mutant', folders, changes: [mutation] });
  }
});

/** Mutants are the same but for a line: what the compiler found of the one before holds for most of the next. */
const MUTANT_NOTES = 'releases-mutant.tsbuildinfo';
const INCREMENTALLY = ['--incremental', '--tsBuildInfoFile', join(root, 'build', MUTANT_NOTES)];

/** What the compiler says to contract/compatible.ts of that code; nothing when all is well. */
function compilerErrors(directory: string, ...options: readonly string[]): Promise<string> {
  return compile(join(directory, 'test/releases/contract'), ...options);
}

async function compile(project: string, ...options: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(join(root, 'node_modules/.bin/tsc'), ['-p', project, '--noEmit', ...options], { cwd: root }, (error, stdout) =>
      resolve(error ? stdout || error.message : stdout),
    );
  });
}

/** One payload: of which part of the contract, as `['publication']['publishDecision']['input']`. */
type Travelled = { readonly part: string; readonly json: string };

/** Inputs and results of all activities that other processes ran. */
function exchangesIn({ events }: History): Travelled[] {
  const scheduled = new Map<string, temporal.api.history.v1.IActivityTaskScheduledEventAttributes>();
  const travelled: Travelled[] = [];
  const add = (
    attributes: temporal.api.history.v1.IActivityTaskScheduledEventAttributes,
    way: 'input' | 'result',
    payloads: temporal.api.common.v1.IPayloads | null | undefined,
  ) => {
    const json = payloads?.payloads?.map((payload) => JSON.stringify(defaultPayloadConverter.fromPayload(payload))).at(0);
    if (json !== undefined) travelled.push({ part: `['${attributes.taskQueue?.name}']['${attributes.activityType?.name}']['${way}']`, json });
  };
  for (const event of events ?? []) {
    const { activityTaskScheduledEventAttributes: start, activityTaskCompletedEventAttributes: end } = event;
    if (start) {
      scheduled.set(String(event.eventId), start);
      add(start, 'input', start.input);
    }
    const completed = end && scheduled.get(String(end.scheduledEventId));
    if (completed) add(completed, 'result', end.result);
  }
  return travelled;
}

/** In variables, since a field too many does no harm on the wire, and the compiler minds it in a literal alone. */
function payloadsAsCode(version: string, exchanges: readonly Travelled[]): string {
  const lines = exchanges.map(
    ({ part, json }, index) => `const payload${index} = [${json}] as const;\npayload${index}[0] satisfies (typeof contract.activities)${part};`,
  );
  return `import type * as contract from '../../test/releases/${version}/contract.d.ts';\n${lines.join('\n')}\n`;
}
