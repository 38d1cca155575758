import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BAD_KINDS, badLine, goodLine, lineOf, rowOf, writeImportFile, type BenchLine } from '../../trials/benchmarks/import-file.ts';
import { connectCommandStores } from '../../cli/stores.ts';
import { inheritedEnvironment } from '../../local/environment.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';

/** The command as anybody starts it, on a real database. */

let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-import-'));
  file = join(directory, 'certificates.csv');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let databaseUrl: string;
let sql: <Row extends pg.QueryResultRow>(query: string) => Promise<Row[]>;
let dropAll: () => Promise<void>;
beforeEach(async () => {
  const database = await createDatabase();
  const client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
  ({ databaseUrl } = database);
  sql = async <Row extends pg.QueryResultRow>(query: string) => (await client.query<Row>(query)).rows;
  dropAll = async () => {
    await client.end();
    await database.drop();
  };
});
afterEach(() => dropAll());

function start(...args: string[]): ChildProcess {
  const command = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
  return spawn(process.execPath, [command, 'import', 'certificates', ...args], {
    env: { ...inheritedEnvironment(), DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finish(child: ChildProcess): Promise<{ exitCode: number | null; output: string; errors: string }> {
  if (!child.stdout || !child.stderr) throw new TypeError('started with pipes');
  const [output, errors, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { exitCode: exitCode as number | null, output, errors: errors.replaceAll(progress, '') };
}

/** On a busy machine the shortest import is long enough for a line of it. */
const progress = /^[\d,]+ lines, [\d,]+ a second\n/gm;

const run = (...args: string[]) => finish(start(...args));

/** The same within this process: its own would take longer to start than to import a few lines. */
async function runHere(...args: string[]): Promise<Awaited<ReturnType<typeof finish>>> {
  const stores = connectCommandStores({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
  const { exitCode, printed, errors } = await runCommand(['import', 'certificates', ...args], { stores });
  await stores.close();
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  return { exitCode, output: text(printed), errors: text(errors).replaceAll(progress, '') };
}

/** `bad` of them are bad, of all kinds in turn, evenly among good ones. */
function* linesOf({ count, bad }: { count: number; bad: number }): Generator<BenchLine> {
  const every = Math.floor(count / bad);
  for (let index = 0; index < count; index += 1) {
    yield index % every === every - 1 && index / every < bad ? badLine(index, Math.floor(index / every)) : goodLine(index);
  }
}

async function rejectedLines(path = `${file}.rejected.csv`): Promise<string[][]> {
  return parse(await readFile(path), { relax_column_count: true });
}

/** Everything that an import leaves, but for random ids and times. */
async function contents() {
  const certificates = await sql(`
    SELECT number, name, exam_id, exam_title, basis_points, issued_at, status, revision, status_position, credential, attempt_id, edition
    FROM certificate ORDER BY number`);
  const events = await sql(`
    SELECT c.number, e.type, e.key = c.id AS keyed, e.data = jsonb_build_object('certificateId', c.id) AS named
    FROM event e LEFT JOIN certificate c ON c.id = e.key ORDER BY c.number, e.position`);
  const rejections = await sql('SELECT line, reason FROM import_rejection ORDER BY line');
  const runs = await sql('SELECT lines_done, imported, unchanged, finished_at IS NOT NULL AS finished FROM import_run');
  return { certificates, events, rejections, runs };
}

describe('an import', () => {
  it('takes in the good lines and tells exactly the bad ones, each with its line and reasons', async () => {
    const expected = await writeImportFile(file, linesOf({ count: 3000, bad: BAD_KINDS.length }));
    const { exitCode, output, errors } = await run(file);
    expect({ exitCode, ofKinds: expected.size }).toEqual({ exitCode: 3, ofKinds: BAD_KINDS.length });
    const { certificates, events, rejections } = await contents();

    expect(rejections.map(({ line }) => line)).toEqual([...expected.keys()]);
    for (const { line, reason } of rejections) expect(reason, `line ${line}`).toMatch(expected.get(Number(line)) ?? /none/);
    expect(certificates).toHaveLength(3000 - expected.size);
    const row = rowOf(7);
    expect(certificates.find(({ number }) => number === row.number)).toEqual({
      number: row.number,
      name: row.name,
      exam_id: expect.stringMatching(/^certified-software-architect/),
      exam_title: row.exam,
      basis_points: Number(row.score.replace('.', '')),
      issued_at: new Date(`${row.issuedOn}T00:00:00Z`),
      status: 'valid',
      revision: 1,
      status_position: null,
      credential: null,
      attempt_id: null,
      edition: 1,
    });
    expect(events).toEqual(certificates.map(({ number }) => ({ number, type: 'certificate.imported', keyed: true, named: true })));
    const [random] = await sql<{ random: boolean }>(`SELECT bool_and(substr(id::text, 15, 1) = '4') AS random FROM certificate`);
    expect(random).toEqual({ random: true });

    const [header, ...rows] = await rejectedLines();
    expect(header).toEqual(['line', 'reason', 'number', 'name', 'exam', 'issued_on', 'score']);
    expect(rows.map(([line, reason]) => ({ line: Number(line), reason }))).toEqual(rejections);
    expect(output).toMatch(/^imported {3}2,975\nunchanged {2}0\nrejected {3}25\n/);
    expect(errors.match(/^line \d+: /gm)).toHaveLength(20);
    expect(errors).toContain('and 5 more rejected lines');
    expect(errors).not.toContain(row.name);
  });

  it('changes nothing when it runs again, also on a file that says the same in other bytes', async () => {
    const lines = () => linesOf({ count: 2500, bad: 10 });
    await writeImportFile(file, lines());
    await runHere(file);
    const before = await contents();
    const rejected = await rejectedLines();
    await rm(`${file}.rejected.csv`);

    const again = await runHere(file);
    expect(again).toMatchObject({ exitCode: 3, output: expect.stringMatching(/^imported {3}2,490, 0 of them now\n/) });
    expect(await contents()).toEqual(before);
    expect(await rejectedLines()).toEqual(rejected);

    await writeImportFile(file, lines(), { lineBreak: '\r\n', mark: '\ufeff' });
    expect((await runHere(file)).output).toMatch(/^imported {3}0\nunchanged {2}2,490\nrejected {3}10\n/);
    const after = await contents();
    expect({ certificates: after.certificates, events: after.events }).toEqual({ certificates: before.certificates, events: before.events });
  });

  it('makes no two certificates of numbers that look alike, and none that can’t be found', async () => {
    const rows = ['\u200eC-16,Ada Test', 'C-16,Ada Test', 'C-17\u200b,Ada Test', 'NÉ-23,Ada Test', 'NE\u0301-23,Bob Test'];
    await writeFile(file, `number,name,exam,issued_on,score\n${rows.map((row) => `${row},Exam,2019-03-31,87\n`).join('')}`);
    expect((await runHere(file)).exitCode).toBe(3);
    const { certificates, rejections } = await contents();
    expect(certificates.map(({ number }) => number)).toEqual(['C-16', 'C-17', 'NÉ-23']);
    expect(rejections).toEqual([
      { line: 3, reason: 'number: is on line 2 already' },
      { line: 6, reason: 'number: is on line 5 already' },
    ]);
  });

  it('changes nothing when the same line comes in another composition', async () => {
    const line = (name: string) => `number,name,exam,issued_on,score\nC-22,${name},Exam,2019-03-31,87\n`;
    await writeFile(file, line('José Test'));
    await runHere(file);
    await writeFile(file, line('Jose\u0301 Test'));
    expect((await runHere(file)).output).toMatch(/^imported {3}0\nunchanged {2}1\nrejected {3}0\n/);
  });

  it('knows what was imported before numbers and names were normalised', async () => {
    await writeFile(file, 'number,name,exam,issued_on,score\nC-1,Ada Test,Exam,2019-03-31,87\n');
    await runHere(file);
    await sql(`INSERT INTO certificate (id, number, name, exam_id, exam_title, basis_points, issued_at)
      SELECT gen_random_uuid(), U&'C\\2011\\200B17', U&'Jose\\0301 Test', exam_id, exam_title, basis_points, issued_at FROM certificate`);
    await writeFile(file, 'number,name,exam,issued_on,score\nC\u2011\u200b17,José Test,Exam,2019-03-31,87\n');
    expect((await runHere(file)).output).toMatch(/^imported {3}0\nunchanged {2}1\nrejected {3}0\n/);
  });

  it('killed again and again ends as one that was left alone, and goes on where it stopped', async () => {
    const expected = await writeImportFile(file, linesOf({ count: 12_000, bad: 50 }));
    const stops: number[] = [];
    while (stops.length < 3) {
      const child = start(file);
      const exit = once(child, 'exit');
      while ((await linesDone()) === (stops.at(-1) ?? 0) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
      child.kill('SIGKILL');
      await exit;
      stops.push(await settledLinesDone());
    }
    expect(stops).toEqual(stops.toSorted((a, b) => a - b));
    expect(stops[0]).toBeGreaterThan(0);
    expect(await run(file)).toMatchObject({ exitCode: 3, output: expect.stringContaining('of them now') });
    const killed = await contents();
    const rejected = await rejectedLines();
    expect(killed.certificates).toHaveLength(12_000 - 50);
    expect(killed.rejections.map(({ line }) => line)).toEqual([...expected.keys()]);

    await dropAll();
    const other = await createDatabase();
    const client = new pg.Client({ connectionString: other.databaseUrl });
    await client.connect();
    ({ databaseUrl } = other);
    sql = async <Row extends pg.QueryResultRow>(query: string) => (await client.query<Row>(query)).rows;
    dropAll = async () => {
      await client.end();
      await other.drop();
    };
    await run(file);
    expect(await contents()).toEqual(killed);
    expect(await rejectedLines()).toEqual(rejected);

    async function linesDone(): Promise<number> {
      const [row] = await sql<{ lines_done: number }>('SELECT lines_done FROM import_run');
      return row?.lines_done ?? 0;
    }

    /** What the killed process had sent may still be on its way to a commit. */
    async function settledLinesDone(): Promise<number> {
      const [row] = await sql<{ lines_done: number }>('SELECT lines_done FROM import_run FOR UPDATE');
      return row?.lines_done ?? 0;
    }
  });

  it('ends after the batch at Ctrl-C, says so, and can go on', async () => {
    await writeImportFile(file, linesOf({ count: 12_000, bad: 1 }));
    const child = start(file);
    const exit = finish(child);
    while ((await sql('SELECT 1 FROM import_run WHERE lines_done > 0')).length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGINT');
    const { exitCode, output } = await exit;
    const [stopped] = await sql<{ lines_done: number }>('SELECT lines_done FROM import_run');
    expect({ exitCode, output }).toEqual({
      exitCode: 130,
      output: expect.stringContaining(`stopped after line ${stopped?.lines_done.toLocaleString('en-US')}`),
    });
    expect((await contents()).certificates).toHaveLength((stopped?.lines_done ?? 0) - 1);
    expect((await run(file)).output).toMatch(/^imported {3}11,999, /);
  });

  it('is refused while another process imports the same file, and nothing is doubled', async () => {
    await writeImportFile(file, linesOf({ count: 6000, bad: 1 }));
    const other = join(directory, 'the-same.csv');
    await copyFile(file, other);
    const results = await Promise.all([run(file), run(other)]);
    const { certificates, events } = await contents();
    expect([certificates.length, events.length]).toEqual([5999, 5999]);
    for (const { exitCode, errors } of results.filter((result) => result.exitCode !== 3)) {
      expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: expect.stringContaining('another process imports this file') });
    }
  });
});

describe('a number', () => {
  const lines = (...rows: string[]) => writeFile(file, ['number,name,exam,issued_on,score', ...rows].join('\n'));
  const ada = { number: 'C-1', name: 'Ada Lovelace', exam: 'Exam', issuedOn: '2019-03-31', score: '87.25' };

  it('that the register has with other data is rejected: what differs is named, not told', async () => {
    await lines(lineOf(ada), lineOf({ ...ada, number: 'C-2' }));
    await runHere(file);
    const before = await contents();
    await lines(lineOf({ ...ada, name: 'Eva Lovelace' }), lineOf({ ...ada, number: 'C-2', exam: 'Other', issuedOn: '2019-04-01', score: '87.26' }));
    const told = (await runHere(file)).errors.split('\n').filter((line) => line.startsWith('line '));
    expect(told.join('\n')).toBe(
      'line 2: number: is in the register with another name\nline 3: number: is in the register with another exam, another issued_on, another score',
    );
    expect((await contents()).certificates).toEqual(before.certificates);
  });

  it('that stands in the file twice is rejected the second time, also when the first line is bad or was imported long ago', async () => {
    await lines(lineOf(ada), lineOf({ ...ada, number: 'C-2', score: 'good' }), lineOf(ada), lineOf({ ...ada, number: 'C-2' }));
    for (const _ of ['first', 'again']) {
      await runHere(file);
      const { certificates, rejections } = await contents();
      expect(certificates.map(({ number }) => number)).toEqual(['C-1']);
      expect(rejections).toEqual([
        { line: 3, reason: expect.stringMatching(/^score: /) },
        { line: 4, reason: 'number: is on line 2 already' },
        { line: 5, reason: 'number: is on line 3 already' },
      ]);
    }
  });

  it('that comes again with blanks of another kind, or with what nobody sees, is unchanged', async () => {
    await lines(lineOf(ada));
    await runHere(file);
    for (const name of ['Ada\u00a0Lovelace', 'Ada\u3000Lovelace', 'Ada\u200d Love\u{e0041}lace', 'Ada  Lovelace']) {
      await lines(lineOf({ ...ada, name, exam: 'Exam\ufe0f' }));
      expect(await runHere(file)).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^unchanged {2}1$/m) });
    }
  });

  it('can be mended in the file of rejected lines, which is imported as it is', async () => {
    await lines(lineOf(ada), lineOf({ ...ada, number: 'C-2', score: 'good' }));
    const mended = join(directory, 'mended.csv');
    await runHere(file, '--rejected', mended);
    await writeFile(mended, (await readFile(mended, 'utf8')).replace('good', '90'));
    expect(await runHere(mended)).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^imported {3}1\n/) });
    expect((await contents()).certificates.map(({ number }) => number)).toEqual(['C-1', 'C-2']);
  });
});

describe('the command', () => {
  it.each([
    ['no file is named', []],
    ['two are', ['a.csv', 'b.csv']],
    ['an option is unknown', ['a.csv', '--force']],
    ['the rejected lines would overwrite the file', ['a.csv', '--rejected', './a.csv']],
  ])('says how it is used when %s', async (_, args) => {
    const { exitCode, errors } = await run(...args);
    expect({ exitCode, errors }).toEqual({ exitCode: 2, errors: expect.stringContaining('Usage: certifiable import certificates') });
  });

  it('says in one line what is wrong with a file, a folder that is not there, and an absent database', async () => {
    await writeFile(file, 'name;number\n');
    expect(await run(file)).toEqual({
      exitCode: 1,
      output: '',
      errors: expect.stringMatching(/^PostgreSQL .*\n\S+ has no column number, name, .*\n$/),
    });
    await writeImportFile(file, linesOf({ count: 10, bad: 1 }));
    expect(await run(file, '--rejected', join(directory, 'absent', 'x.csv'))).toMatchObject({ exitCode: 1, errors: expect.stringMatching(/ENOENT/) });
    databaseUrl = 'postgresql://nobody:secret@127.0.0.1:1/none';
    const { exitCode, errors } = await run(file);
    expect({ exitCode, errors }).toEqual({
      exitCode: 1,
      errors: expect.stringMatching(/^PostgreSQL 127\.0\.0\.1:1, database none\nPostgreSQL does not answer\..*\n$/),
    });
  });
});
