import type { Logger } from '../logging.ts';
import type { CommandSource } from './command-source.ts';
import { createEventGridSink } from './event-grid-sink.ts';
import type { EventSink } from './event-sink.ts';
import { createKafkaConnection } from './kafka-connection.ts';
import { createKafkaSink } from './kafka-sink.ts';
import { createKafkaSource } from './kafka-source.ts';
import { readSecret, type Secrets } from './secrets.ts';
import type { CommandSourceSettings, EventSinkSettings } from './settings.ts';
import { createSqsClient } from './sqs-client.ts';
import { createSqsSink } from './sqs-sink.ts';
import { createSqsSource } from './sqs-source.ts';

/** Connects at the first batch. Throws, naming it, when a secret is missing. */
export async function createEventSink(settings: EventSinkSettings, secrets: Secrets): Promise<EventSink> {
  switch (settings.kind) {
    case 'kafka':
      return createKafkaSink({ ...settings, connection: await createKafkaConnection(settings, secrets) });
    case 'sqs':
      return createSqsSink({ ...settings, client: await createSqsClient(settings, secrets) });
    case 'event-grid':
      return createEventGridSink({
        ...settings,
        accessKey: settings.accessKey && (await readSecret(settings.accessKey, secrets)),
      });
  }
}

/** Connects when it runs. Throws, naming it, when a secret is missing. */
export async function createCommandSource(
  settings: CommandSourceSettings,
  { secrets, logger }: { secrets: Secrets; logger: Logger },
): Promise<CommandSource> {
  switch (settings.kind) {
    case 'kafka':
      return createKafkaSource({ ...settings, topics: settings, connection: await createKafkaConnection(settings, secrets), logger });
    case 'sqs':
      return createSqsSource({ ...settings, client: await createSqsClient(settings, secrets), logger });
  }
}
