import type { Message } from '@platformatic/kafka';
import type { CommandOutcome } from './command-source.ts';
import { CLOUD_EVENT_CONTENT_TYPE } from './event-sink.ts';
import type { KafkaRecord, KafkaSender } from './kafka-sender.ts';

export type KafkaMessage = Message;

export type OutcomeTopics = { readonly replyTopic: string; readonly deadLetterTopic: string };

/** Resolves when the broker has accepted the reply and the dead letter, if there are any; throws otherwise. */
export async function sendOutcome(
  sender: KafkaSender,
  { outcome, message, topics }: { outcome: CommandOutcome; message: KafkaMessage; topics: OutcomeTopics },
): Promise<void> {
  const { reply, deadLetter } = outcome;
  if (reply) {
    const value = Buffer.from(JSON.stringify(reply));
    const [result] = await sender.send([
      { topic: topics.replyTopic, key: reply.partitionkey, value, headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE } },
    ]);
    if (result?.kind !== 'sent') throw new Error(`the reply was not taken: ${result?.reason}`);
  }
  if (deadLetter) await sendDeadLetter(sender, deadLetterOf(message, { topic: topics.deadLetterTopic, reason: deadLetter.reason }));
}

export function originOf({ topic, partition, offset }: KafkaMessage): string {
  return `${topic}/${partition}/${offset}`;
}

/** The reason makes it larger than the command was, perhaps too large: then it goes without the body, which its origin still has. */
async function sendDeadLetter(sender: KafkaSender, record: KafkaRecord): Promise<void> {
  const [result] = await sender.send([record]);
  if (result?.kind === 'sent') return;
  const headers = { ...record.headers, 'dead-letter-body': 'left out: too large' };
  const [second] = await sender.send([{ ...record, value: Buffer.alloc(0), headers }]);
  if (second?.kind !== 'sent') throw new Error(`the dead letter was not taken: ${second?.reason}`);
}

function deadLetterOf(message: KafkaMessage, { topic, reason }: { topic: string; reason: string }): KafkaRecord {
  const headers = [...message.headers].map(([name, value]) => [String(name), String(value)] as const);
  return {
    topic,
    key: message.key?.toString(),
    // A tombstone has no value.
    value: message.value ?? Buffer.alloc(0),
    headers: { ...Object.fromEntries(headers), 'dead-letter-reason': reason.slice(0, 500), 'dead-letter-origin': originOf(message) },
  };
}
