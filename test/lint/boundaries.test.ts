import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** oxlint.config.ts holds the table of design, section 5: one file a case, linted in a folder that looks like this project. */

const repository = fileURLToPath(new URL('../..', import.meta.url));
const importRule = 'eslint(no-restricted-imports)';
const environmentRule = 'node(no-process-env)';

type Case = readonly [file: string, code: string];

/** Walls between rooms: what the table in oxlint.config.ts does not allow, one case a wall. */
const ROOMS = [
  'domain',
  'workflows',
  'activities',
  'store',
  'publication',
  'platform',
  'exams',
  'api',
  'workers',
  'cli',
  'prisma',
  'local',
  'trials',
  'deploy',
  'web',
  'test',
] as const;
type Room = (typeof ROOMS)[number];

/** Design, section 5, written down a second time: the lint is held to this and not to itself. */
const NOT_ALLOWED: Readonly<Record<Exclude<Room, 'test'>, readonly Room[]>> = {
  domain: ROOMS.filter((room) => room !== 'domain'),
  workflows: ['store', 'publication', 'platform', 'exams', 'api', 'workers', 'cli', 'prisma', 'local', 'trials', 'deploy', 'web', 'test'],
  activities: ['api', 'workers', 'cli', 'local', 'trials', 'deploy', 'web', 'test'],
  store: ['workflows', 'activities', 'api', 'workers', 'cli', 'local', 'trials', 'deploy', 'web', 'test'],
  publication: ['workflows', 'activities', 'api', 'workers', 'cli', 'prisma', 'local', 'trials', 'deploy', 'web', 'test'],
  platform: ROOMS.filter((room) => room !== 'platform'),
  exams: ROOMS.filter((room) => room !== 'exams' && room !== 'domain'),
  api: ['activities', 'workers', 'cli', 'local', 'trials', 'deploy', 'web', 'test'],
  workers: ['exams', 'api', 'cli', 'local', 'trials', 'deploy', 'web', 'test'],
  cli: ['activities', 'workers', 'api', 'local', 'trials', 'deploy', 'web', 'test'],
  prisma: ROOMS.filter((room) => room !== 'prisma' && room !== 'platform'),
  local: ['trials', 'deploy', 'web', 'test'],
  trials: ['deploy', 'web', 'test'],
  deploy: ['trials', 'web', 'test'],
  web: ROOMS.filter((room) => room !== 'web'),
};

const ofRooms: readonly Case[] = (Object.keys(NOT_ALLOWED) as Exclude<Room, 'test'>[]).flatMap((room) =>
  NOT_ALLOWED[room].flatMap((other): Case[] => [
    [`${room}/to-${other}.ts`, `import { something } from '../${other}/something.ts';`],
    [`${room}/deeper/types-of-${other}.ts`, `import type { Something } from '../../${other}/something.ts';`],
  ]),
);

const forbiddenImports: readonly Case[] = [
  ...ofRooms,
  ['domain/a.ts', "import { readFile } from 'node:fs/promises';"],
  ['domain/b.ts', "import { z } from 'zod';"],
  ['domain/e.ts', "import { sleep } from '@temporalio/workflow';"],
  ['workflows/a.ts', "import { createHash } from 'node:crypto';"],
  ['workflows/b.ts', "import { z } from 'zod';"],
  ['workflows/e.ts', "import { createFeedbackActivities } from '../activities/feedback/activities.ts';"],
  ['workflows/f.ts', "import { Client } from '@temporalio/client';"],
  ['workflows/g.ts', "export * from '../activities/feedback/activities.ts';"],
  ['workflows/h.ts', "export const later = await import('../store/store.ts');"],
  ['activities/feedback/a.ts', "import { certificationAttempt } from '../../workflows/certification-attempt.ts';"],
  ['activities/feedback/c.ts', "import { Prisma } from '../../prisma/generated/client.ts';"],
  ['activities/feedback/e.ts', "import pg from 'pg';"],
  ['activities/feedback/f.ts', "import { sleep } from '@temporalio/workflow';"],
  ['store/c.ts', "import { parseExamForm } from '../exams/form.ts';"],
  ['store/d.ts', "import { Client } from '@temporalio/client';"],
  ['store/e.ts', "import { env } from 'node:process';"],
  ['store/f.ts', "import { renderMail } from '../publication/mail/render.ts';"],
  ['publication/a.ts', "import { createStore } from '../store/store.ts';"],
  ['publication/b.ts', "import { parseExamForm } from '../exams/form.ts';"],
  ['publication/c.ts', "import { PrismaPg } from '@prisma/adapter-pg';"],
  ['exams/b.ts', "import { Client } from '@temporalio/client';"],
  ['api/routes/b.ts', "import { PrismaClient } from '../../prisma/generated/client.ts';"],
  ['api/routes/c.ts', "import { certificationAttempt } from '../../workflows/certification-attempt.ts';"],
  ['api/routes/d.ts', "import { PrismaPg } from '@prisma/adapter-pg';"],
  ['cli/a.ts', "import { certificationAttempt } from '../workflows/certification-attempt.ts';"],
  ['cli/b.ts', "import { Prisma } from '../prisma/generated/client.ts';"],
  ['workers/b.ts', "import { Prisma } from '../prisma/generated/client.ts';"],
  ['trials/load/a.ts', "import { Prisma } from '../../prisma/generated/client.ts';"],
  ['local/a.ts', "import { Prisma } from '../prisma/generated/client.ts';"],
];

const allowedImports: readonly Case[] = [
  ['web/exam/allowed-a.tsx', "import { getAttempt } from '../generated/client.ts';\nimport { useQuery } from '@tanstack/react-query';"],
  ['domain/allowed-a.ts', "import { passes } from './score.ts';"],
  ['workflows/allowed-a.ts', "import type { FeedbackActivities } from '../activities/feedback/activities.ts';"],
  ['workflows/allowed-b.ts', "import { phaseOf } from '../domain/attempt.ts';\nimport { sleep } from '@temporalio/workflow';"],
  ['activities/feedback/allowed-a.ts', "import { DONE } from '../../workflows/messages.ts';\nimport { refusing } from '../refusals.ts';"],
  ['activities/feedback/allowed-b.ts', "import type { Store } from '../../store/store.ts';\nimport { createHash } from 'node:crypto';"],
  ['store/allowed-a.ts', "import { Prisma } from '../prisma/generated/client.ts';\nimport type { ExamForm } from '../exams/form.ts';"],
  ['publication/allowed-a.ts', "import { passes } from '../domain/score.ts';\nimport type { Store } from '../store/store.ts';"],
  ['publication/mail/allowed-b.ts', "import { createLogger } from '../../platform/logging.ts';"],
  ['api/routes/allowed-a.ts', "import { withdraw } from '../../workflows/messages.ts';\nimport { TASK_QUEUES } from '../../workflows/queues.ts';"],
  ['api/routes/allowed-b.ts', "import { parseExamForm } from '../../exams/form.ts';\nimport { renderMail } from '../../publication/mail/render.ts';"],
  ['workers/allowed-a.ts', "import { createFeedbackActivities } from '../activities/feedback/activities.ts';"],
  ['cli/allowed-a.ts', "import { attemptBell } from '../workflows/bells.ts';\nimport { createStore } from '../store/store.ts';"],
  ['local/allowed-a.ts', "import { migrate } from '../prisma/migrate.ts';\nimport { POOLS } from '../workers/pools.ts';"],
  ['trials/load/allowed-a.ts', "import { startStack } from '../../local/stack.ts';\nimport pg from 'pg';"],
  ['deploy/allowed-a.ts', "import { createToolbox } from '../local/tools/install.ts';"],
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
  for (const file of ['oxlint.config.ts', 'tsconfig.json', 'package.json']) await copyFile(join(repository, file), join(directory, file));
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
  const folders = [...Object.keys(NOT_ALLOWED), 'vitest.config.ts'];
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
