import { isUtf8 } from 'node:buffer';
import { Consumer } from '@platformatic/kafka';
import type { Logger } from '../logging.ts';
import { backoffSeconds, pauseUnlessAborted } from './backoff.ts';
import type { CommandHandler, CommandOutcome, CommandSource } from './command-source.ts';
import { describeError, errorKind } from './describe-error.ts';
import { inTime } from './in-time.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { originOf, sendOutcome, type KafkaMessage, type OutcomeTopics } from './kafka-outcome.ts';
import { createPartitions } from './kafka-partitions.ts';
import { createKafkaSender, type KafkaSender } from './kafka-sender.ts';
import { createLanes, type Lanes } from './lanes.ts';

export type KafkaSourceOptions = {
  name: string;
  topic: string;
  groupId: string;
  topics: OutcomeTopics;
  giveUpSeconds: number;
  connection: KafkaConnection;
  logger: Logger;
};

const handlersAtOnce = 16;
/** Begun and not handled; what a crash makes us handle again is at most this and what stands behind it. */
const maxPending = 500;
/** So many times it failed while others succeeded in between: then it may be the message, not the system. */
const maxStrikes = 3;
const retry = { firstSeconds: 0.5, longestSeconds: 30 };
const reconnect = { firstSeconds: 1, longestSeconds: 30 };
/** A group gives a silent member's partitions to others after it. Handlers may take longer: heartbeats don't wait for them. */
const sessionSeconds = 15;
const closeSeconds = 5;

/**
 * Commands from a topic; the offset is committed only behind a gapless row of handled messages. A message whose handler
 * throws is tried again with back-off and holds up only what follows under its key. One that goes on failing while others
 * succeed ends as a dead letter; when nothing succeeds it is an outage, and all is tried until that is over.
 */
export function createKafkaSource(options: KafkaSourceOptions): CommandSource {
  const { name, connection, logger } = options;
  const stopping = new AbortController();
  return {
    name,
    stop: () => stopping.abort(),
    async run(handle) {
      const sender = createKafkaSender(connection);
      let failures = 0;
      const onProgress = () => (failures = 0);
      while (!stopping.signal.aborted) {
        try {
          await consume({ ...options, handle, sender, stopSignal: stopping.signal, onProgress });
        } catch (error) {
          failures += 1;
          logger.warn({ source: name, problem: describeError(error) }, 'a command source lost its broker and connects again');
          await pauseUnlessAborted(backoffSeconds(failures, reconnect), stopping.signal);
        }
      }
      await sender.close();
    },
  };
}

type Session = KafkaSourceOptions & { handle: CommandHandler; sender: KafkaSender; stopSignal: AbortSignal; onProgress: () => void };

/** From joining the group until the stop; throws when the connection fails. */
async function consume(session: Session): Promise<void> {
  const { name, topic, groupId, connection, stopSignal, logger } = session;
  const failing = new AbortController();
  const signal = AbortSignal.any([stopSignal, failing.signal]);
  const consumer = new Consumer({ ...connection, groupId, retries: 3, retryDelay: 500, timeout: 10_000 });
  consumer.on('error', (error: unknown) => failing.abort(error));
  const onFailure = (error: unknown) => logger.warn({ source: name, problem: describeError(error) }, 'a commit failed');
  const partitions = createPartitions(consumer, { onFailure });
  const lanes = createLanes({ slots: handlersAtOnce });
  const settle = createSettling(session, { lanes, signal });
  try {
    const stream = await consumer.consume({ topics: [topic], autocommit: false, ...streamOptions });
    stream.on('error', (error) => failing.abort(error));
    const endStream = () => stream.destroy();
    signal.addEventListener('abort', endStream);
    if (signal.aborted) endStream();
    for await (const message of stream) {
      const partition = partitions.of(message);
      if (!partition.begin(message)) continue;
      lanes.add(message.key?.toString(), async () => {
        if (!(await settle(message))) return;
        partition.finish(message);
        partitions.commitSoon();
        session.onProgress();
      });
      await partitions.untilPendingBelow(maxPending, signal);
    }
  } catch (error) {
    // A stream that we end throws that it ended early.
    if (!signal.aborted) failing.abort(error);
  } finally {
    await lanes.idle();
    await partitions.finish();
    await inTime(Promise.resolve(consumer.close(true)), closeSeconds).catch(() => {});
  }
  if (!stopSignal.aborted) throw failing.signal.reason ?? new Error('the stream ended');
}

const streamOptions = {
  mode: 'committed',
  fallbackMode: 'earliest',
  sessionTimeout: sessionSeconds * 1000,
  rebalanceTimeout: sessionSeconds * 1000,
  maxWaitTime: 1000,
  highWaterMark: 100,
} as const;

/** Handles a message until that has succeeded, or it is a dead letter: true. False: it was given up at the signal. */
function createSettling(session: Session, { lanes, signal }: { lanes: Lanes; signal: AbortSignal }): (message: KafkaMessage) => Promise<boolean> {
  const { name, topics, giveUpSeconds, handle, sender, logger } = session;
  let successes = 0;

  const handleOnce = async (message: KafkaMessage, poison: CommandOutcome | undefined): Promise<void> => {
    const body = message.value ?? Buffer.alloc(0);
    // Decoded, what is no UTF-8 would become U+FFFD, and be kept for ever.
    const unreadable = isUtf8(body) ? undefined : { deadLetter: { reason: 'it is not UTF-8' } };
    const outcome = poison ?? unreadable ?? (await handle({ body: body.toString(), origin: originOf(message) }));
    await sendOutcome(sender, { outcome, message, topics });
  };

  return async (message) => {
    const giveUpAt = Date.now() + giveUpSeconds * 1000;
    let strikes = 0;
    let successesBefore = successes;
    let poison: CommandOutcome | undefined;
    for (let tries = 1; ; tries += 1) {
      const outcome = await lanes.inSlot(async () => {
        if (signal.aborted) return 'given up';
        return handleOnce(message, poison).then(
          () => 'settled' as const,
          (error: unknown) => ({ problem: errorKind(error) }),
        );
      });
      if (outcome === 'given up') return false;
      if (outcome === 'settled') {
        successes += 1;
        return true;
      }
      if (successes > successesBefore) strikes += 1;
      successesBefore = successes;
      if (strikes >= maxStrikes && Date.now() >= giveUpAt)
        poison = { deadLetter: { reason: `handling it failed ${tries} times: ${outcome.problem}` } };
      logger.warn({ source: name, origin: originOf(message), tries, problem: outcome.problem }, 'a command was not handled and is tried again');
      await pauseUnlessAborted(backoffSeconds(tries, retry), signal);
    }
  };
}
