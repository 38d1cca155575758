import { createCommandSource } from '../platform/brokers/brokers.ts';
import { ConfigurationError, environmentOf } from '../platform/config.ts';
import { createIntake } from './intake.ts';
import type { Loop } from './loop.ts';
import type { LoopDependencies } from './loops.ts';

/** The intake with the command sources of the configuration; nothing to run without one. Throws a ConfigurationError without any allowed system. */
export async function connectIntake({ config, store, client, logger }: LoopDependencies): Promise<readonly Loop[]> {
  const { COMMAND_SOURCES: settings, COMMAND_ALLOWED_SOURCES: allowedSources, PUBLIC_URL: publicUrl } = config;
  if (settings.length === 0) return [];
  if (allowedSources.length === 0) {
    throw new ConfigurationError(['COMMAND_ALLOWED_SOURCES: is missing: it names the systems whose commands are taken']);
  }
  const sources = await Promise.all(settings.map((source) => createCommandSource(source, { secrets: environmentOf(), logger })));
  return [createIntake({ sources, store, client, logger, publicUrl, allowedSources })];
}
