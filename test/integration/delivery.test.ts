import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../platform/logging.ts';
import { ring } from '../../platform/temporal/ring.ts';
import { createRelay } from '../../workers/delivery.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { attemptBell } from '../../workflows/bells.ts';
import { CertDueAt, CertExamVersion, CertPhase } from '../../workflows/search-attributes.ts';
import { startPipeline, until, untilPhase, type Pipeline } from '../support/pipeline.ts';
import { untilItWaits } from '../support/shapes.ts';

let pipeline: Pipeline;
let database: pg.Client;

beforeAll(async () => {
  pipeline = await startPipeline({ exams: [smallExam()] });
  database = new pg.Client({ connectionString: pipeline.databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await pipeline?.stop();
});

type Delivery = { fact: string; delivered: boolean; consumed: boolean; void_reason: string | null };

async function deliveries(attemptId: string): Promise<Delivery[]> {
  const { rows } = await database.query<Delivery>(
    'SELECT fact, delivered_at IS NOT NULL AS delivered, consumed_at IS NOT NULL AS consumed, void_reason FROM delivery WHERE attempt_id = $1 ORDER BY created_at',
    [attemptId],
  );
  return rows;
}

async function withRelays(count: number, work: () => Promise<void>): Promise<void> {
  const logger = createLogger({ level: 'silent', service: 'test' });
  const relays = Array.from({ length: count }, () => createRelay({ ...pipeline, storage: pipeline.storage(), logger }));
  const runs = relays.map((relay) => relay.run());
  try {
    await work();
  } finally {
    for (const relay of relays) relay.stop();
    await Promise.all(runs);
  }
}

describe('the relay', () => {
  it('carries facts whose doorbell nobody rang to a workflow that it starts, and voids none of them, with several relays at work', async () => {
    const { store } = pipeline;
    const subject = randomUUID();
    const { attemptId } = await store.attempts.register({ subject, name: 'Unheard', examId: 'small' });
    await store.sittings.start({ attemptId, subject });
    await store.sittings.submit({ attemptId, subject, test: 'aptitude' }); // blank: fails without graders
    await withRelays(3, () => untilPhase(pipeline, attemptId, 'failed'));
    expect((await deliveries(attemptId)).filter((delivery) => delivery.consumed).map((delivery) => delivery.fact)).toEqual([
      'registered',
      'started',
      'submitted',
    ]);
  });

  it('begins one workflow, however often a registration rings, and neither signals nor shows again what the start said', async () => {
    const { store, client } = pipeline;
    const registered = await store.attempts.register({ subject: randomUUID(), name: 'Rung Twice', examId: 'small' });
    const { attemptId } = registered;
    const bell = attemptBell({ ...registered, fact: 'registered' });
    expect(await Promise.all([ring(client, bell), ring(client, bell)])).toEqual(['delivered', 'delivered']);
    await untilItWaits(pipeline, attemptId);
    expect(await ring(client, bell)).toBe('delivered');
    const { events } = await pipeline.handle(attemptId).fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionSignaledEventAttributes ?? event.upsertWorkflowSearchAttributesEventAttributes)).toEqual(
      [],
    );
    const { typedSearchAttributes: shown } = await pipeline.handle(attemptId).describe();
    const { startBy } = (await store.attempts.read({ attemptId })).facts;
    expect([shown.get(CertPhase), shown.get(CertExamVersion), shown.get(CertDueAt)?.getTime()]).toEqual(['registered', 'small@1', startBy]);
    await pipeline.handle(attemptId).terminate('by hand');
    expect(await ring(client, bell)).toBe('closed');
  });

  it('voids a delivery whose workflow is closed, and says so', async () => {
    const { store } = pipeline;
    const subject = randomUUID();
    const { attemptId } = await store.attempts.register({ subject, name: 'Late', examId: 'small' });
    await withRelays(1, async () => {
      await until(async () => ((await deliveries(attemptId))[0]?.consumed ? true : 'not consumed'));
      await store.attempts.withdraw({ attemptId, subject });
      await pipeline.handle(attemptId).result();
      await database.query(
        "INSERT INTO delivery (id, attempt_id, fact, created_at, next_try_at) VALUES (gen_random_uuid(), $1, 'marked', now(), now())",
        [attemptId],
      );
      await until(async () =>
        (await deliveries(attemptId)).some((delivery) => delivery.void_reason === 'the workflow is closed') ? true : 'not void',
      );
    });
  });

  it('keeps trying for a workflow that is not there, with growing pauses', async () => {
    const { store } = pipeline;
    const { attemptId } = await store.attempts.register({ subject: randomUUID(), name: 'Nobody', examId: 'small' });
    await database.query("UPDATE delivery SET fact = 'started', next_try_at = now() WHERE attempt_id = $1", [attemptId]); // as if the registration's bell were lost for good
    await withRelays(1, () =>
      until(async () => {
        const { rows } = await database.query<{ tries: number }>('SELECT tries FROM delivery WHERE attempt_id = $1', [attemptId]);
        return (rows[0]?.tries ?? 0) > 0 ? true : 'not tried';
      }),
    );
    const { rows } = await database.query<{ pause: number }>(
      'SELECT extract(epoch FROM next_try_at - now())::float8 AS pause FROM delivery WHERE attempt_id = $1',
      [attemptId],
    );
    expect(rows[0]?.pause).toBeGreaterThan(1);
    expect(await deliveries(attemptId)).toMatchObject([{ delivered: false, void_reason: null }]);
    await database.query("UPDATE delivery SET fact = 'registered', next_try_at = now() WHERE attempt_id = $1", [attemptId]);
  });
});

describe('the sweep', () => {
  it('rings again for what the server took but no workflow loaded', async () => {
    const { store } = pipeline;
    const { attemptId } = await store.attempts.register({ subject: randomUUID(), name: 'Swept', examId: 'small' });
    const { rows } = await database.query<{ id: string }>(
      "UPDATE delivery SET delivered_at = now() - interval '10 minutes' WHERE attempt_id = $1 RETURNING id",
      [attemptId],
    );
    expect(rows).toHaveLength(1);
    expect(await store.deliveries.requeueUnconsumed(180)).toBe(1);
    await withRelays(1, () => until(async () => ((await deliveries(attemptId))[0]?.consumed ? true : 'not consumed')));
  });
});
