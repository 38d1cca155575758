import { SendMessageBatchCommand, type SQSClient, type BatchResultErrorEntry, type SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { intoBatches } from './batches.ts';
import { describeError } from './describe-error.ts';
import type { SendResult } from './event-sink.ts';

export type SqsMessage = {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** For FIFO queues alone: the group keeps its order, and an id seen within 5 minutes is dropped. */
  readonly groupId: string;
  readonly deduplicationId: string;
};

export type SqsSender = (queueUrl: string, messages: readonly SqsMessage[]) => Promise<readonly SendResult[]>;

/** Of a call, and of all that its messages hold: bodies, names, types and values of attributes. */
const maxMessageBytes = 1_048_576;
const batchLimits = { maxCount: 10, maxBytes: maxMessageBytes };

/** Sends as EventSink.send does, to any queue of the client's region. */
export function createSqsSender(client: SQSClient): SqsSender {
  const sendBatch = async (queueUrl: string, batch: readonly SqsMessage[]): Promise<readonly SendResult[]> => {
    const isFifo = queueUrl.endsWith('.fifo');
    const entries = batch.map((message, index) => entryOf(message, { id: String(index), isFifo }));
    try {
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
      const failures = new Map(Failed.map((failure) => [failure.Id, failure]));
      return entries.map(({ Id }) => resultOf(failures.get(Id)));
    } catch (error) {
      if (!(error instanceof Error) || !refusalsOfCall.has(error.name)) throw error;
      if (batch.length === 1) return [{ kind: 'rejected', reason: describeError(error) }];
      const results: SendResult[] = [];
      for (const message of batch) results.push(...(await sendBatch(queueUrl, [message])));
      return results;
    }
  };

  return async (queueUrl, messages) => {
    const results: SendResult[] = [];
    for (const batch of intoBatches(messages.map(measured), batchLimits)) {
      const [first] = batch;
      if (first && first.sizeBytes > maxMessageBytes) results.push(tooLarge);
      else
        results.push(
          ...(await sendBatch(
            queueUrl,
            batch.map(({ message }) => message),
          )),
        );
    }
    return results;
  };
}

const tooLarge: SendResult = { kind: 'rejected', reason: `larger than the ${maxMessageBytes} bytes that SQS takes` };

/** The whole call is refused for what one message holds. */
const refusalsOfCall = new Set(['BatchRequestTooLong', 'InvalidMessageContents', 'InvalidParameterValue', 'InvalidAttributeValue']);

/** A sender's fault may also be a throttle or a missing right to a key, which pass: only what is wrong with the message itself is final. */
function resultOf(failure: BatchResultErrorEntry | undefined): SendResult {
  if (!failure) return { kind: 'sent' };
  const reason = `${failure.Code ?? 'unknown'}: ${failure.Message ?? ''}`.slice(0, 300);
  const isFinal = failure.SenderFault === true && /^(Invalid|Missing|MessageTooLong|BatchRequestTooLong)/.test(failure.Code ?? '');
  return { kind: isFinal ? 'rejected' : 'failed', reason };
}

function entryOf(
  { body, attributes, groupId, deduplicationId }: SqsMessage,
  { id, isFifo }: { id: string; isFifo: boolean },
): SendMessageBatchRequestEntry {
  return {
    Id: id,
    MessageBody: body,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue: allowedText(StringValue) }]),
    ),
    ...(isFifo ? { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId } : {}),
  };
}

function measured(message: SqsMessage): { message: SqsMessage; sizeBytes: number } {
  const texts = Object.entries(message.attributes).flatMap(([name, value]) => [name, 'String', value]);
  return { message, sizeBytes: [message.body, ...texts].reduce((sum, text) => sum + Buffer.byteLength(text), 0) };
}

/** JSON whose characters SQS takes: JSON.stringify escapes all that it refuses but these two. */
export function sqsJson(value: object): string {
  return JSON.stringify(value).replaceAll('\uFFFE', '\\ufffe').replaceAll('\uFFFF', '\\uffff');
}

/** SQS takes the characters of XML, and no empty attribute. */
function allowedText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what has to go
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD') || '-';
}
