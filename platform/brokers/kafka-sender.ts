import { Producer } from '@platformatic/kafka';
import { intoBatches } from './batches.ts';
import { describeError, errorsWithin } from './describe-error.ts';
import type { SendResult } from './event-sink.ts';
import { inTime } from './in-time.ts';
import type { KafkaConnection } from './kafka-connection.ts';

export type KafkaRecord = {
  readonly topic: string;
  /** Without a key any partition will do. */
  readonly key?: string | undefined;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
};

export type KafkaSender = {
  /** As EventSink.send; one call at a time goes to the broker, the next waits. */
  readonly send: (records: readonly KafkaRecord[]) => Promise<readonly SendResult[]>;
  readonly close: () => Promise<void>;
};

/** A request may hold 1 MiB a partition by the broker's default; half of it stays clear of that limit with all headers. */
const batchLimits = { maxCount: 1000, maxBytes: 512 * 1024 };
/** A larger one goes alone: a broker that finds it too large refuses the partition's whole batch, which would be its neighbours. */
const aloneFromBytes = 64 * 1024;
const sendSeconds = 30;
const closeSeconds = 5;
const neverTaken = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

/**
 * Sends records with acks=all as an idempotent producer, so that a request repeated inside the client is written once.
 * After an error the broker and the client may disagree about the sequence numbers used, and the broker would take the
 * next batch for a repeat and drop it with a success: the producer is thrown away, and a new one starts afresh.
 */
export function createKafkaSender(connection: KafkaConnection): KafkaSender {
  let producer: KafkaProducer | undefined;
  let lastCall: Promise<unknown> = Promise.resolve();

  const dismiss = async (): Promise<void> => {
    const dismissed = producer;
    producer = undefined;
    if (dismissed) await inTime(dismissed.close(), closeSeconds).catch(() => {});
  };

  const produce = async (records: readonly KafkaRecord[]): Promise<void> => {
    producer ??= createProducer(connection);
    const messages = records.map(({ topic, key, value, headers }) => ({ topic, value, headers, ...(key === undefined ? {} : { key }) }));
    try {
      await inTime(producer.send({ messages }), sendSeconds);
    } catch (error) {
      await dismiss();
      throw error;
    }
  };

  /** A batch that holds something the broker will never take is halved until that one is alone. */
  const sendBatch = async (records: readonly KafkaRecord[]): Promise<readonly SendResult[]> => {
    try {
      await produce(records);
      return records.map(() => ({ kind: 'sent' }));
    } catch (error) {
      const refusal = [...errorsWithin(error)].find((one) => 'apiId' in one && neverTaken.has(String(one.apiId)));
      if (!refusal) throw error;
      if (records.length === 1) return [{ kind: 'rejected', reason: describeError(refusal) }];
      const half = Math.ceil(records.length / 2);
      return [...(await sendBatch(records.slice(0, half))), ...(await sendBatch(records.slice(half)))];
    }
  };

  const sendAll = async (records: readonly KafkaRecord[]): Promise<readonly SendResult[]> => {
    const results: SendResult[] = [];
    for (const batch of intoBatches(records.map(measured), batchLimits)) results.push(...(await sendBatch(batch.map(({ record }) => record))));
    return results;
  };

  return {
    send(records) {
      const call = lastCall.then(() => sendAll(records));
      lastCall = call.catch(() => {});
      return call;
    },
    async close() {
      await lastCall;
      await dismiss();
    },
  };
}

function measured(record: KafkaRecord): { record: KafkaRecord; sizeBytes: number } {
  const { key, value, headers } = record;
  const sizeBytes = value.length + Buffer.byteLength(key ?? '') + Buffer.byteLength(JSON.stringify(headers));
  return { record, sizeBytes: sizeBytes < aloneFromBytes ? sizeBytes : Infinity };
}

type KafkaProducer = ReturnType<typeof createProducer>;

function createProducer(connection: KafkaConnection) {
  const text = (value?: string) => (value === undefined ? undefined : Buffer.from(value));
  return new Producer<string, Buffer, string, string>({
    ...connection,
    idempotent: true,
    // Through a change of leader; a longer absence is the caller's business.
    retries: 3,
    retryDelay: 500,
    timeout: 10_000,
    serializers: { key: text, value: (value) => value, headerKey: text, headerValue: text },
  });
}
