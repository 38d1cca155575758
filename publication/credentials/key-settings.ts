import { z } from 'zod';
import type { Settings } from '../../platform/config.ts';

const schema = z.object({
  /** The statement of all keys that ever signed certificates, as `certifiable keys sign-off` prints it. */
  ISSUER_KEYS: z.string().min(1),
  /** Thumbprints (RFC 7638) of the roots that may sign it, with commas between them. */
  ISSUER_ROOTS: z
    .string()
    .min(1)
    .transform((list) => list.split(',').map((root) => root.trim()))
    .refine((roots) => roots.every((root) => /^[\w-]{43}$/.test(root)), 'must be thumbprints of keys, with commas between them'),
});

/** No secret, but a file that changes while the process runs. */
const secrets = ['ISSUER_KEYS'];

/** Which keys sign for us, as the holder of a root key says, and whose word counts. Outside the database: whoever reaches that cannot make a key ours. */
export const issuerKeySettings = { schema, secrets } satisfies Settings<object>;

/** For pools, of which `publication` asks for it. */
export const issuerKeySettingsOfPools = { schema: schema.partial(), secrets } satisfies Settings<object>;
