import { bundleSettings, ownBuildSettings } from '../platform/build-settings.ts';
import { readSettings, type Environment } from '../platform/config.ts';
import { databaseSettings } from '../platform/database-settings.ts';
import { storageSettings } from '../platform/storage/settings.ts';
import { temporalSettings } from '../platform/temporal/settings.ts';
import { candidateUrlSettings, mailServerSettings } from '../publication/mail/settings.ts';
import { publicUrlSettings } from '../publication/receipt-settings.ts';
import { registerSettings } from '../publication/register/settings.ts';

/** What single commands read of the environment. Each throws a ConfigurationError that names every mistake. */

/** For what fills the register. */
export function readRegisterConfig(environment?: Environment) {
  return readSettings([databaseSettings, registerSettings], environment);
}

/** For what puts Temporal and the records in step again. */
export function readReconcileConfig(environment?: Environment) {
  return readSettings([databaseSettings, temporalSettings, publicUrlSettings, candidateUrlSettings, mailServerSettings], environment);
}

/** For what reads the files that candidates uploaded. */
export function readStorageConfig(environment?: Environment) {
  return readSettings([storageSettings], environment);
}

/** The build that a command was started from, as its image says. */
export function readOwnBuild(environment?: Environment) {
  return readSettings([ownBuildSettings, bundleSettings], environment);
}
