import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import type { CloudEvent } from '../../platform/brokers/event-sink.ts';

/** Consumers as other systems have them: they take what a broker holds and know nothing of ours. */

const QUIET_MILLISECONDS = 5000;

/** Every event of a topic, in the order of their partitions, until nothing new came for some seconds. */
export async function readTopic({ bootstrapServers, topic }: { bootstrapServers: string; topic: string }): Promise<readonly CloudEvent[]> {
  const consumer = new Consumer({
    clientId: 'bench',
    groupId: `bench-${randomUUID()}`,
    bootstrapBrokers: [bootstrapServers],
    deserializers: stringDeserializers,
  });
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false });
  const events: CloudEvent[] = [];
  let quiet = setTimeout(() => stream.destroy(), QUIET_MILLISECONDS * 3);
  try {
    for await (const message of stream) {
      events.push(JSON.parse(message.value) as CloudEvent);
      clearTimeout(quiet);
      quiet = setTimeout(() => stream.destroy(), QUIET_MILLISECONDS);
    }
  } catch (error) {
    if (!stream.destroyed) throw error;
  } finally {
    clearTimeout(quiet);
    await consumer.close(true);
  }
  return events;
}

/** Credentials that a server for tests takes. */
const anybody = { accessKeyId: 'anybody', secretAccessKey: 'anything' };

export function localSqs(endpoint: string): SQSClient {
  return new SQSClient({ endpoint, region: 'eu-central-1', credentials: anybody });
}

export async function createFifoQueue(client: SQSClient, name: string): Promise<string> {
  const { QueueUrl: url } = await client.send(
    new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'false' } }),
  );
  if (url === undefined) throw new Error('the queue has no URL');
  return url;
}

/** Takes events off a queue, as its groups give them, for as long as it runs. */
export function drainQueue(client: SQSClient, queueUrl: string): { readonly events: CloudEvent[]; readonly stop: () => Promise<void> } {
  const events: CloudEvent[] = [];
  let stopped = false;
  let emptyInARow = 0;
  const run = (async () => {
    while (!stopped || emptyInARow < 2) {
      const { Messages: messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      emptyInARow = messages.length === 0 ? emptyInARow + 1 : 0;
      events.push(...messages.map((message) => JSON.parse(message.Body ?? '') as CloudEvent));
      if (messages.length === 0) continue;
      const entries = messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
    }
  })();
  return {
    events,
    async stop() {
      stopped = true;
      await run;
    },
  };
}
