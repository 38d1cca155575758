import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext } from '../context.ts';
import { PERSONAL_DATA } from '../privacy/personal-data.ts';
import { readUnderived, type UnderivedRecord } from './derived.ts';
import { LEDGER_FORMS, type LedgerForm } from './forms.ts';
import { PLACE, STATEMENT, type EnteredRow } from './rows.ts';
import { committed, contentOf, triggersOf } from './triggers.ts';

const PAGE_SIZE = 5000;

type UnfoundedErasure = { readonly position: number | null; readonly kind: string; readonly record: string; readonly what: 'nobodys' | 'unsalted' };

/** A record that is not as its newest entry has it. */
export type RecordFinding = {
  readonly kind: string;
  readonly record: string;
  readonly attemptId: string | null;
  /** Changed since, gone, or there without an entry. */
  readonly what: 'changed' | 'gone' | 'without_entry';
};

/** For the audit of the ledger: reads, and changes nothing. */
export function createLedgerAuditStore({ prisma }: Pick<RecordContext, 'prisma'>) {
  return {
    /** Every entry in the order of positions, a page at a time. */
    async *entries(): AsyncGenerator<readonly EnteredRow[]> {
      for (let after = -1; ;) {
        const page = await prisma.$queryRaw<EnteredRow[]>`
          SELECT ${STATEMENT}, ${PLACE}, encode(e.hash, 'hex') AS hash FROM ledger_entry e
          WHERE e.position > ${after} ORDER BY e.position LIMIT ${PAGE_SIZE}`;
        if (page.length > 0) yield page;
        if (page.length < PAGE_SIZE) return;
        after = page.at(-1)?.position ?? after;
      }
    },

    /** The signed heads, oldest first, each with its time stamp where it has one. */
    async heads(): Promise<readonly { readonly number: number; readonly jws: string; readonly token: Uint8Array | undefined }[]> {
      const heads = await prisma.ledgerHead.findMany({
        orderBy: { number: 'asc' },
        select: { number: true, jws: true, stamp: { select: { token: true } } },
      });
      return heads.map(({ number, jws, stamp }) => ({ number, jws, token: stamp?.token }));
    },

    /** Entries that wait for their place. */
    async pending(): Promise<number> {
      return prisma.ledgerPending.count();
    },

    /** Subtrees that are kept for proofs. */
    async nodes(): Promise<readonly { readonly level: number; readonly index: number; readonly hash: string }[]> {
      return prisma.$queryRaw`SELECT level::int AS level, index::float8 AS index, encode(hash, 'hex') AS hash FROM ledger_node`;
    },

    /** What of each kind is not as its newest entry has it, those without a place among them. */
    async *records(): AsyncGenerator<{ readonly kind: string; readonly findings: readonly RecordFinding[] }> {
      for (const form of LEDGER_FORMS) yield { kind: form.kind, findings: await findingsOf(prisma, form) };
    },

    /** What stands in records for whoever decides by it, and does not follow from the others; a page at a time. */
    underived: (): AsyncGenerator<readonly UnderivedRecord[]> => readUnderived({ prisma }),

    /**
     * Entries that say of themselves that a record was erased, and no erasure of its candidate did; and such as have no salt any more though their record
     * was never erased, so that nobody could tell what they were of.
     */
    async unfoundedErasures(): Promise<readonly UnfoundedErasure[]> {
      return prisma.$queryRaw<UnfoundedErasure[]>(Prisma.raw(UNFOUNDED_ERASURES));
    },

    /** Triggers that write entries, or keep them, and are missing or off. */
    async missingGuards(): Promise<readonly string[]> {
      const guards = [...LEDGER_FORMS.flatMap(triggersOf), ...LEDGER_GUARDS];
      const present = await prisma.$queryRaw<{ name: string }[]>`
        SELECT DISTINCT tgname AS name FROM pg_trigger WHERE tgname = ANY(${guards}) AND tgenabled = 'O'`;
      const names = new Set(present.map(({ name }) => name));
      return guards.filter((guard) => !names.has(guard));
    },
  };
}

/** What goes with answers whose time is over, and of which there are entries: of an upload there is none. */
const WITH_ANSWERS = Object.entries(PERSONAL_DATA)
  .flatMap(([table, data]) => (data.with === 'answers' ? [`'${table}'`] : []))
  .join(', ');

/** In SQL, of no parameters. */
export const UNFOUNDED_ERASURES = `
  WITH entry AS (
    SELECT position, act, kind, record, attempt_id, who, salt FROM ledger_entry WHERE act = 'erased' OR salt = ''
    UNION ALL SELECT NULL, act, kind, record, attempt_id, who, salt FROM ledger_pending WHERE act = 'erased' OR salt = ''
  )
  SELECT e.position::float8 AS position, e.kind, e.record, CASE WHEN e.act = 'erased' THEN 'nobodys' ELSE 'unsalted' END AS what FROM entry e
  WHERE CASE WHEN e.act = 'erased' THEN NOT EXISTS (
      SELECT 1 FROM erasure z LEFT JOIN attempt a ON a.id = e.attempt_id
      WHERE z.id::text = e.who AND z.records_erased_at IS NOT NULL AND (z.kind = 'person' OR (z.kind = 'answers' AND e.kind IN (${WITH_ANSWERS})))
        AND (e.attempt_id IS NULL OR (a.candidate_id = z.candidate_id AND (z.attempt_id IS NULL OR z.attempt_id = e.attempt_id))))
    ELSE NOT EXISTS (SELECT 1 FROM entry f WHERE f.act = 'erased' AND f.kind = e.kind AND f.record = e.record) END
  ORDER BY e.position NULLS LAST`;

export type LedgerAuditStore = ReturnType<typeof createLedgerAuditStore>;

const LEDGER_GUARDS = [
  'ledger_entry_append_only',
  'ledger_entry_kept',
  'ledger_node_append_only',
  'ledger_head_append_only',
  'ledger_head_kept',
  'ledger_stamp_append_only',
  'ledger_stamp_kept',
];

/** One statement, and so of one instant. The text of each record is made here, not by what the database has stored of functions. */
function findingsOf(prisma: RecordContext['prisma'], form: LedgerForm): Promise<RecordFinding[]> {
  const { kind, record, attempt = 'NULL::uuid' } = form;
  return prisma.$queryRaw<RecordFinding[]>`
    WITH entry AS (
      SELECT record, act, salt, content, attempt_id, position FROM ledger_entry WHERE kind = ${kind}
      UNION ALL SELECT record, act, salt, content, attempt_id, 4611686018427387904 + id FROM ledger_pending WHERE kind = ${kind}
    ), newest AS (
      SELECT DISTINCT ON (record) record, act, salt, content, attempt_id FROM entry ORDER BY record, position DESC
    ), kept AS (
      SELECT ${Prisma.raw(record)} AS record, ${Prisma.raw(contentOf(form))} AS content, ${Prisma.raw(attempt)} AS attempt_id FROM ${Prisma.raw(`"${kind}"`)} r
    ), compared AS (
      SELECT coalesce(n.record, k.record) AS record, coalesce(n.attempt_id, k.attempt_id) AS attempt_id,
        CASE WHEN n.record IS NULL OR (n.act = 'removed' AND k.record IS NOT NULL) THEN 'without_entry'
          WHEN k.record IS NULL AND n.act <> 'removed' THEN 'gone'
          WHEN n.content <> ${Prisma.raw(committed('n.salt', 'k.content'))} THEN 'changed' END AS what
      FROM newest n FULL JOIN kept k ON k.record = n.record
    )
    SELECT ${kind} AS kind, record, attempt_id AS "attemptId", what FROM compared WHERE what IS NOT NULL ORDER BY record`;
}
