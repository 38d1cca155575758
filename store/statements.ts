import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { Prisma, type PrismaClient } from '../prisma/generated/client.ts';

/**
 * Statements that are written out in SQL go straight to `pg`, on the client's connections and within its transactions: for most of ours the layers
 * that they would pass otherwise cost more than PostgreSQL does. All else is Prisma's, and values are as it gives them.
 */

type Statements = Pick<Prisma.TransactionClient, '$queryRaw' | '$executeRaw'>;
type NameOf = (statement: { readonly sql: string }) => string;

/** A transaction that is being begun, or is under way. */
type Begun = {
  readonly milliseconds: number;
  isTaken: boolean;
  /** While it has one, and until when it is sure to. */
  held?: { readonly connection: pg.PoolClient; readonly until: number } | undefined;
};

const beginning = new AsyncLocalStorage<Begun>();

/** Of a transaction's time: what is asked later might reach its connection after Prisma has rolled it back. */
const USABLE_SHARE = 0.95;

/** Connections; which of them a transaction is on is noted as it takes it. */
export class NotingPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void): void;
  override connect(callback?: (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void) {
    if (callback) return super.connect(callback);
    const begun = beginning.getStore();
    if (!begun || begun.isTaken) return super.connect();
    begun.isTaken = true;
    return this.connectFor(begun);
  }

  private async connectFor(begun: Begun): Promise<pg.PoolClient> {
    const connection = await super.connect();
    begun.held = { connection, until: performance.now() + begun.milliseconds * USABLE_SHARE };
    const release = connection.release.bind(connection);
    connection.release = (error) => {
      begun.held = undefined;
      release(error);
    };
    return connection;
  }
}

type Work = (tx: Prisma.TransactionClient) => Promise<unknown>;
type Options = { readonly timeout?: number };

/** As Prisma has it where nothing is said. */
const TRANSACTION_MILLISECONDS = 5000;

/** The client whose adapter is on that pool, with what is written out going there directly. */
export function withDirectStatements(prisma: PrismaClient, { pool, nameOf }: { pool: NotingPool; nameOf: NameOf }): PrismaClient {
  function transaction(work: Work, options: Options = {}): Promise<unknown> {
    const begun: Begun = { milliseconds: options.timeout ?? TRANSACTION_MILLISECONDS, isTaken: false };
    const direct = statements(() => connectionOf(begun), nameOf);
    return beginning.run(begun, () => prisma.$transaction((tx) => work(extended(tx, direct)), options));
  }

  return extended(prisma, {
    ...statements(() => pool, nameOf),
    $transaction: (what: Work | readonly never[], options?: Options) =>
      typeof what === 'function' ? transaction(what, options) : prisma.$transaction([...what], options),
  });
}

/** The object, but for what is given instead of its own: defined beside it, since to set it would set it there. */
function extended<Original extends object>(original: Original, instead: object): Original {
  return Object.create(original, Object.getOwnPropertyDescriptors(instead)) as Original;
}

function connectionOf({ held }: Begun): pg.PoolClient {
  if (held && performance.now() < held.until) return held.connection;
  throw new Prisma.PrismaClientKnownRequestError('the transaction is over, or took too long', {
    code: 'P2028',
    clientVersion: Prisma.prismaVersion.client,
  });
}

function statements(connection: () => Pick<pg.ClientBase, 'query'>, nameOf: NameOf): Statements {
  async function ask(query: TemplateStringsArray | Prisma.Sql, values: readonly unknown[]): Promise<pg.QueryResult> {
    const sql = 'raw' in query ? Prisma.sql(query, ...values) : query;
    const { text } = sql;
    try {
      return await connection().query({ name: nameOf({ sql: text }), text, values: sql.values.map(asSent), types });
    } catch (error) {
      throw withoutValues(error);
    }
  }
  return {
    $queryRaw: (async (query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => (await ask(query, values)).rows) as Statements['$queryRaw'],
    $executeRaw: (async (query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) =>
      (await ask(query, values)).rowCount ?? 0) as Statements['$executeRaw'],
  };
}

/** PostgreSQL quotes rows and parameters there, and errors are logged. */
function withoutValues(error: unknown): unknown {
  return error instanceof pg.DatabaseError ? Object.assign(error, { detail: undefined, where: undefined, internalQuery: undefined }) : error;
}

function asSent(value: unknown): unknown {
  if (value === undefined) throw new TypeError('a statement has no value for one of its parameters');
  if (value instanceof Date) return asText(value);
  if (Array.isArray(value)) return value.map(asSent);
  if (value instanceof Prisma.Decimal) return value.toFixed();
  return value;
}

/** To the letter as Prisma sends it, for where it is taken for text: of a session in UTC, without a fraction that is none, and the years after 9999 without the sign that ISO gives them. */
function asText(instant: Date): string {
  return instant
    .toISOString()
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '')
    .replace(/^\+0*/, '');
}

const { builtins, getTypeParser } = pg.types;
/** Sessions are in UTC. */
const instant = (text: string): Date => new Date(`${text.replace(' ', 'T').replace(/\+00$/, '')}Z`);
/** Lists by the types of what is in them. */
const LISTS = { text: 1009, int8: 1016, timestamptz: 1185, date: 1182, numeric: 1231 } as const;
const textList = getTypeParser(LISTS.text as never) as unknown as (text: string) => (string | null)[];
const each = (parse: (text: string) => unknown) => (text: string) => textList(text).map((value) => (value === null ? null : parse(value)));
const decimal = (text: string) => new Prisma.Decimal(text);
const date = (text: string) => new Date(text);

/** Where Prisma reads a type otherwise than `pg` does. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [builtins.INT8, BigInt],
  [LISTS.int8, each(BigInt)],
  [builtins.NUMERIC, decimal],
  [LISTS.numeric, each(decimal)],
  [builtins.TIMESTAMPTZ, instant],
  [LISTS.timestamptz, each(instant)],
  [builtins.DATE, date],
  [LISTS.date, each(date)],
  [builtins.BYTEA, (text) => new Uint8Array(getTypeParser(builtins.BYTEA)(text) as Buffer)],
]);

const types = { getTypeParser: ((oid: number, format?: 'text') => PARSERS.get(oid) ?? getTypeParser(oid, format)) as typeof getTypeParser };
