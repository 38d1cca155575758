import { z } from 'zod';
import type { Settings } from '../config.ts';

export const webhookSettings = {
  schema: z.object({
    /** Lets webhooks reach private addresses: for a machine that has everything on loopback. */
    WEBHOOKS_TO_PRIVATE_ADDRESSES: z.stringbool().default(false),
  }),
} satisfies Settings<object>;
