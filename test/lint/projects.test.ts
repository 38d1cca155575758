import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProjectFinder, testFilesByProject, type ProjectName } from '../support/projects.ts';

// Not in one piece here: this file asks for nothing.
const asking = (key: string) => `import { inject } from 'vitest';\nexport const asked = () => inject('${key}');\n`;

const files: Readonly<Record<string, string>> = {
  'local/process.ts': "import { spawn } from 'node:child_process';\nexport const run = spawn;\n",
  'local/far.ts': "export { run } from './process.ts';\n",
  'local/lazy.ts': "export const later = () => import('./far.ts');\n",
  'local/types.ts': "import type { run } from './process.ts';\nexport type Run = typeof run;\n",
  'local/around.ts': "import './back.ts';\n",
  'local/back.ts': "import './around.ts';\n",
  'test/support/database.ts': asking('templateDatabaseUrl'),
  'test/support/server.ts': asking('temporalAddresses'),
};

const cases: readonly (readonly [ProjectName, why: string, code: string])[] = [
  ['unit', 'it reaches nothing', "import { expect } from 'vitest';"],
  [
    'unit',
    'it names a type alone of what starts processes',
    "import type { run } from '../local/process.ts';\nimport type { Run } from '../local/types.ts';",
  ],
  ['unit', 'what it imports goes around in a circle', "import '../local/around.ts';"],
  ['process', 'it can start one', "import { spawn } from 'node:child_process';"],
  ['process', 'something far away can start one', "import {\n  run,\n} from '../local/far.ts';"],
  ['process', 'something imported later can start one', "import { later } from '../local/lazy.ts';"],
  ['process', 'Temporal’s native module is loaded', "import { Worker } from '@temporalio/worker';"],
  ['database', 'it asks for one', "import { asked } from '../test/support/database.ts';"],
  [
    'database',
    'it asks for one and starts processes',
    "import { run } from '../local/far.ts';\nimport { asked } from '../test/support/database.ts';",
  ],
  [
    'temporal',
    'it asks for both servers',
    "import { asked } from '../test/support/database.ts';\nimport { asked as other } from '../test/support/server.ts';",
  ],
];

let directory: string;
let projectOf: (file: string) => ProjectName;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-projects-'));
  const tests = cases.map(([, , code], index): [string, string] => [`domain/${index}.test.ts`, code]);
  for (const [file, code] of [...Object.entries(files), ...tests]) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), code);
  }
  projectOf = createProjectFinder(directory);
});

afterAll(() => rm(directory, { recursive: true }));

describe('the project of a test', () => {
  it.each(cases.map(([project, why], index) => ({ project, why, index })))('is $project where $why', ({ project, index }) => {
    expect(projectOf(`domain/${index}.test.ts`)).toBe(project);
  });
});

describe('the tests there are', () => {
  const { unit, ...others } = testFilesByProject(fileURLToPath(new URL('../..', import.meta.url)));

  it('are unit tests wherever a rule is all there is to test', () => {
    expect(
      Object.values(others)
        .flat()
        .filter((file) => /^(?:domain|exams|workflows|activities)\//.test(file)),
    ).toEqual([]);
  });

  it('are known to their projects', () => {
    expect(unit).toContain('domain/score.test.ts');
    expect(others.process).toContain('test/lint/boundaries.test.ts');
    expect(others.database).toContain('api/app.test.ts');
    expect(others.temporal).toContain('test/integration/races.test.ts');
  });
});
