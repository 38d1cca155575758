import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectCommandStores, type CommandStores } from '../stores.ts';
import { runCommand } from '../../test/support/command.ts';
import { certifiedAttempt } from '../../test/support/certified.ts';
import { createTestStore, type TestStore } from '../../test/support/database.ts';
import { decidedScript } from '../../test/support/decided.ts';
import { testCredentials } from '../../test/support/pools.ts';
import { smallExam } from '../../trials/people/small-exam.ts';

let test: TestStore;
let stores: CommandStores;
let database: pg.Client;
let attemptId: string;
let submissionId: string;

beforeAll(async () => {
  test = await createTestStore();
  stores = connectCommandStores({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
  const credentials = await testCredentials();
  const decide = (...points: readonly (readonly [number, number])[]) =>
    decidedScript(test.store, { given: points.map((given, index) => ({ grader: `g-${index}`, points: given })), credentials });
  await decide([3, 3]);
  await decide([5, 4.5], [4.5, 4.5]);
  ({ attemptId, submissionId } = await decide([1, 0.5], [4, 0.25]));
});

afterAll(async () => {
  await database?.end();
  await stores?.close();
  await test?.close();
});

const run = (...args: string[]) => runCommand(['records', ...args], { stores });

/** What only the database's administrator can do, for as long as something is tried. */
async function tampered<Result>({ change, restore }: { change: string; restore: string }, work: () => Promise<Result>): Promise<Result> {
  const administer = async (sql: string) => {
    await database.query('BEGIN');
    await database.query('SET LOCAL session_replication_role = replica');
    await database.query(sql, [submissionId]);
    await database.query('COMMIT');
  };
  await administer(change);
  try {
    return await work();
  } finally {
    await administer(restore);
  }
}

describe('deciding everything again', () => {
  it('comes to what was decided', async () => {
    expect(await run('recompute')).toEqual({
      exitCode: 0,
      printed: ['3 decisions and 0 certificates come out the same from their records'],
      errors: [],
    });
    expect(JSON.parse((await run('recompute', '--json')).printed.join('\n'))).toEqual({ decisions: 3, erased: 0, certificates: 0, unlike: [] });
  });

  it.each([
    ['a mark', 'UPDATE mark SET millipoints = millipoints + 100 WHERE submission_id = $1', 'UPDATE mark SET millipoints = millipoints - 100 WHERE submission_id = $1'], // prettier-ignore
    ['an answer', `UPDATE submission SET content = jsonb_set(content, '{c1}', '["a"]') WHERE id = $1`, `UPDATE submission SET content = content - 'c1' WHERE id = $1`], // prettier-ignore
    ['a decision', 'UPDATE decision SET passed = NOT passed WHERE submission_id = $1', 'UPDATE decision SET passed = NOT passed WHERE submission_id = $1'], // prettier-ignore
  ])('names the decision once %s was changed, and it alone', async (_what, change, restore) => {
    const { exitCode, errors } = await tampered({ change, restore }, () => run('recompute'));
    expect(exitCode).toBe(1);
    expect(errors[0]).toContain(`(aptitude) of attempt ${attemptId} does not follow from its records:`);
    expect(errors.filter((line) => line.startsWith('decision '))).toHaveLength(1);
    expect(errors.at(-1)).toBe('1 of 3 decisions and 0 certificates do not come out the same from their records');
    expect((await run('recompute')).exitCode).toBe(0);
  });

  it('names every decision of a version once a rule of it was changed', async () => {
    const rule = (value: number) =>
      `UPDATE exam_version SET content = jsonb_set(content, '{policy,passMark}', '${value}') WHERE $1::uuid IS NOT NULL`;
    const afresh = async () => {
      // What a version pins is kept in memory: another process reads it anew.
      const others = connectCommandStores({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 });
      const ran = await runCommand(['records', 'recompute', '--json'], { stores: others });
      await others.close();
      return ran;
    };
    const { exitCode, printed } = await tampered({ change: rule(0), restore: rule(8000) }, afresh);
    expect(exitCode).toBe(1);
    expect(JSON.parse(printed.join('\n')).unlike).toHaveLength(3);
  });
});

describe('explaining an attempt', () => {
  const by = ['--actor', 'ops-1', '--reason', 'the candidate asked'];

  it('leads from answers and marks to the verdict, and is audited', async () => {
    const { exitCode, printed } = await run('explain', attemptId, ...by);
    const text = printed.join('\n');
    expect(exitCode).toBe(0);
    expect(text).toContain(`Aptitude test of attempt ${attemptId}, small@1: failed with 14.37 %`);
    expect(text).toContain('0 + 0 + 2500 + 375 = 2875 of 20000');
    expect(text).toContain('2875/20000 against 8000/10000: 28750000 < 160000000, so failed');
    expect(text).toContain('Disputed: t1; at their lowest 1375/20000 fails, at their highest 4375/20000 fails: they decide nothing, so the mean');
    expect(text).toContain('marked by g-1');
    const audit = await test.store.attempts.audit(attemptId);
    expect(audit).toMatchObject([{ action: 'read_explanation', actor: 'ops-1', reason: 'the candidate asked', details: { role: 'operator' } }]);
  });

  it('is one JSON document for a program', async () => {
    const { decisions } = JSON.parse((await run('explain', attemptId, ...by, '--json')).printed.join('\n'));
    expect(decisions).toMatchObject([{ test: 'aptitude', arithmetic: { fraction: '2875/20000' }, differences: [] }]);
  });

  it('is refused without a reason, and where there is no such attempt', async () => {
    expect((await run('explain', attemptId)).exitCode).toBe(2);
    expect((await run('explain', 'nobody', ...by)).exitCode).toBe(2);
    expect(await run('explain', '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11', ...by)).toMatchObject({
      exitCode: 1,
      errors: ['There is no such attempt.'],
    });
  });
});

describe('the score of a certificate', () => {
  it('is worked out again from both tests, and a certificate that has another is named', async () => {
    const { certificateId } = await certifiedAttempt(test.store, { credentials: await testCredentials() });
    const named = async () =>
      (JSON.parse((await run('recompute', '--json')).printed.join('\n')) as { unlike: { what: string; differences: object[] }[] }).unlike.filter(
        ({ what }) => what.startsWith('certificate'),
      );
    expect(await named()).toEqual([]);
    const change = (by: number) =>
      `UPDATE certificate SET basis_points = basis_points + ${by} WHERE id = '${certificateId}' AND $1::uuid IS NOT NULL`;
    expect(await tampered({ change: change(1), restore: change(-1) }, named)).toMatchObject([
      { what: `certificate ${certificateId}`, differences: [{ of: 'score', recorded: '95.01', recomputed: '95.00' }] },
    ]);
  });
});
