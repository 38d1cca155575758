import { brokerError } from './describe-error.ts';
import { CLOUD_EVENT_CONTENT_TYPE, type CloudEvent, type EventSink } from './event-sink.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { createKafkaSender, type KafkaRecord } from './kafka-sender.ts';

/** CloudEvents' Kafka binding in structured mode; the partition key is the record's key, so that a key keeps its partition. */
export function createKafkaSink({ name, topic, connection }: { name: string; topic: string; connection: KafkaConnection }): EventSink {
  const sender = createKafkaSender(connection);
  return {
    name,
    close: () => sender.close(),
    async send(events) {
      try {
        return await sender.send(events.map((event) => recordOf(event, topic)));
      } catch (error) {
        throw brokerError(name, error);
      }
    },
  };
}

function recordOf(event: CloudEvent, topic: string): KafkaRecord {
  return {
    topic,
    key: event.partitionkey,
    value: Buffer.from(JSON.stringify(event)),
    headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE },
  };
}
