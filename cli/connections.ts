import type { Client } from '@temporalio/client';
import { environmentOf, type Environment } from '../platform/config.ts';
import { readDatabaseConfig } from '../platform/database-settings.ts';
import type { ObjectStorage } from '../platform/storage/object-storage.ts';
import { readTemporalConfig } from '../platform/temporal/settings.ts';
import type { RegisterReadModel } from '../publication/register/read-model.ts';
import { CommandError } from './command.ts';
import { readReconcileConfig, readRegisterConfig, readStorageConfig } from './config.ts';
import { readRunningStack, type RunningStack } from './stack.ts';
import type { CommandStores } from './stores.ts';

/** How a candidate is told something, as the pools' settings have it. */
type Addressing = { readonly publicUrl: string; readonly candidateUrl: string | undefined; readonly mailing: boolean };

/** What subcommands connect to, each at its first use. Every one throws a CommandError when nobody has named the server. */
export type Connections = {
  readonly stores: () => Promise<CommandStores>;
  readonly temporal: () => Promise<Client>;
  readonly register: () => Promise<RegisterReadModel>;
  readonly storage: () => Promise<ObjectStorage>;
  readonly addressing: () => Promise<Addressing>;
  /** The stack that `npm start` keeps, where it runs and the environment names no server. */
  readonly stack: () => Promise<RunningStack | undefined>;
  /** Says which server is spoken to. */
  readonly announce: (server: string) => void;
  readonly close: () => Promise<void>;
};

/** Each of them names a server or a place. As soon as one is there, the environment names all of them. */
const NAMING = ['DATABASE_URL', 'DATABASE_URL_FILE', 'TEMPORAL_ADDRESS', 'REGISTER', 'STORAGE', 'UPLOAD_DIRECTORY'] as const;

/**
 * Connections as the environment names them, or else as the running stack does; never some of each: a repair that compares the
 * records of one system with the workflows of another would end what is alive. Nothing has a default address. The clients are
 * loaded when they are used: a command that needs one of them runs in a small pod.
 */
export function createConnections({
  announce,
  stackFile,
  environment = environmentOf(),
}: {
  announce: (line: string) => void;
  stackFile: string | URL;
  environment?: Environment;
}): Connections {
  const closers: (() => Promise<void>)[] = [];
  const given = NAMING.find((name) => environment[name]);
  const stack = once(async () => (given === undefined ? readRunningStack(stackFile) : undefined));

  /** The environment to read settings from: one in which `variable` is. */
  async function naming(variable: 'DATABASE_URL' | 'TEMPORAL_ADDRESS', what: string): Promise<Environment> {
    const settings = given === undefined ? (await stack())?.environment : environment;
    if (settings?.[variable] || settings?.[`${variable}_FILE`]) return settings;
    const why =
      given === undefined
        ? 'and no stack of "npm start" runs in this checkout'
        : `and since ${given} is set, no stack of "npm start" is asked: a command never mixes the servers of two`;
    throw new CommandError(`No ${what} is named: ${variable} is not set, ${why}.`);
  }

  function say(server: string): void {
    announce(`${server}${given === undefined ? ', of the stack that "npm start" keeps' : ''}`);
  }

  const stores = once(async () => {
    const config = readDatabaseConfig(await naming('DATABASE_URL', 'PostgreSQL'));
    say(`PostgreSQL ${databaseOf(config.DATABASE_URL)}`);
    const { connectCommandStores } = await import('./stores.ts');
    const connected = connectCommandStores(config);
    closers.push(() => connected.close());
    return connected;
  });

  const temporal = once(async () => {
    const config = readTemporalConfig(await naming('TEMPORAL_ADDRESS', 'Temporal'));
    say(`Temporal ${config.TEMPORAL_ADDRESS}, namespace ${config.TEMPORAL_NAMESPACE}`);
    const { createTemporalClient } = await import('../platform/temporal/client.ts');
    const client = createTemporalClient(config);
    closers.push(() => client.connection.close());
    await client.connection.ensureConnected();
    return client;
  });

  return {
    stack,
    stores,
    temporal,
    announce,

    async register() {
      const config = readRegisterConfig(await naming('DATABASE_URL', 'PostgreSQL'));
      const { connectRegister } = await import('../publication/register/connect.ts');
      const { createPostgresRegister } = await import('../store/register.ts');
      const { prisma } = await stores();
      const register = await connectRegister(config.register, { postgres: () => createPostgresRegister({ prisma }) });
      say(`Register ${registerOf(config.register)}`);
      closers.unshift(() => register.close());
      return register;
    },

    async storage() {
      const { connectStorage } = await import('../platform/storage/connect.ts');
      return connectStorage(readStorageConfig(await naming('DATABASE_URL', 'PostgreSQL')));
    },

    async addressing() {
      await naming('TEMPORAL_ADDRESS', 'Temporal');
      const config = readReconcileConfig(await naming('DATABASE_URL', 'PostgreSQL'));
      return { publicUrl: config.PUBLIC_URL, candidateUrl: config.CANDIDATE_URL, mailing: config.SMTP_URL !== undefined };
    },

    async close() {
      for (const close of closers.splice(0)) await close();
    },
  };
}

type Connected = {
  readonly stores: Partial<CommandStores>;
  readonly client: Client;
  readonly register: RegisterReadModel;
  readonly storage: ObjectStorage;
  readonly addressing: Addressing;
};

/** What somebody else has connected, and closes: for rehearsals and tests, which run commands within their own process. */
export function connectionsOf({ stores, client, register, storage, addressing }: Partial<Connected>): Connections {
  const given = async <Value>(value: Value | undefined, name: string): Promise<Value> => {
    if (value === undefined) throw new CommandError(`this command needs ${name}, which is not connected here`);
    return value;
  };
  return {
    stores: () => given(stores as CommandStores | undefined, 'PostgreSQL'),
    temporal: async () => {
      const connected = await given(client, 'Temporal');
      await connected.connection.ensureConnected();
      return connected;
    },
    register: () => given(register, 'the register'),
    storage: () => given(storage, 'the storage'),
    addressing: () => given(addressing, 'the addresses'),
    stack: async () => undefined,
    announce: () => {},
    close: async () => {},
  };
}

/** Host, port and database, never user or password. Throws a CommandError when it leaves the host to a default. */
function databaseOf(databaseUrl: string): string {
  const { hostname, port, pathname, searchParams } = new URL(databaseUrl);
  const host = searchParams.get('host') ?? hostname;
  if (host === '') throw new CommandError('DATABASE_URL names no host: say which PostgreSQL is meant');
  const database = decodeURIComponent(pathname.slice(1));
  return `${host}:${port || '5432'}, database ${database || 'of the user'}`;
}

function registerOf(settings: ReturnType<typeof readRegisterConfig>['register']): string {
  switch (settings.kind) {
    case 'postgres':
      return 'in that database';
    case 'dynamodb':
      return `${settings.endpoint ?? `DynamoDB in ${settings.region}`}, table ${settings.table}`;
    case 'cosmos':
      return `${settings.endpoint}, database ${settings.database}, container ${settings.container}`;
  }
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}
