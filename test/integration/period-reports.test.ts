import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectCommandStores } from '../../cli/stores.ts';
import { analyseExam } from '../../domain/exam-answers.ts';
import { PERIOD_REPORTS, type PeriodReportKind } from '../../domain/report.ts';
import { lastPeriod, periodName } from '../../domain/report-period.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { connectDatabase, inTransaction, postgresClock } from '../../store/context.ts';
import { supersede } from '../../store/decisions/supersede.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { tableCsv } from '../../publication/reports/period-tables.ts';
import { REPORT_WORDS } from '../../publication/reports/report-words.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { runCommand } from '../support/command.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { decided, decidedScript, markedScript } from '../support/decided.ts';
import { testCredentials } from '../support/pools.ts';
import { startedAttempt } from '../support/sitting.ts';

/** Reports of periods over real records. */

let test: TestStore;
let database: pg.Client;
let credentials: CredentialIssuer;
let folder: string;

beforeAll(async () => {
  test = await createTestStore();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
  credentials = await testCredentials();
  folder = await mkdtemp(join(tmpdir(), 'certifiable-period-reports-'));
});

afterAll(async () => {
  await database?.end();
  await test?.close();
  await rm(folder, { recursive: true, force: true });
});

/** All of this test, until what is yet to come. */
const ofNow = () => ({ since: new Date(Date.now() - 86_400_000), until: new Date(Date.now() + 3_600_000) });

async function read(kind: PeriodReportKind, period = ofNow()) {
  const content = await test.store.periodReports.read({ kind, ...period });
  const rows = (id: string) => {
    const table = content.tables.find((one) => one.id === id);
    if (!table) throw new Error(`no table ${id}`);
    return table.rows.map((row) => Object.fromEntries(table.columns.map((column, place) => [column.id, row[place]])));
  };
  return { ...content, rows };
}

const PIECE = { mark: 1234, adjudicate: 99 };
const given = (...points: readonly (readonly [number, number])[]) => points.map((of, index) => ({ grader: `grader-${index}`, points: of }));

describe('a report of a period', () => {
  it.each(PERIOD_REPORTS)('of nothing says nothing, and is a record all the same: %s', async (kind) => {
    const period = lastPeriod(kind, new Date('2020-06-01T00:00:00Z'));
    const content = await test.store.periodReports.read({ kind, ...period });
    expect(content.attempts).toBe(0);
    expect(content.tables.flatMap(({ rows }) => rows.flat()).filter((cell) => typeof cell === 'number' && cell !== 0)).toEqual([]);
    expect(await test.store.reports.recordPeriod({ kind, ...period }, content)).toEqual({ isNew: true });
    expect(await test.store.reports.recordPeriod({ kind, ...period }, { ...content, attempts: 7 })).toEqual({ isNew: false });
    expect(await test.store.reports.list({ kinds: [kind] })).toEqual([expect.objectContaining({ kind, ...period, candidates: 0 })]);
  });

  it('is due once, and what an outage left out is caught up once', async () => {
    const due = (now: string) => test.store.reports.periodsDue({ kind: 'operations', now: new Date(now) });
    // The test above has recorded the last week of May 2020.
    expect(await due('2020-06-07T23:00:00Z')).toEqual([]);
    const missed = await due('2020-06-23T04:10:00Z');
    expect(missed.map(({ until }) => until.toISOString().slice(0, 10))).toEqual(['2020-06-08', '2020-06-15', '2020-06-22']);
    for (const period of missed) await test.store.reports.recordPeriod({ kind: 'operations', ...period }, { method: 1, attempts: 0, tables: [] });
    expect(await due('2020-06-23T04:10:00Z')).toEqual([]);
  });

  it('is all of one moment, whatever is decided while it is read', async () => {
    const marked = [];
    for (let index = 0; index < 12; index += 1) marked.push(await markedScript(test.store, given([index % 6, 3])));
    const counted = async () => {
      const { rows } = await read('operations');
      const sum = (id: string, column: string) => rows(id).reduce((all, row) => all + Number(row[column]), 0);
      return sum('promise', 'results') + sum('backlog', 'underGrading');
    };
    const before = await counted();
    let isOver = false;
    const deciding = (async () => {
      for (const one of marked) await decided(test.store, { ...one, test: 'aptitude', credentials });
      isOver = true;
    })();
    const seen: number[] = [];
    while (!isOver) seen.push(await counted());
    await deciding;
    expect(seen.length).toBeGreaterThan(1);
    expect([...new Set(seen), await counted()].filter((count) => count !== before)).toEqual([]);
  });
});

describe('operations', () => {
  it('count each result once, and say what was told, what waits, who worked, and what was changed', async () => {
    const before = await read('operations');
    const results = (rows: readonly Record<string, unknown>[]) => Number(rows[0]?.['results'] ?? 0);
    await decidedScript(test.store, { given: given([5, 5]), credentials });
    await markedScript(test.store, given([1, 1]));
    const after = await read('operations');
    expect(results(after.rows('promise'))).toBe(results(before.rows('promise')) + 1);
    expect(after.rows('promise')[0]).toMatchObject({ exam: 'small@1', test: 'aptitude', asPromisedShare: 1 });
    expect(Number(after.rows('backlog')[0]?.['underGrading'])).toBe(Number(before.rows('backlog')[0]?.['underGrading'] ?? 0) + 1);
    const { rows } = await database.query<{ count: number }>(
      "SELECT count(*)::int FROM claim c JOIN assignment t ON t.id = c.assignment_id WHERE t.state = 'completed'",
    );
    expect(after.rows('hours')).toEqual([expect.objectContaining({ test: 'aptitude', purpose: 'mark', completed: rows[0]?.count, givenBack: 0 })]);
  });
});

describe('a decision that replaces another', () => {
  it('is told as one, by what it came of, and leaves the first result, its cost and its marking as they were', async () => {
    const { attemptId } = await decidedScript(test.store, { given: given([1, 1], [1, 2]), credentials });
    const told = async () => {
      const [operations, money, quality] = [await read('operations'), await read('money'), await read('marking-quality')];
      return { results: operations.rows('promise'), changes: operations.rows('changes'), cost: money.rows('attempts'), quality: quality.tables };
    };
    const before = await told();
    expect(before.changes).toEqual([]);
    const prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 });
    const context = { prisma, clock: postgresClock, examVersions: createExamVersionStore({ prisma, clock: postgresClock }) };
    const putRight = async (regradeId: string) => {
      const decision = await prisma.decision.findFirstOrThrow({ where: { attemptId }, orderBy: { gradingRound: 'desc' } });
      const items = decision.items as unknown as readonly ItemScore[];
      const score = { millipoints: 20_000, millipointsMax: 20_000 };
      await inTransaction(context, (tx) =>
        supersede(tx, context, { decision, test: 'aptitude', items, score, passed: true, regradeId, at: new Date() }),
      );
    };
    for (const _regrade of [1, 2]) await putRight(randomUUID());
    await prisma.$disconnect();
    expect(await told()).toEqual({
      ...before,
      changes: [{ exam: 'small@1', test: 'aptitude', change: 'regrade', decisions: 2, toPass: 1, toFail: 0 }],
    });
  });
});

describe('money', () => {
  it('is what statements say to the cent, by grader and in all, and what a result costs is in it', async () => {
    const rate = { effectiveFrom: new Date('2026-01-01T00:00:00Z'), perHour: 5000, perPiece: { aptitude: PIECE, case_study: PIECE } };
    await test.store.pay.addRate({ rate, act: { actionKey: 'a rate', actor: 'sam', reason: 'agreed' } });
    await test.store.pay.correct({ grader: 'grader-0', cents: -17, act: { actionKey: 'a correction', actor: 'sam', reason: 'paid twice' } });
    await decidedScript(test.store, { given: given([5, 4], [4, 4]), credentials });
    const { rows, attempts } = await read('money');
    const decisions = await database.query<{ count: number }>('SELECT count(*)::int FROM decision WHERE supersedes_id IS NULL');
    expect(attempts).toBe(decisions.rows[0]?.count);
    for (const { grader, cents, correctionCents, statement } of rows('graders')) {
      const { due } = await test.store.pay.read(String(grader));
      expect([grader, cents, statement]).toEqual([grader, due.reduce((sum, line) => sum + line.cents, 0), 'due']);
      expect(correctionCents).toBe(grader === 'grader-0' ? -17 : 0);
    }
    const sum = (id: string) => rows(id).reduce((all, { cents }) => all + Number(cents), 0);
    expect(sum('graders')).toBe(sum('work') - 17);
    // Work at what is not decided yet is nobody's result.
    expect(sum('attempts')).toBeLessThanOrEqual(sum('work'));
    expect(rows('attempts')).toEqual([
      expect.objectContaining({ exam: 'small@1', test: 'aptitude', submissions: attempts, marking: smallExam().policy.marking }),
    ]);
  });
});

describe('the quality of marking', () => {
  it('has each response that two marked, who is severe beside them, and what was turned', async () => {
    const before = await read('marking-quality');
    const pairsBefore = Number(before.rows('agreement')[0]?.['pairs'] ?? 0);
    for (let index = 0; index < 10; index += 1) {
      const both = ['severe', 'mild'].map((grader, seat) => ({ grader, points: [seat === 0 ? 1 : 4, 3 + (index % 2)] as const }));
      await decidedScript(test.store, { given: both, credentials });
    }
    const { rows, attempts } = await read('marking-quality');
    expect(attempts).toBe(before.attempts + 10);
    expect(Number(rows('agreement')[0]?.['pairs'])).toBe(pairsBefore + 20);
    const of = (id: string, grader: string) => rows(id).find((row) => row['grader'] === grader);
    expect(of('markers', 'severe')).toMatchObject({ scripts: 10, pairs: 20, severity: expect.closeTo(0.3, 9) });
    expect(of('markers', 'mild')).toMatchObject({ severity: expect.closeTo(-0.3, 9) });
    expect(of('overturned', 'mild')).toMatchObject({ seenAgain: 10, overturned: null });
    const known = (await test.store.graders.markingQuality('severe')).find(({ test: one }) => one === 'aptitude');
    expect(of('markers', 'severe')).toMatchObject({ kappa: known?.kappa?.value ?? null, severity: known?.severity });
  });
});

describe('the funnel', () => {
  it('has each attempt that ended once, and says nothing of few', async () => {
    const ended = async () => {
      const { rows } = await database.query<{ count: number }>('SELECT count(*)::int FROM attempt WHERE settled_at IS NOT NULL');
      return rows[0]?.count ?? 0;
    };
    const withdrawn = async (count: number) => {
      for (let index = 0; index < count; index += 1) {
        const { attemptId, subject } = await startedAttempt(test.store);
        await test.store.attempts.withdraw({ attemptId, subject });
      }
    };
    await withdrawn(3);
    const few = await read('funnel');
    expect(few.attempts).toBe(await ended());
    if (few.attempts < 10) expect(few.rows('all')[0]).toMatchObject({ attempts: few.attempts, withdrawn: null });
    await withdrawn(12);
    const { rows, attempts } = await read('funnel');
    expect(attempts).toBe(await ended());
    expect(rows('all')[0]).toMatchObject({ attempts, withdrawn: 15 });
    expect(rows('byExamVersion')).toEqual([{ exam: 'small@1', ...rows('all')[0] }]);
    expect(rows('byTurn')).toEqual([{ turn: 'first', ...rows('all')[0] }]);
    expect(rows('byLanguage')).toHaveLength(1);
  });
});

describe('the command', () => {
  /** An instant by which the period that is now was the last one. */
  function whenOver(kind: PeriodReportKind): Date {
    let at = Date.now();
    while (lastPeriod(kind, new Date(at)).until.getTime() <= Date.now()) at += 86_400_000;
    return new Date(at);
  }

  it.each(PERIOD_REPORTS)('says what a report says, as text, JSON and CSV, and records nothing: %s', async (kind) => {
    const stores = connectCommandStores({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 });
    const before = whenOver(kind);
    const period = lastPeriod(kind, before);
    const content = await test.store.periodReports.read({ kind, ...period });
    const recorded = await test.store.reports.list();
    const run = (...args: readonly string[]) => runCommand(['report', kind, '--before', before.toISOString(), ...args], { stores });
    const json = await run('--json');
    expect(JSON.parse(json.printed.join('\n'))).toEqual({ kind, since: period.since.toISOString(), until: period.until.toISOString(), ...content });
    const text = await run();
    expect(text.printed[0]).toBe(`${kind}, ${periodName(period)}: ${content.attempts} attempts`);
    for (const table of content.tables) {
      expect(text.printed).toContain(table.id);
      const { printed } = await run('--csv', '--table', table.id);
      expect(printed).toEqual(tableCsv(table).map((line) => line.trimEnd()));
    }
    const pdf = join(folder, `${kind}.pdf`);
    expect((await run('--pdf', pdf)).exitCode).toBe(0);
    const words = await extractText(await getDocumentProxy(new Uint8Array(await readFile(pdf))), { mergePages: true });
    for (const { id } of content.tables) expect(words.text).toContain(REPORT_WORDS.en.reportTable[id].title);
    expect(await run('--pdf', pdf)).toMatchObject({ exitCode: 1, errors: [expect.stringContaining('cannot be written')] });
    const german = join(folder, `${kind}-de.pdf`);
    expect((await run('--pdf', german, '--language', 'de')).exitCode).toBe(0);
    const worte = await extractText(await getDocumentProxy(new Uint8Array(await readFile(german))), { mergePages: true });
    for (const { id } of content.tables) expect(worte.text).toContain(REPORT_WORDS.de.reportTable[id].title);
    expect((await run('--csv', '--table', 'nothing')).exitCode).toBe(1);
    expect((await run('--table', 'all')).exitCode).toBe(2);
    expect(await test.store.reports.list()).toEqual(recorded);
    await stores.close();
  });
});

describe('a report of the items', () => {
  it('has decisions as they stood until then: what was put right before is in it, and what is decided later, or while it is read, is not', async () => {
    const examId = 'put-right';
    const exam = smallExam({}, examId);
    await test.store.examVersions.publish({ content: exam, actor: 'test' });
    const { id: examVersionId } = await test.store.examVersions.published({ examId, version: 1 });
    const decide = () => decidedScript(test.store, { given: given([5, 5]), credentials, examId, chosen: { c1: ['b'] } });
    const attempts: string[] = [];
    for (let index = 0; index < 10; index += 1) attempts.push((await decide()).attemptId);
    const told = async (until: Date, meanwhile: () => Promise<unknown> = async () => {}) => {
      const { items, test: of } = await analyseExam(exam, async function* (which) {
        for await (const one of test.store.reports.decidedTests({ examVersionId, until, test: which })) {
          yield one;
          await meanwhile();
        }
      });
      return { candidates: of.candidates, facility: items[0]?.facility };
    };
    const now = async () => {
      await pause(5);
      const at = new Date();
      await pause(5);
      return at;
    };
    const before = await now();
    const prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 });
    const context = { prisma, clock: postgresClock, examVersions: createExamVersionStore({ prisma, clock: postgresClock }) };
    const putRight = async (attemptId: string) => {
      const decision = await prisma.decision.findFirstOrThrow({ where: { attemptId }, orderBy: { gradingRound: 'desc' } });
      const items = (decision.items as unknown as readonly ItemScore[]).map((item) => (item.itemId === 'c1' ? { ...item, millipoints: 5000 } : item));
      const score = { millipoints: decision.millipoints + 5000, millipointsMax: decision.millipointsMax };
      await inTransaction(context, (tx) =>
        supersede(tx, context, { decision, test: 'aptitude', items, score, passed: false, regradeId: randomUUID(), at: new Date() }),
      );
    };
    await putRight(attempts[0] ?? '');
    const after = await now();
    let isFirst = true;
    const meanwhile = async () => {
      if (!isFirst) return;
      isFirst = false;
      await decide();
      await putRight(attempts[1] ?? '');
    };
    expect(await told(before)).toEqual({ candidates: 10, facility: 0 });
    expect(await told(after, meanwhile)).toEqual({ candidates: 10, facility: 0.1 });
    expect(await told(after)).toEqual({ candidates: 10, facility: 0.1 });
    expect(await told(await now())).toEqual({ candidates: 11, facility: 2 / 11 });
    await prisma.$disconnect();
  });
});
