import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const benchmark = fileURLToPath(new URL('../../trials/benchmarks/pipeline.ts', import.meta.url));

/** As counted, and the few by which events and acknowledgements vary with how things coincide (docs/performance.md). */
const STATEMENTS_MAX = 88;
const EVENTS_MAX = 92;
const ACTIONS_MAX = 34;
/** Each takes about ten seconds; the benchmark counts twenty. */
const COUNTED = 2;

it('an attempt over HTTP takes no more statements of PostgreSQL, events and Actions of Temporal than when they were last counted', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [benchmark, '--only-one', '--counted', String(COUNTED)]);
  const counted = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<'historyEvents' | 'databaseStatements' | 'billableActions', number>;
  expect(counted.databaseStatements).toBeGreaterThan(50); // it was counted
  expect(counted.billableActions).toBeGreaterThan(20);
  expect(counted.databaseStatements).toBeLessThanOrEqual(STATEMENTS_MAX);
  expect(counted.historyEvents).toBeLessThanOrEqual(EVENTS_MAX);
  expect(counted.billableActions).toBeLessThanOrEqual(ACTIONS_MAX);
});
