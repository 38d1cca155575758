import type { RegisterReadModel } from './read-model.ts';
import type { RegisterSettings } from './settings.ts';

/**
 * The public register, where the configuration has it. Connects at the first use; only the client that is used is loaded.
 * `postgres` makes the one beside the records, which is the store's.
 */
export async function connectRegister(settings: RegisterSettings, { postgres }: { postgres: () => RegisterReadModel }): Promise<RegisterReadModel> {
  switch (settings.kind) {
    case 'postgres':
      return postgres();
    case 'dynamodb': {
      const { createDynamoDbReadModel } = await import('./dynamodb.ts');
      return createDynamoDbReadModel(settings);
    }
    case 'cosmos': {
      const { createCosmosReadModel } = await import('./cosmos.ts');
      return createCosmosReadModel(settings);
    }
  }
}
