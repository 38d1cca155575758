import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** .oxlintrc.json holds the table of design, section 5: one file a case, linted in a folder that looks like this project. */

const repository = fileURLToPath(new URL('../..', import.meta.url));
const importRule = 'eslint(no-restricted-imports)';
const environmentRule = 'node(no-process-env)';

type Case = readonly [file: string, code: string];

const forbiddenImports: readonly Case[] = [
  ['domain/a.ts', "import { readFile } from 'node:fs/promises';"],
  ['domain/b.ts', "import { z } from 'zod';"],
  ['domain/c.ts', "import { createStore } from '../store/store.ts';"],
  ['domain/d.ts', "import type { Store } from '../store/store.ts';"],
  ['domain/e.ts', "import { sleep } from '@temporalio/workflow';"],
  ['workflows/a.ts', "import { createHash } from 'node:crypto';"],
  ['workflows/b.ts', "import { z } from 'zod';"],
  ['workflows/c.ts', "import type { Store } from '../store/store.ts';"],
  ['workflows/d.ts', "import type { WorkerConfig } from '../platform/config.ts';"],
  ['workflows/e.ts', "import { createFeedbackActivities } from '../activities/feedback/activities.ts';"],
  ['workflows/f.ts', "import { Client } from '@temporalio/client';"],
  ['workflows/g.ts', "export * from '../activities/feedback/activities.ts';"],
  ['workflows/h.ts', "export const later = await import('../store/store.ts');"],
  ['activities/feedback/a.ts', "import { TASK_QUEUES } from '../../workflows/queues.ts';"],
  ['activities/feedback/b.ts', "import { createApp } from '../../api/app.ts';"],
  ['activities/feedback/c.ts', "import { Prisma } from '../../prisma/generated/client.ts';"],
  ['activities/feedback/d.ts', "import { POOLS } from '../../workers/pools.ts';"],
  ['activities/feedback/e.ts', "import pg from 'pg';"],
  ['activities/feedback/f.ts', "import { sleep } from '@temporalio/workflow';"],
  ['store/a.ts', "import { attemptWorkflowId } from '../workflows/messages.ts';"],
  ['store/b.ts', "import { refusing } from '../activities/refusals.ts';"],
  ['store/c.ts', "import { parseExamForm } from '../exams/form.ts';"],
  ['store/d.ts', "import { Client } from '@temporalio/client';"],
  ['store/e.ts', "import { env } from 'node:process';"],
  ['platform/a.ts', "import { createStore } from '../store/store.ts';"],
  ['platform/b.ts', "import { phaseOf } from '../domain/attempt.ts';"],
  ['platform/c.ts', "import { TASK_QUEUES } from '../workflows/queues.ts';"],
  ['exams/a.ts', "import { createStore } from '../store/store.ts';"],
  ['exams/b.ts', "import { createLogger } from '../platform/logging.ts';"],
  ['api/routes/a.ts', "import { createFeedbackActivities } from '../../activities/feedback/activities.ts';"],
  ['api/routes/b.ts', "import { PrismaClient } from '../../prisma/generated/client.ts';"],
  ['api/routes/c.ts', "import { certificationAttempt } from '../../workflows/certification-attempt.ts';"],
  ['api/routes/d.ts', "import { PrismaPg } from '@prisma/adapter-pg';"],
  ['api/e.ts', "import { startStack } from '../local/stack.ts';"],
  ['workers/a.ts', "import { parseExamForm } from '../exams/form.ts';"],
  ['workers/b.ts', "import { Prisma } from '../prisma/generated/client.ts';"],
  ['workers/c.ts', "import { createApp } from '../api/app.ts';"],
  ['bench/a.ts', "import { Prisma } from '../prisma/generated/client.ts';"],
  ['local/a.ts', "import { Prisma } from '../prisma/generated/client.ts';"],
];

const allowedImports: readonly Case[] = [
  ['domain/allowed-a.ts', "import { passes } from './score.ts';"],
  ['workflows/allowed-a.ts', "import type { FeedbackActivities } from '../activities/feedback/activities.ts';"],
  ['workflows/allowed-b.ts', "import { phaseOf } from '../domain/attempt.ts';\nimport { sleep } from '@temporalio/workflow';"],
  ['activities/feedback/allowed-a.ts', "import { DONE } from '../../workflows/messages.ts';\nimport { refusing } from '../refusals.ts';"],
  ['activities/feedback/allowed-b.ts', "import type { Store } from '../../store/store.ts';\nimport { createHash } from 'node:crypto';"],
  ['store/allowed-a.ts', "import { Prisma } from '../prisma/generated/client.ts';\nimport type { ExamForm } from '../exams/form.ts';"],
  ['platform/allowed-a.ts', "import { factsCommitted } from '../workflows/messages.ts';\nimport type { Test } from '../domain/exam.ts';"],
  ['api/routes/allowed-a.ts', "import { withdraw } from '../../workflows/messages.ts';\nimport { TASK_QUEUES } from '../../workflows/queues.ts';"],
  ['workers/allowed-a.ts', "import { createFeedbackActivities } from '../activities/feedback/activities.ts';"],
  ['store/allowed-b.test.ts', "import { expect } from 'vitest';\nimport { startPostgres } from '../local/postgres.ts';"],
];

const mistakes: readonly (readonly [rule: string, ...Case])[] = [
  [environmentRule, 'api/environment.ts', "export const port = process.env['API_PORT'];"],
  [environmentRule, 'platform/environment.ts', 'export const environment = process.env;'],
  ['eslint(no-restricted-properties)', 'domain/clock.ts', 'export const now = () => Date.now();'],
  ['eslint(no-restricted-globals)', 'workflows/http.ts', "export const page = () => fetch('https://example.com');"],
  ['typescript(no-floating-promises)', 'api/floating.ts', 'async function work() {}\nexport function begin() {\n  work();\n}'],
  [
    'typescript(switch-exhaustiveness-check)',
    'domain/switch.ts',
    "export function f(x: 'a' | 'b') {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}",
  ],
  ['typescript(no-explicit-any)', 'api/any.ts', 'export const x = (y: any): unknown => y;'],
  ['typescript(no-non-null-assertion)', 'api/non-null.ts', 'export const x = (y: string | undefined) => y!.length;'],
  ['typescript(consistent-type-imports)', 'api/types.ts', "import { Logger } from 'pino';\nexport type L = Logger;"],
  ['typescript(no-import-type-side-effects)', 'api/side-effect.ts', "import { type Logger } from 'pino';\nexport type L = Logger;"],
  ['import(no-default-export)', 'api/default.ts', 'export default 1;'],
  ['import(no-cycle)', 'api/cycle-a.ts', "import { b } from './cycle-b.ts';\nexport const a = () => b();"],
  ['eslint(no-unused-vars)', 'api/unused.ts', 'const unused = 1;\nexport const used = 2;'],
];

const unreported: readonly Case[] = [
  ['platform/config.ts', 'export const environment = process.env;'],
  ['vitest.config.ts', 'export default {};'],
];

let findings: ReadonlyMap<string, readonly string[]>;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-lint-'));
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) await copyFile(join(repository, file), join(directory, file));
  await symlink(join(repository, 'node_modules'), join(directory, 'node_modules'));
  const cycle: Case = ['api/cycle-b.ts', "import { a } from './cycle-a.ts';\nexport const b = (): number => a();"];
  const files = [...forbiddenImports, ...allowedImports, ...mistakes.map(([, file, code]): Case => [file, code]), ...unreported, cycle];
  for (const [file, code] of files) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), `${code}\n`);
  }
  findings = await lint(directory);
});

afterAll(() => rm(directory, { recursive: true }));

describe('the import table', () => {
  it.each(forbiddenImports)('refuses in %s: %s', (file) => {
    expect(findings.get(file)).toContain(importRule);
  });

  it.each(allowedImports)('allows in %s: %s', (file) => {
    expect(findings.get(file) ?? []).not.toContain(importRule);
  });
});

describe('a mistake is reported', () => {
  it.each(mistakes)('%s in %s', (rule, file) => {
    expect(findings.get(file)).toContain(rule);
  });
});

it('leaves platform/config.ts and configuration files their exceptions', () => {
  for (const [file] of unreported) expect(findings.get(file)).toBeUndefined();
});

type Report = { readonly diagnostics: readonly { readonly code: string; readonly filename: string }[] };

/** The rules that each file breaks. Linted by folder: oxlint would follow the link to node_modules. */
async function lint(cwd: string): Promise<Map<string, string[]>> {
  const folders = ['domain', 'workflows', 'activities', 'store', 'platform', 'exams', 'api', 'workers', 'bench', 'local', 'vitest.config.ts'];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(join(repository, 'node_modules/.bin/oxlint'), ['--format', 'json', ...folders], { cwd, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      // Findings make it exit with 1, which is what is wanted here; only an output that is no report is a failure.
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(`oxlint gave no report: ${stderr || stdout}`, { cause: error }));
    });
  });
  const { diagnostics } = JSON.parse(output) as Report;
  const rules = new Map<string, string[]>();
  for (const { filename, code } of diagnostics) rules.set(filename, [...(rules.get(filename) ?? []), code]);
  return rules;
}
