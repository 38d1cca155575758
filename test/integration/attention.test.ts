import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { ATTEMPT_WORKFLOW, attemptWorkflowId } from '../../workflows/messages.ts';
import { CertNeedsAttention, SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { until } from '../support/pipeline.ts';
import { temporalAddress } from '../support/temporal.ts';

let api: TestApi;
const calling: WorkflowHandle[] = [];
beforeAll(async () => {
  api = await startTestApi({ environment: { TEMPORAL_ADDRESS: temporalAddress() } });
  await api.publish();
  await registerSearchAttributes(api.services.temporal, SEARCH_ATTRIBUTE_KEYS);
});
afterAll(async () => {
  for (const handle of calling) await handle.terminate();
  await api.close();
});

/** A workflow that called staff; nobody runs it. */
async function call(workflowId: string): Promise<void> {
  const options = {
    workflowId,
    taskQueue: `nobody-${randomUUID()}`,
    args: [{ attemptId: 'nobody' }],
    typedSearchAttributes: [{ key: CertNeedsAttention, value: true }],
  };
  calling.push(await api.services.temporal.workflow.start(ATTEMPT_WORKFLOW, options));
}

it('an attempt whose workflow called staff is found, whatever else Temporal calls an attempt', async () => {
  const { attemptId } = await api.services.store.attempts.register({ subject: 'called', name: 'Called Example', examId: 'small' });
  await api.services.store.attempts.register({ subject: 'calm', name: 'Calm Example', examId: 'small' });
  await call(attemptWorkflowId(`of-nobody-${randomUUID()}`));
  await call(attemptWorkflowId(attemptId));
  const staff = api.as('sam', 'staff');
  const search = async (asked: object) => (await staff('POST', '/v1/staff/attempt-searches', asked)).body;
  await until(async () => (await search({ needsAttention: true })).attempts?.length === 1 || 'nothing is found');
  expect(await search({ needsAttention: true })).toMatchObject({ attempts: [{ id: attemptId, needsAttention: true }], next: null, isPartial: false });
  expect(
    (await search({ text: 'example', order: 'newest' })).attempts.map((found: { needsAttention: boolean }) => found.needsAttention).toSorted(),
  ).toEqual([false, true]);
  expect((await staff('GET', `/v1/staff/attempts/${attemptId}/story`)).body.needsAttention).toBe(true);
});
