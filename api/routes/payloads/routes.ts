import { z } from 'zod';
import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import type { Services } from '../../services.ts';

/** What Temporal takes as one payload (2 MiB), in base64 and with some room: its tools ask about the payloads of one event at a time. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;
const PAYLOADS_MAX = 1000;

/** As Protocol Buffers write it in JSON. What else is in one belongs to Temporal, and is not ours to refuse. */
const payload = z.object({ metadata: z.record(z.string(), z.base64()).optional(), data: z.base64().optional() }).meta({ id: 'TemporalPayload' });
const payloads = z.object({ payloads: z.array(payload).max(PAYLOADS_MAX) }).meta({ id: 'TemporalPayloads' });
type Payload = z.output<typeof payload>;

/** Temporal's codec server: its UI and CLI have what they show decrypted here, and what staff type there encrypted (docs/payloads.md). */
export function payloadRoutes({ payloadCodec: codec }: Services): readonly Route[] {
  const common = {
    method: 'post',
    tag: 'Staff',
    roles: STAFF_READERS,
    isReading: true,
    body: payloads,
    bodyBytesMax: BODY_BYTES_MAX,
    answers: { 200: { description: 'In the same order', body: payloads } },
  } as const;
  return [
    route({
      ...common,
      operationId: 'decodePayloads',
      path: '/v1/temporal/codec/decode',
      summary: 'Decrypt payloads of Temporal, for its UI and CLI',
      description: 'What no key opens comes back as it was.',
    }).handledBy(async ({ body }) => {
      const decoded = await Promise.all(body.payloads.map(async (one) => (await codec.decode([bytesOf(one)]).catch(() => undefined))?.[0]));
      return { status: 200, body: { payloads: decoded.map((one, index) => (one ? textOf(one) : (body.payloads[index] ?? {}))) } };
    }),
    route({
      ...common,
      operationId: 'encodePayloads',
      path: '/v1/temporal/codec/encode',
      summary: 'Encrypt payloads as Temporal is to keep them, for its UI and CLI',
    }).handledBy(async ({ body }) => ({ status: 200, body: { payloads: (await codec.encode(body.payloads.map(bytesOf))).map(textOf) } })),
  ];
}

type Bytes = Parameters<Services['payloadCodec']['encode']>[0][number];

function bytesOf({ metadata = {}, data }: Payload): Bytes {
  const named = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
  return { metadata: Object.fromEntries(named), ...(data === undefined ? {} : { data: Buffer.from(data, 'base64') }) };
}

function textOf({ metadata, data }: Bytes): Payload {
  const named = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')] as const);
  return { metadata: Object.fromEntries(named), ...(data ? { data: Buffer.from(data).toString('base64') } : {}) };
}
