import { readdir, readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type * as engineTypes from '@prisma/schema-engine-wasm';
import * as engineGlue from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { readMigrationConfig } from '../platform/database-settings.ts';
import { Failure, runProcess } from '../platform/failure.ts';
import { applyGrants, dropViews } from './grants.ts';
import { DEFAULT_ROLE_PREFIX } from './roles.ts';

/**
 * Applies the committed migrations with Prisma's own schema engine, compiled to WebAssembly: the native one is a
 * download that a closed network refuses. The migrations table is the same, so `prisma migrate` goes on working.
 */

export type MigrateOptions = {
  databaseUrl: string;
  /** What the names of the database's roles begin with. */
  rolePrefix?: string;
  /** Where they lie; in this folder if nobody says so. */
  directory?: string;
  log: (line: string) => void;
};

export const migrationsDirectory = fileURLToPath(new URL('migrations', import.meta.url));
const schemaPath = fileURLToPath(new URL('schema.prisma', import.meta.url));
const noFilters = { externalTables: [], externalEnums: [] };

/** Returns the names of the migrations applied now. Safe to repeat and to run twice at once: the engine takes an advisory lock. */
export async function migrate({
  databaseUrl,
  rolePrefix = DEFAULT_ROLE_PREFIX,
  directory = migrationsDirectory,
  log,
}: MigrateOptions): Promise<string[]> {
  const migrationsList = await readMigrations(directory);
  const { appliedMigrationNames } = await withEngine(databaseUrl, async (engine) => {
    await forgetUnfinished(engine, { migrationsList, log });
    await withClient(databaseUrl, async (client) => (await isBehind(client, migrationsList)) && dropViews(client));
    return engine.applyMigrations({ migrationsList, filters: noFilters });
  });
  for (const name of appliedMigrationNames) log(`applied migration ${name}`);
  if (appliedMigrationNames.length === 0) log('the database is up to date');
  const roles = await withClient(databaseUrl, (client) => applyGrants(client, rolePrefix));
  log(roles.length > 0 ? `each of ${roles.length} roles may do what it needs, and nothing else` : withoutRoles(rolePrefix));
  return appliedMigrationNames;
}

/**
 * A migration that failed, or whose process was killed, stays in the engine's table as begun, and the engine then applies nothing, not for the
 * release before either, until somebody says that it was rolled back. It was: each is one transaction.
 */
async function forgetUnfinished(
  engine: engineTypes.SchemaEngine,
  { migrationsList, log }: { migrationsList: engineTypes.MigrationList; log: (line: string) => void },
): Promise<void> {
  const diagnosis = { migrationsList, optInToShadowDatabase: false, filters: noFilters };
  const { failedMigrationNames } = await engine.diagnoseMigrationHistory(diagnosis);
  for (const migrationName of failedMigrationNames) {
    try {
      // Waits for the lock of whoever applies it at this moment, and refuses if it has come to its end by then.
      await engine.markMigrationRolledBack({ migrationName });
      log(`${migrationName} had not come to its end, and left nothing behind: it begins anew`);
    } catch (error) {
      const { failedMigrationNames: stillFailed } = await engine.diagnoseMigrationHistory(diagnosis);
      if (stillFailed.includes(migrationName)) throw error;
    }
  }
}

/** The SQL that creates what schema.prisma describes, from nothing. The server is asked for its version only. */
export async function diffFromEmpty(databaseUrl: string): Promise<string> {
  return diff(databaseUrl, { tag: 'empty' });
}

/**
 * The SQL from the committed migrations to schema.prisma: the next migration. The engine replays the migrations in a
 * shadow database, so the URL must be of a server where a database may be created.
 */
export async function diffFromMigrations(databaseUrl: string): Promise<string> {
  return diff(databaseUrl, { tag: 'migrations', ...(await readMigrations(migrationsDirectory)) });
}

async function diff(databaseUrl: string, from: engineTypes.DiffTarget): Promise<string> {
  const files = [{ path: schemaPath, content: await readFile(schemaPath, 'utf8') }];
  const result = await withEngine(databaseUrl, (engine) =>
    engine.diff({ from, to: { tag: 'schemaDatamodel', files }, script: true, exitCode: null, filters: noFilters }),
  );
  return result.stdout ?? '';
}

async function withEngine<Result>(databaseUrl: string, use: (engine: engineTypes.SchemaEngine) => Promise<Result>): Promise<Result> {
  const { SchemaEngine } = await loadEngine();
  const pool = connect(databaseUrl);
  const adapter = bindMigrationAwareSqlAdapterFactory(adapterFactory(pool, databaseUrl));
  const ignoreEngineLog = () => {};
  try {
    return await use(await SchemaEngine.new({ datamodels: undefined }, ignoreEngineLog, adapter));
  } catch (error) {
    throw engineFailure(error, adapter);
  } finally {
    await pool.end();
  }
}

async function withClient<Result>(databaseUrl: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Whether any of the migrations is still to be applied to a database that had some before. */
async function isBehind(client: pg.Client, { migrationDirectories }: engineTypes.MigrationList): Promise<boolean> {
  const { rows: tables } = await client.query<{ there: boolean }>(`SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS there`);
  if (!tables[0]?.there) return false;
  const { rows } = await client.query<{ name: string }>('SELECT migration_name AS name FROM public._prisma_migrations WHERE finished_at IS NOT NULL');
  const applied = new Set(rows.map(({ name }) => name));
  return migrationDirectories.some(({ path }) => !applied.has(path));
}

function withoutRoles(prefix: string): string {
  return `there is no role ${prefix}_…: every process works as the owner of the tables, who can change what must never change (deploy/terraform/roles.sql)`;
}

/** The engine's lock lives as long as its connection: that must not idle away meanwhile, nor outlast the work. */
function connect(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, idleTimeoutMillis: 0 });
  const query = pool.query.bind(pool) as (...parameters: unknown[]) => Promise<pg.QueryResult | pg.QueryResult[]>;
  const queryWithKnownTypes = async (...parameters: unknown[]) => asKnownTypes(await query(...parameters));
  return Object.assign(pool, { query: queryWithKnownTypes });
}

/**
 * The engine reads the catalogue's one-byte "char", which the adapter refuses. It passes the adapter as timetz, which
 * the catalogue has none of, and adapterOf names it what it is.
 */
function asKnownTypes<Results extends pg.QueryResult | pg.QueryResult[]>(results: Results): Results {
  const internalCharOid = 18;
  const fields = [results].flat().flatMap((result) => result.fields);
  for (const field of fields) if (field.dataTypeID === internalCharOid) field.dataTypeID = pg.types.builtins.TIMETZ;
  return results;
}

function adapterFactory(pool: pg.Pool, databaseUrl: string): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => adapterOf(pool, async () => {}),
    connectToShadowDb: () => connectToShadowDatabase(pool, databaseUrl),
  };
}

/** Ours, since the adapter's own can't change the database of a connection string, nor drop what it is connected to. */
async function connectToShadowDatabase(pool: pg.Pool, databaseUrl: string): Promise<SqlDriverAdapter> {
  const url = new URL(databaseUrl);
  const name = `shadow_${crypto.randomUUID()}`;
  url.pathname = name;
  await pool.query(`CREATE DATABASE "${name}"`);
  const shadowPool = connect(url.href);
  return adapterOf(shadowPool, async () => {
    await shadowPool.end();
    await pool.query(`DROP DATABASE "${name}"`);
  });
}

/** Mends two things: "char" columns, and that executeScript cuts at every semicolon, also those in a function's body. */
async function adapterOf(pool: pg.Pool, dispose: () => Promise<void>): Promise<SqlDriverAdapter> {
  const adapter = await new PrismaPg(pool).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    const { Time, Character } = ColumnTypeEnum;
    return { ...result, columnTypes: result.columnTypes.map((type) => (type === Time ? Character : type)) };
  };
  adapter.executeScript = async (script) => void (await pool.query(script));
  adapter.dispose = dispose;
  return adapter;
}

type Adapter = ReturnType<typeof bindMigrationAwareSqlAdapterFactory>;

/**
 * What the engine or the database says of the database and the migrations is for whoever migrates; anything else is a defect.
 * The engine reports an error of the adapter by a number only; the adapter's registry holds the error itself.
 */
function engineFailure(error: unknown, adapter: Adapter): unknown {
  if (!(error instanceof Error) || !ENGINE_ERRORS.includes(error.name)) return error;
  const id = /External error id#(\d+)/.exec(error.message)?.[1];
  if (id === undefined) return new Failure(error.message, { cause: error });
  const cause: unknown = adapter.errorRegistry.consumeError(Number(id))?.error;
  const message = cause instanceof Error ? error.message.replace(`External error id#${id}`, cause.message) : error.message;
  return cause instanceof pg.DatabaseError ? new Failure(message, { cause }) : new Error(message, { cause });
}

/** By their names: those of Node's own classes are defects. */
const ENGINE_ERRORS = ['Error', 'SchemaConnectorError'];

type WasmExports = { __wbindgen_start: () => void };

/** What is used of the global: its types come with the DOM library, which this project leaves out. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: WasmExports } }>;
};

let engine: Promise<typeof engineTypes> | undefined;

/** Once a process: its JavaScript half keeps views on the memory of the first instance. */
function loadEngine(): Promise<typeof engineTypes> {
  return (engine ??= instantiateEngine());
}

/** Node does not import .wasm files, which the package's own entry point does. */
async function instantiateEngine(): Promise<typeof engineTypes> {
  // Where the engine looks, by this name, for whom to tell of a panic.
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: console.error } });
  const manifest = findPackageJSON('@prisma/schema-engine-wasm', import.meta.url);
  if (manifest === undefined) throw new Error('the npm package @prisma/schema-engine-wasm is not installed: run npm ci');
  const wasmFile = join(dirname(manifest), 'schema_engine_bg.wasm');
  const imports = { './schema_engine_bg.js': engineGlue };
  const { instance } = await WebAssembly.instantiate(await readFile(wasmFile), imports);
  engineGlue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return engineGlue;
}

async function readMigrations(directory: string): Promise<engineTypes.MigrationList> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
  return {
    baseDir: directory,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(`${directory}/migration_lock.toml`, 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.map((name) => readMigration(directory, name))),
  };
}

async function readMigration(directory: string, name: string): Promise<engineTypes.MigrationDirectory> {
  const value = await readFile(`${directory}/${name}/migration.sql`, 'utf8');
  return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } } };
}

async function main(flag: string | undefined): Promise<void> {
  const { DATABASE_URL: databaseUrl, DATABASE_ROLE_PREFIX: rolePrefix } = readMigrationConfig();
  if (flag === undefined) await migrate({ databaseUrl, rolePrefix, log: console.log });
  else if (flag === '--diff') process.stdout.write(await diffFromMigrations(databaseUrl));
  else if (flag === '--diff-from-empty') process.stdout.write(await diffFromEmpty(databaseUrl));
  else throw new Failure('Usage: node prisma/migrate.ts [--diff | --diff-from-empty]');
}

// Without an exit, a timer of the engine's lock would keep the process for ten seconds more.
if (import.meta.main) await runProcess(() => main(process.argv[2]));
