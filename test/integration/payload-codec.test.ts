import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dataConverterOf } from '../../platform/temporal/data-converter.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { tracingSinks } from '../../workers/tracing.ts';
import { attemptWorkflowId, extend } from '../../workflows/messages.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { createCandidate, markNext, startPipeline, until, untilPhase, type Pipeline } from '../support/pipeline.ts';
import { rightAnswers, untilItWaits } from '../support/shapes.ts';
import { actAsStaff } from '../support/staff-acts.ts';

// The real pipeline with payloads encrypted, whose keys are in a file as they are in a pod.

const newKey = () => ({ kty: 'oct', k: randomBytes(32).toString('base64url'), kid: randomUUID() });
type Key = ReturnType<typeof newKey>;
const jwks = (...keys: readonly Key[]) => JSON.stringify({ keys });

const REASON = 'Doctor Marlowe wrote that she was ill';
const first = newKey();
let file: string;
let pipeline: Pipeline;

async function useKeys(...keys: readonly Key[]): Promise<void> {
  await writeFile(file, jwks(...keys));
  await pipeline.checkSecrets();
}

beforeAll(async () => {
  file = join(await mkdtemp(join(inject('temporaryDirectory'), 'codec-')), 'keys');
  await writeFile(file, jwks(first));
  pipeline = await startPipeline({ exams: [smallExam()], environment: { TEMPORAL_CODEC_KEYS_FILE: file } });
});

afterAll(() => pipeline?.stop());

async function sitting() {
  const candidate = createCandidate(pipeline);
  const attemptId = await candidate.register();
  await untilItWaits(pipeline, attemptId);
  await candidate.start();
  await candidate.answer(rightAnswers);
  await untilPhase(pipeline, attemptId, 'aptitude_test');
  return { candidate, attemptId };
}

/** Everything that Temporal tells of an attempt, as its own bytes. */
async function rawOf(attemptId: string) {
  const { workflowService, options } = pipeline.client;
  const asked = { namespace: options.namespace, execution: { workflowId: attemptWorkflowId(attemptId) } };
  const { history } = await workflowService.getWorkflowExecutionHistory(asked);
  const described = await workflowService.describeWorkflowExecution(asked);
  const bytes = [
    temporal.api.history.v1.History.encode(history ?? {}).finish(),
    temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse.encode(described).finish(),
  ];
  return { history: history ?? {}, described, text: Buffer.concat(bytes).toString('latin1') };
}

type Found = { readonly path: string; readonly payload: Payload };

/** Every payload in there, with where it stands. */
function payloadsIn(value: unknown, path = ''): readonly Found[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const payload: Payload = value;
  if (payload.metadata?.['encoding']) return [{ path, payload }];
  return Object.entries(value).flatMap(([name, part]) => payloadsIn(part, `${path}/${name}`));
}

const keyOf = ({ payload }: Found) => Buffer.from(payload.metadata?.['encryption-key-id'] ?? []).toString();

async function readWith(payloads: readonly Payload[]): Promise<string> {
  const decoded = await pipeline.dataConverter.payloadCodecs[0].decode([...payloads]);
  return decoded.map(({ data }) => Buffer.from(data ?? []).toString()).join('\n');
}

function goesOn({ events }: temporal.api.history.v1.IHistory): boolean {
  const last = (name: 'workflowTaskFailedEventAttributes' | 'workflowTaskCompletedEventAttributes') =>
    (events ?? []).findLastIndex((event) => event[name]);
  return last('workflowTaskCompletedEventAttributes') > last('workflowTaskFailedEventAttributes');
}

/** What the SDK's core and the server write of themselves, and what is searched by: no fact of ours. */
const PLAIN = /\/searchAttributes\/|\/header\/|\/markerRecordedEventAttributes\/details\/(data|patch-data)\//;

describe('an attempt whose payloads are encrypted', () => {
  it('leaves nothing in Temporal that is readable without the keys, and all of it is readable with them', async () => {
    const { attemptId } = await sitting();
    const deadline = new Date(Date.now() + 7_200_000).toISOString();
    await actAsStaff(pipeline, attemptId, extend, { actor: 'staff-of-that-name', reason: REASON, window: 'aptitude', deadline });
    const { history, described, text } = await rawOf(attemptId);
    const found = [...payloadsIn(history), ...payloadsIn(described)];
    expect(found.filter((one) => keyOf(one) === '' && !PLAIN.test(one.path))).toEqual([]);
    const readable = await readWith(found.map(({ payload }) => payload));
    for (const known of [REASON, 'staff-of-that-name', 'see the current details beside', 'passMark', 'sittingId', 'the candidate to submit']) {
      expect(readable).toContain(known);
      expect(text).not.toContain(known);
    }
    const handle = pipeline.handle(attemptId);
    expect(await (await handle.describe()).staticSummary()).toContain('see the current details beside');
    const replay = (dataConverter: object) =>
      Worker.runReplayHistory({ workflowBundle: { codePath: inject('workflowBundle') }, sinks: tracingSinks, dataConverter }, history);
    await replay(pipeline.dataConverter);
    await expect(replay(dataConverterOf({}))).rejects.toThrow();
  });

  it('goes on under a new key while it is open, and what the former one wrote is read', async () => {
    const { candidate, attemptId } = await sitting();
    const newest = newKey();
    await useKeys(newest, first);
    await candidate.submit();
    await untilPhase(pipeline, attemptId, 'aptitude_grading');
    await pipeline.restartWorkers();
    await markNext(pipeline);
    await markNext(pipeline);
    await untilPhase(pipeline, attemptId, 'case_study_offered');
    const { history } = await rawOf(attemptId);
    const keys = payloadsIn(history).map(keyOf);
    expect(new Set(keys.filter((key) => key !== ''))).toEqual(new Set([first.kid, newest.kid]));
    expect(keys.lastIndexOf(first.kid)).toBeLessThan(keys.lastIndexOf(newest.kid));
    await useKeys(first);
  });

  it('stands still and says which key is lost, and goes on where it was once the key is back', async () => {
    const { candidate, attemptId } = await sitting();
    // Stopped before: what they still had to write is not written with a key that nobody will have.
    await pipeline.stopWorkers();
    await useKeys(newKey());
    await pipeline.startWorkers();
    await candidate.submit();
    const said = `a payload is encrypted with the key ${first.kid}, which TEMPORAL_CODEC_KEYS lacks`;
    await until(async () => (await rawOf(attemptId)).text.includes(said) || 'no workflow task has failed');
    await expect((await pipeline.handle(attemptId).describe()).staticSummary()).rejects.toThrow(said);
    await useKeys(first);
    // Temporal tries a task that failed thrice again after ten seconds, then twenty, and so on.
    await until(async () => goesOn((await rawOf(attemptId)).history) || 'the workflow does not go on', 120);
    await markNext(pipeline);
    await markNext(pipeline);
    await untilPhase(pipeline, attemptId, 'case_study_offered');
  });

  it('whose activities meet a lost key has them tried again until it is back', async () => {
    await pipeline.stopWorkers();
    const elsewhere = TASK_QUEUES.filter((queue) => queue !== 'grading-auto');
    await pipeline.startWorkers({}, elsewhere);
    const { candidate, attemptId } = await sitting();
    await candidate.submit();
    await untilPhase(pipeline, attemptId, 'aptitude_grading');
    const lacking = dataConverterOf({ TEMPORAL_CODEC_KEYS: jwks(newKey()) });
    await pipeline.startWorkers({}, ['grading-auto'], lacking);
    await until(
      async () => (await rawOf(attemptId)).text.includes(`the key ${first.kid}, which TEMPORAL_CODEC_KEYS lacks`) || 'no activity has failed',
    );
    await pipeline.restartWorkers();
    await markNext(pipeline);
    await markNext(pipeline);
    await untilPhase(pipeline, attemptId, 'case_study_offered');
  });
});
