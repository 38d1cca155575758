import type { Test } from '../../domain/exam.ts';
import type { PaidWork } from '../../domain/money-report.ts';
import type { PieceKind, Work } from '../../domain/pay.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';

/** What a claim came to, by whom, at which submission. */
export type WorkRecord = Work & { readonly grader: string; readonly submissionId: string; readonly isSeed: boolean; readonly paid: PaidWork | null };

type WorkRow = {
  id: string;
  assignment_id: string;
  submission_id: string;
  grader: string;
  test: Test;
  purpose: PieceKind;
  is_seed: boolean;
  paid: PaidWork | null;
  completed: boolean;
  ended_at: Date;
  stretches: readonly { readonly started: number; readonly ended: number }[];
};

/**
 * Of these claims (a query of their rows) those whose end, `ending.at`, is as asked, the first that ended first. A claim of what was withdrawn is
 * not released: it ended with its last act.
 */
export async function readWork(tx: Transaction, { claims, ended }: { claims: Prisma.Sql; ended: Prisma.Sql }): Promise<readonly WorkRecord[]> {
  const rows = await tx.$queryRaw<WorkRow[]>`
    SELECT c.id, c.assignment_id, t.submission_id, c.grader, s.test, CASE t.purpose WHEN 'seed' THEN 'mark' ELSE t.purpose END AS purpose, t.purpose = 'seed' AS is_seed,
      (SELECT jsonb_build_object('seconds', l.evidence->'seconds', 'timeCents', l.evidence->'timeCents', 'pieceCents', l.evidence->'pieceCents') FROM pay_line l WHERE l.claim_id = c.id) AS paid,
      c.released_at IS NULL AND t.state = 'completed' AS completed, ending.at AS ended_at, worked.stretches
    FROM (${claims}) c JOIN assignment t ON t.id = c.assignment_id JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
      CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object('started', extract(epoch FROM x.started_at) * 1000, 'ended', extract(epoch FROM x.ended_at) * 1000)
          ORDER BY x.started_at) FILTER (WHERE x.ended_at > x.started_at), '[]'::jsonb) AS stretches, max(x.ended_at) AS last
        FROM marking_stretch x WHERE x.assignment_id = c.assignment_id AND x.fencing_token = c.fencing_token AND x.grader = c.grader
      ) worked
      CROSS JOIN LATERAL (
        SELECT coalesce(c.released_at, CASE t.state WHEN 'completed' THEN t.completed_at WHEN 'void' THEN worked.last END) AS at
      ) ending
    WHERE ${ended}
    ORDER BY ending.at, c.id`;
  return rows.map((row) => ({
    claimId: row.id,
    assignmentId: row.assignment_id,
    submissionId: row.submission_id,
    grader: row.grader,
    test: row.test,
    purpose: row.purpose,
    isSeed: row.is_seed,
    paid: row.paid,
    isCompleted: row.completed,
    endedAt: row.ended_at,
    stretches: row.stretches.map(({ started, ended: endedAt }) => ({ startedAt: new Date(started), endedAt: new Date(endedAt) })),
  }));
}
