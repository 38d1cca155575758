import { keptLanguages, keptQualifications, type GraderState } from '../../domain/grader.ts';
import { APPEAL_SEAT } from '../../domain/grading.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext } from '../context.ts';
import { LEDGER_FORMS } from './forms.ts';
import { committed, contentOf } from './triggers.ts';

/** What stands in single rows, for whoever decides by it, and follows from others: asked for set by set. */
type RowFinding = {
  readonly kind: string;
  readonly record: string;
  readonly attemptId: string | null;
  readonly of: string;
  readonly stands: string | null;
  readonly given: string | null;
  /** What a release of before the ledger wrote is not held against it. */
  readonly isLater?: true;
};

type Prismatic = RecordContext['prisma'];

export async function rowFindings(prisma: Prismatic): Promise<readonly RowFinding[]> {
  const found = await Promise.all([
    certificateStatuses(prisma),
    correctionActs(prisma),
    graderStates(prisma),
    settledClaims(prisma),
    assignmentsDue(prisma),
  ]);
  return found.flat();
}

/** A certificate is what became of the newest doubt about it, and revoked once another stands in its place. */
async function certificateStatuses(prisma: Prismatic): Promise<readonly RowFinding[]> {
  const rows = await prisma.$queryRaw<{ record: string; attemptId: string | null; stands: string; given: string }[]>`
    WITH judged AS (
      SELECT c.id, c.attempt_id, c.status,
        CASE WHEN EXISTS (SELECT 1 FROM certificate n WHERE n.replaces_id = c.id) THEN 'revoked'
          ELSE coalesce((SELECT CASE WHEN o.resolution IS NULL THEN 'suspended' WHEN o.resolution = 'reinstated' THEN 'valid' ELSE 'revoked' END
            FROM correction o WHERE o.certificate_id = c.id ORDER BY o.opened_at DESC, o.id DESC LIMIT 1), 'valid') END AS given
      FROM certificate c
    )
    SELECT id::text AS record, attempt_id AS "attemptId", status AS stands, given FROM judged WHERE status <> given ORDER BY id`;
  return rows.map((row) => ({ ...row, kind: 'certificate', of: 'its status' }));
}

/** A doubt is opened by an act of staff and settled by another, each of the same instant. Of whoever was erased an act does not say how it was settled. */
async function correctionActs(prisma: Prismatic): Promise<readonly RowFinding[]> {
  const rows = await prisma.$queryRaw<{ record: string; attemptId: string | null; of: string; stands: string }[]>`
    WITH acts AS (SELECT action, certificate_id, at, details FROM audit_entry WHERE action IN ('suspend_certificate', 'resolve_correction'))
    SELECT o.id::text AS record, c.attempt_id AS "attemptId", 'who opened it' AS of, to_char(o.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS stands
    FROM correction o JOIN certificate c ON c.id = o.certificate_id
    WHERE NOT EXISTS (SELECT 1 FROM acts e WHERE e.action = 'suspend_certificate' AND e.certificate_id = c.id AND e.at = o.opened_at
      AND e.details ->> 'correctionId' = o.id::text)
    UNION ALL
    SELECT o.id::text, c.attempt_id, 'who settled it', o.resolution FROM correction o JOIN certificate c ON c.id = o.certificate_id
    WHERE o.resolution IS NOT NULL AND NOT EXISTS (SELECT 1 FROM acts e WHERE e.action = 'resolve_correction' AND e.certificate_id = c.id AND e.at = o.resolved_at
      AND e.details ->> 'correctionId' = o.id::text AND coalesce(e.details ->> 'resolution', o.resolution) = o.resolution)
    ORDER BY 1, 3`;
  return rows.map((row) => ({ ...row, kind: 'correction', given: null }));
}

/** What staff said last of a grader; a grader pauses and goes on by themselves. */
const FOLLOWS: Readonly<Record<GraderState, readonly GraderState[]>> = {
  active: ['active', 'paused'],
  paused: ['paused', 'active'],
  in_training: ['in_training'],
  suspended: ['suspended'],
};

/** As graders are met, before anybody says otherwise. */
const EVERY_EXAM = JSON.stringify(keptQualifications(null));
const EVERY_LANGUAGE = JSON.stringify(keptLanguages(null));

type GraderRow = {
  readonly record: string;
  readonly state: GraderState;
  readonly said: GraderState | null;
  /** What the first entry may be of; null where nothing tells any more. */
  readonly first: readonly GraderState[] | null;
  readonly qualifications: string;
  readonly qualificationsSaid: string | null;
};

/**
 * State and qualifications of graders by the acts of staff that set them; before the first one as they were met, which their first entry is the hash of. Where an
 * erasure took away what an act said, nobody can tell any more.
 */
async function graderStates(prisma: Prismatic): Promise<readonly RowFinding[]> {
  const form = LEDGER_FORMS.find(({ kind }) => kind === 'grader');
  if (!form) throw new TypeError('the ledger has no form of grader');
  const met = (state: GraderState) =>
    Prisma.sql`EXISTS (SELECT 1 FROM unnest(ARRAY[true, false]) AS d(designated)
      CROSS JOIN LATERAL jsonb_populate_record(g, jsonb_build_object('designated', d.designated, 'state', ${state}::text, 'qualifications', ${EVERY_EXAM}::jsonb, 'languages', ${EVERY_LANGUAGE}::jsonb)) r
      WHERE m.content = ${Prisma.raw(committed('m.salt', contentOf(form)))})`;
  const rows = await prisma.$queryRaw<GraderRow[]>`
    WITH act AS (
      SELECT e.id, e.at, e.details, e.details ->> 'grader' AS subject FROM audit_entry e WHERE e.action = 'change_grader'
    ), made AS (
      SELECT record, salt, content FROM ledger_entry WHERE kind = 'grader' AND act = 'made'
      UNION ALL SELECT record, salt, content FROM ledger_pending WHERE kind = 'grader' AND act = 'made'
    )
    SELECT g.subject AS record, g.state, to_jsonb(g.qualifications)::text AS qualifications,
      (SELECT a.details ->> 'state' FROM act a WHERE a.subject = g.subject AND a.details ? 'state' ORDER BY a.at DESC, a.id DESC LIMIT 1) AS said,
      (SELECT (a.details -> 'qualifications')::text FROM act a WHERE a.subject = g.subject AND a.details ? 'qualifications' ORDER BY a.at DESC, a.id DESC LIMIT 1) AS "qualificationsSaid",
      (SELECT array_remove(ARRAY[CASE WHEN ${met('active')} THEN 'active' END, CASE WHEN ${met('in_training')} THEN 'in_training' END], NULL)
        FROM made m WHERE m.record = g.subject AND length(m.salt) > 0) AS first
    FROM grader g WHERE NOT EXISTS (SELECT 1 FROM act a WHERE a.subject IS NULL) ORDER BY g.subject`;
  return rows.flatMap((row) => {
    const own = { kind: 'grader', record: row.record, attemptId: null };
    const from = row.said === null ? row.first : [row.said];
    const states = from?.flatMap((state) => FOLLOWS[state]);
    const qualifications = row.qualificationsSaid ?? (row.first === null ? row.qualifications : EVERY_EXAM);
    return [
      ...(states === undefined || states.includes(row.state)
        ? []
        : [{ ...own, of: 'its state', stands: row.state, given: states.join(' or ') || null }]),
      ...(row.qualifications === qualifications ? [] : [{ ...own, of: 'what it qualifies for', stands: row.qualifications, given: qualifications }]),
    ];
  });
}

/** Settled is what a statement has a line of, and what ended without anything to be paid. */
async function settledClaims(prisma: Prismatic): Promise<readonly RowFinding[]> {
  const rows = await prisma.$queryRaw<{ record: string; attemptId: string; isSettled: boolean }[]>`
    WITH judged AS (
      SELECT c.*, EXISTS (SELECT 1 FROM pay_line l WHERE l.claim_id = c.id) AS has_line,
        c.released_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM marking_stretch x WHERE x.assignment_id = c.assignment_id AND x.fencing_token = c.fencing_token
          AND x.grader = c.grader AND x.ended_at > x.started_at) AND EXISTS (SELECT 1 FROM pay_statement p WHERE p.grader = c.grader AND p.issued_at >= c.released_at) AS is_nothing
      FROM claim c WHERE c.pay_settled OR EXISTS (SELECT 1 FROM pay_line l WHERE l.claim_id = c.id)
    )
    SELECT j.id::text AS record, s.attempt_id AS "attemptId", j.pay_settled AS "isSettled"
    FROM judged j JOIN submission b ON b.id = j.submission_id JOIN sitting s ON s.id = b.sitting_id
    WHERE j.pay_settled <> (j.has_line OR (j.pay_settled AND j.is_nothing)) ORDER BY j.id`;
  const words = (isSettled: boolean) => (isSettled ? 'settled' : 'to be paid');
  return rows.map(({ isSettled, ...row }) => ({ ...row, kind: 'claim', of: 'its pay', stands: words(isSettled), given: words(!isSettled) }));
}

/** The promised time after the hand-in, or after the appeal was filed. One of a seed is due when the script is in whose place it was given out. */
async function assignmentsDue(prisma: Prismatic): Promise<readonly RowFinding[]> {
  const rows = await prisma.$queryRaw<{ record: string; attemptId: string; stands: Date; given: Date | null }[]>`
    WITH judged AS (
      SELECT t.id, s.attempt_id, t.due_at, (SELECT min(since.at) FROM (
          SELECT b.submitted_at AS at WHERE t.seat <> ${APPEAL_SEAT}::int
          UNION ALL SELECT q.filed_at FROM appeal q WHERE t.seat = ${APPEAL_SEAT}::int AND q.submission_id = b.id) since)
          + make_interval(secs => (v.content -> 'policy' -> 'resultPromiseSeconds' ->> s.test)::int) AS given
      FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
        JOIN exam_version v ON v.id = a.exam_version_id
      WHERE t.purpose <> 'seed'
    )
    SELECT id::text AS record, attempt_id AS "attemptId", due_at AS stands, given FROM judged WHERE due_at IS DISTINCT FROM given ORDER BY id`;
  return rows.map(({ stands, given, ...row }) => ({
    ...row,
    kind: 'assignment',
    of: 'when it is due',
    stands: stands.toISOString(),
    given: given?.toISOString() ?? null,
  }));
}
