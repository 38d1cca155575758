import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../prisma/generated/client.ts';
import { Refusal } from '../domain/refusal.ts';
import { ConfigurationError } from '../platform/config.ts';
import type { DatabaseConfig } from '../platform/database-settings.ts';
import type { ReceiptSigner } from '../publication/receipts.ts';
import { inChildSpan, SpanKind } from '../platform/telemetry/spans.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { Kept } from '../platform/secret-keeper.ts';
import { NotingPool, withDirectStatements } from './statements.ts';

export type Transaction = Prisma.TransactionClient;

/**
 * The clock of facts, as an SQL expression: PostgreSQL's own, so that every process reads the same one. Tests of
 * deadlines that lie weeks ahead pass another.
 */
export type Clock = () => Prisma.Sql | Promise<Prisma.Sql>;

export const postgresClock: Clock = () => Prisma.sql`clock_timestamp()`;

/**
 * An instant as columns keep it, to the nearest millisecond. What became due now lies half a millisecond ahead of the clock at times: compared with this it is
 * due at once.
 */
export const asKept = (instant: Prisma.Sql): Prisma.Sql => Prisma.sql`(${instant})::timestamptz(3)`;

/** What that clock says, for facts that are written with other facts of the same instant. */
export async function nowBy(clock: Clock, prisma: Pick<Transaction, '$queryRaw'>): Promise<Date> {
  const [row] = await prisma.$queryRaw<[{ now: Date }]>`SELECT ${await clock()} AS now`;
  return row.now;
}

export type StoreContext = {
  readonly prisma: PrismaClient;
  /** For reports and exports, where one is configured (report-source.ts). */
  readonly replica?: PrismaClient | undefined;
  readonly clock: Clock;
  readonly receipts: ReceiptSigner;
  /** Seals secrets at rest; none: they are kept as they are. */
  readonly secretBox?: Kept<SecretBox> | undefined;
};

/** What a store needs that signs no receipts. */
export type RecordContext = Pick<StoreContext, 'prisma' | 'replica' | 'clock' | 'secretBox'>;

/** Gives use cases, each a function of a context and a request, the context they share: a store is made of them. */
export function bindTo<Context>(context: Context) {
  return <Request extends readonly unknown[], Result>(useCase: (context: Context, ...request: Request) => Result) =>
    (...request: Request): Result =>
      useCase(context, ...request);
}

/** A request's Idempotency-Key, kept per actor and operation with a hash of what was asked. */
export type IdempotencyKey = {
  readonly actor: string;
  readonly operation: string;
  readonly key: string;
  readonly requestHash: string;
};

/** What a candidate asks for an attempt of their own. */
export type CandidateRequest = { readonly attemptId: string; readonly subject: string; readonly idempotency?: IdempotencyKey | undefined };

/**
 * How long API and pools wait for an answer. A server that vanishes without a word, as in a failover, leaves its connections
 * open: without this a query would wait for a quarter of an hour, or for ever.
 */
export const ANSWER_MILLISECONDS = 30_000;
const KEEP_ALIVE_MILLISECONDS = 10_000;
/** A new connection reads the catalogue and plans each statement anew, which costs more than what an attempt asks of it: it is kept over a lull. */
const IDLE_MILLISECONDS = 300_000;

/**
 * Connections are opened with the URL of their time: a password that was changed needs no restart. Tools wait for their
 * queries as long as these take, on as many processors; who serves gives `answerMilliseconds`.
 */
export function connectDatabase(
  config: DatabaseConfig,
  { databaseUrl = { current: config.DATABASE_URL }, answerMilliseconds }: { databaseUrl?: Kept<string>; answerMilliseconds?: number } = {},
): PrismaClient {
  const pool = new NotingPool({
    Client: clientOf(databaseUrl, answerMilliseconds === undefined ? [IN_UTC] : [IN_UTC, ON_ONE_PROCESSOR]),
    max: config.DATABASE_POOL_SIZE,
    idleTimeoutMillis: IDLE_MILLISECONDS,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    ...(answerMilliseconds === undefined ? {} : { query_timeout: answerMilliseconds }),
  });
  // A connection that PostgreSQL ends, idle or in use, is an outage of the queries on it, never of this process: those
  // queries fail and say so, and the pool connects anew.
  const ended = () => {};
  pool.on('error', ended);
  const nameOf = createStatementNames();
  const adapter = new PrismaPg(pool, { disposeExternalPool: true, onConnectionError: ended, statementNameGenerator: nameOf });
  const prisma = withDirectStatements(new PrismaClient({ adapter }), { pool, nameOf });
  pools.set(prisma, pool);
  return prisma;
}

const pools = new WeakMap<PrismaClient, pg.Pool>();

/** The client's own connections, for what is asked of the catalogue and not of the records. */
export function connectionsOf(prisma: PrismaClient): Pick<pg.Pool, 'query'> {
  const pool = pools.get(prisma);
  if (!pool) throw new TypeError('this client was not made by connectDatabase');
  return pool;
}

function clientOf(databaseUrl: Kept<string>, settings: readonly string[]): typeof pg.Client {
  return class extends pg.Client {
    constructor(options: pg.ClientConfig) {
      super({ ...options, connectionString: withSettings(databaseUrl.current, settings) });
    }
  };
}

/** Throws a ConfigurationError that does not quote it when this is no URL of PostgreSQL. */
export function usableDatabaseUrl(text: string): string {
  if (/^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new ConfigurationError('DATABASE_URL must be a postgresql:// URL');
}

/** Lists of all lengths make ever new statements: beyond so many texts they go unnamed, and are planned each time. */
const NAMED_STATEMENTS_MAX = 500;

/**
 * Statements with a name are parsed and planned once a connection. Without, PostgreSQL spends more on planning ours, which
 * join many tables to find few rows, than on all the rest.
 */
function createStatementNames(): ({ sql }: { readonly sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined || names.size >= NAMED_STATEMENTS_MAX) return known ?? '';
    const name = `certifiable_${names.size}`;
    names.set(sql, name);
    return name;
  };
}

/** The adapter writes instants without an offset and drops the one it reads, so a session in another time zone would shift every deadline. */
const IN_UTC = 'TimeZone=UTC';
/** Of who serves: a query that took all processors would take them from those who sit an exam. */
const ON_ONE_PROCESSOR = 'max_parallel_workers_per_gather=0';

/** Of the sessions. Options that the URL has stay; these come last and win. */
function withSettings(databaseUrl: string, settings: readonly string[]): string {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options');
  url.searchParams.set('options', [...(options === null ? [] : [options]), ...settings.map((setting) => `-c ${setting}`)].join(' '));
  return url.href;
}

const TRANSACTION_SPAN = { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } };

/** One transaction, at READ COMMITTED: every statement sees what was committed before it, and locks do the rest. */
export function inTransaction<Result>(context: Pick<StoreContext, 'prisma'>, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  return inChildSpan('transaction', TRANSACTION_SPAN, () => context.prisma.$transaction(work, { maxWait: 10_000, timeout: 20_000 }));
}

/**
 * One transaction under an Idempotency-Key: the first request with the key does the work and keeps its answer; a repeat
 * gets that answer; the same key with another body is refused. A request that fails leaves no trace of its key.
 */
export function inIdempotentTransaction<Result>(
  context: RecordContext,
  idempotency: IdempotencyKey | undefined,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  if (!idempotency) return inTransaction(context, work);
  const { actor, operation, key, requestHash } = idempotency;
  return inTransaction(context, async (tx) => {
    // A concurrent first request holds this row's key until it commits, so a repeat waits for its answer.
    const inserted = await tx.$executeRaw`
      INSERT INTO idempotency (actor, operation, key, request_hash, created_at)
      VALUES (${actor}, ${operation}, ${key}, ${requestHash}, ${await context.clock()}) ON CONFLICT DO NOTHING`;
    if (inserted === 0) {
      const kept = await tx.idempotency.findUniqueOrThrow({ where: { actor_operation_key: { actor, operation, key } } });
      if (kept.requestHash !== requestHash) {
        throw keyReused();
      }
      return kept.response as Result;
    }
    const result = await work(tx);
    await tx.$executeRaw`
      UPDATE idempotency SET response = ${JSON.stringify(result)}::jsonb
      WHERE actor = ${actor} AND operation = ${operation} AND key = ${key}`;
    return result;
  });
}

export function keyReused(): Refusal {
  return new Refusal('idempotency_key_reused', 'This Idempotency-Key was used with another body. Use a new key for a new request.');
}

/**
 * Several writes by one statement, in one round trip. All of them see what was there before, so none may depend on what
 * another one writes; foreign keys are checked when all are done. Returns the rows that the last one wrote.
 */
export function writeTogether(tx: Transaction, writes: readonly Prisma.Sql[]): Promise<number> {
  const parts = writes.slice(0, -1).map((write, index) => Prisma.sql`${Prisma.raw(`write_${index}`)} AS (${write})`);
  const last = writes.at(-1) ?? Prisma.empty;
  return tx.$executeRaw(parts.length === 0 ? last : Prisma.sql`WITH ${Prisma.join(parts)} ${last}`);
}

/** A unique constraint stopped a write: somebody else was first. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlStateOf(error) === '23505' || (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002');
}

/** The SQLSTATE by which PostgreSQL failed; undefined where it did not answer at all. */
function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const { cause } = (error.meta?.['driverAdapterError'] ?? {}) as { cause?: { originalCode?: unknown } };
  return typeof cause?.originalCode === 'string' ? cause.originalCode : undefined;
}

/** PostgreSQL's disk is full: nothing can be written, and reading goes on. A full disk of its journal ends the server instead: then it is away. */
export function isDatabaseFull(error: unknown): boolean {
  return sqlStateOf(error) === '53100';
}

/** Out of memory, connections or other resources for the moment. */
const SHORT_OF_RESOURCES: ReadonlySet<string | undefined> = new Set(['53000', '53200', '53300', '53400']);

const UNAVAILABLE_CODES = new Set(['P1000', 'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
const UNAVAILABLE_PATTERN =
  /ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|Connection terminated|is not queryable|connection timeout|timeout exceeded when trying to connect|Query read timeout|terminating connection|the database system is|DatabaseNotReachable|SocketTimeout|ConnectionClosed|57P0[123]|28P01/i;

/** PostgreSQL is away, starting, has no connection or no memory to give, or has a new password that is yet to reach us: the caller may try again. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (UNAVAILABLE_CODES.has(code) || SHORT_OF_RESOURCES.has(sqlStateOf(error))) return true;
  const meta = 'meta' in error ? JSON.stringify(error.meta ?? '') : '';
  return UNAVAILABLE_PATTERN.test(`${error.name} ${code} ${error.message} ${meta}`) || isDatabaseUnavailable(error.cause);
}
