import { v7 as uuidv7 } from 'uuid';
import type { Window } from '../domain/attempt.ts';
import type { AuditAction } from '../domain/audit-action.ts';
import { bindingOf, type Extension } from '../domain/limit.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { recordAct } from './audit.ts';
import { offeredAt, readAttemptsById } from './attempt-rows.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from './context.ts';
import { createExamVersionStore, type ExamContext } from './exam-versions.ts';
import { insertExtensions, openWindowOf, stepOfMove } from './limits.ts';
import { tidingsRow } from './tidings.ts';

/** A time in which candidates could not work, over by now. */
export type Outage = {
  /** Names it for good: crediting an outage again moves nothing twice. */
  readonly id: string;
  readonly from: Date;
  readonly to: Date;
  /** On top of the time lost, for everybody. */
  readonly extraSeconds: number;
  readonly actor: string;
  readonly reason: string;
};

export type CreditedWindow = { readonly attemptId: string; readonly window: Window; readonly deadline: Date; readonly credited: Date };

/** A test or window that its deadline closed before it could be credited: for staff to look at, one by one. */
export type MissedWindow = { readonly attemptId: string; readonly window: Window; readonly deadline: Date };

/** Small, so that a candidate's next autosave waits for no more than so many rows. */
const BATCH_SIZE = 200;

/**
 * The time that an outage took from candidates, given back: a window open at some time of it ends later by what passed from
 * its beginning (or the window's own, if that opened later) until its end. So who had 20 minutes left when it began has 20
 * minutes when it ends. It is clock time, the same with an accommodation or without. A deadline that staff named in the middle of the
 * outage, or after it, gets what was left of it then: whoever named it knew the rest.
 */
export function createOutageStore({ prisma, clock }: RecordContext) {
  const context = { prisma, clock, examVersions: createExamVersionStore({ prisma, clock }) };
  return {
    /** Throws a RangeError when the outage is not over by PostgreSQL's clock, or was credited with other times before. */
    async check(outage: Outage): Promise<void> {
      const now = await nowBy(clock, prisma);
      if (outage.from >= outage.to) throw new RangeError('an outage ends after it begins');
      if (outage.to > now) throw new RangeError(`this outage is not over yet: it is ${now.toISOString()}`);
      const before = await prisma.auditEntry.findUnique({ where: { actionKey: outageKey(outage) } });
      const { from, to, extraSeconds } = (before?.details ?? detailsOf(outage)) as ReturnType<typeof detailsOf>;
      if (from !== outage.from.toISOString() || to !== outage.to.toISOString() || extraSeconds !== outage.extraSeconds)
        throw new RangeError(
          `the outage "${outage.id}" was credited from ${from} to ${to} with ${extraSeconds} s on top: give another one another id`,
        );
    },

    /** What `credit` would do now. */
    async preview(outage: Outage): Promise<readonly CreditedWindow[]> {
      const [sittings, attempts] = await Promise.all(
        (['sitting', 'attempt'] as const).map((kind) => prisma.$queryRaw<Touched[]>(touchedWindows(outage, { kind, lock: false }))),
      );
      const credits = await creditsOf(prisma, context, { outage, touched: [...(sittings ?? []), ...(attempts ?? [])] });
      return credits.map(({ id, window, deadline, credited }) => creditedWindow({ id, window, deadline, credited }));
    },

    /**
     * Moves the deadlines, each with its audit entry and the delivery that tells its workflow, in transactions of a few
     * hundred. Cut short, it is begun again with the same outage: what is done is done. Yields after each transaction.
     */
    async *credit(outage: Outage): AsyncGenerator<readonly CreditedWindow[]> {
      await inTransaction({ prisma }, async (tx) => {
        const at = await nowBy(clock, tx);
        const act = { actionKey: outageKey(outage), actor: outage.actor, reason: outage.reason };
        await recordAct(tx, act, { attemptId: null, action: 'credit_outage', details: detailsOf(outage), at });
      });
      for (const kind of ['sitting', 'attempt'] as const) {
        for (;;) {
          const batch = await inTransaction({ prisma }, (tx) => creditBatch(tx, context, { outage, kind }));
          if (batch === undefined) break;
          yield batch;
        }
      }
    },

    /** Tests that timed out, and windows that lapsed, before they were credited: the credit would have kept them open. */
    async missed(outage: Outage): Promise<readonly MissedWindow[]> {
      const rows = await prisma.$queryRaw<{ id: string; window: Window; deadline: Date }[]>`
        SELECT s.attempt_id AS id, s.test AS window, s.deadline
        FROM sitting s JOIN attempt a ON a.id = s.attempt_id
        WHERE s.frozen_at = s.deadline AND s.deadline > ${outage.from} AND s.started_at < ${outage.to} AND a.outcome IS DISTINCT FROM 'withdrawn'
          AND NOT ${isCredited(outage, Prisma.sql`s.attempt_id`, Prisma.sql`s.test`)}
        UNION ALL
        SELECT a.id, CASE WHEN a.download_by IS NULL THEN 'start' ELSE 'offer' END, a.settled_at
        FROM attempt a
        WHERE a.outcome = 'lapsed' AND a.settled_at > ${outage.from} AND greatest(a.registered_at, ${offeredAt}) < ${outage.to}
          AND NOT ${isCredited(outage, Prisma.sql`a.id`, Prisma.sql`CASE WHEN a.download_by IS NULL THEN 'start' ELSE 'offer' END`)}
        ORDER BY 3, 1`;
      return rows.map(({ id, window, deadline }) => ({ attemptId: id, window, deadline }));
    },
  };
}

export type OutageStore = ReturnType<typeof createOutageStore>;

type Row = { readonly id: string; readonly window: Window; readonly deadline: Date; readonly credited: Date };

const creditedWindow = ({ id, ...row }: Row): CreditedWindow => ({ attemptId: id, ...row });

/** The natural keys: of the outage itself, and of its credit to one window. */
const outageKey = ({ id }: Outage) => `outage:${id}`;
const keyOf = (outage: Outage, { id, window }: Pick<Row, 'id' | 'window'>) => `${outageKey(outage)}:${id}:${window}`;

type Touched = { readonly id: string; readonly window: Window };

/** Windows that the outage touched, open still and not credited yet. Locks what it returns when `lock` says so. */
function touchedWindows(outage: Outage, { kind, lock, limit }: { kind: 'sitting' | 'attempt'; lock: boolean; limit?: number }): Prisma.Sql {
  const bounds = Prisma.sql`
    ${limit === undefined ? Prisma.empty : Prisma.sql`LIMIT ${limit}`} ${lock ? Prisma.sql`FOR NO KEY UPDATE OF ${Prisma.raw(kind === 'sitting' ? 's' : 'a')}` : Prisma.empty}`;
  if (kind === 'sitting') {
    return Prisma.sql`
      SELECT s.attempt_id AS id, s.test AS window
      FROM sitting s JOIN attempt a ON a.id = s.attempt_id
      WHERE s.frozen_at IS NULL AND a.outcome IS NULL AND s.deadline > ${outage.from} AND s.started_at < ${outage.to}
        AND NOT ${isCredited(outage, Prisma.sql`s.attempt_id`, Prisma.sql`s.test`)}
      ORDER BY s.id ${bounds}`;
  }
  return Prisma.sql`
    SELECT a.id, w.name AS window
    FROM attempt a
      CROSS JOIN LATERAL (
        SELECT 'start' AS name, a.start_by AS deadline, a.registered_at AS opened_at
        WHERE a.aptitude_decision_id IS NULL AND NOT EXISTS (SELECT 1 FROM sitting s WHERE s.attempt_id = a.id)
        UNION ALL
        SELECT 'offer', a.download_by, ${offeredAt}
        WHERE a.aptitude_decision_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sitting s WHERE s.attempt_id = a.id AND s.test = 'case_study')
      ) w
    WHERE a.outcome IS NULL AND w.deadline > ${outage.from} AND w.opened_at < ${outage.to}
      AND NOT ${isCredited(outage, Prisma.sql`a.id`, Prisma.sql`w.name`)}
    ORDER BY a.id ${bounds}`;
}

type Credit = Row & { readonly extensions: readonly Extension[] };

/** What the outage makes of the deadlines, each computed from all its parts; read after the locks, if there are any. */
async function creditsOf(
  tx: Transaction,
  { clock, examVersions }: ExamContext,
  { outage, touched }: { outage: Outage; touched: readonly Touched[] },
): Promise<readonly Credit[]> {
  const records = new Map(
    (
      await readAttemptsById(
        tx,
        clock,
        touched.map(({ id }) => id),
      )
    ).map((record) => [record.facts.attemptId, record]),
  );
  const credits: Credit[] = [];
  for (const { id, window } of touched) {
    const record = records.get(id);
    if (!record) continue;
    const { policy } = await examVersions.contentOf(record.examVersionId, tx);
    const open = openWindowOf(record, policy);
    if (open?.window !== window) continue;
    const { limit, deadline } = open;
    const extensions = [...limit.extensions.filter(({ kind }) => kind === 'kept'), creditOf(outage)];
    const credited = bindingOf({ ...limit, extensions: [...limit.extensions, creditOf(outage)] }).deadline;
    credits.push({ id, window, deadline: new Date(deadline), credited: new Date(credited), extensions });
  }
  return credits;
}

function creditOf({ id, from, to, extraSeconds }: Outage): Extension {
  return { kind: 'outage', outageId: id, from: from.getTime(), to: to.getTime(), extraSeconds };
}

async function creditBatch(
  tx: Transaction,
  context: ExamContext,
  { outage, kind }: { outage: Outage; kind: 'sitting' | 'attempt' },
): Promise<readonly CreditedWindow[] | undefined> {
  const touched = await tx.$queryRaw<Touched[]>(touchedWindows(outage, { kind, lock: true, limit: BATCH_SIZE }));
  if (touched.length === 0) return undefined;
  const at = await nowBy(context.clock, tx);
  const credits = await creditsOf(tx, context, { outage, touched });
  // Another run may have credited some while this one waited for their locks: the audit entry says whose they are.
  const audited = await audit(tx, outage, credits, at);
  const mine = credits.filter((row) => audited.has(keyOf(outage, row)));
  await insertExtensions(
    tx,
    mine.flatMap(({ id, window, extensions }) => extensions.map((extension) => ({ attemptId: id, window, extension, at }))),
  );
  await moveDeadlines(tx, mine, kind);
  await tx.delivery.createMany({
    data: mine.map((row) => ({ id: uuidv7(), attemptId: row.id, fact: 'deadline_moved', createdAt: at, nextTryAt: at })),
  });
  const moves = mine.flatMap(({ id: attemptId, window, deadline: from, credited: to }) => {
    const step = stepOfMove({ window, from, to });
    return step ? [{ attemptId, tidings: { kind: 'step' as const, step } }] : [];
  });
  await tx.tidings.createMany({ data: moves.map((move) => tidingsRow(move, at)), skipDuplicates: true });
  return mine.map(({ id, window, deadline, credited }) => creditedWindow({ id, window, deadline, credited }));
}

function isCredited(outage: Outage, attemptId: Prisma.Sql, window: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT 1 FROM audit_entry e WHERE e.action_key = ${outageKey(outage)} || ':' || ${attemptId} || ':' || ${window})`;
}

function detailsOf({ from, to, extraSeconds }: Outage) {
  return { from: from.toISOString(), to: to.toISOString(), extraSeconds };
}

/** Returns the keys of the entries that were written, and not there before. */
async function audit(tx: Transaction, outage: Outage, rows: readonly Row[], at: Date): Promise<ReadonlySet<string>> {
  const written = await tx.auditEntry.createManyAndReturn({
    data: rows.map((row) => ({
      id: uuidv7(),
      actionKey: keyOf(outage, row),
      attemptId: row.id,
      actor: outage.actor,
      action: 'extend' satisfies AuditAction,
      reason: outage.reason,
      details: { outage: outage.id, window: row.window, from: row.deadline.toISOString(), to: row.credited.toISOString() },
      at,
    })),
    skipDuplicates: true,
    select: { actionKey: true },
  });
  return new Set(written.map((entry) => entry.actionKey));
}

async function moveDeadlines(tx: Transaction, rows: readonly Row[], kind: 'sitting' | 'attempt'): Promise<void> {
  const moved = Prisma.sql`
    unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.window)}::text[], ${rows.map((row) => row.credited.toISOString())}::timestamptz[])
    AS moved (attempt_id, name, deadline)`;
  if (kind === 'sitting') {
    await tx.$executeRaw`
      UPDATE sitting s SET deadline = moved.deadline FROM ${moved} WHERE s.attempt_id = moved.attempt_id AND s.test = moved.name`;
    return;
  }
  await tx.$executeRaw`
    UPDATE attempt a SET start_by = CASE moved.name WHEN 'start' THEN moved.deadline ELSE a.start_by END,
      download_by = CASE moved.name WHEN 'offer' THEN moved.deadline ELSE a.download_by END
    FROM ${moved} WHERE a.id = moved.attempt_id`;
}
