import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Consumer, type Message } from '@platformatic/kafka';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startKafka } from '../../local/kafka.ts';
import { createCommandSource, createEventSink } from '../../platform/brokers/brokers.ts';
import type { CommandHandler, CommandSource } from '../../platform/brokers/command-source.ts';
import type { CloudEvent, EventSink } from '../../platform/brokers/event-sink.ts';
import { createKafkaConnection } from '../../platform/brokers/kafka-connection.ts';
import { createKafkaSender, type KafkaSender } from '../../platform/brokers/kafka-sender.ts';
import { eventOf, recordingLogger, silentLogger, startedOrSkipped } from './support.ts';

const directory = await mkdtemp(join(tmpdir(), 'certifiable-kafka-'));
const broker = await startedOrSkipped('Kafka broker', () => startKafka({ dataDirectory: directory, log: () => {} }));
const kafka = 'server' in broker ? broker.server : undefined;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await kafka?.stop();
  await rm(directory, { recursive: true, force: true });
});

const connectionSettings = () => ({ bootstrapServers: kafka?.bootstrapServers ?? '', tls: false });

async function newTopic(configs: Record<string, string> = {}): Promise<string> {
  const name = `topic-${randomUUID()}`;
  await kafka?.createTopic({ name, partitions: 3, configs });
  return name;
}

async function sinkTo(topic: string): Promise<EventSink> {
  const sink = await createEventSink({ name: 'kafka-test', kind: 'kafka', topic, ...connectionSettings() }, {});
  closing.push(() => sink.close());
  return sink;
}

async function newSender(): Promise<KafkaSender> {
  const sender = createKafkaSender(await createKafkaConnection(connectionSettings(), {}));
  closing.push(() => sender.close());
  return sender;
}

/** The topic's records from the first on, by partition in their order, until one of them is said to be the last. */
async function readUntil(topic: string, isLast: (message: Message) => boolean): Promise<void> {
  const consumer = new Consumer({ clientId: 'test', groupId: randomUUID(), bootstrapBrokers: [kafka?.bootstrapServers ?? ''] });
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false, maxWaitTime: 200 });
  for await (const message of stream) if (isLast(message)) break;
  await Promise.resolve(consumer.close(true));
}

async function read(topic: string, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  await readUntil(topic, (message) => messages.push(message) >= count);
  return messages;
}

const bodyOf = (message: Message | undefined): CloudEvent => JSON.parse(String(message?.value)) as CloudEvent;
const headersOf = (message: Message | undefined) =>
  Object.fromEntries([...(message?.headers ?? [])].map(([name, value]) => [String(name), String(value)]));

describe.skipIf(!kafka)('events to a real Kafka broker', () => {
  it('arrive whole, under their key, marked as CloudEvents', async () => {
    const topic = await newTopic();
    const event = eventOf('attempt-1', 1);
    expect(await (await sinkTo(topic)).send([event])).toEqual([{ kind: 'sent' }]);
    const [message] = await read(topic, 1);
    expect(bodyOf(message)).toEqual(event);
    expect(String(message?.key)).toBe('attempt-1');
    expect(headersOf(message)).toEqual({ 'content-type': 'application/cloudevents+json' });
  });

  it('keep their order within a key, over calls', async () => {
    const topic = await newTopic();
    const sink = await sinkTo(topic);
    const keys = Array.from({ length: 20 }, (_, index) => `attempt-${index}`);
    const rounds = Array.from({ length: 5 }, (_, sequence) => sequence);
    await Promise.all(rounds.map((sequence) => sink.send(keys.map((key) => eventOf(key, sequence)))));
    const events = (await read(topic, 100)).map(bodyOf);
    for (const key of keys) {
      const sequences = events.filter((event) => event.partitionkey === key).map((event) => Number(event.sequence));
      expect(sequences).toEqual(rounds);
    }
  });

  it('that are too large are rejected, and their neighbours sent once', async () => {
    const topic = await newTopic();
    const [before, large, after] = [eventOf('a', 1), eventOf('b', 1, 'x'.repeat(2_000_000)), eventOf('a', 2)];
    const sink = await sinkTo(topic);
    const results = await sink.send([before, large, after]);
    expect(results.map(({ kind }) => kind)).toEqual(['sent', 'rejected', 'sent']);
    expect(results[1]).toMatchObject({ reason: expect.stringMatching(/larger|large/i) as unknown });
    const end = eventOf('a', 3);
    await sink.send([end]);
    const ids = (await read(topic, 3)).map((message) => bodyOf(message).id);
    expect(ids).toEqual([before.id, after.id, end.id]);
  });

  it('are found one by one when the topic takes less than a batch', async () => {
    const topic = await newTopic({ 'max.message.bytes': '2000' });
    const events = Array.from({ length: 8 }, (_, index) => eventOf('a', index, index === 5 ? 'x'.repeat(3000) : ''));
    const results = await (await sinkTo(topic)).send(events);
    expect(results.map(({ kind }) => kind)).toEqual(['sent', 'sent', 'sent', 'sent', 'sent', 'rejected', 'sent', 'sent']);
    const ids = (await read(topic, 7)).map((message) => bodyOf(message).id);
    expect(ids).toEqual(events.filter((_, index) => index !== 5).map(({ id }) => id));
  });

  it('are none of them sent while the broker is away, and go again through the same sink when it is back', async () => {
    const topic = await newTopic();
    const sink = await sinkTo(topic);
    const [first, second, third] = [eventOf('a', 1), eventOf('a', 2), eventOf('a', 3)];
    await sink.send([first]);
    await kafka?.stop();
    await expect(sink.send([second])).rejects.toThrow('kafka-test');
    await kafka?.start();
    expect(await sink.send([second])).toEqual([{ kind: 'sent' }]);
    expect(await sink.send([third])).toEqual([{ kind: 'sent' }]);
    const ids = (await read(topic, 3)).map((message) => bodyOf(message).id);
    expect(new Set(ids)).toEqual(new Set([first.id, second.id, third.id]));
  });

  it('of many partitions with a too large one among them are all written, and so is what follows', async () => {
    const topic = await newTopic({ 'max.message.bytes': '4000' });
    const sink = await sinkTo(topic);
    const sent: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const events = Array.from({ length: 9 }, (_, index) => eventOf(`attempt-${index}`, round, index === 4 ? 'x'.repeat(5000) : ''));
      const results = await sink.send(events);
      expect(results.map(({ kind }) => kind)).toEqual(events.map((_, index) => (index === 4 ? 'rejected' : 'sent')));
      sent.push(...events.filter((_, index) => index !== 4).map(({ id }) => id));
    }
    const last = eventOf('last', 1);
    await sink.send([last]);
    const found = new Set<string>();
    await readUntil(topic, (message) => found.add(bodyOf(message).id).has(last.id) && found.size > sent.length);
    expect(found).toEqual(new Set([...sent, last.id]));
  });

  it('keep their id when a process that died before it could record them sends them again', async () => {
    const topic = await newTopic();
    const event = eventOf('a', 1);
    await (await sinkTo(topic)).send([event]);
    await (await sinkTo(topic)).send([event]);
    expect((await read(topic, 2)).map((message) => bodyOf(message).id)).toEqual([event.id, event.id]);
  });

  it('to a topic that is not there fail, and say which', async () => {
    const sink = await sinkTo('no-such-topic');
    await expect(sink.send([eventOf('a', 1)])).rejects.toThrow(/no-such-topic/);
  });
});

describe.skipIf(!kafka)('commands from a real Kafka broker', () => {
  type Topics = { topic: string; replyTopic: string; deadLetterTopic: string; groupId: string };
  const newTopics = async (): Promise<Topics> => {
    const [topic, replyTopic, deadLetterTopic] = await Promise.all([newTopic(), newTopic(), newTopic()]);
    return { topic, replyTopic, deadLetterTopic, groupId: randomUUID() };
  };

  /** Runs until stopped, at the latest when the test ends. */
  async function run(topics: Topics, handle: CommandHandler, logger = silentLogger()): Promise<CommandSource & { stopped: Promise<void> }> {
    const source = await createCommandSource(
      { name: 'commands', kind: 'kafka', ...topics, giveUpSeconds: 1, ...connectionSettings() },
      { secrets: {}, logger },
    );
    const stopped = source.run(handle);
    closing.push(async () => {
      source.stop();
      await stopped;
    });
    return { ...source, stopped };
  }

  const command = (topic: string, key: string, text: string) => ({ topic, key, value: Buffer.from(text), headers: { 'reply-to': 'sender' } });

  it('are handled, answered under the key of the reply, and not handled again', async () => {
    const topics = await newTopics();
    const sender = await newSender();
    await sender.send([command(topics.topic, 'a', '{"id":"c-1"}'), command(topics.topic, 'b', '{"id":"c-2"}')]);
    const seen: string[] = [];
    const first = await run(topics, async ({ body }) => {
      seen.push(body);
      const { id } = JSON.parse(body) as { id: string };
      return { reply: { id: `reply-${id}`, source: 'urn:test', type: 'handled', partitionkey: id, correlationid: id } };
    });
    const replies = await read(topics.replyTopic, 2);
    expect(
      replies
        .map((reply) => bodyOf(reply))
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['reply-c-1', 'reply-c-2']);
    expect(replies.map((reply) => String(reply.key)).toSorted()).toEqual(['c-1', 'c-2']);
    first.stop();
    await first.stopped;
    await run(topics, async ({ body }) => {
      seen.push(body);
      return {};
    });
    await sender.send([command(topics.topic, 'a', 'third'), command(topics.topic, 'b', 'fourth')]);
    await expect.poll(() => seen.toSorted(), { timeout: 30_000 }).toEqual(['fourth', 'third', '{"id":"c-1"}', '{"id":"c-2"}']);
  });

  it('come again when their handler throws, in order within the key, while other keys go on', async () => {
    const topics = await newTopics();
    const sender = await newSender();
    const keys = Array.from({ length: 10 }, (_, index) => `key-${index}`);
    await sender.send([
      command(topics.topic, 'bad', 'bad 1'),
      command(topics.topic, 'bad', 'bad 2'),
      ...keys.map((key) => command(topics.topic, key, key)),
    ]);
    const handled: string[] = [];
    let failures = 0;
    await run(topics, async ({ body }) => {
      if (body === 'bad 1' && handled.length < keys.length) {
        failures += 1;
        throw new Error('not yet');
      }
      handled.push(body);
      return {};
    });
    await expect.poll(() => handled.length, { timeout: 60_000 }).toBe(12);
    expect(failures).toBeGreaterThan(0);
    expect(handled.slice(0, 10).toSorted()).toEqual(keys.toSorted());
    expect(handled.slice(10)).toEqual(['bad 1', 'bad 2']);
  });

  it('that cannot be read go to the dead letters, whole, with reason and origin', async () => {
    const topics = await newTopics();
    await (await newSender()).send([command(topics.topic, 'a', 'no JSON')]);
    await run(topics, async () => ({ deadLetter: { reason: 'not a command' } }));
    const [letter] = await read(topics.deadLetterTopic, 1);
    expect(String(letter?.value)).toBe('no JSON');
    expect(String(letter?.key)).toBe('a');
    expect(headersOf(letter)).toMatchObject({
      'reply-to': 'sender',
      'dead-letter-reason': 'not a command',
      'dead-letter-origin': expect.stringContaining(topics.topic) as unknown,
    });
  });

  it('that are not UTF-8 go to the dead letters with their bytes, and are not guessed at', async () => {
    const topics = await newTopics();
    const bytes = Buffer.from('{"value":"Schlüssel"}', 'latin1');
    await (await newSender()).send([{ ...command(topics.topic, 'a', ''), value: bytes }]);
    await run(topics, async () => {
      throw new TypeError('nobody is asked');
    });
    const [letter] = await read(topics.deadLetterTopic, 1);
    expect(letter?.value).toEqual(bytes);
    expect(headersOf(letter)).toMatchObject({ 'dead-letter-reason': 'it is not UTF-8' });
  });

  it('that are as large as the broker takes become dead letters all the same', async () => {
    const topics = await newTopics();
    await (await newSender()).send([command(topics.topic, 'a', 'x'.repeat(1_048_400))]);
    await run(topics, async () => ({ deadLetter: { reason: 'a long story '.repeat(20) } }));
    const [letter] = await read(topics.deadLetterTopic, 1);
    expect(headersOf(letter)).toMatchObject({ 'dead-letter-body': 'left out: too large' });
  });

  it('whose handler always throws become dead letters once others were handled in between, and say nothing of the message', async () => {
    const topics = await newTopics();
    const sender = await newSender();
    const { logger, lines } = recordingLogger();
    await sender.send([command(topics.topic, 'poison', 'poison')]);
    let attempts = 0;
    await run(
      topics,
      async ({ body }) => {
        if (body !== 'poison') return {};
        attempts += 1;
        await sender.send([command(topics.topic, `other-${attempts}`, 'other')]);
        throw new TypeError('Ada Example cannot be read');
      },
      logger,
    );
    const [letter] = await read(topics.deadLetterTopic, 1);
    expect(String(letter?.value)).toBe('poison');
    expect(headersOf(letter)['dead-letter-reason']).toMatch(/^handling it failed \d+ times: TypeError$/);
    expect(lines.join('\n')).toContain('tried again');
    expect(lines.join('\n')).not.toContain('Ada');
  });

  it('under way when the process is killed are handled by the next one', async () => {
    const topics = await newTopics();
    await (await newSender()).send([command(topics.topic, 'a', 'one')]);
    const settings = { name: 'commands', kind: 'kafka', ...topics, giveUpSeconds: 1, ...connectionSettings() };
    const program = `
      const { createCommandSource } = await import(${JSON.stringify(new URL('../../platform/brokers/brokers.ts', import.meta.url).href)});
      const logger = { warn() {} };
      const source = await createCommandSource(${JSON.stringify(settings)}, { secrets: {}, logger });
      await source.run(({ body }) => { console.log(body); return new Promise(() => {}); });
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    expect(String(await once(child.stdout, 'data'))).toBe('one\n');
    child.kill('SIGKILL');
    const seen: string[] = [];
    await run(topics, async ({ body }) => {
      seen.push(body);
      return {};
    });
    await expect.poll(() => seen, { timeout: 60_000 }).toEqual(['one']);
  });

  it('are shared by two processes, and none is lost when one joins or leaves', async () => {
    const topics = await newTopics();
    const sender = await newSender();
    const seen = { first: new Set<string>(), second: new Set<string>() };
    const handlerOf = (who: 'first' | 'second'): CommandHandler => {
      return async ({ body }) => {
        seen[who].add(body);
        return {};
      };
    };
    let count = 0;
    const sendSome = async () => {
      const texts = Array.from({ length: 6 }, () => `command ${(count += 1)}`);
      await sender.send(texts.map((text) => command(topics.topic, text, text)));
      return count;
    };
    await run(topics, handlerOf('first'));
    await expect.poll(async () => (await sendSome()) > 0 && seen.first.size, { timeout: 60_000 }).toBeGreaterThan(0);
    const second = await run(topics, handlerOf('second'));
    await expect.poll(async () => (await sendSome()) > 0 && seen.second.size, { timeout: 60_000 }).toBeGreaterThan(0);
    second.stop();
    await sendSome();
    await second.stopped;
    await sendSome();
    await expect.poll(() => new Set([...seen.first, ...seen.second]).size, { timeout: 60_000 }).toBe(count);
  });

  it('go on when the broker was away', async () => {
    const topics = await newTopics();
    const sender = await newSender();
    const seen: string[] = [];
    await run(topics, async ({ body }) => {
      seen.push(body);
      return {};
    });
    await sender.send([command(topics.topic, 'a', 'before')]);
    await expect.poll(() => seen, { timeout: 60_000 }).toContain('before');
    await kafka?.kill();
    await kafka?.start();
    await sender.send([command(topics.topic, 'a', 'after')]).catch(() => sender.send([command(topics.topic, 'a', 'after')]));
    await expect.poll(() => seen, { timeout: 90_000 }).toContain('after');
  });
});
