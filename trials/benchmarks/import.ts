import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import pg from 'pg';
import { inheritedEnvironment } from '../../local/environment.ts';
import { freePort } from '../../local/ports.ts';
import { startPostgres } from '../../local/postgres.ts';
import { migrate } from '../../prisma/migrate.ts';
import { BAD_KINDS, badLine, goodLine, lineOf, rowOf, writeImportFile, type BenchLine } from './import-file.ts';
import { readCommandLine } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';

/**
 * `npm run bench:import`: 120,000 certificates with 100 bad lines of every kind among them, by the command itself, on a
 * PostgreSQL of this run alone that keeps what it commits (fsync). Then the same file again, which must change nothing, and
 * the same lines as another program would have saved them (byte order mark, CRLF). Exits 1 when any number is wrong.
 */

const LINES = 120_000;
const REJECTED = 100;
const BAD_EVERY = LINES / REJECTED;
/** In the register before, under other names: their lines are among the bad ones. */
const TAKEN_BEFORE = 3;

const say = (line: string) => console.error(line);

/** Every 1,200th line is bad: a repeated number, one that the register has with another name, and all other kinds in turn. */
function* linesOf(): Generator<BenchLine> {
  for (let index = 0; index < LINES; index += 1) {
    const turn = Math.floor(index / BAD_EVERY);
    if (index % BAD_EVERY !== BAD_EVERY - 1) yield goodLine(index);
    else if (turn < TAKEN_BEFORE) yield { ...goodLine(index), reason: /^number: is in the register with another name$/ };
    else if (turn % (BAD_KINDS.length + 1) === 0) yield { ...goodLine(index - 1), reason: /^number: is on line \d+ already$/ };
    else yield badLine(index, turn);
  }
}

function* takenBefore(): Generator<BenchLine> {
  for (let turn = 0; turn < TAKEN_BEFORE; turn += 1) {
    const row = rowOf((turn + 1) * BAD_EVERY - 1);
    yield { bytes: Buffer.from(lineOf({ ...row, name: 'Somebody Else' })), lines: 1 };
  }
}

type Run = { readonly imported: number; readonly unchanged: number; readonly rejected: number; readonly seconds: number; readonly megabytes: number };

/** Runs the command as anybody would, and reads what it says. */
async function runImport(databaseUrl: string, file: string, signal: AbortSignal): Promise<Run> {
  const command = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
  const child = spawn(process.execPath, [command, 'import', 'certificates', file], {
    env: { ...inheritedEnvironment(), DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  process.stderr.write(output);
  const figure = (name: string) => Number(new RegExp(`^${name} +([\\d.,]+)`, 'm').exec(output)?.[1]?.replaceAll(',', ''));
  return {
    imported: figure('imported'),
    unchanged: figure('unchanged'),
    rejected: figure('rejected'),
    seconds: figure('took'),
    megabytes: figure('memory'),
  };
}

/** What the rejected file has too much, too little, or for another reason. */
async function rejectionMistakes(file: string, expected: ReadonlyMap<number, RegExp>): Promise<readonly string[]> {
  const rows = parse(await readFile(`${file}.rejected.csv`), { from: 2, relax_column_count: true });
  const found = new Map(rows.map(([line = '', reason = '']) => [Number(line), reason]));
  return [
    ...[...found].filter(([line, reason]) => !expected.get(line)?.test(reason)).map(([line, reason]) => `line ${line} was rejected: ${reason}`),
    ...[...expected].filter(([line]) => !found.has(line)).map(([line, reason]) => `line ${line} was not rejected: ${String(reason)}`),
  ];
}

async function main(signal: AbortSignal): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-bench-'));
  const postgres = await startPostgres({
    directory: join(directory, 'postgres'),
    port: await freePort({ purpose: 'PostgreSQL', log: say }),
    persistent: false,
    log: say,
    signal,
  });
  const database = new pg.Client({ connectionString: postgres.databaseUrl });
  try {
    await migrate({ databaseUrl: postgres.databaseUrl, log: () => {} });
    await database.connect();
    const [before, file, copy] = ['before.csv', 'certificates.csv', 'copy.csv'].map((name) => join(directory, name)) as [string, string, string];
    await writeImportFile(before, takenBefore());
    const expected = await writeImportFile(file, linesOf());
    await writeImportFile(copy, linesOf(), { lineBreak: '\r\n', mark: '\ufeff' });
    await runImport(postgres.databaseUrl, before, signal);

    say(`importing ${LINES} lines`);
    const first = await runImport(postgres.databaseUrl, file, signal);
    const mistakes = [...(await rejectionMistakes(file, expected))];
    const { imported } = await countsOf(database);

    say('the same file again');
    const mark = await transactionMark(database);
    await runImport(postgres.databaseUrl, file, signal);
    const secondRunChanged = await changedSince(database, mark, ['certificate', 'event', 'import_run', 'import_rejection']);

    say('the same lines with a byte order mark and CRLF');
    const third = await runImport(postgres.databaseUrl, copy, signal);
    const copyChanged = await changedSince(database, mark, ['certificate', 'event']);
    mistakes.push(...(await rejectionMistakes(copy, expected)));

    const good = LINES - REJECTED;
    const check = (holds: boolean, mistake: string) => void (holds || mistakes.push(mistake));
    check(first.imported === good && imported === good, `imported ${first.imported}, in the database ${imported}, not ${good}`);
    check(first.rejected === REJECTED && expected.size === REJECTED, `rejected ${first.rejected} of ${expected.size}, not ${REJECTED}`);
    check(secondRunChanged === 0, `the second run changed ${secondRunChanged} rows`);
    check(third.unchanged === good && copyChanged === 0, `of the copy ${third.unchanged} were unchanged, and ${copyChanged} rows changed`);
    for (const mistake of mistakes.slice(0, 20)) say(`WRONG: ${mistake}`);
    const { seconds, megabytes: peakMemoryMegabytes } = first;
    console.log(
      JSON.stringify({ benchmark: 'import', imported: first.imported, rejected: first.rejected, seconds, peakMemoryMegabytes, secondRunChanged }),
    );
    if (mistakes.length > 0) throw new Error(`${mistakes.length} numbers are wrong`);
  } finally {
    await database.end().catch(() => {});
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Certificates with their event, those that were there before left out. */
async function countsOf(database: pg.Client): Promise<{ imported: number }> {
  const { rows } = await database.query<{ imported: number }>(
    `SELECT count(*)::int AS imported FROM certificate c JOIN event e ON e.key = c.id AND e.type = 'certificate.imported' WHERE c.name <> 'Somebody Else'`,
  );
  return { imported: rows[0]?.imported ?? 0 };
}

async function transactionMark(database: pg.Client): Promise<string> {
  const { rows } = await database.query<{ mark: string }>('SELECT pg_current_xact_id()::text AS mark');
  return rows[0]?.mark ?? '';
}

/** Rows that a later transaction wrote. */
async function changedSince(database: pg.Client, mark: string, tables: readonly string[]): Promise<number> {
  const counts = tables.map((table) => `(SELECT count(*) FROM ${table} WHERE xmin::text::bigint > ${mark})`);
  const { rows } = await database.query<{ changed: number }>(`SELECT (${counts.join(' + ')})::int AS changed`);
  return rows[0]?.changed ?? -1;
}

readCommandLine('Usage: npm run bench:import, without options', {});
await runUntilStopped(main);
