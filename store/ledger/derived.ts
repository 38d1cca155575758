import {
  derivedFindings,
  firstAttempts,
  firstDeadlinesOf,
  type ActOnRecord,
  type AttemptOnRecord,
  type DerivedFinding,
  type ExtensionOnRecord,
  type OutagesOnRecord,
} from '../../domain/attempt-on-record.ts';
import type { Window } from '../../domain/attempt.ts';
import type { ExamContent, Policy } from '../../domain/exam.ts';
import type { Extension } from '../../domain/limit.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext } from '../context.ts';
import { workOf } from '../exam-versions.ts';
import { FIRST_ID } from '../ids.ts';
import { rowFindings } from './derived-rows.ts';
import { LEDGER_FORMS, type LedgerForm } from './forms.ts';
import { committed } from './triggers.ts';

/** What stands in a record and does not follow from the others, with who wrote the record last as its newest entry has it. */
export type UnderivedRecord = Omit<DerivedFinding, 'kind' | 'attemptId' | 'isLater'> & {
  readonly kind: string;
  readonly attemptId: string | null;
  readonly written: { readonly by: string; readonly at: string } | null;
};

type Finding = Omit<UnderivedRecord, 'written'> & { readonly isLater?: true };

const PAGE_SIZE = 500;

/**
 * Every deadline, and what else whoever decides goes by and follows from other records: derived again, from none of what stands. A page of attempts at a time.
 * Of what was there before the ledger, its acts are not all on record: of that a deadline earlier than it must be is named, and nothing else.
 */
export async function* readUnderived({ prisma }: Pick<RecordContext, 'prisma'>): AsyncGenerator<readonly UnderivedRecord[]> {
  const outages = await readOutages(prisma);
  const versions = await readVersions(prisma);
  const policies = new Map(versions.map(({ id, content }) => [id, content.policy]));
  yield withWriters(prisma, [
    ...versions.flatMap(examFindings),
    ...(await accommodationFindings(prisma)),
    ...(await removedFindings(prisma)),
    ...(await rowFindings(prisma)),
  ]);
  for (let after = FIRST_ID; ;) {
    const page = await readPage(prisma, after);
    if (page.length > 0) yield withWriters(prisma, await findingsIn(page, { prisma, policies, outages }));
    if (page.length < PAGE_SIZE) return;
    after = page.at(-1)?.id ?? after;
  }
}

type Prismatic = RecordContext['prisma'];

async function findingsIn(
  page: readonly AttemptOnRecord[],
  { prisma, policies, outages }: { prisma: Prismatic; policies: ReadonlyMap<string, Policy>; outages: OutagesOnRecord },
): Promise<readonly Finding[]> {
  // A version that is gone is named as such.
  const judged = page.flatMap((attempt) => {
    const policy = policies.get(attempt.examVersionId);
    return policy ? [{ attempt, policy }] : [];
  });
  return [
    ...judged.flatMap(({ attempt, policy }) => derivedFindings(attempt, { policy, outages })),
    ...(await beginningFindings(
      prisma,
      'attempt',
      judged.flatMap(({ attempt, policy }) =>
        firstAttempts(attempt, policy).map(({ startBy, downloadBy, aptitudeDecisionId, percent }) => ({
          record: attempt.id,
          attemptId: attempt.id,
          first: {
            accommodation_percent: String(percent),
            start_by: instantText(startBy),
            download_by: downloadBy === null ? null : instantText(downloadBy),
            aptitude_decision_id: aptitudeDecisionId,
            outcome: null,
            outcome_reason: null,
            settled_at: null,
          },
        })),
      ),
    )),
    ...(await beginningFindings(
      prisma,
      'sitting',
      judged.flatMap(({ attempt, policy }) =>
        attempt.sittings.flatMap(({ id, test }) =>
          firstDeadlinesOf(attempt, { policy, test }).map((deadline) => ({
            record: id,
            attemptId: attempt.id,
            first: { round: '1', deadline: instantText(deadline), frozen_at: null },
          })),
        ),
      ),
    )),
  ];
}

const instantText = (instant: number) => new Date(instant).toISOString();

// What a record was made as -------------------------------------------------------------------------------------------------

/** What of a record changes, each with what it was when the record was made; all else never does. Several of one record: one of them it was. */
type Beginning = { readonly record: string; readonly attemptId: string; readonly first: Readonly<Record<string, string | null>> };

/** Records whose first entry is not of what they were made as, by all that says so: what never changes was changed, or they were made otherwise. */
async function beginningFindings(prisma: Prismatic, kind: 'attempt' | 'sitting', beginnings: readonly Beginning[]): Promise<readonly Finding[]> {
  const form = formOf(kind);
  const rows = await prisma.$queryRaw<{ record: string; attemptId: string }[]>`
    WITH made AS (${madeEntries(kind, [...new Set(beginnings.map(({ attemptId }) => attemptId))])}),
      begun AS (SELECT * FROM unnest(${beginnings.map(({ record }) => record)}::uuid[], ${beginnings.map(({ first }) => JSON.stringify(first))}::jsonb[]) AS b (id, first))
    SELECT m.record, m.attempt_id AS "attemptId" FROM made m
    WHERE EXISTS (SELECT 1 FROM begun b WHERE b.id::text = m.record) AND NOT EXISTS (
      SELECT 1 FROM begun b JOIN ${Prisma.raw(`"${kind}"`)} k ON k.id = b.id
        CROSS JOIN LATERAL jsonb_populate_record(k, b.first) r
      WHERE b.id::text = m.record AND m.content = ${Prisma.raw(committed('m.salt', textOf(form)))})
    ORDER BY m.record`;
  return rows.map(({ record, attemptId }) => ({
    kind,
    record,
    attemptId,
    of: 'what it was made as',
    stands: null,
    given: 'what its first entry is the hash of',
  }));
}

/** With the salt that an erasure took away nobody can tell. */
function madeEntries(kind: string, attemptIds: readonly string[]): Prisma.Sql {
  const columns = Prisma.raw('record, attempt_id, salt, content');
  const condition = Prisma.sql`WHERE kind = ${kind} AND act = 'made' AND attempt_id = ANY (${[...attemptIds]}::uuid[]) AND length(salt) > 0`;
  return Prisma.sql`SELECT ${columns} FROM ledger_entry ${condition} UNION ALL SELECT ${columns} FROM ledger_pending ${condition}`;
}

function textOf({ columns }: LedgerForm): string {
  return `jsonb_build_object(${columns.map((column) => `'${column}', r."${column}"`).join(', ')})::text`;
}

function formOf(kind: string): LedgerForm {
  const form = LEDGER_FORMS.find((one) => one.kind === kind);
  if (!form) throw new TypeError(`the ledger has no form of ${kind}`);
  return form;
}

// Accommodations, exams, and what is gone -----------------------------------------------------------------------------------

/** Each by an act of staff, made as it stands, and ended by the next one or by another act. */
async function accommodationFindings(prisma: Prismatic): Promise<readonly Finding[]> {
  const rows = await prisma.$queryRaw<{ id: string; percent: number; hasAct: boolean; endedAt: Date | null; ends: Date | null; isAsMade: boolean }[]>`
    WITH ended AS (
      SELECT m.id, least(
        (SELECT min(greatest(s.recorded_at, s.valid_from)) FROM accommodation s
          WHERE s.candidate_id = m.candidate_id AND s.exam_id IS NOT DISTINCT FROM m.exam_id AND (s.recorded_at, s.id) > (m.recorded_at, m.id)),
        (SELECT min(e.at) FROM audit_entry e WHERE e.action = 'end_accommodation' AND e.details ->> 'accommodationId' = m.id::text)) AS at
      FROM accommodation m
    ), made AS (
      SELECT record, salt, content FROM ledger_entry WHERE kind = 'accommodation' AND act = 'made' AND length(salt) > 0
      UNION ALL SELECT record, salt, content FROM ledger_pending WHERE kind = 'accommodation' AND act = 'made' AND length(salt) > 0
    ), judged AS (
      SELECT m.id, m.percent, m.ended_at AS "endedAt", n.at AS ends,
        EXISTS (SELECT 1 FROM audit_entry e LEFT JOIN attempt a ON a.id = e.attempt_id
          WHERE e.action = 'accommodate' AND e.at = m.recorded_at AND (
            (e.details ->> 'accommodationId' = m.id::text AND e.details ->> 'percent' = m.percent::text)
            OR (a.candidate_id = m.candidate_id AND a.exam_id = m.exam_id AND e.details ->> 'to' = m.percent::text))) AS "hasAct",
        NOT EXISTS (SELECT 1 FROM made d CROSS JOIN LATERAL jsonb_populate_record(m, '{"ended_at":null}') r
          WHERE d.record = m.id::text AND d.content <> ${Prisma.raw(committed('d.salt', textOf(formOf('accommodation'))))}) AS "isAsMade"
      FROM accommodation m JOIN ended n ON n.id = m.id
    )
    SELECT * FROM judged WHERE NOT "hasAct" OR NOT "isAsMade" OR "endedAt" IS DISTINCT FROM ends ORDER BY id`;
  return rows.flatMap(({ id: record, percent, hasAct, endedAt, ends, isAsMade }) => {
    const own = { kind: 'accommodation', record, attemptId: null };
    return [
      ...(hasAct ? [] : [{ ...own, of: 'who granted it', stands: `${percent} %`, given: null }]),
      ...(isAsMade ? [] : [{ ...own, of: 'what it was made as', stands: null, given: 'what its first entry is the hash of' }]),
      ...(endedAt?.getTime() === ends?.getTime()
        ? []
        : [{ ...own, of: 'its end', stands: endedAt?.toISOString() ?? 'none', given: ends?.toISOString() ?? 'none' }]),
    ];
  });
}

async function readVersions(prisma: Prismatic) {
  const versions = await prisma.examVersion.findMany({ orderBy: { id: 'asc' } });
  return versions.map(({ content, ...version }) => ({ ...version, content: content as unknown as ExamContent }));
}

/** What is kept of each version for those who look for work, beside its content; one of before has none. */
function examFindings(version: Awaited<ReturnType<typeof readVersions>>[number]): readonly Finding[] {
  const given = workOf(version.content);
  return WORK.flatMap((column) => {
    const own = { kind: 'exam_version', record: version.id, attemptId: null, of: column } as const;
    const stands = version[column];
    if (stands === given[column]) return [];
    return [{ ...own, stands: String(stands), given: String(given[column]), ...(stands === null ? { isLater: true as const } : {}) }];
  });
}

const WORK = ['language', 'metBeforeConflicts', 'offerWiderPercent', 'seedShare'] as const satisfies readonly (keyof ReturnType<typeof workOf>)[];

/** Nobody removes a record of the ledger: what an erasure takes away is taken out of it, and has an entry that says so. */
async function removedFindings(prisma: Prismatic): Promise<readonly Finding[]> {
  const rows = await prisma.$queryRaw<{ kind: string; record: string; attemptId: string | null }[]>`
    SELECT DISTINCT kind, record, attempt_id AS "attemptId" FROM (
      SELECT kind, record, attempt_id FROM ledger_entry WHERE act = 'removed'
      UNION ALL SELECT kind, record, attempt_id FROM ledger_pending WHERE act = 'removed') e ORDER BY kind, record`;
  return rows.map((row) => ({ ...row, of: 'its record', stands: 'removed', given: 'kept for good' }));
}

// Pages -----------------------------------------------------------------------------------------------------------------------

/** `infinity` is the last day of our calendar, so that it is named as any other instant. */
const milliseconds = (column: string) =>
  `(CASE WHEN isfinite(${column}) THEN extract(epoch FROM ${column}) * 1000 WHEN ${column} > now() THEN 253402214400000 WHEN ${column} < now() THEN 0 END)::bigint`;
const instant = (column: string) => Prisma.raw(milliseconds(column));

type ExtensionRow = Pick<ExtensionOnRecord, 'id' | 'at'> & {
  readonly window: Window;
  readonly kind: Extension['kind'];
  readonly until: number | null;
  readonly outageId: string | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly extraSeconds: number | null;
};

type Row = Omit<AttemptOnRecord, 'extensions' | 'registeredAt' | 'startBy' | 'downloadBy' | 'settledAt'> & {
  readonly extensions: readonly ExtensionRow[];
  readonly instants: Pick<AttemptOnRecord, 'registeredAt' | 'startBy' | 'downloadBy' | 'settledAt'>;
};

async function readPage(prisma: Prismatic, after: string): Promise<readonly AttemptOnRecord[]> {
  const rows = await prisma.$queryRaw<Row[]>`
    SELECT a.id, a.candidate_id AS "candidateId", a.exam_id AS "examId", a.exam_version_id AS "examVersionId", a.accommodation_percent AS "accommodationPercent",
      a.aptitude_decision_id AS "aptitudeDecisionId", a.outcome, a.outcome_reason AS "outcomeReason",
      EXISTS (SELECT 1 FROM erasure z WHERE z.candidate_id = a.candidate_id AND z.kind = 'person' AND z.records_erased_at IS NOT NULL) AS "isErased",
      jsonb_build_object('registeredAt', ${instant('a.registered_at')}, 'startBy', ${instant('a.start_by')}, 'downloadBy', ${instant('a.download_by')},
        'settledAt', ${instant('a.settled_at')}) AS instants,
      coalesce((SELECT jsonb_agg(jsonb_build_object('percent', m.percent, 'recordedAt', ${instant('m.recorded_at')}, 'validFrom', ${instant('m.valid_from')},
          'validUntil', ${instant('m.valid_until')}, 'endedAt', ${instant('m.ended_at')}) ORDER BY m.recorded_at, m.id)
        FROM accommodation m WHERE m.candidate_id = a.candidate_id AND (m.exam_id IS NULL OR m.exam_id = a.exam_id)), '[]') AS accommodations,
      coalesce((SELECT jsonb_agg(jsonb_build_object('id', x.id, 'window', x."window", 'kind', x.kind, 'at', ${instant('x.granted_at')}, 'until', ${instant('x.until')},
          'outageId', x.outage_id, 'from', ${instant('x.outage_from')}, 'to', ${instant('x.outage_to')}, 'extraSeconds', x.extra_seconds) ORDER BY x.position)
        FROM extension x WHERE x.attempt_id = a.id), '[]') AS extensions,
      coalesce((SELECT jsonb_agg(jsonb_build_object('id', s.id, 'test', s.test, 'round', s.round, 'startedAt', ${instant('s.started_at')},
          'deadline', ${instant('s.deadline')}, 'frozenAt', ${instant('s.frozen_at')},
          'submissions', coalesce((SELECT jsonb_agg(jsonb_build_object('round', b.round, 'submittedAt', ${instant('b.submitted_at')}) ORDER BY b.round)
            FROM submission b WHERE b.sitting_id = s.id), '[]')) ORDER BY s.test)
        FROM sitting s WHERE s.attempt_id = a.id), '[]') AS sittings,
      coalesce((SELECT jsonb_agg(jsonb_build_object('key', e.action_key, 'action', e.action, 'at', ${instant('e.at')}, 'details', e.details) ORDER BY e.id)
        FROM audit_entry e WHERE e.attempt_id = a.id AND e.action IN ('extend', 'correct_deadline', 'reopen', 'withdraw')), '[]') AS acts,
      coalesce((WITH RECURSIVE line AS (
          SELECT d.id, d.attempt_id, d.passed, d.supersedes_id, d.decided_at, 0 AS depth FROM decision d WHERE d.id = a.aptitude_decision_id
          UNION ALL SELECT d.id, d.attempt_id, d.passed, d.supersedes_id, d.decided_at, line.depth + 1 FROM line JOIN decision d ON d.id = line.supersedes_id)
        SELECT jsonb_agg(jsonb_build_object('id', l.id, 'attemptId', l.attempt_id, 'candidateId', o.candidate_id, 'examId', o.exam_id, 'passed', l.passed,
            'supersedesId', l.supersedes_id, 'decidedAt', ${instant('l.decided_at')}) ORDER BY l.depth)
        FROM line l JOIN attempt o ON o.id = l.attempt_id), '[]') AS passes,
      coalesce((SELECT jsonb_agg(jsonb_build_object('test', d.test, 'round', d.grading_round, 'passed', d.passed, 'isSubmitted', d.submission_id IS NOT NULL, 'decidedAt', ${instant('d.decided_at')}) ORDER BY d.decided_at, d.grading_round)
        FROM decision d WHERE d.attempt_id = a.id AND d.supersedes_id IS NULL), '[]') AS decisions,
      coalesce((SELECT jsonb_agg(${instant('c.issued_at')}) FROM certificate c WHERE c.attempt_id = a.id), '[]') AS "certifiedAt"
    FROM attempt a WHERE a.id > ${after}::uuid ORDER BY a.id LIMIT ${PAGE_SIZE}`;
  return rows.map(({ instants, extensions, ...row }) => ({ ...row, ...instants, extensions: extensions.map(extensionOf) }));
}

function extensionOf({ id, window, at, kind, until, outageId, from, to, extraSeconds }: ExtensionRow): ExtensionOnRecord {
  const own = { id, window, at };
  if (kind !== 'outage') return { ...own, extension: { kind, at, until: until ?? at } };
  return { ...own, extension: { kind, outageId: outageId ?? '', from: from ?? at, to: to ?? at, extraSeconds: extraSeconds ?? 0 } };
}

async function readOutages(prisma: Prismatic): Promise<OutagesOnRecord> {
  const entries = await prisma.auditEntry.findMany({ where: { action: 'credit_outage' }, select: { actionKey: true, details: true } });
  return new Map(entries.map(({ actionKey, details }) => [actionKey.slice('outage:'.length), (details ?? {}) as ActOnRecord['details']]));
}

// Who wrote it ----------------------------------------------------------------------------------------------------------------

async function withWriters(prisma: Prismatic, findings: readonly Finding[]): Promise<readonly UnderivedRecord[]> {
  if (findings.length === 0) return [];
  const rows = await prisma.$queryRaw<{ kind: string; record: string; by: string; at: Date; isAdopted: boolean }[]>`
    WITH asked AS (SELECT DISTINCT * FROM unnest(${findings.map(({ kind }) => kind)}::text[], ${findings.map(({ record }) => record)}::text[]) AS f (kind, record)),
      entry AS (
        SELECT e.kind, e.record, e.by_role, e.at, e.act, e.position FROM asked JOIN ledger_entry e ON e.kind = asked.kind AND e.record = asked.record
        UNION ALL SELECT e.kind, e.record, e.by_role, e.at, e.act, 4611686018427387904 + e.id FROM asked JOIN ledger_pending e ON e.kind = asked.kind AND e.record = asked.record)
    SELECT DISTINCT ON (kind, record) kind, record, by_role AS by, at, bool_or(act = 'adopted') OVER (PARTITION BY kind, record) AS "isAdopted"
    FROM entry ORDER BY kind, record, position DESC`;
  const writers = new Map(rows.map((row) => [`${row.kind} ${row.record}`, row]));
  return findings.flatMap(({ isLater, ...finding }) => {
    const writer = writers.get(`${finding.kind} ${finding.record}`);
    // A reading of before the ledger is later than it may be, or has no act that is on record.
    if (writer?.isAdopted && (isLater || finding.given === null)) return [];
    return [{ ...finding, written: writer ? { by: writer.by, at: writer.at.toISOString() } : null }];
  });
}
