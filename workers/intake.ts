import type { Client } from '@temporalio/client';
import type { CommandSource } from '../platform/brokers/command-source.ts';
import { createDoorbell } from '../platform/temporal/doorbell.ts';
import { ring } from '../platform/temporal/ring.ts';
import type { Logger } from '../platform/logging.ts';
import type { Committed } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import { attemptBell } from '../workflows/bells.ts';
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
  const doorbell = createDoorbell<Committed>({ ring: (bell) => ring(client, attemptBell(bell)), deliveries: store.deliveries, logger });
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
