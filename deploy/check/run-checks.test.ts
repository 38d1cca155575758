import { afterEach, expect, it, vi } from 'vitest';
import type { Check, CheckResult } from './check.ts';
import { runChecks } from './run-checks.ts';

afterEach(() => vi.unstubAllEnvs());

const check = (name: string, run: () => Promise<CheckResult>): Check => ({ name, tools: [], run });
const good = check('good', async () => ({ count: 3, what: 'files', problems: [] }));

async function outcome(...checks: readonly Check[]): Promise<{ failed: number; said: string }> {
  const lines: string[] = [];
  const failed = await runChecks(checks, { root: '/nowhere', log: (line) => lines.push(line), skipsLongBuilds: true });
  return { failed, said: lines.join('\n') };
}

it('says a line for each check and the sum at the end', async () => {
  const { failed, said } = await outcome(good);
  expect(failed).toBe(0);
  expect(said).toMatch(/^ok {4} good {2,}3 files, \d\.\d s\n1 passed, 0 failed$/);
});

it('shows every problem in full after the last check, and counts the check as failed', async () => {
  const bad = check('bad', async () => ({ count: 1, what: 'files', problems: ['a.yaml: wrong\nin two lines', 'b.yaml: wrong'] }));
  const { failed, said } = await outcome(bad, good);
  expect(failed).toBe(1);
  expect(said).toMatch(/\n\nbad\n {2}a\.yaml: wrong\n {2}in two lines\n {2}b\.yaml: wrong\n\n1 passed, 1 failed$/);
});

it('fails a check that found nothing to look at, since it would pass for ever', async () => {
  const { failed, said } = await outcome(check('empty', async () => ({ count: 0, what: 'files', problems: [] })));
  expect(failed).toBe(1);
  expect(said).toContain('found nothing to check');
});

it('fails a check that breaks, and goes on with the others', async () => {
  const broken = check('broken', () => Promise.reject(new Error('cannot read it')));
  const { failed, said } = await outcome(broken, good);
  expect(failed).toBe(1);
  expect(said).toContain('cannot read it');
  expect(said).toContain('ok     good');
});

it('says which check is left out since its program was never built, and does not count it as passed', async () => {
  // Where nothing was ever built.
  vi.stubEnv('HOME', '/nowhere');
  const asked = vi.fn<() => Promise<CheckResult>>();
  const { failed, said } = await outcome({ name: 'asks', tools: ['kube-apiserver'], run: asked }, good);
  expect({ failed, asked: asked.mock.calls.length }).toEqual({ failed: 0, asked: 0 });
  expect(said).toContain('SKIPPED asks');
  expect(said).toMatch(/1 passed, 0 failed, 1 skipped$/);
});

it('says of which check nothing is known, and does not count it as passed', async () => {
  const unknown = check('asks', async () => ({ count: 0, what: 'packages', problems: [], unknown: 'nobody can be asked' }));
  const { failed, said } = await outcome(unknown, good);
  expect(failed).toBe(0);
  expect(said).toMatch(/SKIPPED asks +nobody can be asked/);
  expect(said).toMatch(/1 passed, 0 failed, 1 skipped$/);
});
