import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const benchmark = fileURLToPath(new URL('../../trials/benchmarks/pipeline.ts', import.meta.url));

/** As counted, and the few by which events and acknowledgements vary with how things coincide (docs/performance.md). */
const STATEMENTS_MAX = 88;

it('takes no more statements of PostgreSQL for an attempt over HTTP than it did when they were last counted', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [benchmark, '--only-one']);
  const counted = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { historyEvents: number; databaseStatements: number };
  expect(counted.databaseStatements).toBeGreaterThan(50); // it was counted
  expect(counted.databaseStatements).toBeLessThanOrEqual(STATEMENTS_MAX);
});
