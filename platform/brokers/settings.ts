import { z } from 'zod';
import { isSafeUrl, SAFE_URL_RULE } from '../safe-url.ts';

/**
 * Which brokers events go to and commands come from: two variables that hold JSON, since there may be several of each.
 * Secrets stay outside of it: the JSON names the variable or the file that holds one.
 */

const secretReference = z.union([
  z.strictObject({ variable: z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable') }),
  z.strictObject({ file: z.string().startsWith('/', 'must be the absolute path of a file') }),
]);

/** In metrics, logs and the relay's records: keep it for the life of the broker. */
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes, at most 63');

const kafkaTopic = z.string().regex(/^[\w.-]{1,249}$/, 'must be a Kafka topic: letters, digits, dots, dashes and underscores');

const kafkaConnection = {
  bootstrapServers: z.string().regex(/^[^\s,:/@]+:\d+(,[^\s,:/@]+:\d+)*$/, 'must be host:port, several separated by commas'),
  tls: z.boolean().default(false),
  /** PEM; in place of the authorities that Node trusts. */
  caFile: z.string().startsWith('/').optional(),
  sasl: z
    .strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']),
      username: secretReference,
      password: secretReference,
    })
    .optional(),
};

const queueUrl = z.url({ protocol: /^https?$/, error: 'must be the https:// URL of a queue' }).refine(isSafeUrl, SAFE_URL_RULE);

const sqsConnection = {
  region: z.string().regex(/^[a-z0-9-]+$/),
  /** A FIFO queue's ends in .fifo. */
  queueUrl,
  /** Without it: the AWS SDK's own chain (role of the pod or machine, environment, profile). */
  credentials: z.strictObject({ accessKeyId: secretReference, secretAccessKey: secretReference }).optional(),
};

const eventSink = z.discriminatedUnion('kind', [
  z.strictObject({ name, kind: z.literal('kafka'), ...kafkaConnection, topic: kafkaTopic }),
  z.strictObject({ name, kind: z.literal('sqs'), ...sqsConnection }),
  z.strictObject({
    name,
    kind: z.literal('event-grid'),
    endpoint: z.url({ protocol: /^https?$/, error: 'must be the https:// URL of a topic' }).refine(isSafeUrl, SAFE_URL_RULE),
    /** Without it: Microsoft Entra ID (workload or managed identity, environment). */
    accessKey: secretReference.optional(),
  }),
]);

const commandSource = z.discriminatedUnion('kind', [
  z.strictObject({
    name,
    kind: z.literal('kafka'),
    ...kafkaConnection,
    topic: kafkaTopic,
    groupId: z.string().min(1),
    replyTopic: kafkaTopic,
    deadLetterTopic: kafkaTopic,
    /** A command that fails for so long while others succeed becomes a dead letter; a queue of SQS has its own rule for it. */
    giveUpSeconds: z.number().int().min(1).default(600),
  }),
  z.strictObject({ name, kind: z.literal('sqs'), ...sqsConnection, replyQueueUrl: queueUrl, deadLetterQueueUrl: queueUrl }),
]);

export type SecretReference = z.infer<typeof secretReference>;
export type EventSinkSettings = z.infer<typeof eventSink>;
export type CommandSourceSettings = z.infer<typeof commandSource>;
export type KafkaConnectionSettings = Pick<Extract<EventSinkSettings, { kind: 'kafka' }>, keyof typeof kafkaConnection>;
export type SqsConnectionSettings = Pick<Extract<EventSinkSettings, { kind: 'sqs' }>, keyof typeof sqsConnection>;

/** Without the variable: no sinks. The names taken are those of sinks that are no brokers. */
export function eventSinksShape({ takenNames }: { takenNames: readonly string[] }) {
  return { EVENT_SINKS: jsonList(eventSink, takenNames) };
}

/** Without the variable: no sources. */
export const commandSourcesShape = { COMMAND_SOURCES: jsonList(commandSource, []) };

type Broker = EventSinkSettings | CommandSourceSettings;

function jsonList<Kind extends Broker>(broker: z.ZodType<Kind>, takenNames: readonly string[]) {
  return z
    .string()
    .default('[]')
    .transform((text, context): readonly Kind[] => {
      const result = z.array(broker).safeParse(parseJson(text));
      const problems = result.success
        ? problemsOf(result.data, takenNames)
        : result.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
      // One issue of this variable: its readers look for a variable at an issue's path.
      if (problems.length > 0) context.addIssue({ code: 'custom', message: problems.join('; ') });
      return result.success && problems.length === 0 ? result.data : z.NEVER;
    });
}

/** The parser's message would quote the text: a value that is no list says enough. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemsOf(brokers: readonly Broker[], takenNames: readonly string[]): string[] {
  return brokers.flatMap((broker, index) => {
    const isTaken = takenNames.includes(broker.name) || brokers.findIndex((other) => other.name === broker.name) < index;
    const own = isTaken ? [`name: "${broker.name}" is taken by another`] : [];
    return [...own, ...problemsOfKind(broker)].map((problem) => `${index}.${problem}`);
  });
}

function problemsOfKind(broker: Broker): string[] {
  switch (broker.kind) {
    case 'kafka':
      if (broker.tls) return [];
      return [
        ...(broker.sasl ? ['tls: must be true with sasl: passwords do not go over an open line'] : []),
        ...(broker.caFile === undefined ? [] : ['tls: must be true with a caFile']),
      ];
    case 'sqs': {
      if (!('replyQueueUrl' in broker)) return [];
      const isElsewhere = (url: string) => new URL(url).origin !== new URL(broker.queueUrl).origin;
      const others = { replyQueueUrl: broker.replyQueueUrl, deadLetterQueueUrl: broker.deadLetterQueueUrl };
      return Object.entries(others).flatMap(([key, url]) => (isElsewhere(url) ? [`${key}: must be on the host of queueUrl`] : []));
    }
    case 'event-grid':
      return [];
  }
}
