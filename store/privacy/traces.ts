import type { RecordContext } from '../context.ts';

/** What is of a person and not in the records, by what names it there. All of it is still known once the records are erased. */
export type PersonalTraces = {
  readonly uploadIds: readonly string[];
  /** Of decisions and certificates, whose documents were rendered. */
  readonly documentIds: readonly string[];
  readonly attemptIds: readonly string[];
  readonly correctionIds: readonly string[];
};

/** Ordered, due, and not done yet, oldest first; none that is on hold. */
export async function listDueErasures({ prisma, clock }: RecordContext): Promise<readonly string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`SELECT id FROM erasure WHERE state = 'ordered' AND due_at <= ${await clock()}
      AND NOT EXISTS (SELECT 1 FROM retention_hold h WHERE h.candidate_id = erasure.candidate_id AND h.released_at IS NULL) ORDER BY id`;
  return rows.map(({ id }) => id);
}

export async function readTraces({ prisma }: RecordContext, erasureId: string): Promise<PersonalTraces> {
  const [row] = await prisma.$queryRaw<[PersonalTraces]>`
    WITH a AS (SELECT a.id FROM attempt a JOIN erasure e ON e.candidate_id = a.candidate_id WHERE e.id = ${erasureId}::uuid),
      c AS (SELECT c.id FROM certificate c WHERE c.attempt_id IN (SELECT id FROM a) OR c.candidate_id = (SELECT candidate_id FROM erasure WHERE id = ${erasureId}::uuid))
    SELECT ARRAY(SELECT u.id::text FROM upload u JOIN sitting s ON s.id = u.sitting_id WHERE s.attempt_id IN (SELECT id FROM a)) AS "uploadIds",
      ARRAY(SELECT d.id::text FROM decision d WHERE d.attempt_id IN (SELECT id FROM a) UNION ALL SELECT id::text FROM c) AS "documentIds",
      ARRAY(SELECT id::text FROM a) AS "attemptIds",
      ARRAY(SELECT o.id::text FROM correction o WHERE o.certificate_id IN (SELECT id FROM c)) AS "correctionIds"`;
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
