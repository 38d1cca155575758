import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../logging.ts';
import { currentTraceparent, inSpan, withTraceparent } from './spans.ts';
import { startTracing, tracingIsOn, type Tracing } from './tracing.ts';

// A collector that takes connections and never answers: worse than one that is away.

const lines: string[] = [];
const logger = createLogger({ level: 'info', service: 'test', destination: { write: (line: string) => void lines.push(line) } });
const settings = { service: 'test', build: 'b1', logger };
let mute: Server;
let tracing: Tracing;

beforeAll(async () => {
  mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
});

afterEach(() => mute.closeAllConnections());

it('off, a span is nothing but the work in it', async () => {
  const off = { OTEL_EXPORTER_OTLP_ENDPOINT: undefined, OTEL_TRACES_SAMPLER_ARG: 1, OTEL_SERVICE_NAME: undefined };
  tracing = await startTracing({ config: off, ...settings });
  expect(tracingIsOn()).toBe(false);
  expect(await inSpan('work', {}, async () => currentTraceparent() ?? 'no trace')).toBe('no trace');
  await tracing.shutdown();
});

it('a collector that never answers holds up neither the work nor the end, and costs a bounded number of spans', async () => {
  const endpoint = `http://user:secret@127.0.0.1:${(mute.address() as AddressInfo).port}/`;
  const config = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: 0.5, OTEL_SERVICE_NAME: undefined };
  tracing = await startTracing({ config, ...settings });
  const workBeganAt = performance.now();
  for (let count = 0; count < 20_000; count += 1) await inSpan('work', {}, async () => undefined);
  expect(performance.now() - workBeganAt).toBeLessThan(5000);
  const endBeganAt = performance.now();
  await tracing.shutdown();
  expect(performance.now() - endBeganAt).toBeLessThan(3000);
  expect(lines.join('\n')).toContain('traces are sent');
  expect(lines.join('\n')).not.toContain('secret');
});

it('whether a trace is recorded hangs on its id and the ratio alone, whatever the caller asks for', async () => {
  const sampled = async (traceId: string, flags: string) =>
    withTraceparent(`00-${traceId}-00000000000000aa-${flags}`, () => inSpan('work', {}, async () => currentTraceparent()?.endsWith('01') === true));
  const ids = Array.from({ length: 400 }, () => crypto.randomUUID().replaceAll('-', ''));
  const first = await Promise.all(ids.map((id) => sampled(id, '01')));
  expect(await Promise.all(ids.map((id) => sampled(id, '01')))).toEqual(first);
  expect(first.filter(Boolean).length).toBeGreaterThan(120);
  expect(first.filter(Boolean).length).toBeLessThan(280);
  expect(await Promise.all(ids.map((id) => sampled(id, '00')))).not.toContain(true);
});
