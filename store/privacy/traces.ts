import type { RetentionKind } from '../../domain/retention.ts';
import type { RecordContext } from '../context.ts';
import { FIRST_ID } from '../ids.ts';

/** What is of a person and not in the records, by what names it there. All of it is still known once the records are erased. */
export type PersonalTraces = {
  readonly kind: RetentionKind;
  readonly uploadIds: readonly string[];
  /** Of decisions and certificates, whose documents were rendered. */
  readonly documentIds: readonly string[];
  readonly attemptIds: readonly string[];
  readonly correctionIds: readonly string[];
};

const DUE_PAGE = 200;

/** Ordered, due, and not done yet, the oldest first, one page behind `after`; none that is on hold. */
export async function listDueErasures({ prisma, clock }: RecordContext, after = FIRST_ID): Promise<readonly string[]> {
  const rows = await prisma.$queryRaw<
    { id: string }[]
  >`SELECT id FROM erasure WHERE state = 'ordered' AND id > ${after}::uuid AND due_at <= ${await clock()}
      AND NOT EXISTS (SELECT 1 FROM retention_hold h WHERE h.candidate_id = erasure.candidate_id AND h.released_at IS NULL) ORDER BY id LIMIT ${DUE_PAGE}`;
  return rows.map(({ id }) => id);
}

export async function readTraces({ prisma }: RecordContext, erasureId: string): Promise<PersonalTraces> {
  const [row] = await prisma.$queryRaw<[PersonalTraces]>`
    WITH e AS (SELECT * FROM erasure WHERE id = ${erasureId}::uuid),
      a AS (SELECT a.id FROM attempt a JOIN e ON e.candidate_id = a.candidate_id AND (e.attempt_id IS NULL OR e.attempt_id = a.id)),
      c AS (SELECT c.id FROM certificate c, e WHERE e.kind = 'person' AND (c.attempt_id IN (SELECT id FROM a) OR c.candidate_id = e.candidate_id OR c.id = ANY(e.certificate_ids))),
      d AS (SELECT d.id FROM decision d, e WHERE e.kind IN ('person', 'answers') AND d.attempt_id IN (SELECT id FROM a)),
      u AS (SELECT u.id FROM upload u JOIN sitting s ON s.id = u.sitting_id, e WHERE e.kind IN ('person', 'uploads') AND s.attempt_id IN (SELECT id FROM a))
    SELECT e.kind, ARRAY(SELECT id::text FROM u) AS "uploadIds", ARRAY(SELECT id::text FROM d UNION ALL SELECT id::text FROM c) AS "documentIds",
      ARRAY(SELECT id::text FROM a) AS "attemptIds",
      ARRAY(SELECT o.id::text FROM correction o WHERE o.certificate_id IN (SELECT id FROM c)) AS "correctionIds"
    FROM e`;
  return row;
}

/** Erases the records, in one transaction. May be repeated. Throws what PostgreSQL says where something stops it. */
export async function eraseRecords({ prisma }: RecordContext, erasureId: string): Promise<void> {
  await prisma.$executeRaw`SELECT erase_person(${erasureId}::uuid)`;
}

/** Nothing is left of it anywhere. */
export async function finishErasure({ prisma, clock }: RecordContext, erasureId: string): Promise<void> {
  await prisma.$executeRaw`UPDATE erasure SET state = 'done', done_at = ${await clock()} WHERE id = ${erasureId}::uuid AND state = 'ordered' AND records_erased_at IS NOT NULL`;
}
