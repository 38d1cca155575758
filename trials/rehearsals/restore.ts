import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { archiveSettings, ARCHIVE_TIMEOUT_SECONDS, restoreBackup, takeBaseBackup, untilPromoted } from '../../local/postgres-backup.ts';
import { startStack, type Stack } from '../../local/stack.ts';
import { createConnections } from '../../cli/connections.ts';
import { runCertifiable } from '../../cli/program.ts';
import { formatTable, type Column } from '../support/table.ts';
import { createRehearsalPlay, type Receipt, type RehearsalPlay, type Stage } from './restore-play.ts';
import { readCommandLine } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';

/**
 * `npm run rehearse:restore`: PostgreSQL is restored to a point in time, on a stack of its own that is gone afterwards. Attempts
 * are played before the base backup, until a time T and after it; a table is dropped; PostgreSQL is restored to T, and everything
 * is checked: every receipt of before T, the counts of T, that each attempt goes on to its end, and that who was erased after T is erased again.
 */

/** What anybody may only add to. */
const COUNTED = ['attempt', 'sitting', 'submission', 'assignment', 'mark', 'decision', 'certificate', 'event', 'audit_entry', 'notice'];

const BEFORE_BACKUP: readonly Stage[] = ['registered', 'writing', 'submitted', 'half_marked', 'offered', 'designing', 'certified'];
const UNTIL_T: readonly Stage[] = ['writing', 'submitted', 'handed_in', 'half_marked', 'certified'];
const AFTER_T: readonly Stage[] = ['registered', 'submitted', 'offered'];

/** Who is erased after T, and there again after the restore. */
const ERASED_NAME = 'Wanda Withdrawn';
const ERASED_WITHIN_SECONDS = 150;

type Step = { readonly step: string; readonly seconds: number };

const STEP_COLUMNS: readonly Column<Step>[] = [
  { title: 'step', value: ({ step }) => step },
  { title: 'seconds', value: ({ seconds }) => seconds.toFixed(1), align: 'right' },
];

readCommandLine('Usage: npm run rehearse:restore, without options', {});
await runUntilStopped(async (signal) => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'certifiable-restore-'));
  const archive = join(dataDirectory, 'wal-archive');
  try {
    const stack = await startStack({
      dataDirectory,
      persistent: true,
      temporal: { keepsData: false },
      postgres: { settings: await archiveSettings(archive) },
      environment: { LOG_LEVEL: 'error', ERASURE_AFTER_DAYS: '0' },
      log: (line) => (line.startsWith(' ') ? undefined : console.log(line)),
      signal,
    });
    try {
      await rehearse(stack, { dataDirectory, archive, signal });
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
});

type Folders = { readonly dataDirectory: string; readonly archive: string; readonly signal: AbortSignal };

async function rehearse(stack: Stack, { dataDirectory, archive, signal }: Folders): Promise<void> {
  const cluster = join(dataDirectory, 'postgres', 'cluster');
  const backup = join(dataDirectory, 'base-backup');
  const play = await createRehearsalPlay(stack, signal);
  const keys = await publishedKeys(stack, dataDirectory);

  await played('before the base backup', play, BEFORE_BACKUP);
  const { subject } = await play.withdrawn(ERASED_NAME);
  const backupAt = Date.now();
  const { bytes } = await takeBaseBackup({ databaseUrl: stack.databaseUrl, cluster, backup });
  console.log(`base backup: ${(bytes / 1e6).toFixed(0)} MB in ${since(backupAt)} s, while API and pools worked`);

  await played('after it, until T', play, UNTIL_T);
  await settled(stack);
  const [kept, open] = [[...play.receipts], [...play.attempts]];
  const counts = await countAll(stack.databaseUrl);
  const until = await timeOf(stack.databaseUrl);
  console.log(`T is ${until}`);
  await pause(1000, undefined, { signal });
  await played('after T', play, AFTER_T);
  const gone = play.receipts.slice(kept.length);
  const candidateId = await candidateOf(stack.databaseUrl, subject);
  await play.erase(candidateId);
  await untilErased(stack.databaseUrl, { candidateId, signal });
  console.log('somebody who withdrew is erased, after T');

  await query(stack.databaseUrl, 'DROP TABLE submission CASCADE');
  const disasterAt = Date.now();
  const behind = await archiveLagSeconds(stack.databaseUrl);
  console.log('\nthe table "submission" is dropped; the clock runs');

  const steps: Step[] = [];
  const timed = async <Result>(step: string, work: () => Promise<Result>): Promise<Result> => {
    const startedAt = Date.now();
    const result = await work();
    steps.push({ step, seconds: Number(since(startedAt)) });
    return result;
  };
  const { issuer: _issuer, mailbox: _mailbox, ...ours } = stack.processes;
  const processes = Object.values(ours);
  await timed('stop API and pools, then PostgreSQL', async () => {
    await Promise.all(processes.map((process) => process.stop()));
    await stack.postgres.stop();
  });
  await timed('put the base backup in place', () => restoreBackup({ backup, cluster, archive, until }));
  await timed('start PostgreSQL, replay the archive until T', async () => {
    await stack.postgres.start();
    await untilPromoted(stack.databaseUrl);
  });
  await timed('check every receipt and record', () => check(stack, { dataDirectory, keys }));
  const restored = await countAll(stack.databaseUrl);
  if ((await nameOf(stack.databaseUrl, candidateId)) !== ERASED_NAME) throw new Error('the restore did not bring back who was erased after T');
  await timed('order again what was erased since T', () => reapply(stack, { dataDirectory, keys }));
  await timed('begin all open workflows again', () => restartWorkflows(stack));
  await timed('start API and pools', async () => {
    await Promise.all(processes.map((process) => process.start()));
  });
  const rtoSeconds = since(disasterAt);

  console.log(`\n${formatTable(steps, STEP_COLUMNS)}`);
  console.log(`\nRTO  ${rtoSeconds} s from the disaster until API and pools served again`);
  await checkAgainst(play, { kept, gone });
  if (restored !== counts) throw new Error(`there were\n  ${counts}\nat T, and after the restore\n  ${restored}`);
  console.log(`counts as at T: ${restored}`);
  console.log(`RPO  0 of ${kept.length} receipts from before T are lost; ${gone.length} from after T are, as the target says`);
  console.log(`     with the disk lost as well: the archive was ${behind.toFixed(1)} s behind (it follows within ${ARCHIVE_TIMEOUT_SECONDS} s)`);

  await untilErased(stack.databaseUrl, { candidateId, signal });
  console.log(`who was erased after T was there again, as ${ERASED_NAME}, and is erased again`);

  const finishedAt = Date.now();
  await play.finish(open);
  await check(stack, { dataDirectory, keys });
  await audit(stack, keys);
  console.log(`\nall ${open.length} attempts from before T went on to their end, in ${since(finishedAt)} s: certified, each once`);
}

/** Kept in a file, since the API does not run while the records are checked. */
async function publishedKeys({ apiUrl }: Stack, directory: string): Promise<string> {
  const file = join(directory, 'jwks.json');
  const answer = await fetch(new URL('/.well-known/jwks.json', apiUrl));
  await writeFile(file, await answer.text());
  return file;
}

async function played(when: string, play: RehearsalPlay, stages: readonly Stage[]): Promise<void> {
  const before = play.receipts.length;
  for (const stage of stages) await play.upTo(stage);
  console.log(`${String(stages.length).padStart(2)} attempts, ${play.receipts.length - before} receipts ${when}`);
}

/** Nothing is under way any more that would change a count. */
async function settled(stack: Stack): Promise<void> {
  for (let same = 0, last = ''; same < 4;) {
    const now = JSON.stringify(await countAll(stack.databaseUrl));
    same = now === last ? same + 1 : 0;
    last = now;
    await pause(500);
  }
}

/** Throws when anything does not hold. */
async function check(stack: Stack, { dataDirectory, keys }: { dataDirectory: string; keys: string }): Promise<void> {
  const uploads = join(dataDirectory, 'uploads');
  const exitCode = await command(['records', 'verify', '--keys', keys, '--files'], {
    environment: { DATABASE_URL: stack.databaseUrl, UPLOAD_DIRECTORY: uploads },
    print: (line) => console.log(`records verify: ${line}`),
  });
  if (exitCode !== 0) throw new Error('the restored records are not whole');
  const recomputed = await command(['records', 'recompute'], {
    environment: { DATABASE_URL: stack.databaseUrl },
    print: (line) => console.log(`records recompute: ${line}`),
  });
  if (recomputed !== 0) throw new Error('the restored decisions do not follow from their records');
}

/** As whoever owns the tables: nobody else orders an erasure without two persons. */
async function reapply(stack: Stack, { dataDirectory, keys }: { dataDirectory: string; keys: string }): Promise<void> {
  const exitCode = await command(['privacy', 'reapply', '--keys', keys, '--actor', 'rehearsal'], {
    environment: { DATABASE_URL: stack.databaseUrl, UPLOAD_DIRECTORY: join(dataDirectory, 'uploads') },
    print: (line) => console.log(`privacy reapply: ${line}`),
  });
  if (exitCode !== 0) throw new Error('what was erased since T could not be ordered again');
}

async function audit(stack: Stack, keys: string): Promise<void> {
  const exitCode = await command(['records', 'audit', '--keys', keys], {
    environment: { DATABASE_URL: stack.databaseUrl },
    print: (line) => console.log(`records audit: ${line}`),
  });
  if (exitCode !== 0) throw new Error('the restored records are not as the ledger has them');
}

async function restartWorkflows(stack: Stack): Promise<void> {
  const exitCode = await command(['records', 'reconcile', '--restart-all'], {
    environment: {
      DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      PUBLIC_URL: stack.apiUrl,
      SMTP_URL: 'smtp://localhost', // there is a mailbox: the pools mail
    },
    print: (line) => void (/^ {8}/.test(line) || console.log(`records reconcile: ${line.trim()}`)),
  });
  if (exitCode !== 0) throw new Error('the workflows could not be begun again');
}

/** `certifiable`, as an operator runs it. */
function command(
  args: readonly string[],
  { environment, print }: { environment: Readonly<Record<string, string>>; print: (line: string) => void },
): Promise<number> {
  const connections = createConnections({ environment, announce: print, stackFile: 'none' });
  return runCertifiable(args, { connections, print, printError: print, stopSignal: () => new AbortController().signal });
}

/** By the API, as candidates see it. Throws at the first submission that is not as it was at T. */
async function checkAgainst(play: RehearsalPlay, { kept, gone }: { kept: readonly Receipt[]; gone: readonly Receipt[] }): Promise<void> {
  for (const receipt of kept)
    if (!(await play.isThere(receipt))) throw new Error(`the submission of the receipt ${receipt.submissionId} is not there, or not the same`);
  for (const receipt of gone) if (await play.isThere(receipt)) throw new Error(`the submission ${receipt.submissionId} is from after T, and there`);
}

async function countAll(databaseUrl: string): Promise<string> {
  const [row] = await query(databaseUrl, `SELECT ${COUNTED.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`).join(', ')}`);
  return Object.entries(row ?? {})
    .map(([table, count]) => `${table} ${String(count)}`)
    .join(', ');
}

async function candidateOf(databaseUrl: string, subject: string): Promise<string> {
  const [row] = await query(databaseUrl, `SELECT id FROM candidate WHERE subject = '${subject}'`);
  return String(row?.['id']);
}

async function nameOf(databaseUrl: string, candidateId: string): Promise<string> {
  const [row] = await query(databaseUrl, `SELECT name FROM candidate WHERE id = '${candidateId}'`);
  return String(row?.['name']);
}

/** By the pool `delivery`, which looks every minute. */
async function untilErased(databaseUrl: string, { candidateId, signal }: { candidateId: string; signal: AbortSignal }): Promise<void> {
  const giveUpAt = Date.now() + ERASED_WITHIN_SECONDS * 1000;
  for (;;) {
    const [row] = await query(
      databaseUrl,
      `SELECT c.name, bool_and(e.state = 'done') AS done FROM candidate c JOIN erasure e ON e.candidate_id = c.id WHERE c.id = '${candidateId}' GROUP BY c.name`,
    );
    if (row?.['done'] === true && row['name'] !== ERASED_NAME) return;
    if (Date.now() > giveUpAt) throw new Error(`candidate ${candidateId} is not erased: ${JSON.stringify(row)}`);
    await pause(500, undefined, { signal });
  }
}

async function timeOf(databaseUrl: string): Promise<string> {
  const [row] = await query(databaseUrl, 'SELECT clock_timestamp()::text AS now');
  return String(row?.['now']);
}

/** How much of what was committed is in no archive yet, in seconds. */
async function archiveLagSeconds(databaseUrl: string): Promise<number> {
  const [row] = await query(databaseUrl, 'SELECT extract(epoch FROM clock_timestamp() - last_archived_time)::float8 AS behind FROM pg_stat_archiver');
  return Number(row?.['behind']);
}

async function query(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function since(startedAt: number): string {
  return ((Date.now() - startedAt) / 1000).toFixed(1);
}
