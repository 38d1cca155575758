import { z } from 'zod';
import type { Settings } from '../platform/config.ts';

export const publicUrlSettings = {
  schema: z.object({
    /** How candidates reach the API; in receipts, upload locations and the OpenAPI document. */
    PUBLIC_URL: z.url().default('http://localhost:8080'),
  }),
} satisfies Settings<object>;

export const receiptSettings = {
  schema: z.object({
    /** A JWK Set with private Ed25519 keys: the first signs, all of them verify. */
    RECEIPT_KEYS: z.string().min(1),
  }),
  secrets: ['RECEIPT_KEYS'],
} satisfies Settings<object>;
