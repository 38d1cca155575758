import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { ATTEMPT_WORKFLOW, attemptWorkflowId } from '../../workflows/messages.ts';
import { CertNeedsAttention, SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { until } from '../support/pipeline.ts';
import { temporalAddress } from '../support/temporal.ts';

/** A way to Temporal that can hold back what is said, as a server does that is overloaded: it takes all and answers nothing. */
let way: Server;
const sockets = new Set<Socket>();
const heldBack = new Map<Socket, Buffer[]>();
let holds = false;

async function openWay(): Promise<string> {
  const [host, port] = temporalAddress().split(':');
  way = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
    near.on('data', (chunk) => (holds ? heldBack.set(far, [...(heldBack.get(far) ?? []), chunk]) : far.write(chunk)));
    far.on('data', (chunk) => near.write(chunk));
  });
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(way.address() as AddressInfo).port}`;
}

function letGo(): void {
  holds = false;
  for (const [socket, chunks] of heldBack) for (const chunk of chunks) socket.write(chunk);
  heldBack.clear();
}

let api: TestApi;
const calling: WorkflowHandle[] = [];
beforeAll(async () => {
  api = await startTestApi({ environment: { TEMPORAL_ADDRESS: await openWay() } });
  await api.publish();
  await registerSearchAttributes(api.services.temporal, SEARCH_ATTRIBUTE_KEYS);
});
afterAll(async () => {
  for (const handle of calling) await handle.terminate();
  await api.close();
  for (const socket of sockets) socket.destroy();
  way.close();
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
  expect((await staff('GET', `/v1/staff/attempts/${attemptId}/story`)).body).toMatchObject({ needsAttention: true, isPartial: false });
});

it('while Temporal says nothing the records answer, and say that its calls are missing; then they are there again', async () => {
  const { attemptId } = await api.services.store.attempts.register({ subject: 'held-back', name: 'Held Back', examId: 'small' });
  await call(attemptWorkflowId(attemptId));
  const staff = api.as('sam', 'staff');
  const search = async () => (await staff('POST', '/v1/staff/attempt-searches', { text: 'held back' })).body;
  const story = async () => (await staff('GET', `/v1/staff/attempts/${attemptId}/story`)).body;
  await until(async () => (await search()).attempts[0].needsAttention === true || 'Temporal has not told yet');
  holds = true;
  await until(async () => (await search()).isPartial === true || 'what Temporal said before is fresh still');
  expect(await search()).toMatchObject({ attempts: [{ id: attemptId, phase: 'registered', needsAttention: false }], isPartial: true });
  expect(await story()).toMatchObject({ attempt: { phase: 'registered' }, needsAttention: false, isPartial: true });
  letGo();
  await until(async () => (await story()).isPartial === false || 'Temporal has not told yet');
  expect(await search()).toMatchObject({ attempts: [{ id: attemptId, needsAttention: true }], isPartial: false });
});
