import { z } from 'zod';
import type { Settings, ValuesOf } from '../config.ts';

/** Which object storage. Choosing S3 makes its bucket and region required; its credentials come by the AWS SDK's default chain. */
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
    S3_PREFIX: z
      .string()
      .regex(/^([\w.-]+\/)*$/, 'must end with a slash, and not begin with one')
      .default(''),
  }),
]);

export const storageSettings = { schema } satisfies Settings<object>;

export type StorageConfig = ValuesOf<typeof storageSettings>;
