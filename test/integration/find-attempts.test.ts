import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTCOMES, phaseOf, PHASES } from '../../domain/attempt.ts';
import { foldedForLookUp } from '../../domain/text.ts';
import type { PrismaClient } from '../../prisma/generated/client.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { searchAttempts, searchStatement, type AttemptSearch } from '../../store/attempts/search.ts';
import { fillAttempts } from '../../trials/benchmarks/many-attempts.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { viewOfAttempt } from '../../api/routes/attempts/view.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { nodesOf, type Plan } from '../support/plans.ts';

const ATTEMPTS = 20_000;
const PAGE = 21;

let test: TestStore;
let prisma: PrismaClient;
let client: pg.Client;
beforeAll(async () => {
  test = await createTestStore();
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 });
  for (const exam of ['one', 'two'])
    for (const version of [1, 2]) await test.store.examVersions.publish({ content: { ...smallExam({}, exam), version }, actor: 'test' });
  client = new pg.Client({ connectionString: test.databaseUrl });
  await client.connect();
  await fillAttempts(client, ATTEMPTS);
}, 120_000);
afterAll(async () => {
  await client.end();
  await prisma.$disconnect();
  await test.close();
});

const search = (asked: Omit<AttemptSearch, 'limit'>, limit = PAGE) => searchAttempts({ prisma, clock: postgresClock }, { ...asked, limit });

/** Letters of these scripts, but of those that came after Unicode 10: an older library of the database's leaves them as they are. */
function letters(): readonly string[] {
  const scripts = ['Latin', 'Greek', 'Cyrillic', 'Han', 'Hebrew', 'Arabic', 'Devanagari', 'Hiragana', 'Katakana', 'Hangul', 'Common', 'Inherited'];
  const wanted = new RegExp(`^(?:${scripts.map((script) => `\\p{Script=${script}}`).join('|')})$`, 'u');
  const isNewer = (code: number) => code === 0x1c89 || (code >= 0xa7b8 && code <= 0xa7f6);
  return Array.from({ length: 0x1_0000 - 0x20 }, (_, index) => index + 0x20)
    .filter((code) => !isNewer(code))
    .map((code) => String.fromCodePoint(code))
    .filter((letter) => wanted.test(letter) && !/\p{Cs}|\p{Co}|\p{Cn}/u.test(letter));
}

describe('a name', () => {
  it('is folded by the database as look-ups fold it, whatever letter is in it', async () => {
    const texts = [
      ...letters().map((letter) => `a${letter}b`),
      ' Ma’at  O`BRIEN ',
      'A\u{e0041}d\u{1bca0}a',
      'a\u{10ead}b',
      'STRASSE straße',
      'Ångström–Łukasz',
      'ΣΊΣΥΦΟΣ',
      '佐藤　太郎',
    ];
    const rows = await prisma.$queryRaw<{ folded: string }[]>`
      SELECT folded_for_look_up(t) AS folded FROM unnest(${texts}::text[]) WITH ORDINALITY AS given (t, place) ORDER BY place`;
    expect(texts.length).toBeGreaterThan(20_000);
    expect(texts.filter((text, index) => rows[index]?.folded !== foldedForLookUp(text))).toEqual([]);
  });
});

describe('where an attempt stands, as it is found by', () => {
  it('is what the rules say of its facts: its phase, and what is due when', async () => {
    const seen = new Set<string>();
    for (const phase of PHASES) {
      for (const { record, dueAt } of await search({ phase }, 40)) {
        const { policy } = await test.store.examVersions.contentOf(record.examVersionId);
        const before = { ...record, facts: { ...record.facts, asOf: 0 } };
        expect(phaseOf(record.facts)).toBe(phase);
        expect(dueAt?.toISOString() ?? null).toBe(viewOfAttempt(before, policy).waitingFor?.until ?? null);
        seen.add(phase);
      }
    }
    expect(seen).toEqual(new Set(PHASES));
  });

  it('follows each fact as it is committed', async () => {
    const subject = 'follow-me';
    const { attemptId } = await test.store.attempts.register({ subject, name: 'Folke Ökander', email: 'folke@example.org', examId: 'one' });
    const standing = async () => {
      const [found] = await search({ text: attemptId });
      return [found?.record && phaseOf(found.record.facts), (await prisma.attemptStanding.findUniqueOrThrow({ where: { attemptId } })).phase];
    };
    expect(await standing()).toEqual(['registered', 'registered']);
    await test.store.sittings.start({ attemptId, subject });
    expect(await standing()).toEqual(['aptitude_test', 'aptitude_test']);
    await test.store.sittings.submit({ attemptId, subject, test: 'aptitude' });
    expect(await standing()).toEqual(['aptitude_grading', 'aptitude_grading']);
    expect((await search({ text: 'okander FOLKE' })).map(({ record }) => record.facts.attemptId)).toEqual([attemptId]);
    await prisma.candidate.update({ where: { subject }, data: { name: 'Folke Ny' } });
    expect(await search({ text: 'okander' })).toEqual([]);
    expect((await search({ text: 'ny folke@example.org' })).map(({ record }) => record.facts.attemptId)).toEqual([attemptId]);
    await test.store.attempts.withdrawByStaff({ attemptId, actor: 'staff', reason: 'test', actionKey: attemptId });
    expect(await standing()).toEqual(['withdrawn', 'withdrawn']);
  });

  it('is computed once for each act that may change it, and not for each mark', async () => {
    await client.query(`SELECT set_config('track_functions', 'pl', false)`);
    const computed = async (write: string) => {
      const calls = `SELECT coalesce(pg_stat_get_xact_function_calls('keep_standing(uuid)'::regprocedure), 0)::int AS calls`;
      const count = async () => (await client.query<{ calls: number }>(calls)).rows[0]?.calls ?? 0;
      await client.query('BEGIN');
      try {
        const before = await count();
        await client.query(`${write}; SET CONSTRAINTS ALL IMMEDIATE`);
        return (await count()) - before;
      } finally {
        await client.query('ROLLBACK');
      }
    };
    const { rows } = await client.query<{ id: string }>(
      `SELECT t.id FROM assignment t WHERE t.state = 'open' AND t.purpose = 'mark' ORDER BY t.id LIMIT 2`,
    );
    const [quiet = '', calling = ''] = rows.map(({ id }) => id);
    const attemptOf = (assignment: string) =>
      `(SELECT s.attempt_id FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE t.id = '${assignment}')`;
    const completed = (assignment: string) => `UPDATE assignment SET state = 'completed' WHERE id = '${assignment}'`;
    const inOneTransaction = `UPDATE sitting SET deadline = deadline + interval '1 hour' WHERE attempt_id = ${attemptOf(quiet)}; UPDATE attempt SET start_by = start_by + interval '1 hour' WHERE id = ${attemptOf(quiet)}`;
    expect(await computed(inOneTransaction)).toBe(1);
    await client.query(`UPDATE attempt_standing SET needs_attention = false WHERE attempt_id = ${attemptOf(quiet)}`);
    expect(await computed(completed(quiet))).toBe(0);
    await client.query(`UPDATE attempt_standing SET needs_attention = true WHERE attempt_id = ${attemptOf(calling)}`);
    expect(await computed(completed(calling))).toBe(1);
  });
});

const SEARCHES: readonly (readonly [string, Omit<AttemptSearch, 'limit'>])[] = [
  ['nothing', {}],
  ['due first', { order: 'due' }],
  ['one letter', { text: 'a' }],
  ['a name', { text: 'MÜL' }],
  ['two names', { text: 'ada mul' }],
  ['an address', { text: 'p77@' }],
  ['a domain that a third have', { text: 'architects.example' }],
  ['a subject', { text: 'auth0|3' }],
  ['an exam', { examId: 'one' }],
  ['an exam, due first', { examId: 'one', order: 'due' }],
  ['a version', { examId: 'one', version: 2 }],
  ['a version, due first', { examId: 'one', version: 2, order: 'due' }],
  ...PHASES.map((phase) => [`the phase ${phase}`, { phase }] as const),
  ['a phase, due first', { phase: 'case_study', order: 'due' }],
  ['a phase of an exam', { examId: 'two', phase: 'aptitude_grading' }],
  ...OUTCOMES.map((outcome) => [`the outcome ${outcome}`, { outcome }] as const),
  ['due from', { dueFrom: new Date() }],
  ['due in a week', { dueFrom: new Date(), dueUntil: new Date(Date.now() + 7 * 86_400_000) }],
  ['overdue', { overdue: true }],
  ['needs attention', { needsAttention: { called: [] } }],
  ['needs attention, as Temporal says', { needsAttention: { called: Array.from({ length: 50 }, () => crypto.randomUUID()) } }],
];

async function expectFewRows(wanted: Omit<AttemptSearch, 'limit'>): Promise<void> {
  const statement = searchStatement({ ...wanted, limit: PAGE }, postgresClock() as Awaited<ReturnType<typeof postgresClock>>);
  const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>({
    text: `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`,
    values: [...statement.values],
  });
  const nodes = nodesOf((rows[0] as NonNullable<(typeof rows)[0]>)['QUERY PLAN'][0].Plan);
  expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])).toEqual([]);
  const rowsRead = nodes.map((node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']);
  expect(Math.max(...rowsRead)).toBeLessThan(ATTEMPTS / 20);
}

describe.each(SEARCHES)('a search for %s', (_name, asked) => {
  it('reads few rows by an index and no table through, and its next page reads on', async () => {
    const page = await search(asked);
    expect(page.length).toBeGreaterThan(0);
    const after = page.length === PAGE ? page[PAGE - 2]?.cursor : undefined;
    for (const wanted of [asked, ...(after ? [{ ...asked, after }] : [])]) {
      await expectFewRows(wanted);
    }
    if (after) {
      const next = await search({ ...asked, after });
      const ids = (found: typeof page) => found.map(({ record }) => record.facts.attemptId);
      expect(ids(next)[0]).toBe(ids(page)[PAGE - 1]);
      expect(ids(next).filter((id) => ids(page).slice(0, -1).includes(id))).toEqual([]);
    }
  });
});

describe('a search for words', () => {
  it('reads few rows whatever sample of the names the database has taken', async () => {
    const texts = SEARCHES.flatMap(([, asked]) => (asked.text === undefined ? [] : [asked]));
    expect(texts.length).toBeGreaterThan(5);
    try {
      for (let sample = 0; sample < 12; sample += 1) {
        await client.query(`SET default_statistics_target = ${1 + sample}; ANALYZE attempt_term, attempt_standing`);
        for (const asked of texts) await expectFewRows(asked);
      }
    } finally {
      await client.query('RESET default_statistics_target; ANALYZE attempt_term, attempt_standing');
    }
  });
});

describe('the overdue', () => {
  it('are counted by exam version, the one longest overdue first, with nobody left out', async () => {
    const exams = await test.store.attempts.overdue();
    expect(exams.map(({ examId, version }) => `${examId}@${version}`).toSorted()).toEqual(['one@1', 'one@2', 'two@1', 'two@2']);
    const all = await search({ overdue: true }, ATTEMPTS);
    expect(exams.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(all.length);
    expect(exams[0]?.oldestDueAt).toEqual(all[0]?.dueAt);
    expect(exams.reduce((sum, { unheld }) => sum + unheld, 0)).toBe(all.length);
  });
});

describe('what is over', () => {
  const old = [
    { phase: 'certified' },
    { phase: 'failed', examId: 'one' },
    { outcome: 'lapsed' },
    { examId: 'one' },
    { examId: 'one', version: 1 },
  ] as const;

  it.each(old)('is found behind everything that is open, and newer: %o', async (asked) => {
    await client.query('BEGIN');
    try {
      await client.query(
        `UPDATE attempt_standing SET phase = 'registered', outcome = NULL, exam_id = 'two', version = 2
         WHERE attempt_id IN (SELECT attempt_id FROM attempt_standing ORDER BY attempt_id DESC LIMIT ${ATTEMPTS / 2})`,
      );
      await client.query('ANALYZE attempt_standing');
      await expectFewRows(asked);
    } finally {
      await client.query('ROLLBACK');
    }
  });
});
