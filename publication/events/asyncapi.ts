import { cloudEventType } from './cloud-event.ts';
import { COMMAND_SCHEMAS, COMMAND_TYPES, commandType, REPLY_KINDS, REPLY_SCHEMAS, replyType } from './commands.ts';
import { EVENT_SCHEMAS, EVENT_TYPES } from './schemas.ts';
import { z } from 'zod';

/** The attributes that every event has, as JSON Schema; `type` and `data` are each kind's own. */
function envelope(type: string, data: Record<string, unknown>): Record<string, unknown> {
  const text = { type: 'string', minLength: 1 };
  return {
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'data'],
    properties: {
      specversion: { const: '1.0' },
      id: { ...text, description: 'The same for every delivery of it: drop what you have seen' },
      source: { type: 'string', format: 'uri' },
      type: { const: type },
      subject: { ...text, description: 'The record that it names' },
      time: { type: 'string', format: 'date-time' },
      datacontenttype: { const: 'application/json' },
      dataschema: { type: 'string', format: 'uri' },
      partitionkey: { ...text, description: 'What it is kept in order with: the attempt, or an imported certificate' },
      sequence: { type: 'string', pattern: '^\\d{20}$', description: 'Rises within one partition key, with gaps' },
      data,
    },
  };
}

/** The AsyncAPI 3.0 document of what we tell other systems and of what they may ask of us. */
export function asyncApiDocument({ publicUrl }: { publicUrl: string }): Record<string, unknown> {
  const events = EVENT_TYPES.map((type) => message(cloudEventType(type), EVENT_SCHEMAS[type]));
  const commands = COMMAND_TYPES.map((type) => message(commandType(type), COMMAND_SCHEMAS[type]));
  const replies = REPLY_KINDS.map((kind) => message(replyType(kind), REPLY_SCHEMAS[kind]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Certifiable events',
      version: '1',
      description:
        'CloudEvents 1.0 in the JSON format, at least once, in order within one partition key. They name records and carry no personal data: whoever may know more reads the record over the API.',
    },
    defaultContentType: 'application/cloudevents+json',
    channels: {
      events: {
        description: 'A Kafka topic, an SQS queue, an Event Grid topic or a webhook (Standard Webhooks), by configuration',
        messages: Object.fromEntries(events),
      },
      commands: { description: 'A Kafka topic or an SQS queue, by configuration', messages: Object.fromEntries(commands) },
      replies: { description: 'Beside the commands: one reply a command, the same for every repeat of it', messages: Object.fromEntries(replies) },
    },
    operations: {
      tell: { action: 'send', channel: { $ref: '#/channels/events' }, summary: `What ${publicUrl} tells` },
      obey: {
        action: 'receive',
        channel: { $ref: '#/channels/commands' },
        reply: { channel: { $ref: '#/channels/replies' } },
        summary: 'What other systems may ask for',
      },
    },
  };
}

function message(name: string, { summary, data }: { summary: string; data: z.ZodType }): [string, object] {
  // The dialect that every tool of AsyncAPI knows.
  const { $schema: _, ...schema } = z.toJSONSchema(data, { target: 'draft-7', io: 'input' });
  const payload = { schemaFormat: 'application/schema+json;version=draft-07', schema: envelope(name, schema) };
  return [name, { name, title: summary, contentType: 'application/cloudevents+json', payload }];
}
