import { z } from 'zod';
import type { Settings, ValuesOf } from '../config.ts';

const prefix = z
  .string()
  .regex(/^([\w.-]+\/)*$/, 'must end with a slash, and not begin with one')
  .default('');

/**
 * Which object storage. Choosing S3 makes its bucket and region required, Azure Blob its endpoint and container. Credentials of S3 come by
 * the AWS SDK's default chain.
 */
const schema = z.discriminatedUnion('STORAGE', [
  z.object({
    STORAGE: z.literal('file').default('file'),
    /** A volume that all replicas of the API and the workers share. */
    UPLOAD_DIRECTORY: z.string().min(1),
  }),
  z.object({
    STORAGE: z.literal('s3'),
    S3_BUCKET: z.string().min(3).max(63),
    S3_REGION: z.string().min(1),
    /** Of a server that is not AWS. */
    S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
    /** Most servers that are not AWS want it. */
    S3_FORCE_PATH_STYLE: z.stringbool().default(false),
    /** Before every key, for a bucket that others use too. */
    S3_PREFIX: prefix,
  }),
  z.object({
    STORAGE: z.literal('azure-blob'),
    /** Of the account: https://ACCOUNT.blob.core.windows.net. */
    AZURE_BLOB_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be the https:// URL of the account' }),
    AZURE_BLOB_CONTAINER: z
      .string()
      .regex(/^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "must be a container's name: small letters, digits and single hyphens"),
    /** Before every name, for a container that others use too. */
    AZURE_BLOB_PREFIX: prefix,
    /** A secret. Without it the process signs in as itself (managed or workload identity, or AZURE_* variables). */
    AZURE_BLOB_KEY: z.base64({ error: 'must be an account key, which is base64' }).min(1).optional(),
  }),
]);

export const storageSettings = { schema, secrets: ['AZURE_BLOB_KEY'] } satisfies Settings<object>;

export type StorageConfig = ValuesOf<typeof storageSettings>;
