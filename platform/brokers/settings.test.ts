import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSecret } from './secrets.ts';
import { commandSourcesShape, eventSinksShape } from './settings.ts';

const schema = z.object({ ...eventSinksShape({ takenNames: ['register'] }), ...commandSourcesShape });
const kafka = { name: 'kafka-main', kind: 'kafka', bootstrapServers: 'a.example:9092,b.example:9092', topic: 'certifiable.events' };
const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/commands.fifo';
const sqs = { name: 'sqs-main', kind: 'sqs', region: 'eu-central-1', queueUrl };
const grid = { name: 'grid', kind: 'event-grid', endpoint: 'https://topic.westeurope-1.eventgrid.azure.net/api/events' };

const sinks = (...list: unknown[]) => schema.safeParse({ EVENT_SINKS: JSON.stringify(list) });
const problem = (result: ReturnType<typeof schema.safeParse>) =>
  result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n') ?? '';

describe('the settings of brokers', () => {
  it('without the variables there are none', () => {
    expect(schema.parse({})).toEqual({ EVENT_SINKS: [], COMMAND_SOURCES: [] });
  });

  it('take several sinks of every kind at once', () => {
    expect(sinks(kafka, sqs, grid).data?.EVENT_SINKS.map(({ kind }) => kind)).toEqual(['kafka', 'sqs', 'event-grid']);
  });

  it('say which companion of a kind is missing, under the name of the variable', () => {
    expect(problem(sinks({ ...kafka, topic: undefined }))).toMatch(/^EVENT_SINKS: 0\.topic: /);
    expect(problem(sinks(kafka, { ...sqs, queueUrl: undefined }))).toMatch(/^EVENT_SINKS: 1\.queueUrl: /);
    const source = schema.safeParse({ COMMAND_SOURCES: JSON.stringify([{ ...kafka, groupId: 'g', replyTopic: 'replies' }]) });
    expect(problem(source)).toMatch(/^COMMAND_SOURCES: 0\.deadLetterTopic: /);
  });

  it('refuse two brokers of one name', () => {
    expect(problem(sinks(kafka, { ...sqs, name: 'kafka-main' }))).toBe('EVENT_SINKS: 1.name: "kafka-main" is taken by another');
  });

  it('refuse what they do not know, and say so', () => {
    expect(problem(sinks({ ...kafka, password: 'x' }))).toContain('password');
    expect(problem(sinks({ ...kafka, kind: 'rabbit' }))).toContain('0.kind');
  });

  it('refuse to send a password over an open line', () => {
    const sasl = { mechanism: 'SCRAM-SHA-512', username: { variable: 'KAFKA_USER' }, password: { file: '/run/secrets/kafka' } };
    expect(problem(sinks({ ...kafka, sasl }))).toContain('0.tls');
    expect(sinks({ ...kafka, sasl, tls: true }).success).toBe(true);
    expect(problem(sinks({ ...sqs, queueUrl: 'http://sqs.example/1/q' }))).toContain('https://');
    expect(sinks({ ...sqs, queueUrl: 'http://127.0.0.1:4566/1/q' }).success).toBe(true);
  });

  it('never quote a value that is no JSON, or a password that stands in an address', () => {
    expect(problem(schema.safeParse({ EVENT_SINKS: '[{"password": "very-secret"' }))).not.toContain('very-secret');
    expect(problem(sinks({ ...grid, endpoint: 'https://user:very-secret@example.com/' }))).toMatch(/^(?!.*very-secret).*without a user/);
    expect(problem(sinks({ ...kafka, sasl: { mechanism: 'PLAIN', username: 'ada', password: 'very-secret' } }))).not.toContain('very-secret');
  });

  it('want the queues of a source on one host', () => {
    const source = { ...sqs, replyQueueUrl: queueUrl, deadLetterQueueUrl: 'https://sqs.us-east-1.amazonaws.com/1/dead' };
    expect(problem(schema.safeParse({ COMMAND_SOURCES: JSON.stringify([source]) }))).toBe(
      'COMMAND_SOURCES: 0.deadLetterQueueUrl: must be on the host of queueUrl',
    );
  });
});

describe('a secret', () => {
  it('comes from the variable, or from the file without its last line break', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'certifiable-secret-')), 'secret');
    await writeFile(file, 'from file\n');
    expect(await readSecret({ variable: 'KEY' }, { KEY: 'from variable' })).toBe('from variable');
    expect(await readSecret({ file }, {})).toBe('from file');
  });

  it('that is missing is named', async () => {
    await expect(readSecret({ variable: 'KEY' }, {})).rejects.toThrow('KEY is not set');
    await expect(readSecret({ file: '/no/such/file' }, {})).rejects.toThrow('/no/such/file');
  });
});
