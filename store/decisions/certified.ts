import type { Test } from '../../domain/exam.ts';
import type { Score } from '../../domain/score.ts';
import type { RecordContext } from '../context.ts';
import { FIRST_ID } from '../ids.ts';

/** A certificate of ours with what both tests were decided as when it was issued; null where no decision of then is on record. */
export type CertifiedScores = {
  readonly certificateId: string;
  readonly attemptId: string;
  readonly basisPoints: number;
  readonly scores: Readonly<Record<Test, Score | null>>;
};

const PAGE_SIZE = 1000;

/**
 * Every certificate that an attempt ended with, corrected ones and those that they replace too, a page at a time. A pass may have been carried over from
 * another attempt, and superseded since: the one that stood is the last of its line by the time of the certificate.
 */
export async function* readAllCertifiedScores({ prisma }: Pick<RecordContext, 'prisma'>): AsyncGenerator<readonly CertifiedScores[]> {
  for (let after = FIRST_ID; ;) {
    const page = await prisma.$queryRaw<CertifiedScores[]>`
      SELECT c.id AS "certificateId", c.attempt_id AS "attemptId", c.basis_points AS "basisPoints",
        jsonb_build_object('aptitude', aptitude.score, 'case_study', case_study.score) AS scores
      FROM certificate c JOIN attempt a ON a.id = c.attempt_id
        LEFT JOIN LATERAL (
          WITH RECURSIVE line AS (
            SELECT d.* FROM decision d WHERE d.id = a.aptitude_decision_id
            UNION ALL SELECT before.* FROM line JOIN decision before ON before.id = line.supersedes_id)
          SELECT jsonb_build_object('millipoints', millipoints, 'millipointsMax', millipoints_max) AS score
          FROM line WHERE decided_at <= c.issued_at ORDER BY grading_round DESC LIMIT 1) aptitude ON true
        LEFT JOIN LATERAL (
          SELECT jsonb_build_object('millipoints', d.millipoints, 'millipointsMax', d.millipoints_max) AS score
          FROM decision d WHERE d.attempt_id = a.id AND d.test = 'case_study' AND d.decided_at <= c.issued_at
          ORDER BY d.grading_round DESC LIMIT 1) case_study ON true
      WHERE c.id > ${after}::uuid ORDER BY c.id LIMIT ${PAGE_SIZE}`;
    if (page.length > 0) yield page;
    if (page.length < PAGE_SIZE) return;
    after = page.at(-1)?.certificateId ?? after;
  }
}
