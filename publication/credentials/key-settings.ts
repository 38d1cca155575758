import { z } from 'zod';
import type { Settings } from '../../platform/config.ts';
import type { IssuerRoots } from './key-statement.ts';

const schema = z.object({
  /** The statement of all keys that ever signed certificates, as `certifiable keys sign-off` prints it. */
  ISSUER_KEYS: z.string().min(1),
  /** Thumbprints (RFC 7638) of the roots that may sign it, with commas between them; `2 of A,B,C`: two of them must have. */
  ISSUER_ROOTS: z
    .string()
    .min(1)
    .transform((text, context): IssuerRoots => {
      const [, number = '1', list = ''] = /^(?:(\d+) of )?(.*)$/s.exec(text.trim()) ?? [];
      const [needed, roots] = [Number(number), list.split(',').map((root) => root.trim())];
      if (!roots.every((root) => /^[\w-]{43}$/.test(root)))
        context.addIssue('must be thumbprints of keys, with commas between them, and may begin with how many of them it takes: 2 of A,B,C');
      else if (new Set(roots).size !== roots.length) context.addIssue('names a root twice');
      else if (needed < 1 || needed > roots.length) context.addIssue(`asks for ${needed} of ${roots.length} roots`);
      return { roots, needed };
    }),
});

/** No secret, but a file that changes while the process runs. */
const secrets = ['ISSUER_KEYS'];

/** Which keys sign for us, as the holder of a root key says, and whose word counts. Outside the database: whoever reaches that cannot make a key ours. */
export const issuerKeySettings = { schema, secrets } satisfies Settings<object>;

/** For pools, of which `publication` asks for it. */
export const issuerKeySettingsOfPools = { schema: schema.partial(), secrets } satisfies Settings<object>;
