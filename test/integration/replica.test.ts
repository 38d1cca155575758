import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReportingActivities } from '../../activities/reporting/activities.ts';
import { connectCommandStores } from '../../cli/stores.ts';
import { urlAs } from '../../local/database-logins.ts';
import { freePort } from '../../local/ports.ts';
import { startReplica } from '../../local/postgres-replica.ts';
import { startPostgres, type Postgres } from '../../local/postgres.ts';
import type { ManagedProcess } from '../../local/process.ts';
import { migrate } from '../../prisma/migrate.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { runCommand } from '../support/command.ts';

/** Reports and exports beside a real replica by streaming: one that keeps up, one whose replay stands still, one that is away, one that was promoted. */

const HOUR = 3_600_000;
const log = () => {};
const decidedAt: Date[] = [];

let directory: string;
let primary: Postgres;
let replica: { url: string; server: ManagedProcess };
let owner: pg.Client;
let stores: ReturnType<typeof connectCommandStores>;
let activities: ReturnType<typeof createReportingActivities>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-replica-'));
  const [port, replicaPort] = [await freePort({ purpose: 'PostgreSQL', log }), await freePort({ purpose: 'the replica', log })];
  const primaryDirectory = join(directory, 'primary');
  primary = await startPostgres({ directory: primaryDirectory, port, persistent: true, durable: false, settings: ['wal_keep_size=256MB'], log });
  await migrate({ databaseUrl: primary.databaseUrl, log });
  replica = await startReplica({ primaryUrl: primary.databaseUrl, primaryDirectory, directory: join(directory, 'replica'), port: replicaPort, log });
  owner = new pg.Client({ connectionString: primary.databaseUrl });
  await owner.connect();
  stores = connectTo(replica.url);
  activities = createReportingActivities({ store: stores });
  const publishing = connectCommandStores({ DATABASE_URL: primary.databaseUrl, DATABASE_POOL_SIZE: 1 });
  await publishing.examVersions.publish({ content: smallExam(), actor: 'test' });
  await publishing.close();
  for (let count = 0; count < 12; count += 1) await decide();
}, 240_000);

afterAll(async () => {
  await stores?.close();
  await owner?.end();
  await replica?.server.stop();
  await primary?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** As the pool `reporting` does, on both. */
function connectTo(replicaUrl: string) {
  return connectCommandStores({
    DATABASE_URL: urlAs('reporting', primary.databaseUrl),
    DATABASE_REPLICA_URL: urlAs('reporting', replicaUrl),
    DATABASE_POOL_SIZE: 2,
  });
}

/** One more candidate's aptitude test. */
async function decide(): Promise<void> {
  const { rows } = await owner.query<{ at: Date }>(`
    WITH who AS (INSERT INTO candidate (id, subject, name) VALUES (gen_random_uuid(), gen_random_uuid()::text, 'Ada Example') RETURNING id),
      tried AS (INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, registered_at, start_by)
        SELECT gen_random_uuid(), who.id, v.id, v.exam_id, now(), now() + interval '1 year' FROM who, exam_version v RETURNING id),
      sat AS (INSERT INTO sitting (id, attempt_id, test, started_at, deadline) SELECT gen_random_uuid(), id, 'aptitude', now(), now() FROM tried RETURNING id, attempt_id),
      handed AS (INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, submitted_at, receipt)
        SELECT gen_random_uuid(), id, 1, 'submitted', '', '{"c1": ["a"]}', now(), '' FROM sat RETURNING id, sitting_id)
    INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
      SELECT gen_random_uuid(), sat.attempt_id, 'aptitude', 1, handed.id, false, 5000, 20000, 2500, '[{"itemId": "c1", "millipoints": 5000, "millipointsMax": 5000, "basis": "machine"}]', now()
      FROM handed JOIN sat ON sat.id = handed.sitting_id RETURNING decided_at AS at`);
  decidedAt.push(...rows.map(({ at }) => at));
}

async function onReplica(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: replica.url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

const report = () => runCommand(['report', 'items', '--exam-version', 'small@1', '--json'], { stores });
const candidatesOf = ({ printed }: { printed: readonly string[] }) =>
  (JSON.parse(printed.join('')) as { test: { candidates: number } }).test.candidates;

/** What the pool does every Monday. */
async function run(occasion: string, until: Date): Promise<readonly string[]> {
  const environment = new MockActivityEnvironment();
  const { examVersionIds } = await activities.itemReportsDue({ occasion, until: until.toISOString() });
  const words: string[] = [];
  for (const examVersionId of examVersionIds) {
    const input = { occasion, until: until.toISOString(), examVersionId };
    const reportItems = (one: typeof input) => activities.reportItems(one);
    const found = (await environment.run(reportItems, input)) as Awaited<ReturnType<typeof reportItems>>;
    words.push(...found.words);
  }
  return words;
}

const later = () => new Date(Date.now() + HOUR);

describe('a replica that keeps up', () => {
  it('is read, by the role of the pool, and says as of when; nothing that was committed before the question is missing', async () => {
    await decide();
    const source = await stores.reports.source();
    expect(source).toMatchObject({ from: 'replica', behindSeconds: 0 });
    expect(source.asOf.getTime()).toBeGreaterThanOrEqual(decidedAt.at(-1)?.getTime() ?? Number.NaN);
    const told = await report();
    expect([told.exitCode, candidatesOf(told)]).toEqual([0, 13]);
    expect(told.errors.join()).toMatch(/^read from the replica, as of \d{4}-/);
    const [words] = await run('monday-1', new Date());
    expect(words).toMatch(/^small@1: 13 candidates, .*; read from the replica, as of /);
  });
});

describe('a replica whose replay stands still', () => {
  let stoodSince: Date;
  beforeAll(async () => {
    await onReplica('SELECT pg_wal_replay_pause()');
    stoodSince = decidedAt.at(-1) ?? new Date(0);
    await decide();
  });

  it('says how far behind it is; of what it has there is a report already, and no other is made', { timeout: 60_000 }, async () => {
    const { from, asOf, behindSeconds } = await stores.reports.source();
    expect(from).toBe('replica');
    expect(behindSeconds).toBeGreaterThan(0);
    expect(asOf.getTime()).toBeLessThan(decidedAt.at(-1)?.getTime() ?? 0);
    const told = await report();
    expect(candidatesOf(told)).toBe(13);
    expect(told.errors.join()).toMatch(/read from the replica, which was [\d,]+ s behind: as of /);
    expect(await run('monday-2', later())).toEqual([]);
  });

  it('makes a report that knows no more, whatever until it was asked for', { timeout: 60_000 }, async () => {
    await owner.query(`BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM report; COMMIT`);
    const before = Date.now();
    const [words] = await run('monday-3', later());
    expect(words).toMatch(/13 candidates.*s behind: as of /);
    const { rows } = await owner.query<{ until: Date; candidates: number }>('SELECT until, candidates FROM report');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.candidates).toBe(13);
    expect(rows[0]?.until.getTime()).toBeLessThan(before);
    expect(rows[0]?.until.getTime()).toBeGreaterThanOrEqual(stoodSince.getTime());
  });

  it(
    'is read of a period that was over before, and of one whose end it lacks the primary is, which the report says',
    { timeout: 60_000 },
    async () => {
      const lacking = { since: new Date(stoodSince.getTime() + 1), until: new Date() };
      const had = { since: new Date(stoodSince.getTime() - HOUR), until: new Date(stoodSince.getTime() - 1) };
      expect([(await stores.periodReports.source(had)).from, (await stores.periodReports.source(lacking)).from]).toEqual([
        'replica',
        'primary_instead',
      ]);
      const reportPeriod = (input: { kind: 'operations'; since: string; until: string }) => activities.reportPeriod(input);
      const input = { kind: 'operations', since: lacking.since.toISOString(), until: lacking.until.toISOString() } as const;
      const { words } = (await new MockActivityEnvironment().run(reportPeriod, input)) as Awaited<ReturnType<typeof reportPeriod>>;
      // The last decision is in it, which the replica does not have.
      expect(words).toEqual([
        expect.stringMatching(/^operations .*: 1 attempts; read from the primary database, since the replica .* was too far behind$/),
      ]);
    },
  );

  it('and goes on: the next report has what came meanwhile', async () => {
    await onReplica('SELECT pg_wal_replay_resume()');
    await expect
      .poll(() => run('monday-4', new Date()), { timeout: 30_000, interval: 500 })
      .toEqual([expect.stringMatching(/^small@1: 14 candidates/)]);
  });

  it('exports say as of when', { timeout: 60_000 }, async () => {
    const exporting = connectCommandStores({
      DATABASE_URL: urlAs('operator', primary.databaseUrl),
      DATABASE_REPLICA_URL: urlAs('operator', replica.url),
      DATABASE_POOL_SIZE: 2,
    });
    const out = join(directory, 'export');
    const told = await runCommand(['export', 'research', '--out', out, '--actor', 'rita', '--reason', 'a look'], { stores: exporting });
    await exporting.close();
    expect([told.exitCode, told.errors.join()]).toEqual([0, expect.stringMatching(/^read from the replica, as of /)]);
    const { asOf } = JSON.parse(await readFile(join(out, 'dictionary.json'), 'utf8')) as { asOf: string };
    expect(told.errors.join()).toContain(asOf);
  });
});

describe('a replica that cannot be read', () => {
  beforeEach(() => decide());

  it('is away: the primary is read, and that is said', { timeout: 60_000 }, async () => {
    await replica.server.stop();
    const told = await report();
    expect([told.exitCode, candidatesOf(told)]).toEqual([0, 15]);
    expect(told.errors.join()).toContain('since the replica could not be read');
    expect(await run('monday-5', new Date())).toEqual([expect.stringMatching(/^small@1: 15 candidates.*could not be read/)]);
    await replica.server.start();
    await expect.poll(async () => (await stores.reports.source()).from, { timeout: 30_000 }).toBe('replica');
  });

  it('was promoted, and goes its own way: the primary is read', { timeout: 60_000 }, async () => {
    await onReplica('SELECT pg_promote(true, 30)');
    expect((await stores.reports.source()).from).toBe('primary_instead');
    expect(candidatesOf(await report())).toBe(16);
  });
});
