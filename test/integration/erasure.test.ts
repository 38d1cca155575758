import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { temporal } from '@temporalio/proto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { auditLedger } from '../../cli/records/audit.ts';
import { recompute } from '../../cli/records/recompute.ts';
import { connectCommandStores, type CommandStores } from '../../cli/stores.ts';
import { UNFOUNDED_ERASURES } from '../../store/ledger/audit.ts';
import { createLogger } from '../../platform/logging.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { dataConverterOf } from '../../platform/temporal/data-converter.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import { createEraser } from '../../workers/eraser.ts';
import { createEventRelay } from '../../workers/event-relay.ts';
import { createHerald } from '../../workers/herald.ts';
import { createRegisterSink } from '../../workers/register-sink.ts';
import { readWorkerConfig } from '../../workers/config.ts';
import { createPoolWorker } from '../../workers/worker.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { issuerOf, startTestApi, type Caller, type TestApi } from '../support/api.ts';
import { receiptKeys } from '../support/database.ts';
import { until } from '../support/pipeline.ts';
import { poolDependencies } from '../support/pools.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { temporalAddress } from '../support/temporal.ts';
import { twoPersons } from '../support/two-persons.ts';
import { uploadAll, uploadDirectory } from '../support/uploads.ts';

/** Somebody who was certified, after a failed attempt with an appeal and a complaint, and under another name since: erased, and looked for byte by byte. */

const EXAM = 'erased-exam';

const PERSONAL = {
  subject: 'sub-aurelia-7f3c',
  name: 'Aurelia Quonsett',
  nameSince: 'Aurelia Wolfhound',
  email: 'aurelia@quonsett.example',
  firstAnswer: 'zyxquanine is what my uncle taught me',
  secondAnswer: 'vorpaline is what I know since',
  upload: 'My design rests on a zebraquill bus',
  remark: 'gladiolous prose, and zyxquanine is no pattern',
  appeal: 'The examiner overread flumboxing',
  fee: 'PAY-quonsett-0815',
  complaint: 'The invigilator hummed krambambuli',
  answered: 'We asked the invigilator about krambambuli',
  doubt: 'her sister phoned about the wedding',
  settled: 'the marriage certificate of Wolfhound was seen',
  needs: 'a broken wrist of hers',
  evidence: 'file-wrist-4711',
} as const;

/** Their words as they are in look-ups, too. */
const NEEDLES = [...Object.values(PERSONAL), 'quonsett', 'wolfhound', 'zebraquill', 'zyxquan', 'aurelia'];

let api: TestApi;
let config: ReturnType<typeof readWorkerConfig>;
let client: Client;
let owner: pg.Client;
let stores: CommandStores;
let stop: () => Promise<void>;
const person = { candidateId: '', attemptIds: [] as string[], certificateId: '', credential: {} as object, uploadIds: [] as string[] };
let candidate: Caller;
let staff: Caller;
/** Who decided nothing about her before. */
let erasing: Caller;
let eraser: ReturnType<typeof createEraser>;

beforeAll(async () => {
  installQuietRuntime();
  api = await startTestApi({ environment: { TEMPORAL_ADDRESS: temporalAddress(), ERASURE_AFTER_DAYS: '0' } });
  await api.publish(smallExam({ marking: 'single', appealWindowSeconds: 20, appealFee: 'required' }, EXAM));
  const { store, storage, config: apiConfig, register } = api.services;
  config = readWorkerConfig({
    DATABASE_URL: apiConfig.DATABASE_URL,
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
  const credentials = await issuerOf(api.services);
  const dependencies = { ...(await poolDependencies({ store })), storage: () => storage, publicUrl: api.url, credentials: () => credentials };
  const workers: Worker[] = await Promise.all(
    TASK_QUEUES.map((pool) => createPoolWorker({ pool, config, connection, dataConverter: dataConverterOf(config), dependencies })),
  );
  const logger = createLogger({ level: 'silent', service: 'test' });
  const herald = createHerald(dependencies);
  const registerSink = createRegisterSink({ store, register });
  const relay = createEventRelay({
    store,
    logger,
    publicUrl: api.url,
    register: registerSink,
    brokers: [],
    webhookSink: () => {
      throw new TypeError('there is no webhook');
    },
  });
  eraser = createEraser({ store, client, storage, logger, idleMilliseconds: 200 });
  const runs = [...workers.map((worker) => worker.run()), herald.run(), relay.run()];
  await Promise.all(TASK_QUEUES.map((deploymentName) => makeCurrent(client, { deploymentName, buildId: config.WORKER_BUILD_ID })));
  owner = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await owner.connect();
  stores = connectCommandStores({ DATABASE_URL: api.services.config.DATABASE_URL, DATABASE_POOL_SIZE: 2 });
  staff = twoPersons(api.as('sam', 'staff'), api.as('lea', 'staff'));
  erasing = twoPersons(api.as('ida', 'staff'), api.as('ole', 'staff'));
  stop = async () => {
    herald.stop();
    relay.stop();
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
    await connection.close();
  };
  await live();
}, 180_000);
afterAll(async () => {
  await stop?.();
  await stores?.close();
  await owner?.end();
  await client?.connection.close();
  await api?.close();
});

/** All that somebody can leave behind. */
async function live(): Promise<void> {
  const token = await api.issuer.token({
    subject: PERSONAL.subject,
    roles: ['candidate'],
    name: PERSONAL.name,
    claims: { email: PERSONAL.email, email_verified: true, locale: 'de', zoneinfo: 'Europe/Zurich' },
  });
  candidate = api.withToken(token);
  const first = await take({ t1: PERSONAL.firstAnswer, t2: 'nothing' });
  await mark((item) => (item === 't1' ? 1 : 0));
  await untilOutcome(first, 'failed');
  const appealed = await candidate('POST', `/v1/attempts/${first}/appeals`, {
    items: [{ itemId: 't1', reason: 'overlooked', text: PERSONAL.appeal }],
    feeReference: PERSONAL.fee,
  });
  expect(appealed, JSON.stringify(appealed.body)).toMatchObject({ status: 201 });
  await mark(() => 1);
  await until(async () => {
    const { body } = await candidate('GET', `/v1/attempts/${first}/appeals`);
    return body.appeals[0]?.state === 'refused' || `the appeal is ${body.appeals[0]?.state}`;
  });
  const complained = await candidate('POST', `/v1/attempts/${first}/complaints`, { about: 'behaviour', text: PERSONAL.complaint });
  await staff('POST', `/v1/staff/complaints/${complained.body.complaints[0].id}/answer`, { text: PERSONAL.answered });

  const second = await take({ t1: PERSONAL.secondAnswer, t2: 'all' });
  await mark(() => 5);
  await untilPhaseIs(second, 'case_study_offered');
  const { attempts } = api.services.store;
  for (const [move, days] of [
    [attempts.extend, 40],
    [attempts.correctDeadline, 35],
  ] as const)
    await move({
      attemptId: second,
      window: 'offer',
      deadline: new Date(Date.now() + days * 86_400_000),
      actor: 'sam',
      reason: PERSONAL.needs,
      actionKey: randomUUID(),
    });
  await candidate('POST', `/v1/attempts/${second}/case-study`);
  const bytes = Buffer.from(`# ${PERSONAL.name}\n\n${PERSONAL.upload}\n`);
  expect((await uploadAll(candidate, second, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') })).status).toBe(204);
  expect((await candidate('POST', `/v1/attempts/${second}/case-study/submission`)).status).toBe(201);
  await mark(() => 9);
  await untilOutcome(second, 'certified');
  person.attemptIds = [first, second];
  const { rows } = await owner.query<{ id: string; uploads: string[] }>(
    'SELECT c.id, ARRAY(SELECT u.id::text FROM upload u) AS uploads FROM candidate c WHERE c.subject = $1',
    [PERSONAL.subject],
  );
  person.candidateId = rows[0]?.id ?? '';
  person.uploadIds = rows[0]?.uploads ?? [];

  const { body: certificate } = await candidate('GET', `/v1/attempts/${second}/certificate`);
  const suspended = await staff('POST', `/v1/staff/certificates/${certificate.id}/corrections`, { reason: PERSONAL.doubt });
  expect(suspended.status).toBe(201);
  const replaced = { resolution: 'replaced', reason: PERSONAL.settled, name: PERSONAL.nameSince };
  const settled = await staff('POST', `/v1/staff/corrections/${suspended.body.correctionId}/settlement`, replaced);
  expect(settled.status, JSON.stringify(settled.body)).toBe(200);
  person.certificateId = (await candidate('GET', `/v1/attempts/${second}/certificate`)).body.id;
  person.credential = (await candidate('GET', `/v1/attempts/${second}/certificate/credential`)).body;
  await until(async () => {
    const { status } = await candidate('GET', `/v1/attempts/${second}/certificate/document`);
    return status === 200 || `the document is not there: ${status}`;
  });
  const accommodation = { kind: 'extra_time', percent: 125, reason: PERSONAL.needs, evidence: PERSONAL.evidence };
  const accommodated = await staff('POST', `/v1/staff/candidates/${person.candidateId}/accommodations`, accommodation);
  expect(accommodated.status, JSON.stringify(accommodated.body)).toBeLessThan(300);
  const known = await api.as('kim', 'staff')('POST', '/v1/staff/acquaintances', { kind: 'email', value: PERSONAL.email });
  expect(known.status, JSON.stringify(known.body)).toBeLessThan(300);
}

async function take(texts: Readonly<Record<string, string>>): Promise<string> {
  const { body } = await candidate('POST', '/v1/attempts', { examId: EXAM });
  const attemptId: string = body.id;
  await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test`);
  for (const [itemId, value] of Object.entries({ c1: ['a'], c2: ['a', 'b'], ...texts }))
    await candidate('PUT', `/v1/attempts/${attemptId}/responses/${itemId}`, { value, sequence: 1 });
  const submitted = await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
  expect(submitted.status).toBe(201);
  return attemptId;
}

/** Whoever comes next marks what is there, with remarks that quote the answer. */
async function mark(pointsOf: (itemId: string) => number): Promise<void> {
  const grader = api.as(`grader-${randomUUID()}`, 'grader');
  let claimed: Awaited<ReturnType<Caller>> | undefined;
  await until(async () => {
    claimed = await grader('POST', '/v1/assignments/claims');
    return claimed.status === 200 || `nothing to mark: ${claimed.status}`;
  });
  const { id, fencingToken, responses, criteria } = claimed?.body ?? {};
  const marks = (responses ?? criteria).map(({ itemId }: { itemId: string }) => ({ itemId, points: pointsOf(itemId), reason: PERSONAL.remark }));
  const completed = await grader('POST', `/v1/assignments/${id}/completion`, { fencingToken, marks });
  expect(completed.status, JSON.stringify(completed.body)).toBeLessThan(300);
}

async function untilPhaseIs(attemptId: string, phase: string): Promise<void> {
  await until(async () => {
    const { body } = await candidate('GET', `/v1/attempts/${attemptId}`);
    return body.phase === phase || `the attempt is ${body.phase}`;
  });
}
const untilOutcome = untilPhaseIs;

/** Every row of every table, as text, and bytes as they are. */
async function dumpOfDatabase(): Promise<Buffer> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'`,
  );
  const parts: string[] = [];
  for (const { name } of rows) {
    const found = await owner.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`);
    parts.push(...found.rows.map(({ row }) => `${name} ${row}`));
  }
  return Buffer.from(parts.join('\n'));
}

async function dumpOfStorage(): Promise<Buffer> {
  const directory = uploadDirectory(api);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Buffer.concat(
    await Promise.all(files.map(async (file) => Buffer.concat([Buffer.from(file), await readFile(file).catch(() => Buffer.alloc(0))]))),
  );
}

/** Of each workflow that there is of ours: what started it, its history, its memo and search attributes. */
async function dumpOfHistories(): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const history = await handle.fetchHistory().catch(() => undefined);
    if (history) parts.push(temporal.api.history.v1.History.encode(history).finish());
  }
  return Buffer.concat(parts);
}

const foundIn = (dump: Buffer) => {
  const text = dump.toString('utf8').toLowerCase();
  const hex = (needle: string) => Buffer.from(needle).toString('hex');
  return NEEDLES.filter(
    (needle) => text.includes(needle.toLowerCase()) || text.includes(hex(needle)) || text.includes(JSON.stringify(needle).slice(1, -1).toLowerCase()),
  );
};

/** Lines of the dump that still tell, for whoever reads the failure. */
async function leaks(): Promise<readonly string[]> {
  const lines = (await dumpOfDatabase()).toString('utf8').split('\n');
  return lines.filter((line) => foundIn(Buffer.from(line)).length > 0).map((line) => line.slice(0, 400));
}

async function enterAll(): Promise<void> {
  while ((await api.services.store.ledger.enterPending()) > 0);
}

async function audited() {
  await enterAll();
  await api.services.store.ledger.signHead({ everySeconds: 0 });
  const { problems } = await auditLedger({ ledger: stores.ledgerAudit, keys: api.served.receipts.publicKeys });
  return problems;
}

async function verified() {
  return (await api.withToken(undefined)('POST', '/v1/register/verification', person.credential)).body;
}

describe('an erasure', () => {
  it('finds what it looks for, before', async () => {
    const [database, storage, histories] = await Promise.all([dumpOfDatabase(), dumpOfStorage(), dumpOfHistories()]);
    expect(foundIn(database)).toEqual(expect.arrayContaining(NEEDLES.filter((needle) => !/zebraquill/.test(needle))));
    expect(foundIn(storage)).toEqual(expect.arrayContaining([PERSONAL.upload, PERSONAL.name]));
    expect(foundIn(histories)).toContain(PERSONAL.doubt);
    expect(await verified()).toMatchObject({ result: 'valid' });
    expect(await audited()).toEqual([]);
  });

  it('is stopped by a hold, and says so', async () => {
    const path = `/v1/staff/candidates/${person.candidateId}`;
    expect((await candidate('POST', '/v1/candidates/me/erasure', {})).body.erasure).toMatchObject({ state: 'asked', keepsRegister: false });
    expect((await erasing('POST', `${path}/hold`, { reason: 'a court asked for her script' })).status).toBe(200);
    const stopped = await erasing('POST', `${path}/erasure`, { reason: 'she asked for it' });
    expect(stopped).toMatchObject({ status: 409, body: { code: 'erasure_stopped', obstacles: ['on_hold'] } });
    expect((await erasing('POST', `${path}/hold/release`, { reason: 'the court is done' })).status).toBe(200);
  });

  it('leaves nothing personal in PostgreSQL, storage, histories and the register', async () => {
    const ordered = await erasing('POST', `/v1/staff/candidates/${person.candidateId}/erasure`, { reason: `${PERSONAL.name} asked for it` });
    expect(ordered, JSON.stringify(ordered.body)).toMatchObject({ status: 200, body: { erasure: { state: 'ordered' } } });
    // Killed after the records, and after the first file.
    let files = 0;
    const { store, storage } = api.services;
    const cutOff = {
      ...storage,
      erase: async (id: string) => {
        if ((files += 1) > 1) throw new Error('killed');
        await storage.erase(id);
      },
    };
    const killed = createEraser({
      idleMilliseconds: 1000,
      store,
      client,
      storage: cutOff,
      logger: createLogger({ level: 'silent', service: 'test' }),
    });
    const died = killed.run();
    // Before, it waits until the window for appeals is over.
    await until(async () => files > 1 || 'it has not come so far', 180);
    killed.stop();
    await died;
    const half = await owner.query('SELECT state, records_erased_at IS NOT NULL AS records FROM erasure WHERE candidate_id = $1', [
      person.candidateId,
    ]);
    expect(half.rows).toEqual([{ state: 'ordered', records: true }]);
    const running = eraser.run();
    await until(async () => {
      const { rows } = await owner.query<{ state: string }>('SELECT state FROM erasure WHERE candidate_id = $1', [person.candidateId]);
      return rows[0]?.state === 'done' || `the erasure is ${rows[0]?.state}`;
    });
    eraser.stop();
    await running;
    await until(async () => {
      const entry = await api.services.register.find({ certificateId: person.certificateId });
      return entry?.name === '[erased]' || `the register says ${entry?.name}`;
    });
    await until(async () => (await owner.query('SELECT 1 FROM tidings')).rowCount === 0 || 'something is still to be told');
    expect(await leaks()).toEqual([]);
    expect(foundIn(await dumpOfDatabase())).toEqual([]);
    expect(foundIn(await dumpOfStorage())).toEqual([]);
    expect(foundIn(await dumpOfHistories())).toEqual([]);
  }, 400_000);

  it('leaves the certificate, which verifies, and the ledger, which fits', async () => {
    expect(await verified()).toMatchObject({ result: 'valid', certificate: { certificateId: person.certificateId, name: PERSONAL.nameSince } });
    expect(await audited()).toEqual([]);
  });

  it('leaves points and decisions, and says which cannot be decided again', async () => {
    const { decisions, erased, certificates, unlike } = await recompute(stores);
    expect({ decisions, erased, certificates, unlike }).toEqual({ decisions: 4, erased: 4, certificates: 2, unlike: [] });
  });

  it('is the same when it is done again', async () => {
    const { rows } = await owner.query<{ id: string }>('SELECT id FROM erasure');
    // What the audit signed is an event, too, and the relay is a writer of its own.
    await until(async () => {
      const { rows: left } = await owner.query('SELECT 1 FROM event WHERE fanned_out_at IS NULL UNION ALL SELECT 1 FROM dispatch_queue');
      return left.length === 0 || `${left.length} events are on their way`;
    });
    const before = (await dumpOfDatabase()).toString();
    await api.services.store.privacy.erase(rows[0]?.id ?? '');
    expect((await dumpOfDatabase()).toString()).toBe(before);
  });

  it('is made up by nobody who owns the database, and no salt is lost without one', async () => {
    await enterAll();
    await owner.query('BEGIN');
    try {
      await owner.query('SET LOCAL session_replication_role = replica');
      const { rows } = await owner.query<{ record: string }>(`UPDATE ledger_entry SET salt = '' WHERE kind = 'exam_version' RETURNING record`);
      await owner.query(
        `INSERT INTO ledger_pending (at, by_role, act, kind, record, attempt_id, who, salt, content)
         SELECT now(), 'certifiable', 'erased', 'mark', gen_random_uuid()::text, $1, $2, '\\x01', '\\x02'`,
        [person.attemptIds[0], randomUUID()],
      );
      const [first] = rows;
      expect(rows).toHaveLength(1);
      const unfounded = await owner.query<{ kind: string; record: string; what: string }>(UNFOUNDED_ERASURES);
      expect(unfounded.rows.map(({ kind, what }) => `${kind} ${what}`)).toEqual(['exam_version unsalted', 'mark nobodys']);
      expect(unfounded.rows[0]?.record).toBe(first?.record);
    } finally {
      await owner.query('ROLLBACK');
    }
    expect((await owner.query(UNFOUNDED_ERASURES)).rows).toEqual([]);
  });
});
