import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { postgresClock } from '../../store/context.ts';
import { asWritten, looksFor, takeNext } from '../../store/assignments/claim.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { nodesOf, type Plan } from '../support/plans.ts';
import { submittedAttempt } from '../support/sitting.ts';

/** Open submissions, each with two seats to mark; of the first hundred both are held. */
const SUBMISSIONS = 10_000;
const HELD_SUBMISSIONS = 100;
const ADJUDICATIONS = 20;

let test: TestStore;
let client: pg.Client;

beforeAll(async () => {
  test = await createTestStore();
  client = new pg.Client({ connectionString: test.databaseUrl });
  await client.connect();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
  const { submissionId } = await submittedAttempt(test.store);
  await test.store.assignments.open({ submissionId, purpose: 'mark', seats: [1, 2], dueAt: new Date(Date.now() + 30 * 86_400_000) });
  await copyMany(submissionId);
  for (let index = 0; index < 50; index += 1)
    await client.query(`INSERT INTO grader (subject, designated, first_seen_at, last_seen_at) VALUES ($1, $2, now(), now())`, [
      `grader-${index}`,
      index < 3,
    ]);
}, 120_000);

afterAll(async () => {
  await client?.end();
  await test?.close();
});

/** Rows as the store makes them, many times over; without the triggers, which this test does not ask about. */
async function copyMany(submissionId: string): Promise<void> {
  const copy = (table: string, alias: string, changes: string, from: string) =>
    client.query(
      `INSERT INTO ${table} SELECT (jsonb_populate_record(${alias}, ${changes})).* FROM submission b JOIN sitting s ON s.id = b.sitting_id
        JOIN attempt a ON a.id = s.attempt_id JOIN candidate k ON k.id = a.candidate_id ${from} WHERE b.id = '${submissionId}'`,
    );
  const id = (kind: string) => `md5('${kind} ' || n)::uuid`;
  const many = `CROSS JOIN generate_series(1, ${SUBMISSIONS}) n`;
  await client.query('SET session_replication_role = replica');
  await copy('candidate', 'k', `jsonb_build_object('id', ${id('candidate')}, 'subject', 'many-' || n)`, many);
  await copy('attempt', 'a', `jsonb_build_object('id', ${id('attempt')}, 'candidate_id', ${id('candidate')})`, many);
  await copy('sitting', 's', `jsonb_build_object('id', ${id('sitting')}, 'attempt_id', ${id('attempt')})`, many);
  await copy('submission', 'b', `jsonb_build_object('id', ${id('submission')}, 'sitting_id', ${id('sitting')})`, many);
  await copy(
    'assignment',
    't',
    `jsonb_build_object('id', md5('assignment ' || n || ' ' || t.seat)::uuid, 'submission_id', ${id('submission')}, 'due_at', now() + n * interval '1 minute',
      'holder', CASE WHEN n <= ${HELD_SUBMISSIONS} THEN 'holder-' || n || '-' || t.seat END, 'lease_expires_at', CASE WHEN n <= ${HELD_SUBMISSIONS} THEN now() + interval '1 hour' END)`,
    `JOIN assignment t ON t.submission_id = b.id ${many}`,
  );
  await copy(
    'assignment',
    't',
    `jsonb_build_object('id', md5('adjudication ' || n)::uuid, 'submission_id', ${id('submission')}, 'seat', 3, 'purpose', 'adjudicate', 'due_at', now() + interval '20 days')`,
    `JOIN assignment t ON t.submission_id = b.id AND t.seat = 1 CROSS JOIN generate_series(1, ${ADJUDICATIONS}) n`,
  );
  await client.query('SET session_replication_role = DEFAULT');
  await client.query('ANALYZE');
}

function rowsRead(nodes: readonly Plan[]): readonly (readonly [table: string, rows: number])[] {
  return nodes.flatMap((node) => {
    const table = node['Relation Name'];
    return table ? [[table, (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']] as const] : [];
  });
}

type Asked = { readonly grader: string; readonly designated: boolean; readonly hasReserved?: boolean; readonly hasLeft?: boolean };

/** What a claim reads, without taking anything: each look until one finds something. */
async function explainClaim({ hasReserved = false, hasLeft = false, ...claim }: Asked): Promise<readonly Plan[]> {
  const nodes: Plan[] = [];
  for (const look of looksFor(claim, { hasReserved, hasLeft })) {
    const { text, values } = takeNext(claim, await postgresClock(), look);
    await client.query('BEGIN');
    await client.query(`SELECT ${asWritten.sql}`);
    try {
      const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>({
        text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
        values,
      });
      const explained = (rows[0] as NonNullable<(typeof rows)[0]>)['QUERY PLAN'][0];
      nodes.push(...nodesOf(explained.Plan).filter((node) => node['Actual Loops'] > 0));
      if (explained.Plan['Actual Rows'] > 0) break;
    } finally {
      await client.query('ROLLBACK');
    }
  }
  return nodes;
}

describe('a claim with 20,000 open assignments', () => {
  it.each([
    ['a grader', { grader: 'grader-40', designated: false }],
    ['a designated grader', { grader: 'grader-1', designated: true }],
    ['a grader who gave work back', { grader: 'grader-39', designated: false, hasLeft: true }],
  ])('of %s reads along the index, no further than what is held and one more', async (_who, claim) => {
    const read = await explainClaim(claim);
    expect(read.some((node) => node['Index Name'] === 'assignment_claimable_idx')).toBe(true);
    // Of no table more than this: not of assignments, and not of what is joined to them.
    const rows = rowsRead(read);
    expect(rows.filter(([, count]) => count >= 2 * HELD_SUBMISSIONS + 100)).toEqual([]);
  });

  it('of a grader who gave back thousands over the years reads those of late alone', async () => {
    await client.query(`BEGIN; SET LOCAL session_replication_role = replica;
      INSERT INTO claim (id, assignment_id, submission_id, grader, fencing_token, claimed_at, released_at, release_cause)
      SELECT (lpad(to_hex(((extract(epoch FROM now()) - 400 * 86400) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, md5('assignment ' || n || ' 1')::uuid,
        md5('submission ' || n)::uuid, 'grader-38', 99, now() - interval '400 days', now() - interval '399 days', 'released' FROM generate_series(1, 5000) n;
      COMMIT; ANALYZE claim`);
    const rows = rowsRead(await explainClaim({ grader: 'grader-38', designated: false, hasLeft: true }));
    expect(rows.filter(([, count]) => count >= 2 * HELD_SUBMISSIONS + 100)).toEqual([]);
  });

  it('takes what is due first and not held, and a designated grader what only they can settle', async () => {
    const seat = await test.store.assignments.claim({ grader: 'grader-41', designated: false });
    const { rows } = await client.query<{ id: string }>(`SELECT md5('submission ' || $1)::uuid AS id`, [`${HELD_SUBMISSIONS + 1}`]);
    expect(seat?.submission.submissionId).toBe(rows[0]?.id);
    const adjudication = await test.store.assignments.claim({ grader: 'grader-2', designated: true });
    expect(adjudication?.purpose).toBe('adjudicate');
  });

  it('takes what is reserved before all else', async () => {
    await client.query(`UPDATE assignment SET reserved_for = 'grader-42' WHERE id = md5('assignment 9000 1')::uuid`);
    const read = await explainClaim({ grader: 'grader-42', designated: false, hasReserved: true });
    expect(read.some((node) => node['Index Name'] === 'assignment_claimable_idx')).toBe(false);
    const seat = await test.store.assignments.claim({ grader: 'grader-42', designated: false });
    const { rows } = await client.query<{ id: string }>(`SELECT md5('submission 9000')::uuid AS id`);
    expect(seat?.submission.submissionId).toBe(rows[0]?.id);
  });

  it('of the only designated grader, who is spared for all of it, ends after some that are due first', async () => {
    await client.query(`UPDATE assignment SET state = 'completed' WHERE purpose = 'adjudicate'`);
    await client.query(`UPDATE grader SET designated = (subject = 'grader-1')`);
    const read = await explainClaim({ grader: 'grader-1', designated: true });
    // Of the claims there are three, looked at for each of two hundred seats.
    const rows = rowsRead(read).filter(([table]) => table !== 'grader');
    expect(rows.filter(([, count]) => count >= 1000)).toEqual([]);
    expect(await test.store.assignments.claim({ grader: 'grader-1', designated: true })).toBeUndefined();
  });
});
