import { z } from 'zod';
import type { Settings } from '../config.ts';
import { readClamdUrl } from './clamd.ts';

/** With a scanner no file is given out unscanned; without, files are not scanned. */
export const scannerSettings = {
  schema: z.object({
    /** ClamAV's daemon: tcp://clamav:3310, or unix:///run/clamav/clamd.ctl. Its StreamMaxLength must be 200M or more. */
    CLAMD_URL: z
      .union([
        z.literal('').transform(() => undefined),
        z.string().refine((url) => readClamdUrl(url) !== undefined, 'must be tcp://HOST:PORT or unix:///PATH'),
      ])
      .optional(),
  }),
} satisfies Settings<object>;
