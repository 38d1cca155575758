import { z } from 'zod';
import type { Settings, ValuesOf } from '../../platform/config.ts';

/** The register among the sinks of events. */
export const REGISTER_SINK = 'register';

const postgres = z.object({ REGISTER: z.literal('postgres').default('postgres') }).transform(() => ({ register: { kind: 'postgres' as const } }));

const dynamoDb = z
  .object({
    REGISTER: z.literal('dynamodb'),
    REGISTER_DYNAMODB_TABLE: z
      .string()
      .regex(/^[\w.-]{3,255}$/, 'must be the name of a table: 3 to 255 letters, digits, dots, dashes and underscores'),
    REGISTER_DYNAMODB_REGION: z.string().regex(/^[a-z0-9-]+$/, 'must be an AWS region, as eu-central-1'),
    /** Of a DynamoDB that isn't the region's own. */
    REGISTER_DYNAMODB_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an https:// URL' }).optional(),
  })
  .transform(({ REGISTER_DYNAMODB_TABLE: table, REGISTER_DYNAMODB_REGION: region, REGISTER_DYNAMODB_ENDPOINT: endpoint }) => ({
    register: { kind: 'dynamodb' as const, table, region, endpoint },
  }));

const cosmosName = z.string().regex(/^[^/\\#?]{1,255}$/, 'must have at most 255 characters and none of / \\ # ?');

const cosmos = z
  .object({
    REGISTER: z.literal('cosmos'),
    REGISTER_COSMOS_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be the https:// URL of the account' }),
    REGISTER_COSMOS_DATABASE: cosmosName,
    REGISTER_COSMOS_CONTAINER: cosmosName,
    /** A secret. Without it the process signs in as itself (managed or workload identity, or AZURE_* variables). */
    REGISTER_COSMOS_KEY: z.base64({ error: 'must be an account key, which is base64' }).min(1).optional(),
    /** The account's regions to read from, the nearest first, separated by commas; without it the one that is written to. */
    REGISTER_COSMOS_REGIONS: z
      .string()
      .transform((names) => names.split(',').map((name) => name.trim()))
      .optional(),
  })
  .transform((variables) => ({
    register: {
      kind: 'cosmos' as const,
      endpoint: variables.REGISTER_COSMOS_ENDPOINT,
      database: variables.REGISTER_COSMOS_DATABASE,
      container: variables.REGISTER_COSMOS_CONTAINER,
      key: variables.REGISTER_COSMOS_KEY,
      regions: variables.REGISTER_COSMOS_REGIONS ?? [],
    },
  }));

/** Where the public register is kept: the variables by name, and what they mean. One kind's companions are required by it alone. */
const schema = z.discriminatedUnion('REGISTER', [postgres, dynamoDb, cosmos], {
  error: 'must be postgres, dynamodb or cosmos',
});

export const registerSettings = { schema, secrets: ['REGISTER_COSMOS_KEY'] } satisfies Settings<object>;

export type RegisterSettings = ValuesOf<typeof registerSettings>['register'];
export type DynamoDbSettings = Extract<RegisterSettings, { kind: 'dynamodb' }>;
export type CosmosSettings = Extract<RegisterSettings, { kind: 'cosmos' }>;
