import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { parse } from 'csv-parse/sync';
import { readParquet } from 'parquet-wasm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectCommandStores } from '../../cli/stores.ts';
import { urlAs, makeLogin } from '../../local/database-logins.ts';
import { PRIVILEGES } from '../../prisma/privileges.ts';
import { RESEARCH_PLUMBING, RESEARCH_VIEWS } from '../../prisma/research-views.ts';
import { IMPERSONAL_DATA, PERSONAL_DATA } from '../../store/privacy/personal-data.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';

/** What analysts and researchers get, of a database in which months of attempts end one after the other. */

let databaseUrl: string;
let drop: () => Promise<void>;
let owner: pg.Client;
let analyst: pg.Client;
let stores: ReturnType<typeof connectCommandStores>;
let folder: string;

/** Attempts that ended in each month, by exam; the last months of `tiny` are never ten together. */
const MONTHS = [
  { large: 40, tiny: 4 },
  { large: 25, tiny: 3 },
  { large: 3, tiny: 2 },
  { large: 12, tiny: 5 },
  { large: 30, tiny: 1 },
  { large: 4, tiny: 2 },
] as const;
const SAID = 'what somebody said in confidence';

beforeAll(async () => {
  ({ databaseUrl, drop } = await createDatabase());
  owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  const url = await makeLogin(owner, { login: 'analyst_of_research', roles: ['analyst'], ownerUrl: databaseUrl });
  analyst = new pg.Client({ connectionString: url });
  await analyst.connect();
  const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 1 });
  const versions = createExamVersionStore({ prisma, clock: postgresClock });
  for (const examId of ['large', 'tiny']) await versions.publish({ content: smallExam({}, examId), actor: 'test' });
  await prisma.$disconnect();
  stores = connectCommandStores({ DATABASE_URL: urlAs('operator', databaseUrl), DATABASE_POOL_SIZE: 2 });
  folder = await mkdtemp(join(tmpdir(), 'research-'));
});

afterAll(async () => {
  await stores?.close();
  await analyst?.end();
  await owner?.end();
  await drop?.();
  await rm(folder, { recursive: true, force: true });
});

/** So many attempts of the exam that ended so many months ago; each fifth by a candidate who came before, each third with longer limits. */
async function end(examId: string, count: number, monthsAgo: number): Promise<void> {
  await owner.query('BEGIN');
  await owner.query('SET LOCAL session_replication_role = replica');
  await owner.query(
    `CREATE TEMP TABLE ended ON COMMIT DROP AS SELECT n, gen_random_uuid() AS attempt, gen_random_uuid() AS sitting, gen_random_uuid() AS submission, gen_random_uuid() AS assignment,
       coalesce(CASE WHEN n % 5 = 0 THEN (SELECT a.candidate_id FROM attempt a WHERE a.exam_id = $1 AND n = n AND NOT EXISTS (SELECT FROM attempt b WHERE b.candidate_id = a.candidate_id AND b.id <> a.id)
         AND a.settled_at < date_trunc('month', now()) - $3::int * interval '1 month' ORDER BY a.id OFFSET n / 5 LIMIT 1) END, gen_random_uuid()) AS candidate,
       date_trunc('month', now()) - $3::int * interval '1 month' + n % 28 * interval '1 day' AS at
     FROM generate_series(1, $2::int) n`,
    [examId, count, monthsAgo],
  );
  await owner.query(
    `INSERT INTO candidate (id, subject, name) SELECT candidate, 'subject-' || candidate, 'Ada Example' FROM ended ON CONFLICT DO NOTHING`,
  );
  await owner.query(
    `INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, accommodation_percent, registered_at, start_by, outcome, outcome_reason, settled_at)
     SELECT attempt, candidate, v.id, v.exam_id, CASE WHEN n % 3 = 0 THEN 125 ELSE 100 END, at - interval '9 days', at, CASE WHEN n % 2 = 0 THEN 'failed' ELSE 'certified' END, $2, at
     FROM ended, exam_version v WHERE v.exam_id = $1`,
    [examId, SAID],
  );
  await owner.query(`INSERT INTO sitting (id, attempt_id, test, started_at, deadline) SELECT sitting, attempt, 'aptitude', at, at FROM ended`);
  await owner.query(
    `INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, submitted_at, receipt)
     SELECT submission, sitting, 1, 'submitted', '', jsonb_build_object('c1', '["b", "a"]'::jsonb, 'c2', '[]'::jsonb, 't1', $1::text), at - interval '50 hours', '' FROM ended`,
    [SAID],
  );
  await owner.query(
    `INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
     SELECT gen_random_uuid(), attempt, 'aptitude', g, submission, n % 2 = 1, 15000, 20000, 7500,
       (SELECT jsonb_agg(jsonb_build_object('itemId', i, 'millipoints', 3750, 'millipointsMax', 5000, 'basis', 'machine')) FROM unnest(ARRAY['c1','c2','t1','t2']) i), at
     FROM ended, generate_series(1, CASE WHEN n = 1 THEN 2 ELSE 1 END) g`,
  );
  await owner.query(
    `INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, completed_at, created_at)
     SELECT assignment, submission, 1, 'mark', ARRAY['t1'], 3600, at, 'completed', at, at FROM ended`,
  );
  await owner.query(
    `INSERT INTO mark (id, assignment_id, submission_id, grader, item_id, millipoints, reason, recorded_at)
     SELECT gen_random_uuid(), assignment, submission, 'grader-of-all', 't1', 3750, $1, at FROM ended`,
    [SAID],
  );
  await owner.query('COMMIT');
}

async function withoutTriggers(statement: string): Promise<void> {
  await owner.query(`BEGIN; SET LOCAL session_replication_role = replica; ${statement}; COMMIT`);
}

type Told = {
  readonly exam_id: string;
  readonly from: string;
  readonly until: string;
  readonly is_accommodated: boolean | null;
  readonly is_repeat: boolean | null;
  candidate: string;
};

/** The rows of the view with whose they are, as the owner may see them. */
async function told(): Promise<readonly Told[]> {
  const rows: Told[] = [];
  await stores.research.read(async ({ view, rows: pages }) => {
    for await (const page of pages) {
      if (view.name !== 'attempts') continue;
      const cell = (cells: readonly unknown[], name: string) => cells[view.columns.findIndex((column) => column.name === name)];
      const day = (value: unknown) => (value as Date).toISOString().slice(0, 10);
      rows.push(
        ...page.map(({ ids, cells }) => ({
          exam_id: String(cell(cells, 'exam_id')),
          from: day(cell(cells, 'period_from')),
          until: day(cell(cells, 'period_until')),
          is_accommodated: cell(cells, 'is_accommodated') as boolean | null,
          is_repeat: cell(cells, 'is_repeat') as boolean | null,
          candidate: ids.candidate ?? '',
        })),
      );
    }
  });
  return rows;
}

const groupsOf = (rows: readonly Told[], by: (row: Told) => unknown) =>
  [...Map.groupBy(rows, (row) => JSON.stringify(by(row))).values()].map((group) => new Set(group.map(({ candidate }) => candidate)).size);

describe('small groups', () => {
  it(
    'ten candidates a period, and no fewer between two looks, month after month; smaller minorities in it are not told',
    { timeout: 120_000 },
    async () => {
      let before: readonly Told[] = [];
      for (const [index, counts] of MONTHS.entries()) {
        for (const [examId, count] of Object.entries(counts)) await end(examId, count, MONTHS.length - index);
        const rows = await told();
        const sizes = [
          ...groupsOf(rows, ({ exam_id, from }) => [exam_id, from]),
          ...groupsOf(rows, ({ exam_id, from, is_accommodated }) => [exam_id, from, is_accommodated]),
          ...groupsOf(rows, ({ exam_id, from, is_accommodated, is_repeat }) => [exam_id, from, is_accommodated, is_repeat]),
        ];
        expect(Math.min(10, ...sizes)).toBe(10);
        // What was told stays as it was; what is new has a period of its own.
        const known = new Set(before.map(({ exam_id, from }) => `${exam_id} ${from}`));
        const text = (row: Told) => JSON.stringify(row);
        expect(
          rows
            .filter(({ exam_id, from }) => known.has(`${exam_id} ${from}`))
            .map(text)
            .toSorted(),
        ).toEqual(before.map(text).toSorted());
        before = rows;
      }
      const monthsOf = (examId: string) =>
        [...new Set(before.filter(({ exam_id }) => exam_id === examId).map(({ from, until }) => `${from} ${until}`))].map((period) => {
          const [from = '', until = ''] = period.split(' ').map((day) => new Date(day));
          return [
            before.filter(({ exam_id, from: since }) => exam_id === examId && since === period.slice(0, 10)).length,
            (until as Date).getUTCMonth() - (from as Date).getUTCMonth(),
          ].map((n) => (n < 0 ? n + 12 : n));
        });
      // 40; 25; 3 and 12; 30. And the 4 wait. Of the other: 4, 3, 2 and 5, and then no ten more.
      expect(monthsOf('large').toSorted((a, b) => (b[0] ?? 0) - (a[0] ?? 0))).toEqual([
        [40, 1],
        [30, 1],
        [25, 1],
        [15, 2],
      ]);
      expect(monthsOf('tiny')).toEqual([[14, 4]]);
      expect(before.filter(({ is_accommodated }) => is_accommodated !== null).length).toBeGreaterThanOrEqual(40);
      expect(
        before.filter(({ exam_id, is_accommodated, is_repeat }) => exam_id === 'tiny' && (is_accommodated !== null || is_repeat !== null)),
      ).toEqual([]);
    },
  );

  it('who is erased is in no row', async () => {
    const [first] = await told();
    await withoutTriggers(
      `INSERT INTO erasure (id, candidate_id, state, keeps_register, act_id, settled_by, settled_at, due_at) VALUES (gen_random_uuid(), '${first?.candidate}', 'ordered', true, gen_random_uuid(), 'two', now(), now())`,
    );
    expect((await told()).filter(({ candidate }) => candidate === first?.candidate)).toEqual([]);
    await withoutTriggers('DELETE FROM erasure');
  });
});

describe('the analyst', () => {
  it('reads the views, column by column as the dictionary says, and nothing else', async () => {
    for (const { name, columns } of RESEARCH_VIEWS) {
      const { fields, rows } = await analyst.query(`SELECT * FROM research."${name}"`);
      expect(fields.map((field) => field.name)).toEqual(columns.map((column) => column.name));
      expect(rows.length).toBeGreaterThan(0);
    }
    for (const table of [...Object.keys(PRIVILEGES).map((one) => `public."${one}"`), 'reading."attempt"'])
      await expect(analyst.query(`SELECT 1 FROM ${table}`)).rejects.toThrow(/permission denied/);
    await expect(analyst.query('CREATE TABLE mine ()')).rejects.toThrow(/permission denied/);
    for (const { name } of RESEARCH_VIEWS)
      await expect(analyst.query(`DELETE FROM research."${name}"`)).rejects.toThrow(/permission denied|cannot delete/);
  });

  it('is whom the business dashboard asks as, and every panel of the records has rows', async () => {
    const file = new URL('../../deploy/helm/certifiable/monitoring/dashboards/business.json', import.meta.url);
    const { panels } = JSON.parse(await readFile(file, 'utf8')) as { panels: { targets?: { rawSql?: string }[] }[] };
    const asked = panels.flatMap(({ targets = [] }) => targets.flatMap(({ rawSql }) => rawSql ?? []));
    expect(asked).toHaveLength(3);
    for (const sql of asked) {
      const { fields, rows } = await analyst.query(sql);
      expect(fields[0]?.name).toBe('period');
      expect(rows.length).toBeGreaterThan(3);
    }
  });

  it('sees each column described in the database, too', async () => {
    const { rows } = await analyst.query(
      `SELECT c.relname || '.' || a.attname AS name, col_description(a.attrelid, a.attnum) AS says FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
       WHERE c.relnamespace = 'research'::regnamespace ORDER BY 1`,
    );
    const described = RESEARCH_VIEWS.flatMap(({ name, columns }) => columns.map((column) => ({ name: `${name}.${column.name}`, says: column.says })));
    expect(rows).toEqual(described.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  });
});

describe('nothing personal', () => {
  it('the views read the columns that they say, by what PostgreSQL knows of them', async () => {
    const { rows } = await owner.query<{ view: string; columns: string[] }>(
      `SELECT v.relname AS view, array_agg(DISTINCT t.relname || '.' || a.attname) AS columns FROM pg_class v JOIN pg_rewrite w ON w.ev_class = v.oid
         JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
         JOIN pg_class t ON t.oid = d.refobjid AND t.relkind = 'r' JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
       WHERE v.relnamespace = 'research'::regnamespace GROUP BY 1`,
    );
    const read = new Set(rows.flatMap(({ columns }) => columns));
    const said = new Set([...RESEARCH_VIEWS.flatMap(({ columns }) => columns.flatMap(({ of }) => of)), ...RESEARCH_PLUMBING]);
    expect([...read].toSorted()).toEqual([...said].toSorted());
  });

  it('none of them is personal, but an answer of which the ids of choices alone are told', () => {
    const personal = Object.entries(PERSONAL_DATA).flatMap(([table, { erased, ofStaff = [], impersonal }]) =>
      [...(erased === 'rows' ? impersonal : Object.keys(erased)), ...ofStaff].map((column) => `${table}.${column}`),
    );
    const ofStaff = Object.entries(IMPERSONAL_DATA).flatMap(([table, { why, columns }]) =>
      why.startsWith('is of those who act for us') ? columns.map((column) => `${table}.${column}`) : [],
    );
    const read = [...RESEARCH_VIEWS.flatMap(({ columns }) => columns.flatMap(({ of }) => of)), ...RESEARCH_PLUMBING];
    expect(read.filter((column) => personal.includes(column) || ofStaff.includes(column))).toEqual(['submission.content']);
  });
});

describe('an export', () => {
  const rowsOfCsv = async (path: string) => parse(await readFile(path));

  it('is the same as CSV and as Parquet, read by another implementation, under pseudonyms of its own', { timeout: 120_000 }, async () => {
    const [csv, parquet] = [join(folder, 'csv'), join(folder, 'parquet')];
    const by = ['--actor', 'rita', '--reason', 'for the university'];
    const first = await runCommand(['export', 'research', '--out', csv, ...by], { stores });
    expect([first.exitCode, first.errors]).toEqual([0, []]);
    const second = await runCommand(['export', 'research', '--out', parquet, '--format', 'parquet', '--json', ...by], { stores });
    expect(second.exitCode).toBe(0);
    const { tables } = JSON.parse(await readFile(join(parquet, 'dictionary.json'), 'utf8')) as {
      tables: { file: string; rows: number; columns: { name: string }[] }[];
    };
    const pseudonyms: Set<string>[] = [];
    for (const { file, rows, columns } of tables) {
      const [head = [], ...lines] = await rowsOfCsv(join(csv, file.replace('.parquet', '.csv')));
      const table = tableFromIPC(readParquet(await readFile(join(parquet, file))).intoIPCStream());
      expect(table.schema.fields.map(({ name }) => name)).toEqual(head);
      expect(columns.map(({ name }) => name)).toEqual(head);
      const days = new Set(table.schema.fields.filter(({ type }) => String(type).startsWith('Date')).map(({ name }) => name));
      const text = (name: string, value: unknown) =>
        value === null ? '' : days.has(name) ? new Date(Number(value)).toISOString().slice(0, 10) : `${value as string | number | boolean}`;
      const read = table.toArray().map((row) => head.map((name) => text(name, (row as Record<string, unknown>)[name])));
      expect(read.length).toBe(rows);
      const isPseudonym = (name: string) => name === 'attempt' || name === 'candidate';
      const without = (row: readonly string[]) => row.filter((_cell, place) => !isPseudonym(head[place] ?? '')).join('|');
      expect(read.map(without).toSorted()).toEqual(lines.map(without).toSorted());
      for (const found of [read, lines])
        pseudonyms.push(new Set(found.flatMap((row) => row.filter((_cell, place) => isPseudonym(head[place] ?? '')))));
    }
    const [inParquet, inCsv] = [0, 1].map((side) => new Set(pseudonyms.filter((_one, place) => place % 2 === side).flatMap((found) => [...found])));
    expect(inParquet?.size).toBe(inCsv?.size);
    expect([...(inParquet ?? [])].filter((pseudonym) => inCsv?.has(pseudonym))).toEqual([]);
  });

  it('tells nobody and nothing that somebody said; attempts of one person belong together', async () => {
    const texts = await Promise.all(
      ['attempts', 'results', 'item_scores', 'marks'].map((name) => readFile(join(folder, 'csv', `${name}.csv`), 'utf8')),
    );
    const all = texts.join('');
    expect(all).not.toContain(SAID);
    const { rows } = await owner.query<{ text: string }>(
      `SELECT id::text AS text FROM attempt UNION SELECT id::text FROM candidate UNION SELECT subject FROM candidate UNION SELECT name FROM candidate UNION SELECT id::text FROM submission UNION SELECT grader FROM mark`,
    );
    expect(rows.filter(({ text }) => all.includes(text))).toEqual([]);
    const [head = [], ...lines] = await rowsOfCsv(join(folder, 'csv', 'attempts.csv'));
    const [attempts, candidates] = ['attempt', 'candidate'].map((name) => new Set(lines.map((line) => line[head.indexOf(name)])).size);
    expect(attempts).toBe(lines.length);
    expect(candidates).toBeLessThan(lines.length);
    const [itemHead = [], ...items] = await rowsOfCsv(join(folder, 'csv', 'item_scores.csv'));
    expect(new Set(items.map((line) => `${line[itemHead.indexOf('item_id')]} ${line[itemHead.indexOf('choices')]}`))).toEqual(
      new Set(['c1 a|b', 'c2 ', 't1 ', 't2 ']),
    );
  });

  it('is audited, and takes no folder that is there', async () => {
    const again = await runCommand(['export', 'research', '--out', join(folder, 'csv'), '--actor', 'rita', '--reason', 'again'], { stores });
    expect([again.exitCode, again.errors.join('')]).toEqual([1, expect.stringContaining('cannot be made')]);
    const { rows } = await owner.query(`SELECT actor, reason FROM audit_entry WHERE action = 'export_research'`);
    expect(rows).toEqual([0, 1].map(() => ({ actor: 'rita', reason: 'for the university' })));
  });
});
