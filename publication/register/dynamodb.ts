import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  paginateScan,
  PutItemCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  waitUntilTableExists,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import type { RegisterEntry } from '../../domain/register.ts';
import { eachConcurrently } from './concurrently.ts';
import type { RegisterReadModel } from './read-model.ts';
import { answers, fromStored, newestOfEach, recordKey, toStored, writableKey } from './records.ts';
import type { DynamoDbSettings } from './settings.ts';

/**
 * The register in one DynamoDB table. A certificate is an item with its revision, by which writes are conditional, and its
 * entry as JSON, which DynamoDB never looks into. An imported certificate has a second item that points to it from its old
 * number; it is written first, so that no crash in between leaves a certificate that can't be found by its number.
 *
 * Look-ups are eventually consistent: at half the price, from any replica, and seldom more than a second behind, where a
 * minute is promised. With a global table only one region may be written to: between regions the last write wins, not the
 * highest revision.
 */
export function createDynamoDbReadModel({ table, region, endpoint }: DynamoDbSettings): RegisterReadModel {
  const client = new DynamoDBClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });

  const putItem = (item: Record<string, AttributeValue>) => client.send(new PutItemCommand({ TableName: table, Item: item }));

  const putIfNewer = async (entry: RegisterEntry) => {
    const revision = { N: String(entry.revision) };
    try {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: {
            [KEY]: { S: writableKey({ certificateId: entry.certificateId }) },
            certificateId: { S: entry.certificateId },
            revision,
            entry: { S: JSON.stringify(toStored(entry)) },
          },
          ConditionExpression: 'attribute_not_exists(revision) OR revision <= :revision',
          ExpressionAttributeValues: { ':revision': revision },
        }),
      );
    } catch (error) {
      // What is there is newer.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };

  const getItem = async (key: string | undefined) => {
    if (key === undefined) return undefined;
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { [KEY]: { S: key } } }));
    return Item;
  };

  return {
    async prepare() {
      try {
        await prepareTable(client, table);
      } catch (cause) {
        throw new Error(howToPrepare({ table, region, cause }), { cause });
      }
    },

    put: (entries) =>
      eachConcurrently({
        items: newestOfEach(entries),
        atOnce: WRITES_AT_ONCE,
        async work(entry) {
          const { certificateId, number } = entry;
          if (number !== null) await putItem({ [KEY]: { S: writableKey({ number }) }, certificateId: { S: certificateId } });
          await putIfNewer(entry);
        },
      }),

    async find(key) {
      const item = await getItem(recordKey(key));
      const target = 'number' in key ? item?.['certificateId']?.S : undefined;
      const json = (target === undefined ? item : await getItem(recordKey({ certificateId: target })))?.['entry']?.S;
      if (json === undefined) return undefined;
      const entry = fromStored(JSON.parse(json));
      return answers(entry, key) ? entry : undefined;
    },

    async *entries() {
      const pages = paginateScan(
        { client },
        {
          TableName: table,
          // The check compares what was just written.
          ConsistentRead: true,
          FilterExpression: 'attribute_exists(revision)',
        },
      );
      for await (const { Items = [] } of pages) if (Items.length > 0) yield Items.map(({ entry }) => fromStored(JSON.parse(entry?.S ?? '')));
    },

    async close() {
      client.destroy();
    },
  };
}

const KEY = 'key';
/** Throttled requests are repeated by the SDK, later and later; then put fails, and is repeated as a whole. */
const MAX_ATTEMPTS = 8;
const WRITES_AT_ONCE = 32;
const TABLE_SECONDS_MAX = 120;

async function prepareTable(client: DynamoDBClient, table: string): Promise<void> {
  if (!(await tableExists(client, table))) await createTable(client, table);
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 5, maxWaitTime: TABLE_SECONDS_MAX }, { TableName: table });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  const keys = Table?.KeySchema?.map(({ AttributeName }) => AttributeName).join(', ');
  if (keys !== KEY) throw new TypeError(`its key is (${keys}), so it is not the register's`);
}

async function tableExists(client: DynamoDBClient, table: string): Promise<boolean> {
  try {
    await client.send(new DescribeTableCommand({ TableName: table }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

async function createTable(client: DynamoDBClient, table: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        AttributeDefinitions: [{ AttributeName: KEY, AttributeType: 'S' }],
        KeySchema: [{ AttributeName: KEY, KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  } catch (error) {
    // Another process is making it.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

function howToPrepare({ table, region, cause }: { table: string; region: string; cause: unknown }): string {
  const reason = cause instanceof TypeError ? cause.message : `the answer was ${cause instanceof Error ? cause.name : 'an error'}`;
  return [
    `The register's DynamoDB table "${table}" in ${region} can't be used: ${reason}.`,
    `Either make a table with the partition key "${KEY}" (a string) and on-demand capacity,`,
    'or let this process do so: dynamodb:DescribeTable and dynamodb:CreateTable. It also needs GetItem, PutItem and Scan.',
  ].join(' ');
}
