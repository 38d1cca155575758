import type { Phase } from '../domain/attempt.ts';
import type { Test } from '../domain/exam.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { byLookUp } from './by-look-up.ts';
import { inTransaction, type RecordContext } from './context.ts';

export type OpenAttempt = { readonly attemptId: string; readonly phase: Phase };

export type OpenCorrection = { readonly correctionId: string; readonly certificateId: string; readonly actor: string; readonly reason: string };

/** A published result that its candidate finds in no inbox. */
export type UntoldResult = { readonly attemptId: string; readonly test: Test; readonly passed: boolean };

const PAGE_SIZE = 1000;
/** After all that are. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** A result is told within seconds; what is older and untold is nobody's any more. */
const TOLD_WITHIN_SECONDS = 300;
/**
 * A result's tidings are committed with it and stay until it is told, however long that takes. What builds of before published without them is looked for
 * over four weeks.
 */
const UNTOLD_DAYS = 28;

const before = (now: Date, seconds: number) => new Date(now.getTime() - seconds * 1000);

/** What the records say is under way, to compare with what Temporal runs. Reads only. */
export function createRecoveryStore(context: RecordContext) {
  const { prisma, clock } = context;
  return {
    /**
     * Every attempt that is not settled, or is and is appealed, newest first, a page at a time. Along the index of those that are open: where they stand is
     * looked up for each, since of what stands a planner may read all that is over to fill a page.
     */
    async *openAttempts(): AsyncGenerator<readonly OpenAttempt[]> {
      for (let after = LAST_ID; ;) {
        const page = await prisma.$queryRaw<OpenAttempt[]>`
          SELECT attempt_id AS "attemptId", phase FROM (
            (SELECT a.id AS attempt_id, (SELECT st.phase FROM attempt_standing st WHERE st.attempt_id = a.id) AS phase
             FROM attempt a WHERE a.outcome IS NULL AND a.id < ${after}::uuid ORDER BY a.id DESC LIMIT ${PAGE_SIZE})
            UNION ALL
            (SELECT st.attempt_id, st.phase FROM appeal q JOIN attempt_standing st ON st.attempt_id = q.attempt_id
             WHERE q.state = 'open' AND st.outcome = 'failed' AND q.attempt_id < ${after}::uuid ORDER BY q.attempt_id DESC LIMIT ${PAGE_SIZE})
          ) either ORDER BY attempt_id DESC LIMIT ${PAGE_SIZE}`;
        if (page.length > 0) yield page;
        if (page.length < PAGE_SIZE) return;
        after = page.at(-1)?.attemptId ?? after;
      }
    },

    /** Those of these attempts that there is no record of. */
    async unknown(attemptIds: readonly string[]): Promise<readonly string[]> {
      const ids = attemptIds.filter((id) => /^[0-9a-f-]{36}$/.test(id));
      const rows = await prisma.attempt.findMany({ where: { id: { in: ids } }, select: { id: true } });
      const known = new Set(rows.map(({ id }) => id));
      return attemptIds.filter((id) => !known.has(id));
    },

    async openCorrections(): Promise<readonly OpenCorrection[]> {
      const rows = await prisma.correction.findMany({ where: { resolution: null }, orderBy: { openedAt: 'asc' } });
      return rows.map(({ id, certificateId, openedBy, reason }) => ({ correctionId: id, certificateId, actor: openedBy, reason }));
    },

    /** Results published some minutes ago without a notice: those whose tidings wait, and those of four weeks that have none. */
    untoldResults(): Promise<readonly UntoldResult[]> {
      return inTransaction(context, async (tx) => {
        // As a value: by an expression no index is read.
        const [{ now }] = await tx.$queryRaw<[{ now: Date }]>`SELECT ${await clock()} AS now, ${byLookUp}`;
        return tx.$queryRaw<UntoldResult[]>(Prisma.sql`
          SELECT d.attempt_id AS "attemptId", d.test, d.passed FROM (
            SELECT id, attempt_id, test, passed, decided_at FROM decision d WHERE d.supersedes_id IS NULL AND d.decided_at < ${before(now, TOLD_WITHIN_SECONDS)}
              AND d.decided_at > ${before(now, UNTOLD_DAYS * 86_400)}
            UNION
            SELECT d.id, d.attempt_id, d.test, d.passed, d.decided_at FROM tidings t JOIN decision d ON d.attempt_id = t.attempt_id AND d.test = t.content ->> 'test'
            WHERE t.content ->> 'kind' = 'result' AND d.supersedes_id IS NULL AND d.decided_at < ${before(now, TOLD_WITHIN_SECONDS)}
          ) d
          WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.attempt_id = d.attempt_id AND n.occasion = d.test || CASE WHEN d.passed THEN '_passed' ELSE '_failed' END)
          ORDER BY d.decided_at`);
      });
    },
  };
}

export type RecoveryStore = ReturnType<typeof createRecoveryStore>;
