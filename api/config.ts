import { z } from 'zod';
import { buildSettings } from '../platform/build-settings.ts';
import { readSettings, type Environment, type Settings } from '../platform/config.ts';
import { databaseSettings } from '../platform/database-settings.ts';
import { isSafeOrigin, isSafeUrl, SAFE_ORIGINS_RULE, SAFE_URL_RULE } from '../platform/safe-url.ts';
import { logSettings } from '../platform/logging-settings.ts';
import { scannerSettings } from '../platform/files/scanner-settings.ts';
import { storageSettings } from '../platform/storage/settings.ts';
import { tracingSettings } from '../platform/telemetry/settings.ts';
import { temporalSettings } from '../platform/temporal/settings.ts';
import { webhookSettings } from '../platform/webhooks/settings.ts';
import { issuerKeySettings } from '../publication/credentials/key-settings.ts';
import { publicUrlSettings, receiptSettings } from '../publication/receipt-settings.ts';
import { registerSettings } from '../publication/register/settings.ts';

const apiSettings = {
  schema: z.object({
    API_HOST: z.string().min(1).default('0.0.0.0'),
    API_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
    OIDC_ISSUER: z.url().refine(isSafeUrl, SAFE_URL_RULE),
    OIDC_AUDIENCE: z.string().min(1),
    /** Requests a minute for one actor; answers 429 beyond it. */
    RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(1200),
    /** Requests a minute to the public register from one address. */
    REGISTER_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(60),
    /** Where somebody with the role grader stands who asks for work for the first time: given work at once, or once staff admit them. */
    NEW_GRADERS: z.enum(['active', 'in_training']).default('active'),
    /** Whether a designated grader publishes an exam version alone, or proposes it and somebody else publishes it. */
    EXAM_PUBLICATION: z.enum(['two-persons', 'one-person']).default('two-persons'),
    /** Of these authentication context classes (`acr`) one must be of the token for an act that takes two persons; without one, none is asked for. */
    STEP_UP_ACR_VALUES: z
      .string()
      .regex(/^[\x21\x23-\x5b\x5d-\x7e ]*$/, 'must be authentication context classes with blanks between them')
      .default('')
      .transform((values) => values.split(' ').filter((value) => value !== '')),
    /** How long ago somebody may have signed in (`auth_time`) for such an act; without it, ever. */
    STEP_UP_MAX_AGE_SECONDS: z.union([z.literal('').transform(() => undefined), z.coerce.number().int().min(30).max(86_400)]).optional(),
    /** Nothing of a candidate is erased before so many days after their last attempt ended. */
    ERASURE_AFTER_DAYS: z.coerce.number().int().min(0).max(36_500).default(365),
    /** Whether the register goes on to say the name on a certificate whose holder is erased: as they ask, always, or never. */
    ERASURE_REGISTER: z.enum(['asked', 'kept', 'erased']).default('asked'),
    /** Within so many a body must have come; the bytes of an upload may just not stand still for so long. */
    REQUEST_BODY_SECONDS: z.coerce.number().int().min(1).max(600).default(60),
    /** Pages of these origins may read what the API answers to their users; without one, those of no other origin may. */
    CORS_ALLOWED_ORIGINS: z
      .string()
      .default('')
      .transform((list) => list.split(',').flatMap((origin) => (origin.trim() === '' ? [] : [origin.trim()])))
      .refine((origins) => origins.every(isSafeOrigin), SAFE_ORIGINS_RULE),
    /** Where people look at workflows; staff are led from an attempt to its own. */
    TEMPORAL_UI_URL: z.union([z.literal('').transform(() => undefined), z.url().refine(isSafeUrl, SAFE_URL_RULE)]).optional(),
    /** The pages' client at the issuer, a public one with PKCE; without it there are no pages. */
    WEB_CLIENT_ID: z.union([z.literal('').transform(() => undefined), z.string().min(1).max(255)]).optional(),
    /** What the pages ask the issuer for: a token for this API, and one to renew it with. */
    WEB_SCOPE: z.string().min(1).max(1000).default('openid profile email offline_access'),
    SHUTDOWN_GRACE_SECONDS: z.coerce.number().int().min(0).default(20),
  }),
} satisfies Settings<object>;

export const API_SETTINGS = [
  tracingSettings,
  databaseSettings,
  temporalSettings,
  publicUrlSettings,
  receiptSettings,
  issuerKeySettings,
  logSettings,
  webhookSettings,
  buildSettings,
  apiSettings,
  storageSettings,
  scannerSettings,
  registerSettings,
] as const;

export type ApiConfig = ReturnType<typeof readApiConfig>;

/** All that the API runs on. Throws a ConfigurationError that names every mistake. */
export function readApiConfig(environment?: Environment) {
  return readSettings(API_SETTINGS, environment);
}
