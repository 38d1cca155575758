import { SQSClient } from '@aws-sdk/client-sqs';
import { readSecret, type Secrets } from './secrets.ts';
import type { SqsConnectionSettings } from './settings.ts';

/** For queues of the same host as this one. Reads the secrets; nothing is connected yet. */
export async function createSqsClient({ region, queueUrl, credentials }: SqsConnectionSettings, secrets: Secrets): Promise<SQSClient> {
  return new SQSClient({
    region,
    endpoint: new URL(queueUrl).origin,
    maxAttempts: 3,
    // The long poll lasts 20 s; 64 sockets hold all polls and their answers.
    requestHandler: {
      connectionTimeout: 3000,
      requestTimeout: 25_000,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: 64 },
      httpsAgent: { maxSockets: 64 },
    },
    ...(credentials
      ? {
          credentials: {
            accessKeyId: await readSecret(credentials.accessKeyId, secrets),
            secretAccessKey: await readSecret(credentials.secretAccessKey, secrets),
          },
        }
      : {}),
  });
}
