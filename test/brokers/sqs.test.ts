import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startSqs } from '../../local/sqs.ts';
import { createCommandSource, createEventSink } from '../../platform/brokers/brokers.ts';
import type { CommandHandler, CommandSource } from '../../platform/brokers/command-source.ts';
import type { CloudEvent, EventSink } from '../../platform/brokers/event-sink.ts';
import { eventOf, recordingLogger, silentLogger, startedOrSkipped } from './support.ts';

const directory = await mkdtemp(join(tmpdir(), 'certifiable-sqs-'));
const service = await startedOrSkipped('SQS server (moto)', () => startSqs({ dataDirectory: directory, log: () => {} }));
const sqs = 'server' in service ? service.server : undefined;

const region = 'eu-central-1';
const secrets = { TEST_KEY_ID: 'test-key-id', TEST_KEY: 'very-secret' };
const credentials = { accessKeyId: { variable: 'TEST_KEY_ID' }, secretAccessKey: { variable: 'TEST_KEY' } };
const client = new SQSClient({
  region,
  endpoint: sqs?.endpoint ?? 'http://127.0.0.1:1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(async () => {
  client.destroy();
  await sqs?.stop();
  await rm(directory, { recursive: true, force: true });
});

type Kind = 'standard' | 'fifo';

async function newQueue(kind: Kind, attributes: Record<string, string> = {}): Promise<string> {
  const name = `queue-${randomUUID()}`;
  const fifo = { QueueName: `${name}.fifo`, Attributes: { FifoQueue: 'true', ...attributes } };
  const { QueueUrl } = await client.send(new CreateQueueCommand(kind === 'fifo' ? fifo : { QueueName: name, Attributes: attributes }));
  return QueueUrl ?? '';
}

async function sinkTo(queueUrl: string): Promise<EventSink> {
  const sink = await createEventSink({ name: 'sqs-test', kind: 'sqs', region, queueUrl, credentials }, secrets);
  closing.push(() => sink.close());
  return sink;
}

/** Takes messages off the queue until there are so many. */
async function take(queueUrl: string, count: number): Promise<Message[]> {
  const taken: Message[] = [];
  while (taken.length < count) {
    const command = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] };
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ ...command, MessageSystemAttributeNames: ['All'] }));
    for (const message of Messages) {
      taken.push(message);
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }
  return taken;
}

/** Visible and in flight. */
async function messagesLeft(queueUrl: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }));
  return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

const eventIn = (message: Message | undefined): CloudEvent => JSON.parse(message?.Body ?? '') as CloudEvent;
const attributesOf = (message: Message | undefined) =>
  Object.fromEntries(Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]));

describe.skipIf(!sqs)('events to a real SQS server (moto)', () => {
  it.each(['standard', 'fifo'] as const)('arrive whole in a %s queue, with type and source beside them', async (kind) => {
    const queueUrl = await newQueue(kind);
    const event = eventOf('attempt-1', 1);
    expect(await (await sinkTo(queueUrl)).send([event])).toEqual([{ kind: 'sent' }]);
    const [message] = await take(queueUrl, 1);
    expect(eventIn(message)).toEqual(event);
    expect(attributesOf(message)).toEqual({ type: event.type, source: event.source, 'content-type': 'application/cloudevents+json' });
    expect(message?.Attributes?.MessageGroupId).toBe(kind === 'fifo' ? 'attempt-1' : undefined);
  });

  it('keep their order within a key in a FIFO queue', async () => {
    const queueUrl = await newQueue('fifo');
    const sink = await sinkTo(queueUrl);
    const keys = Array.from({ length: 12 }, (_, index) => `attempt-${index}`);
    for (const sequence of [0, 1, 2]) await sink.send(keys.map((key) => eventOf(key, sequence)));
    const events = (await take(queueUrl, 36)).map(eventIn);
    for (const key of keys) {
      expect(events.filter(({ partitionkey }) => partitionkey === key).map(({ sequence }) => Number(sequence))).toEqual([0, 1, 2]);
    }
  });

  it('that are too large are rejected, and their neighbours sent', async () => {
    const queueUrl = await newQueue('fifo');
    const events = [
      eventOf('a', 1),
      eventOf('b', 1, 'x'.repeat(1_100_000)),
      eventOf('c', 1, 'x'.repeat(1_000_000)),
      eventOf('d', 1, 'x'.repeat(1_000_000)),
    ];
    const results = await (await sinkTo(queueUrl)).send(events);
    expect(results.map(({ kind }) => kind)).toEqual(['sent', 'rejected', 'sent', 'sent']);
    const ids = (await take(queueUrl, 3)).map((message) => eventIn(message).id);
    expect(new Set(ids)).toEqual(new Set([events[0]?.id, events[2]?.id, events[3]?.id]));
  });

  it('keep their id when sent again; a FIFO queue drops the repeat, a standard one leaves it to the consumer', async () => {
    const [standard, fifo] = [await newQueue('standard'), await newQueue('fifo')];
    const event = eventOf('a', 1);
    for (const queueUrl of [standard, fifo]) {
      await (await sinkTo(queueUrl)).send([event]);
      expect(await (await sinkTo(queueUrl)).send([event])).toEqual([{ kind: 'sent' }]);
    }
    expect(await messagesLeft(fifo)).toBe(1);
    expect((await take(standard, 2)).map((message) => eventIn(message).id)).toEqual([event.id, event.id]);
  });

  it('are none of them sent while the service is away, and go again through the same sink when it is back', async () => {
    const name = `queue-${randomUUID()}`;
    const { QueueUrl: queueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name }));
    const sink = await sinkTo(queueUrl);
    const event = eventOf('a', 1);
    await sqs?.kill();
    await expect(sink.send([event])).rejects.toThrow('sqs-test');
    await sqs?.start();
    // Its queues live in memory: the queue is made again.
    await client.send(new CreateQueueCommand({ QueueName: name }));
    expect(await sink.send([event])).toEqual([{ kind: 'sent' }]);
    expect(eventIn((await take(queueUrl, 1))[0]).id).toBe(event.id);
  });

  it('to a queue that is not there fail, without quoting the credentials', async () => {
    const sink = await sinkTo(`${sqs?.endpoint}/123456789012/no-such-queue`);
    const error = await sink.send([eventOf('a', 1)]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(/QueueDoesNotExist|NonExistentQueue/);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/very-secret|test-key-id/);
  });
});

describe.skipIf(!sqs)('commands from a real SQS server (moto)', () => {
  type Queues = { queueUrl: string; replyQueueUrl: string; deadLetterQueueUrl: string };
  const newQueues = async (kind: Kind, attributes: Record<string, string> = {}): Promise<Queues> => ({
    queueUrl: await newQueue(kind, attributes),
    replyQueueUrl: await newQueue('standard'),
    deadLetterQueueUrl: await newQueue(kind),
  });

  async function run(queues: Queues, handle: CommandHandler, logger = silentLogger()): Promise<CommandSource & { stopped: Promise<void> }> {
    const source = await createCommandSource({ name: 'commands', kind: 'sqs', region, credentials, ...queues }, { secrets, logger });
    const stopped = source.run(handle);
    closing.push(async () => {
      source.stop();
      await stopped;
    });
    return { ...source, stopped };
  }

  async function put(queueUrl: string, body: string, group = 'a'): Promise<void> {
    const fifo = { MessageGroupId: group, MessageDeduplicationId: randomUUID() };
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, ...(queueUrl.endsWith('.fifo') ? fifo : {}) }));
  }

  it.each(['standard', 'fifo'] as const)('of a %s queue are handled, answered, and gone', async (kind) => {
    const queues = await newQueues(kind);
    const seen: string[] = [];
    await run(queues, async ({ body }) => {
      seen.push(body);
      return { reply: { id: `reply-${body}`, source: 'urn:test', type: 'handled', partitionkey: body, correlationid: body } };
    });
    await put(queues.queueUrl, 'c-1', 'a');
    await put(queues.queueUrl, 'c-2', 'b');
    const replies = (await take(queues.replyQueueUrl, 2)).map((message) => JSON.parse(message.Body ?? '') as { correlationid: string });
    expect(replies.map(({ correlationid }) => correlationid).toSorted()).toEqual(['c-1', 'c-2']);
    await expect.poll(() => messagesLeft(queues.queueUrl), { timeout: 10_000 }).toBe(0);
    expect(seen.toSorted()).toEqual(['c-1', 'c-2']);
  });

  it.each(['standard', 'fifo'] as const)('of a %s queue come again when their handler throws, while others go on', async (kind) => {
    const queues = await newQueues(kind);
    const handled: string[] = [];
    await put(queues.queueUrl, 'bad', 'bad');
    for (const text of ['1', '2', '3']) await put(queues.queueUrl, text, text);
    await run(queues, async ({ body }) => {
      if (body === 'bad' && handled.length < 3) throw new Error('not yet');
      handled.push(body);
      return {};
    });
    await expect.poll(() => handled.length, { timeout: 60_000 }).toBe(4);
    expect(handled.at(-1)).toBe('bad');
    await expect.poll(() => messagesLeft(queues.queueUrl), { timeout: 10_000 }).toBe(0);
  });

  it.each(['standard', 'fifo'] as const)('of a %s queue that cannot be read go to the dead letters with reason and origin', async (kind) => {
    const queues = await newQueues(kind);
    await put(queues.queueUrl, 'no JSON');
    await run(queues, async () => ({ deadLetter: { reason: 'not a command' } }));
    const [letter] = await take(queues.deadLetterQueueUrl, 1);
    expect(letter?.Body).toBe('no JSON');
    expect(attributesOf(letter)).toMatchObject({
      'dead-letter-reason': 'not a command',
      'dead-letter-origin': expect.stringContaining('queue-') as unknown,
    });
    await expect.poll(() => messagesLeft(queues.queueUrl), { timeout: 10_000 }).toBe(0);
  });

  it('that are as large as SQS takes become dead letters all the same', async () => {
    const queues = await newQueues('standard');
    await put(queues.queueUrl, 'x'.repeat(1_048_576));
    await run(queues, async () => ({ deadLetter: { reason: 'not a command' } }));
    const [letter] = await take(queues.deadLetterQueueUrl, 1);
    expect(letter?.Body).toBe('left out: too large');
    expect(attributesOf(letter)).toMatchObject({ 'dead-letter-reason': 'not a command' });
  });

  it("whose handler always throws end where the queue's own redrive policy says, and the log says nothing of the message", async () => {
    const { logger, lines } = recordingLogger();
    const redriven = await newQueue('standard');
    const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl: redriven, AttributeNames: ['QueueArn'] }));
    const policy = JSON.stringify({ deadLetterTargetArn: Attributes['QueueArn'], maxReceiveCount: 1 });
    const queues = await newQueues('standard', { RedrivePolicy: policy });
    await put(queues.queueUrl, 'poison');
    await run(
      queues,
      async () => {
        throw new TypeError('Ada Example cannot be read');
      },
      logger,
    );
    expect((await take(redriven, 1))[0]?.Body).toBe('poison');
    expect(lines.join('\n')).toContain('comes again');
    expect(lines.join('\n')).not.toMatch(/Ada|very-secret/);
  });

  it('stay with a handler that takes longer than a message is lent for', async () => {
    const queues = await newQueues('standard');
    let handled = 0;
    await run(queues, async () => {
      handled += 1;
      // Longer than the 30 s of visibility: the time itself is what is tested.
      await sleep(33_000);
      return { reply: { id: 'late', source: 'urn:test', type: 'handled', partitionkey: 'a' } };
    });
    await put(queues.queueUrl, 'long');
    expect((await take(queues.replyQueueUrl, 1))[0]?.Body).toContain('late');
    await expect.poll(() => messagesLeft(queues.queueUrl), { timeout: 10_000 }).toBe(0);
    expect(handled).toBe(1);
  });

  it('stop while waiting for a message, at once', async () => {
    const source = await run(await newQueues('standard'), async () => ({}));
    source.stop();
    await source.stopped;
  });
});
