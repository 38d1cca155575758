import type { SQSClient } from '@aws-sdk/client-sqs';
import { brokerError } from './describe-error.ts';
import { CLOUD_EVENT_CONTENT_TYPE, type CloudEvent, type EventSink } from './event-sink.ts';
import { createSqsSender, sqsJson, type SqsMessage } from './sqs-sender.ts';

/** The event is the message's body; in a FIFO queue its key is the group. A standard queue may reorder: consumers look at `sequence`. */
export function createSqsSink({ name, queueUrl, client }: { name: string; queueUrl: string; client: SQSClient }): EventSink {
  const send = createSqsSender(client);
  return {
    name,
    close: async () => client.destroy(),
    async send(events) {
      try {
        return await send(queueUrl, events.map(messageOf));
      } catch (error) {
        throw brokerError(name, error);
      }
    },
  };
}

function messageOf(event: CloudEvent): SqsMessage {
  return {
    body: sqsJson(event),
    attributes: { type: event.type, source: event.source, 'content-type': CLOUD_EVENT_CONTENT_TYPE },
    groupId: event.partitionkey,
    deduplicationId: event.id,
  };
}
