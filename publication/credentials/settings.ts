import { z } from 'zod';
import type { Settings } from '../../platform/config.ts';

export const credentialSettings = {
  schema: z.object({
    /**
     * A JWK Set: the first key, a private Ed25519 one, signs certificates; those after it are earlier ones, which still verify.
     * The pool `publication` asks for it.
     */
    CREDENTIAL_KEYS: z.string().min(1).optional(),
  }),
  secrets: ['CREDENTIAL_KEYS'],
} satisfies Settings<object>;
