import { entryHash, shardOf, type LedgerStatement, type TreeHead } from '../../domain/ledger.ts';
import { consistencyProof, GrowingTree, isConsistent, type Hash, type Subtree } from '../../domain/merkle-tree.ts';
import { inTransaction, nowBy, postgresClock, type RecordContext, type StoreContext, type Transaction } from '../context.ts';
import { writeEvents } from '../events/write.ts';
import { fromHex, hexOf, readLastHead, sha256, STATEMENT } from './rows.ts';
import { NODE_LEVELS, subtreeReader } from './subtrees.ts';

/** So many entries are given their place by one transaction. */
const BATCH_SIZE = 1000;

/** An advisory lock of this number: one keeper at a time gives places and signs. */
export const KEEPER_LOCK = 4_201_002;

/** Where nothing was entered, a head is signed so often all the same: it says that nothing was. */
const HEAD_AT_LEAST_HOURS = 24;

/** All heads are told in their order. */
const HEADS_KEY = '6f6b1d2e-4c5a-4f0e-9a53-1d9c0b7e8a11';

type State = {
  readonly size: number;
  readonly frontier: readonly string[];
  readonly shardSizes: readonly number[];
  readonly shardHeads: readonly string[];
};

type Placed = {
  readonly id: number;
  readonly position: number;
  readonly shard: number;
  readonly shardIndex: number;
  readonly previous: string;
  readonly hash: string;
};

/**
 * Gives the entries that wait their place in the ledger, at most a thousand. Returns how many; 0 also while another keeper is at it.
 * Records never wait for it: their transactions write entries without a place, and take no lock.
 */
export function enterPending(context: StoreContext): Promise<number> {
  return inTransaction(context, async (tx) => {
    if (!(await isOnlyKeeper(tx))) return 0;
    const waiting = await tx.$queryRaw<(LedgerStatement & { id: number })[]>`
      SELECT e.id::float8 AS id, ${STATEMENT} FROM ledger_pending e ORDER BY e.id LIMIT ${BATCH_SIZE}`;
    if (waiting.length === 0) return 0;
    const { placed, nodes, after } = place(waiting, await readState(tx));
    await tx.$executeRaw`
      WITH placed AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(placed)}::jsonb)
          AS p (id bigint, position bigint, shard smallint, "shardIndex" bigint, previous text, hash text)
      ), entered AS (
        INSERT INTO ledger_entry (position, shard, shard_index, at, by_role, act, kind, record, attempt_id, who, who_hash, salt, content, previous, hash)
        SELECT p.position, p.shard, p."shardIndex", e.at, e.by_role, e.act, e.kind, e.record, e.attempt_id, e.who, e.who_hash, e.salt, e.content,
          decode(p.previous, 'hex'), decode(p.hash, 'hex')
        FROM placed p JOIN ledger_pending e ON e.id = p.id
      ), kept AS (
        INSERT INTO ledger_node (level, index, hash) SELECT n.level, n.index, decode(n.hash, 'hex')
        FROM jsonb_to_recordset(${JSON.stringify(nodes)}::jsonb) AS n (level smallint, index bigint, hash text)
      ), moved AS (
        UPDATE ledger_state SET size = ${after.size}, frontier = ${after.frontier}::text[],
          shard_sizes = ${after.shardSizes}::bigint[], shard_heads = ${after.shardHeads}::text[]
      )
      DELETE FROM ledger_pending e USING placed p WHERE e.id = p.id`;
    return waiting.length;
  });
}

/** Each in its order: into the tree, and behind the last one of its shard. */
function place(waiting: readonly (LedgerStatement & { id: number })[], state: State) {
  const tree = new GrowingTree(sha256, { size: state.size, roots: state.frontier.map(fromHex) });
  const shardSizes = [...state.shardSizes];
  const shardHeads = [...state.shardHeads];
  const nodes: { level: number; index: number; hash: string }[] = [];
  const keepNode = ({ level, index }: Subtree, hash: Hash) => {
    if (level % NODE_LEVELS === 0) nodes.push({ level, index, hash: hexOf(hash) });
  };
  const placed = waiting.map(({ id, ...statement }, offset): Placed => {
    const shard = shardOf(sha256, statement);
    const where = { position: state.size + offset, shard, shardIndex: shardSizes[shard] ?? 0, previous: shardHeads[shard] ?? '' };
    const hash = entryHash(sha256, { ...statement, ...where });
    tree.add(hash, keepNode);
    shardSizes[shard] = where.shardIndex + 1;
    shardHeads[shard] = hexOf(hash);
    return { id, ...where, hash: hexOf(hash) };
  });
  const { size, roots } = tree.frontier;
  return { placed, nodes, after: { size, frontier: roots.map(hexOf), shardSizes, shardHeads } satisfies State };
}

/**
 * Signs a head of what is entered, if there is more than the last one has and that is old enough, or a day old. Returns it. Throws an Error when
 * the ledger does not begin with what the last head was signed of: it was rewritten, and no signature may cover that up.
 */
export function signHead(context: StoreContext, { everySeconds }: { everySeconds: number }): Promise<TreeHead | undefined> {
  return inTransaction(context, async (tx) => {
    if (!(await isOnlyKeeper(tx))) return undefined;
    const [{ size, frontier }, last, now] = [await readState(tx), await readLastHead(tx), await nowBy(postgresClock, tx)];
    const age = last === undefined ? Infinity : (now.getTime() - last.signedAt.getTime()) / 1000;
    const isDue = age >= (size === (last?.size ?? 0) ? HEAD_AT_LEAST_HOURS * 3600 : everySeconds) && (size > 0 || last !== undefined);
    if (!isDue) return undefined;
    const root = new GrowingTree(sha256, { size, roots: frontier.map(fromHex) }).root;
    if (last) await refuseRewritten(tx, { last: await context.receipts.verifyHead(last.jws), size, root });
    // A clock that was put back must not make a later head look like an earlier one.
    const at = last && last.signedAt > now ? last.signedAt : now;
    const signed = await context.receipts.signHead({ size, root: hexOf(root), at: at.toISOString() });
    await tx.ledgerHead.create({ data: { size, signedAt: at, jws: signed.jws } });
    const { root: stated } = signed.head;
    await writeEvents(tx, [{ type: 'ledger.head_signed', key: HEADS_KEY, data: { size, root: stated, jws: signed.jws } }], at);
    return signed.head;
  });
}

/** Of entries that no signed head counts yet, with a place and without: how many, and how old the oldest is. */
export async function readBacklog({ prisma }: RecordContext): Promise<{ readonly count: number; readonly oldestAgeSeconds: number }> {
  const [row] = await prisma.$queryRaw<[{ count: number; oldestAgeSeconds: number }]>`
    WITH signed AS (SELECT coalesce((SELECT size FROM ledger_head ORDER BY number DESC LIMIT 1), 0) AS size)
    SELECT (SELECT greatest(t.size - signed.size, 0) + (SELECT count(*) FROM ledger_pending) FROM ledger_state t)::float8 AS count,
      greatest(extract(epoch FROM clock_timestamp() - least(
        (SELECT e.at FROM ledger_entry e WHERE e.position = signed.size), (SELECT p.at FROM ledger_pending p ORDER BY p.id LIMIT 1))), 0)::float8 AS "oldestAgeSeconds"
    FROM signed`;
  return { count: row.count, oldestAgeSeconds: row.oldestAgeSeconds };
}

async function refuseRewritten(tx: Transaction, { last, size, root }: { last: TreeHead; size: number; root: Hash }): Promise<void> {
  const earlierRoot = fromHex(last.root);
  const proof = last.size <= size ? await consistencyProof(sha256, subtreeReader(tx), { earlier: last.size, size }) : [];
  if (!isConsistent(sha256, { earlier: last.size, earlierRoot, size, root, proof }))
    throw new Error(
      `the ledger does not begin with the ${last.size} entries of the head that was signed at ${last.at}: it was rewritten. "certifiable records audit" says where`,
    );
}

/** For the rest of the transaction. */
async function isOnlyKeeper(tx: Transaction): Promise<boolean> {
  const [lock] = await tx.$queryRaw<{ mine: boolean }[]>`SELECT pg_try_advisory_xact_lock(${KEEPER_LOCK}) AS mine`;
  return lock?.mine ?? false;
}

async function readState(tx: Transaction): Promise<State> {
  const { size, frontier, shardSizes, shardHeads } = await tx.ledgerState.findUniqueOrThrow({ where: { id: 1 } });
  return { size: Number(size), frontier, shardSizes: shardSizes.map(Number), shardHeads };
}
