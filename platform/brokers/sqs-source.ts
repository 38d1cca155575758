import { ChangeMessageVisibilityCommand, DeleteMessageCommand, ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from '../logging.ts';
import { backoffSeconds, pauseUnlessAborted } from './backoff.ts';
import type { CommandHandler, CommandOutcome, CommandSource } from './command-source.ts';
import { describeError, errorKind } from './describe-error.ts';
import { CLOUD_EVENT_CONTENT_TYPE } from './event-sink.ts';
import { createSqsSender, sqsJson, type SqsMessage, type SqsSender } from './sqs-sender.ts';

export type SqsSourceOptions = {
  name: string;
  queueUrl: string;
  replyQueueUrl: string;
  deadLetterQueueUrl: string;
  client: SQSClient;
  logger: Logger;
};

/** A slow handler holds up its own poller alone. */
const pollers = 4;
const longPollSeconds = 20;
/** For how long a message is ours; renewed while it is handled. */
const visibilitySeconds = 30;
const renewSeconds = visibilitySeconds / 3;
const retry = { firstSeconds: 2, longestSeconds: 300 };
const reconnect = { firstSeconds: 1, longestSeconds: 30 };

/**
 * Commands from a queue. A message is deleted when it is handled; one whose handler throws comes back after a back-off,
 * until the queue's own redrive policy, if it has one, takes it away. A FIFO queue keeps the rest of the group back meanwhile.
 */
export function createSqsSource(options: SqsSourceOptions): CommandSource {
  const { name, client } = options;
  const stopping = new AbortController();
  return {
    name,
    stop: () => stopping.abort(),
    async run(handle) {
      const session = { ...options, handle, send: createSqsSender(client), signal: stopping.signal };
      await Promise.all(Array.from({ length: pollers }, () => poll(session)));
      client.destroy();
    },
  };
}

type Session = SqsSourceOptions & { handle: CommandHandler; send: SqsSender; signal: AbortSignal };

async function poll(session: Session): Promise<void> {
  const { name, signal, logger } = session;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const messages = await receive(session);
      failures = 0;
      await Promise.all(messages.map((message) => settle(session, message)));
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      logger.warn({ source: name, problem: describeError(error) }, 'a command source cannot read its queue and tries again');
      await pauseUnlessAborted(backoffSeconds(failures, reconnect), signal);
    }
  }
}

async function receive({ client, queueUrl, signal }: Session): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    // Of a FIFO queue one: a second one of its group would have to wait for the first in our hands, its receives counted.
    MaxNumberOfMessages: queueUrl.endsWith('.fifo') ? 1 : 10,
    WaitTimeSeconds: longPollSeconds,
    VisibilityTimeout: visibilitySeconds,
    MessageSystemAttributeNames: ['ApproximateReceiveCount', 'MessageGroupId'],
  });
  const { Messages = [] } = await client.send(command, { abortSignal: signal });
  return Messages;
}

/** Never rejects: what goes wrong leaves the message to come again. */
async function settle(session: Session, message: Message): Promise<void> {
  const { name, client, queueUrl, handle, logger } = session;
  const origin = `${queueNameOf(queueUrl)}/${message.MessageId}`;
  const handleOf = { QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle };
  const keepFor = (seconds: number) => client.send(new ChangeMessageVisibilityCommand({ ...handleOf, VisibilityTimeout: Math.round(seconds) }));
  // A renewal that fails only means that the message may come twice.
  const renewal = setInterval(() => void keepFor(visibilitySeconds).catch(() => {}), renewSeconds * 1000);
  try {
    const outcome = await handle({ body: message.Body ?? '', origin });
    await sendOutcome(session, { outcome, message, origin });
    await client.send(new DeleteMessageCommand(handleOf));
  } catch (error) {
    const receives = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
    logger.warn({ source: name, origin, tries: receives, problem: errorKind(error) }, 'a command was not handled and comes again');
    await keepFor(backoffSeconds(receives, retry)).catch(() => {});
  } finally {
    clearInterval(renewal);
  }
}

async function sendOutcome(
  session: Session,
  { outcome, message, origin }: { outcome: CommandOutcome; message: Message; origin: string },
): Promise<void> {
  const { send, replyQueueUrl, deadLetterQueueUrl } = session;
  const { reply, deadLetter } = outcome;
  if (reply) {
    const attributes = { type: reply.type, source: reply.source, 'content-type': CLOUD_EVENT_CONTENT_TYPE };
    const [result] = await send(replyQueueUrl, [{ body: sqsJson(reply), attributes, groupId: reply.partitionkey, deduplicationId: reply.id }]);
    if (result?.kind !== 'sent') throw new Error(`the reply was not taken: ${result?.reason}`);
  }
  if (!deadLetter) return;
  const letter: SqsMessage = {
    body: message.Body ?? '-',
    attributes: { 'dead-letter-reason': deadLetter.reason.slice(0, 500), 'dead-letter-origin': origin },
    groupId: message.Attributes?.MessageGroupId ?? origin,
    deduplicationId: message.MessageId ?? origin,
  };
  const [result] = await send(deadLetterQueueUrl, [letter]);
  if (result?.kind === 'sent') return;
  if (result?.kind !== 'rejected') throw new Error(`the dead letter was not taken: ${result?.reason}`);
  // The reason makes it larger than the command was, perhaps too large.
  const [second] = await send(deadLetterQueueUrl, [{ ...letter, body: 'left out: too large' }]);
  if (second?.kind !== 'sent') throw new Error(`the dead letter was not taken: ${second?.reason}`);
}

function queueNameOf(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
}
