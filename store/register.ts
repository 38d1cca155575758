import { validate as isUuid } from 'uuid';
import type { CertificateStatus, RegisterEntry } from '../domain/register.ts';
import type { RegisterReadModel } from '../publication/register/read-model.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { StoreContext } from './context.ts';
import { sharedLookUps } from './look-ups.ts';
import { FIRST_ID } from './ids.ts';

/** How many entries one statement writes. */
const PUT_BATCH = 500;
const PAGE_SIZE = 5000;

const SELECT_ENTRIES = Prisma.sql`
  SELECT certificate_id, number, name, exam_title, issued_at, basis_points, status, revision, replaced_by FROM register_entry`;

/** The public register in this database, beside the records that it is copied from. */
export function createPostgresRegister({ prisma }: Pick<StoreContext, 'prisma'>): RegisterReadModel {
  async function putBatch(entries: readonly RegisterEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const rows = entries.map(
      (entry) => Prisma.sql`(${entry.certificateId}::uuid, ${entry.number}, ${entry.name}, ${entry.examTitle}, ${entry.issuedAt}::timestamptz,
        ${entry.basisPoints}::int, ${entry.status}, ${entry.revision}::int, ${entry.replacedBy}::uuid)`,
    );
    await prisma.$executeRaw`
      INSERT INTO register_entry (certificate_id, number, name, exam_title, issued_at, basis_points, status, revision, replaced_by)
      VALUES ${Prisma.join(rows)}
      ON CONFLICT (certificate_id) DO UPDATE SET
        number = excluded.number, name = excluded.name, exam_title = excluded.exam_title, issued_at = excluded.issued_at, basis_points = excluded.basis_points,
        status = excluded.status, revision = excluded.revision, replaced_by = excluded.replaced_by
      WHERE register_entry.revision <= excluded.revision
        AND (register_entry.number, register_entry.name, register_entry.exam_title, register_entry.issued_at, register_entry.basis_points,
             register_entry.status, register_entry.revision, register_entry.replaced_by)
          IS DISTINCT FROM (excluded.number, excluded.name, excluded.exam_title, excluded.issued_at, excluded.basis_points,
             excluded.status, excluded.revision, excluded.replaced_by)`;
  }

  const findById = sharedLookUps(async (ids) => {
    const rows = await prisma.$queryRaw<Row[]>`${SELECT_ENTRIES} WHERE certificate_id = ANY(${ids}::uuid[])`;
    return new Map(rows.map((row) => [row.certificate_id, entryOf(row)]));
  });

  const findByNumber = sharedLookUps(async (numbers) => {
    const rows = await prisma.$queryRaw<Row[]>`${SELECT_ENTRIES} WHERE number = ANY(${numbers}::text[])`;
    return new Map(rows.map((row) => [row.number ?? '', entryOf(row)]));
  });

  return {
    /** The migrations made its table. */
    async prepare() {},

    async put(entries) {
      // One row a certificate in a statement, the newest; in one order, so that two at once cannot wait for each other.
      const newest = new Map<string, RegisterEntry>();
      for (const entry of entries) {
        if ((newest.get(entry.certificateId)?.revision ?? 0) < entry.revision) newest.set(entry.certificateId, entry);
      }
      const ordered = [...newest.values()].toSorted((a, b) => (a.certificateId < b.certificateId ? -1 : 1));
      for (let from = 0; from < ordered.length; from += PUT_BATCH) await putBatch(ordered.slice(from, from + PUT_BATCH));
    },

    async find(key) {
      // PostgreSQL would take neither another id nor a zero byte, and there is no such certificate.
      if ('certificateId' in key) return isUuid(key.certificateId) ? findById(key.certificateId.toLowerCase()) : undefined;
      return key.number.includes('\0') ? undefined : findByNumber(key.number);
    },

    async *entries() {
      let after = FIRST_ID;
      for (;;) {
        const rows = await prisma.$queryRaw<
          Row[]
        >`${SELECT_ENTRIES} WHERE certificate_id > ${after}::uuid ORDER BY certificate_id LIMIT ${PAGE_SIZE}`;
        if (rows.length > 0) yield rows.map(entryOf);
        if (rows.length < PAGE_SIZE) return;
        after = rows.at(-1)?.certificate_id ?? after;
      }
    },

    /** The connections are the store's. */
    async close() {},
  };
}

type Row = {
  certificate_id: string;
  number: string | null;
  name: string;
  exam_title: string;
  issued_at: Date;
  basis_points: number;
  status: CertificateStatus;
  revision: number;
  replaced_by: string | null;
};

function entryOf(row: Row): RegisterEntry {
  return {
    certificateId: row.certificate_id,
    number: row.number,
    name: row.name,
    examTitle: row.exam_title,
    issuedAt: row.issued_at,
    basisPoints: row.basis_points,
    status: row.status,
    revision: row.revision,
    replacedBy: row.replaced_by,
  };
}
