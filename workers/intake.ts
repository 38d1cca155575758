import type { Client } from '@temporalio/client';
import type { CommandSource } from '../platform/brokers/command-source.ts';
import { createDoorbell } from '../platform/doorbell-ringer.ts';
import { ringAttempt } from '../platform/doorbell.ts';
import type { Logger } from '../platform/logging.ts';
import type { Store } from '../store/store.ts';
import { createCommandHandler, type CommandDependencies, type CommandStores } from './commands.ts';
import type { Loop } from './loop.ts';

export type IntakeOptions = Pick<CommandDependencies, 'publicUrl' | 'allowedSources'> & {
  readonly sources: readonly CommandSource[];
  readonly store: CommandStores & Pick<Store, 'deliveries'>;
  readonly client: Client;
  readonly logger: Logger;
};

/** Takes commands from all sources until stopped. Any number of intakes may run: commands are idempotent. */
export function createIntake({ sources, store, client, logger, publicUrl, allowedSources }: IntakeOptions): Loop {
  const doorbell = createDoorbell({ ringAttempt: (bell) => ringAttempt(client, bell), deliveries: store.deliveries, logger });
  const handle = createCommandHandler({ store, ring: doorbell.ring, logger, publicUrl, allowedSources });
  return {
    async run() {
      await Promise.all(sources.map((source) => source.run(handle)));
      await doorbell.drain();
    },
    stop: () => {
      for (const source of sources) source.stop();
    },
  };
}
