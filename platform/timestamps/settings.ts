import { z } from 'zod';
import type { Settings } from '../config.ts';
import { readTrusted } from './trusted.ts';

/** Who says when something was there, and who is believed. Both, or neither. */
export const timeStampSettings = {
  schema: z
    .object({
      /** Of a time stamping authority (RFC 3161), such as https://timestamp.example.org. */
      TIMESTAMP_URL: z
        .union([z.literal('').transform(() => undefined), z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })])
        .optional(),
      /** PEM: those that are trusted, of the authority itself or of who certifies it, and lists of what was revoked. */
      TIMESTAMP_CERTIFICATES: z
        .string()
        .transform((pem, context) => {
          if (pem === '') return undefined;
          try {
            return readTrusted(pem);
          } catch (error) {
            context.addIssue(`is unusable: ${error instanceof Error ? error.message : 'unreadable'}`);
            return z.NEVER;
          }
        })
        .optional(),
    })
    .superRefine(({ TIMESTAMP_URL: url, TIMESTAMP_CERTIFICATES: trusted }, context) => {
      if ((url === undefined) === (trusted === undefined)) return;
      const path = [url === undefined ? 'TIMESTAMP_URL' : 'TIMESTAMP_CERTIFICATES'];
      context.addIssue({ code: 'custom', path, message: 'is missing: the two go together' });
    }),
  /** No secret, but given as a file more easily. */
  secrets: ['TIMESTAMP_CERTIFICATES'],
} satisfies Settings<object>;
