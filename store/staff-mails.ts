import { v7 as uuidv7 } from 'uuid';
import { Prisma } from '../prisma/generated/client.ts';
import { REFUND_DUE } from './appeals/records.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from './context.ts';

/** What staff are called for, as the records tell. What a workflow calls them for besides, its alert says (docs/runbooks). */
const CALLS = ['attention', 'overdue', 'claimed', 'proposed', 'acts', 'glass', 'undelivered', 'complained', 'refundable'] as const;
type Call = (typeof CALLS)[number];

const REMINDED_AFTER_DAYS = 7;

/** Of the mails to staff themselves nobody would hear. */
const WAITING = (now: Date) => Prisma.sql`
  SELECT 'attention' AS kind, s.attempt_id AS about FROM attempt_standing s WHERE s.needs_attention
  UNION ALL SELECT 'overdue', s.attempt_id FROM attempt_standing s WHERE s.phase IN ('aptitude_grading', 'case_study_grading') AND s.due_at < ${now}::timestamptz
  UNION ALL SELECT 'claimed', a.id FROM claimed_act a WHERE a.state = 'pending'
  UNION ALL SELECT 'proposed', p.id FROM exam_proposal p WHERE p.outcome IS NULL
  UNION ALL SELECT 'acts', p.id FROM proposed_act p WHERE p.state = 'confirmed' OR (p.state = 'open' AND p.expires_at > ${now}::timestamptz)
  UNION ALL SELECT 'glass', p.id FROM proposed_act p WHERE p.is_break_glass AND p.reviewed_at IS NULL
  UNION ALL SELECT 'undelivered', m.id FROM mail m WHERE m.state IN ('bounced', 'given_up', 'uncertain') AND m.kind NOT IN ('staff_called', 'glass_broken')
  UNION ALL SELECT 'complained', k.id FROM complaint k WHERE k.answered_at IS NULL
  UNION ALL SELECT 'refundable', q.id FROM appeal q WHERE ${REFUND_DUE}`;

/**
 * Writes to staff once something waits for them that no mail has told yet, or has not for a week, at most once an hour, with how much waits in all: no name, no id.
 * What comes to wait again is told again. Returns whether a mail was queued; the courier sends it (docs/decisions/0004).
 */
export function writeToStaff(context: RecordContext, { consoleUrl }: { consoleUrl: string | undefined }): Promise<boolean> {
  return inTransaction(context, async (tx) => {
    const now = await nowBy(context.clock, tx);
    await tx.$executeRaw`
      WITH waiting AS MATERIALIZED (${WAITING(now)})
      DELETE FROM staff_call c WHERE NOT EXISTS (SELECT 1 FROM waiting w WHERE w.kind = c.kind AND w.about = c.about)`;
    const waiting = await tx.$queryRaw<{ kind: Call; count: number; untold: number }[]>`
      SELECT w.kind, count(*)::int AS count, count(*) FILTER (WHERE c.kind IS NULL OR c.told_at <= ${now}::timestamptz - make_interval(days => ${REMINDED_AFTER_DAYS}::int))::int AS untold
      FROM (${WAITING(now)}) w LEFT JOIN staff_call c ON c.kind = w.kind AND c.about = w.about GROUP BY w.kind`;
    if (waiting.every(({ untold }) => untold === 0)) return false;
    const counts = Object.fromEntries(CALLS.map((call) => [call, waiting.find(({ kind }) => kind === call)?.count ?? 0]));
    if (!(await queue(tx, { now, data: { ...counts, ...(consoleUrl !== undefined && { consoleUrl: consoleUrl.replace(/\/+$/, '') }) } })))
      return false;
    await tx.$executeRaw`
      INSERT INTO staff_call (kind, about, told_at) SELECT w.kind, w.about, ${now} FROM (${WAITING(now)}) w
      ON CONFLICT (kind, about) DO UPDATE SET told_at = excluded.told_at`;
    return true;
  });
}

/** Of one hour there is one: several couriers, and what waits for only a moment at a time, make no flood. */
async function queue(tx: Transaction, { now, data }: { now: Date; data: object }): Promise<boolean> {
  const occasion = `staff_called:${now.toISOString().slice(0, 13)}`;
  const queued = await tx.$executeRaw`
    INSERT INTO mail (id, occasion_key, kind, data, created_at, next_try_at)
    VALUES (${uuidv7()}::uuid, ${occasion}, 'staff_called', ${JSON.stringify(data)}::jsonb, ${now}, ${now}) ON CONFLICT (occasion_key) DO NOTHING`;
  return queued > 0;
}

/** Tells everybody of staff at once, by their mailbox and each whose address is known; in the transaction of what it tells. */
export async function tellOfBrokenGlass(tx: Transaction, { actId, operation, now }: { actId: string; operation: string; now: Date }): Promise<void> {
  const data = JSON.stringify({ operation, brokenAt: now.toISOString() });
  await tx.$executeRaw`
    INSERT INTO mail (id, occasion_key, kind, staff_member, data, created_at, next_try_at)
    SELECT gen_random_uuid(), 'glass_broken:' || ${actId} || coalesce(':' || whom.subject, ''), 'glass_broken', whom.subject, ${data}::jsonb, ${now}, ${now}
    FROM (SELECT NULL::text AS subject UNION ALL SELECT m.subject FROM staff_member m WHERE m.email IS NOT NULL) whom
    ON CONFLICT (occasion_key) DO NOTHING`;
}
