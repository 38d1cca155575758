import { z } from 'zod';
import { commandSourcesShape, eventSinksShape } from '../platform/brokers/settings.ts';
import { bundleSettings, requiredBuildSettings } from '../platform/build-settings.ts';
import { environmentOf, readSettings, type Environment, type Settings } from '../platform/config.ts';
import { databaseSettings, replicaSettings } from '../platform/database-settings.ts';
import { logSettings } from '../platform/logging-settings.ts';
import { storageSettings } from '../platform/storage/settings.ts';
import { tracingSettings } from '../platform/telemetry/settings.ts';
import { temporalSettings } from '../platform/temporal/settings.ts';
import { timeStampSettings } from '../platform/timestamps/settings.ts';
import { webhookSettings } from '../platform/webhooks/settings.ts';
import { issuerKeySettingsOfPools } from '../publication/credentials/key-settings.ts';
import { credentialSettings } from '../publication/credentials/settings.ts';
import { allowedSourcesShape } from '../publication/events/commands.ts';
import { candidateUrlSettings, deskUrlSettings, mailSettings, staffMailSettings } from '../publication/mail/settings.ts';
import { publicUrlSettings, receiptSettings } from '../publication/receipt-settings.ts';
import { REGISTER_SINK, registerSettings } from '../publication/register/settings.ts';

const workerSettings = {
  schema: z.object({
    /** How the Temporal Worker Controller calls this worker deployment; without it, it has the name of its pool. */
    TEMPORAL_DEPLOYMENT_NAME: z.string().min(1).optional(),
    /** Serves /livez, /readyz and /metrics. */
    WORKER_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9464),
    WORKER_HTTP_HOST: z.string().min(1).default('0.0.0.0'),
    SHUTDOWN_GRACE_SECONDS: z.coerce.number().int().min(0).default(20),
  }),
} satisfies Settings<object>;

/** The brokers that `events` tells and `intake` takes commands from, as JSON, and whose commands are taken. */
const brokerSettings = {
  schema: z.object({ ...eventSinksShape({ takenNames: [REGISTER_SINK] }), ...commandSourcesShape, ...allowedSourcesShape }),
} satisfies Settings<object>;

export const WORKER_SETTINGS = [
  databaseSettings,
  replicaSettings,
  temporalSettings,
  publicUrlSettings,
  receiptSettings,
  logSettings,
  webhookSettings,
  timeStampSettings,
  credentialSettings,
  issuerKeySettingsOfPools,
  mailSettings,
  candidateUrlSettings,
  deskUrlSettings,
  staffMailSettings,
  brokerSettings,
  requiredBuildSettings,
  bundleSettings,
  tracingSettings,
  workerSettings,
  storageSettings,
  registerSettings,
] as const;

export type WorkerConfig = ReturnType<typeof readWorkerConfig>;

/** All that pools run on; what single pools need beyond that is asked for when they are run. Throws a ConfigurationError that names every mistake. */
export function readWorkerConfig(environment?: Environment) {
  return readSettings(WORKER_SETTINGS, withControllersBuild(environmentOf(environment)));
}

/** The Temporal Worker Controller says in a variable of its own which build this is, and the image has one baked in: it is the one that routes. */
function withControllersBuild(environment: Environment): Environment {
  const { TEMPORAL_WORKER_BUILD_ID: buildId } = environment;
  return buildId === undefined ? environment : { ...environment, WORKER_BUILD_ID: buildId };
}
