import { z } from 'zod';
import { readSettings, type Environment, type Settings, type ValuesOf, type WithSecretFiles } from '../config.ts';

const pem = z.string().regex(/^\s*-----BEGIN [A-Z ]+-----/, 'must be PEM: -----BEGIN …');

const schema = z
  .object({
    TEMPORAL_ADDRESS: z
      .string()
      .regex(/^[^\s/]+:\d+$/, 'must be host:port')
      .default('127.0.0.1:7233'),
    TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
    /** For Temporal Cloud; switches TLS on. */
    TEMPORAL_API_KEY: z.string().min(1).optional(),
    TEMPORAL_TLS: z.stringbool().default(false),
    /** Mutual TLS: what the client shows, and its key, PEM. They switch TLS on. */
    TEMPORAL_TLS_CERT: pem.optional(),
    TEMPORAL_TLS_KEY: pem.optional(),
    /** PEM; in place of the authorities that the system trusts. Switches TLS on. */
    TEMPORAL_TLS_CA: pem.optional(),
    /** Where the name that the server shows is not the host of TEMPORAL_ADDRESS. */
    TEMPORAL_TLS_SERVER_NAME: z.string().min(1).optional(),
    /** A JWK Set of keys of 256 bits: the first that may encrypts what Temporal keeps, all of them decrypt; without it payloads are plain. */
    TEMPORAL_CODEC_KEYS: z.union([z.literal('').transform(() => undefined), z.string().min(1)]).optional(),
  })
  .superRefine((config, context) => {
    if ((config.TEMPORAL_TLS_CERT === undefined) === (config.TEMPORAL_TLS_KEY === undefined)) return;
    const missing = config.TEMPORAL_TLS_CERT === undefined ? 'TEMPORAL_TLS_CERT' : 'TEMPORAL_TLS_KEY';
    context.addIssue({ code: 'custom', path: [missing], message: 'is missing' });
  });

export const temporalSettings = {
  schema,
  secrets: ['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY', 'TEMPORAL_TLS_CA', 'TEMPORAL_CODEC_KEYS'],
} satisfies Settings<object>;

export type TemporalConfig = ValuesOf<typeof temporalSettings> & WithSecretFiles;

/** For what needs nothing but Temporal. Throws a ConfigurationError that names every mistake. */
export function readTemporalConfig(environment?: Environment): TemporalConfig {
  return readSettings([temporalSettings], environment);
}
