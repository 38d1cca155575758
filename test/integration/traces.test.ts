import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type Caller, type TestApi } from '../support/api.ts';
import { createLogger } from '../../platform/logging.ts';
import { startTracing, type Tracing } from '../../platform/telemetry/tracing.ts';
import { createRelay } from '../../workers/delivery.ts';
import { tracingSinks } from '../../workers/tracing.ts';
import { startCollector, treeOf, type CollectedSpan, type Collector } from '../../trials/rehearsals/collector.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { startPipeline, until, type Pipeline } from '../support/pipeline.ts';
import { temporalAddress } from '../support/temporal.ts';
import { twoPersons } from '../support/two-persons.ts';

// The real API and the real pools in this process, and a collector that receives what they send.

const logger = createLogger({ level: 'silent', service: 'test' });
const SERVER = 2;
const CLIENT = 3;

let collector: Collector;
let tracing: Tracing;
let pipeline: Pipeline;
let api: TestApi;
let secluded: TestApi;
let traces = 0;

beforeAll(async () => {
  collector = await startCollector();
  const config = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER_ARG: 1, OTEL_SERVICE_NAME: undefined };
  tracing = await startTracing({ config, service: 'test', build: 'b1', logger });
  pipeline = await startPipeline({ exams: [smallExam(), smallExam({ aptitudeLimitSeconds: 2 }, 'short')] });
  api = await startTestApi({ environment: { DATABASE_URL: pipeline.databaseUrl, TEMPORAL_ADDRESS: temporalAddress() } });
  secluded = await startTestApi({ environment: { DATABASE_URL: pipeline.databaseUrl } }); // Temporal is away
});

afterAll(async () => {
  await api?.close();
  await secluded?.close();
  await pipeline?.stop();
  await tracing?.shutdown();
  await collector?.stop();
});

/** A request of somebody who traces already. */
function newTrace(): { traceId: string; spanId: string; headers: { traceparent: string } } {
  traces += 1;
  const traceId = traces.toString(16).padStart(32, 'a');
  const spanId = traces.toString(16).padStart(16, 'b');
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

const ofTrace = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);

/** The spans of a trace once all of these have come. */
async function collected(traceId: string, names: readonly string[]): Promise<readonly CollectedSpan[]> {
  await until(async () => {
    const missing = names.filter((name) => !ofTrace(traceId).some((span) => span.name === name));
    return missing.length === 0 ? true : `${missing.join(', ')} missing in:\n${treeOf(ofTrace(traceId))}`;
  });
  return ofTrace(traceId);
}

function parentOf(spans: readonly CollectedSpan[], name: string): string {
  const child = spans.find((span) => span.name === name);
  return spans.find((span) => span.spanId === child?.parentSpanId)?.name ?? `${child?.parentSpanId}`;
}

/**
 * A workflow loads all that is committed whenever it is rung, so what comes next must find it done with this: its bell was
 * heard, and the fact is loaded.
 */
async function heard(request: (headers: Readonly<Record<string, string>>) => Promise<unknown>): Promise<void> {
  const { traceId, headers } = newTrace();
  await request(headers);
  await collected(traceId, ['workflow signal factsCommitted']);
  await until(async () => {
    const { count } = await pipeline.store.deliveries.backlog();
    return count === 0 || `${count} facts are not loaded`;
  });
}

async function registered(candidate: Caller, examId = 'small'): Promise<string> {
  const { body } = await candidate('POST', '/v1/attempts', { examId });
  return body.id as string;
}

async function submitted(candidate: Caller, headers: Readonly<Record<string, string>>): Promise<string> {
  const attemptId = await registered(candidate);
  await heard((own) => candidate('POST', `/v1/attempts/${attemptId}/aptitude-test`, undefined, own));
  for (const [itemId, value] of Object.entries({ c1: ['a'], c2: ['a', 'b'], t1: 'Conway said so', t2: 'Brooks did too' }))
    await candidate('PUT', `/v1/attempts/${attemptId}/responses/${itemId}`, { value, sequence: 1 });
  await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`, undefined, headers);
  return attemptId;
}

async function marked(grader: Caller, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  await until(async () => {
    const { status, body } = await grader('POST', '/v1/assignments/claims');
    if (status !== 200) return 'nothing to claim';
    const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: 4, reason: 'Melvin is not named' }));
    await grader('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks }, headers);
    return true;
  });
}

const SUBMIT = 'POST /v1/attempts/:attemptId/aptitude-test/submission';
const COMPLETE = 'POST /v1/assignments/:assignmentId/completion';

describe('one trace', () => {
  it('goes from the candidate’s request through the doorbell and the workflow to the grading it caused, and from the last mark to the result', async () => {
    const submitting = newTrace();
    const attemptId = await submitted(api.as('ada-lovelace', 'candidate'), submitting.headers);
    const spans = await collected(submitting.traceId, [SUBMIT, 'activity gradeChoices', 'activity openAssignments', 'activity loadFacts']);
    expect(parentOf(spans, SUBMIT)).toBe(submitting.spanId);
    expect(parentOf(spans, 'transaction')).toBe(SUBMIT);
    expect(parentOf(spans, 'signal factsCommitted')).toBe(SUBMIT);
    expect(parentOf(spans, 'workflow signal factsCommitted')).toBe('signal factsCommitted');
    for (const activity of ['loadFacts', 'gradeChoices', 'openAssignments'])
      expect(parentOf(spans, `activity ${activity}`)).toBe('workflow signal factsCommitted');
    expect(spans.find((span) => span.name === SUBMIT)).toMatchObject({
      kind: SERVER,
      service: 'certifiable-test',
      failed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/attempts/:attemptId/aptitude-test/submission',
        'http.response.status_code': 201,
        'certifiable.attempt.id': attemptId,
      },
    });
    expect(spans.find((span) => span.name === 'signal factsCommitted')).toMatchObject({
      kind: CLIENT,
      attributes: { 'temporal.workflow.id': `attempt-${attemptId}` },
    });
    expect(spans.find((span) => span.name === 'activity gradeChoices')).toMatchObject({
      attributes: {
        'temporal.task_queue': 'grading-auto',
        'temporal.activity.attempt': 1,
        'temporal.activity.local': false,
        'certifiable.attempt.id': attemptId,
      },
    });
    expect(spans.find((span) => span.name === 'activity loadFacts')).toMatchObject({ attributes: { 'temporal.activity.local': true } });

    // A mark that is not the last one rings nobody.
    await marked(api.as('grace-hopper', 'grader'));
    const completing = newTrace();
    await marked(api.as('barbara-liskov', 'grader'), completing.headers);
    const grading = await collected(completing.traceId, [COMPLETE, 'activity publishGraded']);
    expect(parentOf(grading, 'activity publishGraded')).toBe('workflow signal factsCommitted');
    expect(parentOf(grading, COMPLETE)).toBe(completing.spanId);
  });

  it('goes from the registration to the start of the workflow', async () => {
    const { traceId, headers } = newTrace();
    await api.as('edsger', 'candidate')('POST', '/v1/attempts', { examId: 'small' }, headers);
    const spans = await collected(traceId, ['POST /v1/attempts', 'workflow start certificationAttempt', 'activity begin']);
    expect(parentOf(spans, 'start certificationAttempt')).toBe('POST /v1/attempts');
    expect(parentOf(spans, 'workflow start certificationAttempt')).toBe('start certificationAttempt');
  });

  it('holds what staff do by Update, for as long as that takes', async () => {
    const attemptId = await registered(api.as('grete', 'candidate'));
    const { traceId, headers } = newTrace();
    await until(async () => {
      const { status } = await twoPersons(api.as('staff-sam', 'staff'), api.as('staff-lea', 'staff'))(
        'POST',
        `/v1/staff/attempts/${attemptId}/withdrawal`,
        { reason: 'she fell ill' },
        headers,
      );
      return status === 200 || `${status}`;
    });
    const spans = await collected(traceId, ['workflow update withdraw', 'activity withdraw', 'update withdraw']);
    expect(parentOf(spans, 'workflow update withdraw')).toBe('update withdraw');
    expect(parentOf(spans, 'activity withdraw')).toBe('workflow update withdraw');
  });

  it('of what a deadline begins is one of its own, not that of a request of weeks ago', async () => {
    const candidate = api.as('late-lea', 'candidate');
    const attemptId = await registered(candidate, 'short');
    const { traceId, headers } = newTrace();
    await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test`, undefined, headers);
    const freeze = () =>
      collector.spans.find((span) => span.name === 'activity freezeAtTimeOut' && span.attributes['certifiable.attempt.id'] === attemptId);
    await until(async () => (freeze() ? true : 'not frozen'));
    const root = freeze()?.traceId ?? '';
    expect(root).not.toBe(traceId);
    const spans = await collected(root, ['workflow timer', 'activity freezeAtTimeOut', 'activity publishGraded']);
    expect(parentOf(spans, 'workflow timer')).toBe('undefined');
    expect(parentOf(spans, 'activity publishGraded')).toBe('workflow timer');
  });

  it('lasts over an outage of Temporal: the relay rings later in the trace of the request', async () => {
    const { traceId, headers } = newTrace();
    const { status } = await secluded.as('patient-pat', 'candidate')('POST', '/v1/attempts', { examId: 'small' }, headers);
    expect(status).toBe(201);
    const relay = createRelay({ ...pipeline, storage: pipeline.storage(), logger });
    const running = relay.run();
    try {
      const spans = await collected(traceId, ['POST /v1/attempts', 'workflow start certificationAttempt', 'activity begin']);
      expect(spans.filter((span) => span.name === 'POST /v1/attempts')).toHaveLength(1);
    } finally {
      relay.stop();
      await running;
    }
  });
});

it('a refusal is no failure, and a failure is told by its type alone', async () => {
  const { traceId, headers } = newTrace();
  const candidate = api.as('twice-tom', 'candidate');
  await registered(candidate);
  expect((await candidate('POST', '/v1/attempts', { examId: 'small' }, headers)).status).toBe(409);
  const spans = await collected(traceId, ['POST /v1/attempts']);
  expect(spans.map((span) => span.failed)).not.toContain(true);
  expect(spans.find((span) => span.name === 'transaction')).toMatchObject({ attributes: { 'certifiable.refusal': 'attempt_already_open' } });
});

it('nothing personal is sent: no name, subject, answer, reason or token', async () => {
  const received = collector.received();
  expect(collector.spans.length).toBeGreaterThan(50);
  const known = ['ada-lovelace', 'hopper', 'liskov', 'edsger', 'staff-sam', 'twice-tom', 'Name of', 'Conway', 'Brooks', 'Melvin', 'fell ill', 'eyJ'];
  for (const personal of known) expect(received.includes(personal) ? personal : 'not sent').toBe('not sent');
});

it('the history of a traced attempt replays, with the interceptors and without', async () => {
  const candidate = api.as('replayed', 'candidate');
  const attemptId = await submitted(candidate, newTrace().headers);
  await marked(api.as('marker-1', 'grader'));
  await marked(api.as('marker-2', 'grader'));
  await until(async () => {
    const { body } = await candidate('GET', `/v1/attempts/${attemptId}`);
    return body.phase === 'case_study_offered' || body.phase;
  });
  const history = await pipeline.handle(attemptId).fetchHistory();
  expect(history.events?.filter((event) => event.activityTaskScheduledEventAttributes?.header?.fields?.['_tracer-data']).length).toBeGreaterThan(2);
  const module = (file: string) => fileURLToPath(new URL(`../../workflows/${file}`, import.meta.url));
  for (const workflowInterceptorModules of [[module('tracing.ts')], []]) {
    const workflowBundle = await bundleWorkflowCode({ workflowsPath: module('index.ts'), workflowInterceptorModules, logger: silent });
    await Worker.runReplayHistory({ workflowBundle, sinks: tracingSinks }, history);
  }
});

const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
