import { readFile } from 'node:fs/promises';
import type { BaseOptions } from '@platformatic/kafka';
import { readSecret, type Secrets } from './secrets.ts';
import type { KafkaConnectionSettings } from './settings.ts';

export type KafkaConnection = Pick<
  BaseOptions,
  'clientId' | 'bootstrapBrokers' | 'tls' | 'sasl' | 'connectTimeout' | 'requestTimeout' | 'autocreateTopics'
>;

/** What every Kafka client of ours is made with. Reads the secrets; nothing is connected yet. */
export async function createKafkaConnection(settings: KafkaConnectionSettings, secrets: Secrets): Promise<KafkaConnection> {
  const { bootstrapServers, tls, caFile, sasl } = settings;
  return {
    clientId: 'certifiable',
    bootstrapBrokers: bootstrapServers.split(','),
    connectTimeout: 5000,
    requestTimeout: 20_000,
    // A mistyped topic is an error, whatever the broker would allow.
    autocreateTopics: false,
    ...(tls ? { tls: caFile === undefined ? {} : { ca: await readFile(caFile) } } : {}),
    ...(sasl
      ? {
          sasl: {
            mechanism: sasl.mechanism,
            username: await readSecret(sasl.username, secrets),
            password: await readSecret(sasl.password, secrets),
          },
        }
      : {}),
  };
}
