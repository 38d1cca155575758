import { z } from 'zod';
import type { Settings } from './config.ts';
import { LOG_FORMATS } from './logging.ts';

export const logSettings = {
  schema: z.object({
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    /** `ecs`: lines by the Elastic Common Schema. */
    LOG_FORMAT: z.enum(LOG_FORMATS).default('json'),
  }),
} satisfies Settings<object>;
