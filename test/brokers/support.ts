import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { MissingRequirement } from '../../local/missing-requirement.ts';
import type { CloudEvent } from '../../platform/brokers/event-sink.ts';
import type { Logger } from '../../platform/logging.ts';

/** An event of the key; names of every script are in it, as a consumer must get them back. */
export function eventOf(partitionkey: string, sequence: number, padding = ''): CloudEvent {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: 'https://certifiable.example/attempts',
    type: 'com.certifiable.attempt.submitted.v1',
    subject: partitionkey,
    time: '2026-11-22T21:00:00.123Z',
    datacontenttype: 'application/json',
    dataschema: 'https://certifiable.example/schemas/attempt-submitted.v1.json',
    partitionkey,
    sequence: String(sequence).padStart(20, '0'),
    data: { attemptId: partitionkey, note: "Ünïcode, 日本語, العربية, 🎓 and O'Brien\u0001\uFFFE", padding },
  };
}

export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}

/** What a logger wrote, for tests of what it must not. */
export function recordingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  return { logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }), lines };
}

/** The started server, or, where the machine lacks what it needs, the reason; the tests then say that they are skipped. */
export async function startedOrSkipped<Server>(what: string, start: () => Promise<Server>): Promise<{ server: Server } | { skipped: string }> {
  try {
    return { server: await start() };
  } catch (error) {
    if (!(error instanceof MissingRequirement)) throw error;
    console.warn(`SKIPPED: tests against a real ${what}: ${error.message}`);
    return { skipped: error.message };
  }
}
