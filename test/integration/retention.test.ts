import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { auditLedger } from '../../cli/records/audit.ts';
import { recompute } from '../../cli/records/recompute.ts';
import { connectCommandStores, type CommandStores } from '../../cli/stores.ts';
import { roleOfPool, urlAs } from '../../local/database-logins.ts';
import { createLogger } from '../../platform/logging.ts';
import { ObjectNotFound } from '../../platform/storage/object-storage.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { dataConverterOf } from '../../platform/temporal/data-converter.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import type { RunningRole } from '../../prisma/roles.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore, type Store } from '../../store/store.ts';
import { readWorkerConfig } from '../../workers/config.ts';
import { createEraser } from '../../workers/eraser.ts';
import { createScheduleKeeper } from '../../workers/schedules.ts';
import { createPoolWorker } from '../../workers/worker.ts';
import { RETENTION_WORKFLOW, retentionSchedule } from '../../workflows/schedules.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { downloadedAttempt, publishDecision, startTestApi, submittedAttempt, type Caller, type TestApi } from '../support/api.ts';
import { runCommand } from '../support/command.ts';
import { receiptKeys } from '../support/database.ts';
import { until } from '../support/pipeline.ts';
import { poolDependencies } from '../support/pools.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { temporalAddress } from '../support/temporal.ts';
import { twoPersons } from '../support/two-persons.ts';
import { uploadAll } from '../support/uploads.ts';

/** What is personal and was kept for its time is erased by itself: real records, the real schedule, workflow, storage, and the roles that each part runs as. */

const PERIODS = '/v1/staff/retention-periods';

let api: TestApi;
let owner: pg.Client;
let client: Client;
let commands: CommandStores;
let reporting: Store;
let delivery: Store;
let staff: Caller;
let stop: () => Promise<void>;

type Ended = { readonly subject: string; readonly candidate: Caller; readonly candidateId: string; readonly attemptId: string };

beforeAll(async () => {
  installQuietRuntime();
  // Without Temporal: attempts are ended past their workflows here, which would wait for ever, and an erasure for them.
  api = await startTestApi({ environment: { ERASURE_AFTER_DAYS: '0' } });
  await api.publish();
  const { DATABASE_URL: databaseUrl } = api.services.config;
  owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  commands = connectCommandStores({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
  staff = twoPersons(api.as('ida', 'staff'), api.as('ole', 'staff'));
  const storeAs = (role: RunningRole) =>
    createStore({
      prisma: connectDatabase({ DATABASE_URL: urlAs(role, databaseUrl), DATABASE_POOL_SIZE: 4 }),
      clock: postgresClock,
      receipts: api.served.receipts,
    });
  reporting = storeAs(roleOfPool('reporting'));
  delivery = storeAs('delivery');
  const config = readWorkerConfig({
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress(),
    RECEIPT_KEYS: await receiptKeys(),
    UPLOAD_DIRECTORY: inject('temporaryDirectory'),
    WORKER_BUILD_ID: `test-${randomUUID()}`,
    WORKFLOW_BUNDLE: inject('workflowBundle'),
    SHUTDOWN_GRACE_SECONDS: '1',
  });
  client = createTemporalClient(config);
  await registerSearchAttributes(client, SEARCH_ATTRIBUTE_KEYS);
  const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
  const dependencies = await poolDependencies({ store: reporting });
  const pools = ['certification', 'reporting'] as const;
  const workers: Worker[] = await Promise.all(
    pools.map((pool) => createPoolWorker({ pool, config, connection, dataConverter: dataConverterOf(config), dependencies })),
  );
  const runs = workers.map((worker) => worker.run());
  await Promise.all(pools.map((deploymentName) => makeCurrent(client, { deploymentName, buildId: config.WORKER_BUILD_ID })));
  stop = async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
    await connection.close();
  };
}, 180_000);
afterAll(async () => {
  await client?.schedule
    .getHandle(retentionSchedule.scheduleId)
    .delete()
    .catch(() => {});
  await stop?.();
  await Promise.all([commands?.close(), reporting?.close(), delivery?.close()]);
  await owner?.end();
  await client?.connection.close();
  await api?.close();
});

async function failed(): Promise<Ended> {
  const subject = `failed-${randomUUID()}`;
  const candidate = api.as(subject, 'candidate');
  const submitted = await submittedAttempt(candidate);
  await publishDecision(api, { ...submitted, test: 'aptitude', passed: false });
  return { subject, candidate, candidateId: await idOf(subject), attemptId: submitted.attemptId };
}

async function certified(bytes: Buffer): Promise<Ended & { readonly uploadId: string }> {
  const subject = `certified-${randomUUID()}`;
  const candidate = api.as(subject, 'candidate');
  const attemptId = await downloadedAttempt(api, candidate);
  expect((await uploadAll(candidate, attemptId, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') })).status).toBe(204);
  const { body } = await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
  await publishDecision(api, { attemptId, submissionId: body.submissionId, test: 'case_study', passed: true });
  const { rows } = await owner.query<{ id: string }>('SELECT u.id FROM upload u JOIN sitting s ON s.id = u.sitting_id WHERE s.attempt_id = $1', [
    attemptId,
  ]);
  return { subject, candidate, candidateId: await idOf(subject), attemptId, uploadId: rows[0]?.id ?? '' };
}

async function idOf(subject: string): Promise<string> {
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM candidate WHERE subject = $1', [subject]);
  return rows[0]?.id ?? '';
}

const keep = (kind: string, days: number | null) => staff('POST', PERIODS, { kind, days, reason: `the law says ${days}` });

const run = () =>
  client.workflow.execute(RETENTION_WORKFLOW, {
    workflowId: `retention-${randomUUID()}`,
    taskQueue: 'certification',
  }) as Promise<readonly string[]>;

/** As the pool does it, until nothing waits. */
async function erased(): Promise<void> {
  const logger = createLogger({ level: 'silent', service: 'test' });
  const eraser = createEraser({ store: delivery, client, storage: api.services.storage, logger, idleMilliseconds: 100 });
  const running = eraser.run();
  await until(async () => (await delivery.privacy.due()).length === 0 || 'something waits to be erased', 60);
  eraser.stop();
  await running;
}

async function audited(): Promise<readonly string[]> {
  while ((await api.services.store.ledger.enterPending()) > 0);
  await api.services.store.ledger.signHead({ everySeconds: 0 });
  return (await auditLedger({ ledger: commands.ledgerAudit, keys: api.served.receipts.publicKeys })).problems;
}

async function answersOf(attemptId: string): Promise<readonly unknown[]> {
  const { rows } = await owner.query<{ content: unknown }>(
    'SELECT b.content FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE s.attempt_id = $1 AND b.upload_id IS NULL',
    [attemptId],
  );
  return rows.map(({ content }) => content);
}

const isThere = (uploadId: string) =>
  api.services.storage.sizeBytes(uploadId).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ObjectNotFound) return false;
      throw error;
    },
  );

describe('retention', () => {
  it('erases nothing while no period is set', async () => {
    const { attemptId } = await failed();
    expect(await run()).toEqual(['uploads', 'answers', 'person'].map((kind) => expect.stringMatching(`^${kind}: 0 ordered.*, 0 stopped`)));
    expect(await answersOf(attemptId)).toEqual([expect.objectContaining({ t1: 'My answer one' })]);
  });

  it('is set by two persons, never below what has to be kept, and says why', async () => {
    const alone = await api.as('ida', 'staff')('POST', PERIODS, { kind: 'answers', days: 1, reason: 'x' });
    expect(alone.status).toBe(202);
    const proposed = await api.as('ole', 'staff')('GET', `/v1/staff/proposed-acts/${alone.body.id}`);
    expect(proposed.body.effect).toEqual([{ what: 'retention_days', from: null, to: '1' }]);
    expect((await staff('GET', PERIODS)).body).toEqual({ periods: [] });
    await api.as('ida', 'staff')('POST', `/v1/staff/proposed-acts/${alone.body.id}/withdrawal`, { reason: 'a try' });
    for (const days of [-1, 36_501, 1.5]) expect((await keep('answers', days)).status, String(days)).toBe(422);
    const set = await keep('answers', 1);
    expect(set, JSON.stringify(set.body)).toMatchObject({
      status: 200,
      body: { period: { kind: 'answers', days: 1, reason: 'the law says 1', proposedBy: 'ida', setBy: 'ole' } },
    });
    await expect(owner.query('UPDATE retention_period SET days = 0')).rejects.toThrow(/append-only/);
    expect((await run())[1]).toMatch(/^answers: 0 ordered/);
  });

  it('erases answers and files of what ended, each once, and leaves result, certificate, ledger and sign-in', async () => {
    const script = Buffer.from('# my design\n');
    const [one, other] = [await failed(), await certified(script)];
    const counts = (words: readonly string[]) => words.map((line) => Number(/(\d+) ordered/.exec(line)?.[1]));
    await keep('uploads', 0);
    expect((await keep('answers', 0)).status).toBe(200);
    const first = counts(await run());
    expect(first[0]).toBe(1);
    expect(first[1]).toBeGreaterThanOrEqual(2);
    expect(counts(await run())).toEqual([0, 0, 0]);
    await erased();
    expect(counts(await run())).toEqual([0, 0, 0]);
    expect([await answersOf(one.attemptId), await answersOf(other.attemptId), await isThere(other.uploadId)]).toEqual([[{}], [{}], false]);
    const { rows } = await owner.query("SELECT count(*)::int AS n FROM event WHERE type = 'attempt.data_expired' AND key = ANY($1::uuid[])", [
      [one.attemptId, other.attemptId],
    ]);
    expect(rows).toEqual([{ n: 3 }]);

    const { body: nights } = await staff('GET', '/v1/staff/retention-runs');
    const told = { days: 0, done: expect.any(Number), takenBack: 0, orderedAt: expect.any(String) };
    expect(nights.runs).toEqual([
      { ...told, kind: 'answers', ordered: first[1], done: first[1] },
      { ...told, kind: 'uploads', ordered: 1, done: 1 },
    ]);

    // Whose it is stays, and they still see what became of it.
    expect((await owner.query('SELECT name FROM candidate WHERE id = $1', [one.candidateId])).rows).toEqual([{ name: `Name of ${one.subject}` }]);
    for (const { candidate, attemptId } of [one, other]) {
      for (const part of ['', '/results', '/submissions', '/results/aptitude/explanation', '/results/explanation', '/ledger', '/notices']) {
        const { status } = await candidate('GET', `/v1/attempts/${attemptId}${part}`);
        expect(status, part).toBe(200);
      }
      expect((await candidate('GET', '/v1/candidates/me/data')).status).toBe(200);
      expect((await candidate('GET', '/v1/candidates/me/erasure')).body).toEqual({ erasure: null });
    }
    const credential = await other.candidate('GET', `/v1/attempts/${other.attemptId}/certificate/credential`);
    expect((await api.withToken(undefined)('POST', '/v1/register/verification', credential.body)).body).toMatchObject({ result: 'valid' });
    expect(await audited()).toEqual([]);
    expect(await recompute(commands)).toMatchObject({ unlike: [] });
    const keysFile = join(inject('temporaryDirectory'), `${randomUUID()}.jwks.json`);
    await writeFile(keysFile, JSON.stringify(api.served.receipts.publicKeys));
    const verified = await runCommand(['records', 'verify', '--keys', keysFile, '--files', '--json'], {
      stores: commands,
      storage: api.services.storage,
    });
    expect(JSON.parse(verified.printed.join('\n'))).toMatchObject({ problems: [] });
  }, 240_000);

  it('is stopped by a hold, a complaint and a regrade, and goes on once they are settled', async () => {
    const [held, complaining, regraded] = [await failed(), await failed(), await failed()];
    await staff('POST', `/v1/staff/candidates/${held.candidateId}/hold`, { reason: 'a court' });
    const complaint = await complaining.candidate('POST', `/v1/attempts/${complaining.attemptId}/complaints`, { about: 'other', text: 'cold' });
    expect(complaint.status).toBe(201);
    const scope = { examId: 'small', versions: [1], test: 'aptitude', itemId: 'c1' };
    const regrade = await staff('POST', '/v1/staff/regrades', { ...scope, change: { kind: 'full_points' }, reason: 'ambiguous' });
    expect(regrade.status, JSON.stringify(regrade.body)).toBe(201);
    await staff('POST', `/v1/staff/regrades/${regrade.body.id}/preview`);
    // Those whose answers are gone are left out.
    const { rows } = await owner.query<{ id: string }>('SELECT attempt_id AS id FROM regrade_change WHERE regrade_id = $1', [regrade.body.id]);
    expect(rows.map(({ id }) => id).toSorted()).toEqual([held, complaining, regraded].map(({ attemptId }) => attemptId).toSorted());
    const whole = async () => Promise.all([held, complaining, regraded].map(async ({ attemptId }) => (await answersOf(attemptId))[0]));
    expect((await run())[1]).toBe('answers: 0 ordered to be erased, 3 stopped by a hold or by what is open');
    await erased();
    expect(await whole()).toEqual([0, 1, 2].map(() => expect.objectContaining({ t1: 'My answer one' })));
    await staff('POST', `/v1/staff/regrades/${regrade.body.id}/cancellation`, { reason: 'it was not' });
    await staff('POST', `/v1/staff/complaints/${complaint.body.complaints[0].id}/answer`, { text: 'sorry' });
    expect((await run())[1]).toBe('answers: 2 ordered to be erased, 1 stopped by a hold or by what is open');
    await erased();
    expect(await whole()).toEqual([expect.objectContaining({ t1: 'My answer one' }), {}, {}]);
    await staff('POST', `/v1/staff/candidates/${held.candidateId}/hold/release`, { reason: 'the court is done' });
    expect((await run())[1]).toMatch(/^answers: 1 ordered/);
    await erased();
    expect(await audited()).toEqual([]);
  }, 240_000);

  it('takes back what was ordered by a period that holds no more, and the database refuses it meanwhile', async () => {
    const { attemptId } = await failed();
    expect((await run())[1]).toMatch(/^answers: 1 ordered/);
    await keep('answers', null);
    const [erasureId = ''] = await delivery.privacy.due();
    await expect(delivery.privacy.erase(erasureId)).rejects.toThrow(/of no time that is over/);
    expect((await run())[1]).toMatch(/^answers: 0 ordered/);
    expect(await delivery.privacy.due()).toEqual([]);
    const { body: nights } = await staff('GET', '/v1/staff/retention-runs');
    expect(nights.runs.filter(({ takenBack }: { takenBack: number }) => takenBack > 0)).toMatchObject([{ kind: 'answers', days: 0, takenBack: 1 }]);
    await keep('answers', 0);
    expect((await run())[1]).toMatch(/^answers: 1 ordered/);
    await erased();
    expect(await answersOf(attemptId)).toEqual([{}]);
    expect(await audited()).toEqual([]);
  }, 240_000);

  it('is made up by nobody who orders: neither before its time, nor as something that was done before', async () => {
    const { candidateId, attemptId } = await failed();
    await keep('answers', 3650);
    const { rows } = await owner.query<{ id: string }>("SELECT id FROM retention_period WHERE kind = 'answers' ORDER BY set_at DESC LIMIT 1");
    const reporter = new pg.Client({ connectionString: urlAs('reporting', api.services.config.DATABASE_URL) });
    await reporter.connect();
    try {
      const id = randomUUID();
      const insert = (extra: string) =>
        `INSERT INTO erasure (id, candidate_id, kind, attempt_id, state, keeps_register, period_id, settled_by, settled_at, due_at${extra && ', restored_at'})
         VALUES ($1, $2, 'answers', $3, 'ordered', false, $4, 'system', now(), now()${extra})`;
      await expect(reporter.query(insert(', now()'), [randomUUID(), candidateId, attemptId, rows[0]?.id])).rejects.toThrow(/only the owner/);
      await reporter.query(insert(''), [id, candidateId, attemptId, rows[0]?.id]);
      await expect(delivery.privacy.erase(id)).rejects.toThrow(/of no time that is over/);
    } finally {
      await reporter.end();
    }
    expect(await answersOf(attemptId)).toEqual([expect.objectContaining({ t1: 'My answer one' })]);
    await keep('answers', 0);
    await run();
    await erased();
  }, 240_000);

  it('erases whole persons who hold no certificate, whoever asked first as they asked, and nobody who does', async () => {
    const [one, asking, holder] = [await failed(), await failed(), await certified(Buffer.from('# another\n'))];
    await asking.candidate('POST', '/v1/candidates/me/erasure', { keepsRegister: true });
    await keep('person', 0);
    await run();
    await erased();
    const { rows } = await owner.query<{ name: string }>('SELECT name FROM candidate WHERE id = ANY($1::uuid[]) ORDER BY id', [
      [one, asking, holder].map(({ candidateId }) => candidateId),
    ]);
    expect(rows.map(({ name }) => name)).toEqual(['[erased]', '[erased]', `Name of ${holder.subject}`]);
    const of = await owner.query('SELECT state, keeps_register, asked_at IS NOT NULL AS asked FROM erasure WHERE candidate_id = $1 AND kind = $2', [
      asking.candidateId,
      'person',
    ]);
    expect(of.rows).toEqual([{ state: 'done', keeps_register: true, asked: true }]);
    expect(await audited()).toEqual([]);
    expect(await recompute(commands)).toMatchObject({ unlike: [] });
  }, 240_000);

  it('erases an imported certificate with the person whose it is, if two persons said so', async () => {
    const { candidateId } = await failed();
    const [id, foreign] = [randomUUID(), (await certified(Buffer.from('# not imported\n'))).attemptId];
    const imported = { number: `OLD-${id}`, examId: 'small', examTitle: 'Small', name: 'Imelda Imported', basisPoints: 9000, issuedAt: new Date() };
    await api.services.prisma.certificate.create({ data: { id, ...imported } });
    const exported = await commands.exportPerson({ candidateId, certificateIds: [id], actor: 'sam', reason: 'they asked', key: id });
    expect(exported.sections.find(({ name }) => name === 'certificates')?.rows).toMatchObject([{ id, name: 'Imelda Imported' }]);
    const path = `/v1/staff/candidates/${candidateId}/erasure`;
    const refusedOrder = await api.as('ida', 'staff')('POST', path, { reason: 'they asked', importedCertificates: [foreign] });
    expect(refusedOrder.status).toBe(404);
    const proposed = await api.as('ida', 'staff')('POST', path, { reason: 'they asked', importedCertificates: [id] });
    const seen = await api.as('ole', 'staff')('GET', `/v1/staff/proposed-acts/${proposed.body.id}`);
    expect(seen.body.effect).toContainEqual({ what: 'certificate_name', from: 'Imelda Imported', to: '[erased]' });
    expect((await api.as('ole', 'staff')('POST', `/v1/staff/proposed-acts/${proposed.body.id}/confirmation`)).status).toBe(200);
    await erased();
    expect((await owner.query('SELECT name, number, status FROM certificate WHERE id = $1', [id])).rows).toEqual([
      { name: '[erased]', number: imported.number, status: 'valid' },
    ]);
    expect(await audited()).toEqual([]);
  }, 240_000);

  it('has a schedule that staff can pause, and stays paused', async () => {
    const keeper = () => createScheduleKeeper({ client, logger: createLogger({ level: 'silent', service: 'test' }) });
    const handle = client.schedule.getHandle(retentionSchedule.scheduleId);
    const described = () => handle.describe().catch(() => undefined);
    const once = async () => {
      const kept = keeper();
      const running = kept.run();
      await until(async () => (await described()) !== undefined || 'there is no schedule');
      kept.stop();
      await running;
    };
    await once();
    expect((await described())?.action).toMatchObject({ workflowType: RETENTION_WORKFLOW, taskQueue: 'certification' });
    await handle.pause('a court looks into it');
    await once();
    expect((await described())?.state).toMatchObject({ paused: true, note: 'a court looks into it' });
  });
});
