import { z } from 'zod';
import { EVENT_TYPES } from '../../../publication/events/schemas.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { givenInstant, instant, uuid } from '../../schemas.ts';

export const sinkParams = z.object({ sink: text(TEXTS.key) });
export const asideParams = sinkParams.extend({ eventId: uuid });

const eventType = z.enum(EVENT_TYPES as [(typeof EVENT_TYPES)[number]]);

const sink = z
  .object({
    name: z.string(),
    kind: z.enum(['register', 'broker', 'webhook']),
    url: z.string().nullable(),
    types: z.array(z.string()).meta({ description: 'Empty: all' }),
    pending: z.number().int().meta({ description: 'Events that it has yet to take' }),
    oldestAgeSeconds: z.number(),
    aside: z.number().int().meta({ description: 'Events that it will never take, until somebody tries them again' }),
    problem: z.string().nullable().meta({ description: 'Why it takes nothing at the moment' }),
  })
  .meta({ id: 'EventSink' });

export const sinkList = z.object({ sinks: z.array(sink) });

export const webhook = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes, at most 63')
      .meta({ example: 'licensing-board' }),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an https:// URL' })
      .max(2000)
      .regex(/^[^\s\p{C}]*$/u, 'has a blank or a character that nobody sees'),
    types: z.array(eventType).default([]).meta({ description: 'Empty: all' }),
  })
  .meta({ id: 'Webhook' });

export const webhookSecret = z
  .object({ name: z.string(), secret: z.string().meta({ description: 'Verifies the signatures (Standard Webhooks). It is shown this once.' }) })
  .meta({ id: 'WebhookSecret' });

export const asideList = z.object({
  events: z.array(
    z
      .object({
        sink: z.string(),
        eventId: uuid,
        type: z.string(),
        key: uuid,
        time: instant,
        tries: z.number().int(),
        problem: z.string().nullable(),
      })
      .meta({ id: 'AsideEvent' }),
  ),
});

export const replay = z.strictObject({ since: givenInstant }).meta({ id: 'Replay' });
export const replayed = z.object({ events: z.number().int() });
