import { AzureKeyCredential, EventGridPublisherClient, type SendCloudEventInput } from '@azure/eventgrid';
import { DefaultAzureCredential } from '@azure/identity';
import { intoBatches } from './batches.ts';
import { brokerError, describeError } from './describe-error.ts';
import type { CloudEvent, EventSink, SendResult } from './event-sink.ts';

/** Event Grid's limit of a request and of an event in it. */
const maxRequestBytes = 1024 * 1024;
/** Room for what the client adds: brackets, commas and a trace id an event. */
const batchLimits = { maxCount: 1000, maxBytes: maxRequestBytes - 64 * 1024 };
const sendSeconds = 30;
/** The service found fault with the content: 400 malformed, 413 too large. */
const contentStatuses = new Set([400, 413]);

/**
 * An Event Grid topic that takes the CloudEvents schema. It promises no order: consumers look at `sequence`. The client
 * keeps `time` to the millisecond.
 */
export function createEventGridSink({ name, endpoint, accessKey }: { name: string; endpoint: string; accessKey?: string | undefined }): EventSink {
  const client = new EventGridPublisherClient(
    endpoint,
    'CloudEvent',
    accessKey === undefined ? new DefaultAzureCredential() : new AzureKeyCredential(accessKey),
    { retryOptions: { maxRetries: 2, retryDelayInMs: 500, maxRetryDelayInMs: 2000 }, allowInsecureConnection: endpoint.startsWith('http://') },
  );

  /** One request takes all or nothing: one with a fault in it is halved until the faulty event is alone. */
  const sendBatch = async (events: readonly CloudEvent[]): Promise<readonly SendResult[]> => {
    try {
      await client.send(events.map(inputOf), { abortSignal: AbortSignal.timeout(sendSeconds * 1000) });
      return events.map(() => ({ kind: 'sent' }));
    } catch (error) {
      if (!isAboutContent(error)) throw error;
      if (events.length === 1) return [{ kind: 'rejected', reason: describeError(error) }];
      const half = Math.ceil(events.length / 2);
      return [...(await sendBatch(events.slice(0, half))), ...(await sendBatch(events.slice(half)))];
    }
  };

  return {
    name,
    // Every request ends for itself; there is nothing that stays open.
    close: async () => {},
    async send(events) {
      const results: SendResult[] = [];
      try {
        for (const batch of intoBatches(events.map(measured), batchLimits)) results.push(...(await sendBatch(batch.map(({ event }) => event))));
      } catch (error) {
        throw brokerError(name, error);
      }
      // A topic of another schema refuses everything: that is no fault of any event.
      const [first] = results;
      if (results.length > 1 && first?.kind === 'rejected' && results.every(({ kind }) => kind === 'rejected'))
        throw brokerError(name, new Error(first.reason));
      return results;
    },
  };
}

function isAboutContent(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && contentStatuses.has(Number(error.statusCode));
}

function inputOf({ specversion: _implied, time, partitionkey, sequence, ...event }: CloudEvent): SendCloudEventInput<object> {
  return { ...event, time: new Date(time), extensionAttributes: { partitionkey, sequence } };
}

function measured(event: CloudEvent): { event: CloudEvent; sizeBytes: number } {
  return { event, sizeBytes: Buffer.byteLength(JSON.stringify(event)) };
}
