import { Prisma } from '../prisma/generated/client.ts';
import { inTransaction, type RecordContext } from './context.ts';

/** What is counted of records that are written once and never change: how many there are grows for ever, so each is counted once. */
const MEASURES = ['results', 'certificates', 'removed_uploads', 'quarantined_uploads'] as const;
export type TalliedMeasure = (typeof MEASURES)[number];

/** `label` tells several of one measure apart. */
type Tallied = { readonly label: string; readonly part: string; readonly count: number };

/** What is younger may still be being committed, with an instant from before. */
const SETTLED_SECONDS = 24 * 60 * 60;
/** One transaction counts so many days, and several make up for years. */
const DAYS_AT_ONCE = 30;

type Range = { readonly from: Date; readonly to?: Date };

/**
 * What there is of a measure: as it was tallied, and what came since. Counted again should somebody have tallied between the two questions.
 */
export async function readTally({ prisma }: RecordContext, measure: TalliedMeasure): Promise<readonly Tallied[]> {
  for (;;) {
    const from = (await prisma.tallyUntil.findUnique({ where: { id: 1 } }))?.until ?? new Date(0);
    const rows = await prisma.$queryRaw<(Tallied & { until: Date | null })[]>`
      SELECT label, part, sum(count)::float8 AS count, (SELECT until FROM tally_until) AS until
      FROM (SELECT label, part, count FROM tally WHERE measure = ${measure} UNION ALL ${COUNTS[measure]({ from })}) counted GROUP BY label, part`;
    if (rows.every(({ until }) => (until?.getTime() ?? 0) === from.getTime())) return rows.map(({ until: _until, ...row }) => row);
  }
}

/** Counts what is a day old and more, once. Returns whether there may be more. Of several that are at it one counts after the other. */
export function tally(context: RecordContext): Promise<boolean> {
  return inTransaction(context, async (tx) => {
    await tx.$executeRaw`INSERT INTO tally_until (until) SELECT coalesce(min(oldest.at), ${await context.clock()}) - interval '1 second' FROM (${OLDEST}) oldest ON CONFLICT DO NOTHING`;
    const [row] = await tx.$queryRaw<{ until: Date; settled: Date }[]>`
      SELECT until, ${await context.clock()} - make_interval(secs => ${SETTLED_SECONDS}::int) AS settled FROM tally_until FOR UPDATE`;
    if (!row || row.settled <= row.until) return false;
    const { until: from, settled } = row;
    const to = new Date(Math.min(settled.getTime(), from.getTime() + DAYS_AT_ONCE * 86_400_000));
    for (const measure of MEASURES) {
      await tx.$executeRaw`
        INSERT INTO tally (measure, label, part, count) SELECT ${measure}, label, part, count FROM (${COUNTS[measure]({ from, to })}) counted
        ON CONFLICT (measure, label, part) DO UPDATE SET count = tally.count + excluded.count`;
    }
    await tx.tallyUntil.update({ where: { id: 1 }, data: { until: to } });
    return to < settled;
  });
}

/** Measures whose tally is another than the records say; those of which nothing was tallied are none. */
export async function wrongTallies({ prisma }: Pick<RecordContext, 'prisma'>): Promise<readonly TalliedMeasure[]> {
  const to = (await prisma.tallyUntil.findUnique({ where: { id: 1 } }))?.until;
  if (!to) return [];
  const wrong = await Promise.all(
    MEASURES.map(async (measure) => {
      const rows = await prisma.$queryRaw<unknown[]>`
        SELECT 1 FROM (SELECT label, part, count FROM tally WHERE measure = ${measure} AND count <> 0) kept
          FULL JOIN (SELECT * FROM (${COUNTS[measure]({ from: new Date(0), to })}) found WHERE count <> 0) counted USING (label, part) WHERE kept.count IS DISTINCT FROM counted.count LIMIT 1`;
      return rows.length > 0 ? [measure] : [];
    }),
  );
  return wrong.flat();
}

const within = (instant: Prisma.Sql, { from, to }: Range) =>
  Prisma.sql`${instant} >= ${from}::timestamptz ${to === undefined ? Prisma.empty : Prisma.sql`AND ${instant} < ${to}::timestamptz`}`;

/** The rule of domain/working-week.ts. */
function workingWeekAfter(instant: Prisma.Sql): Prisma.Sql {
  const weekday = Prisma.sql`extract(isodow FROM ${instant} AT TIME ZONE 'UTC')`;
  return Prisma.sql`CASE WHEN ${weekday} < 6 THEN ${instant} + interval '7 days'
    ELSE date_trunc('day', ${instant}, 'UTC') + make_interval(days => (13 - ${weekday})::int) END`;
}

/**
 * What was promised, once an exam version: reading its whole content for each row would cost more than all the rest. Every
 * row has its promise; it is joined from the left because the planner takes a join for a filter, and then goes row by row.
 */
export const promises = Prisma.sql`promise AS MATERIALIZED (
  SELECT v.id AS exam_version_id, v.exam_id, v.version, p.key AS test, make_interval(secs => p.value::float8) AS time
  FROM exam_version v CROSS JOIN jsonb_each_text(v.content->'policy'->'resultPromiseSeconds') p)`;

/** What of each measure came about in a time, by label and part. */
const COUNTS: Readonly<Record<TalliedMeasure, (range: Range) => Prisma.Sql>> = {
  // First decisions on what was submitted; a later one that supersedes another is no new result.
  results: (range) => Prisma.sql`
    SELECT of_test.test AS label, one.part, one.count FROM (
      WITH ${promises}
      SELECT d.test, count(*) AS total, count(*) FILTER (WHERE d.decided_at <= ${workingWeekAfter(Prisma.sql`b.submitted_at`)}) AS within_working_week,
        count(*) FILTER (WHERE d.decided_at <= b.submitted_at + promise.time) AS as_promised
      FROM decision d JOIN submission b ON b.id = d.submission_id JOIN attempt a ON a.id = d.attempt_id
        LEFT JOIN promise ON promise.exam_version_id = a.exam_version_id AND promise.test = d.test
      WHERE d.supersedes_id IS NULL AND ${within(Prisma.sql`d.decided_at`, range)} GROUP BY d.test
    ) of_test CROSS JOIN LATERAL (VALUES ('total', total), ('withinWorkingWeek', within_working_week), ('asPromised', as_promised)) one (part, count)`,

  // First editions, and those issued within a day of the last mark, from which on nothing but our own machinery is waited for.
  certificates: (range) => Prisma.sql`
    SELECT '' AS label, one.part, one.count FROM (
      SELECT count(*) AS total, count(*) FILTER (WHERE c.issued_at <= passed.at + interval '24 hours') AS within_a_day
      FROM certificate c JOIN decision d ON d.attempt_id = c.attempt_id AND d.test = 'case_study' AND d.passed AND d.supersedes_id IS NULL
        CROSS JOIN LATERAL (
          SELECT coalesce(max(t.completed_at), d.decided_at) AS at FROM assignment t WHERE t.submission_id = d.submission_id AND t.purpose <> 'seed' AND t.state = 'completed'
        ) passed
      WHERE c.edition = 1 AND ${within(Prisma.sql`c.issued_at`, range)}
    ) issued CROSS JOIN LATERAL (VALUES ('total', total), ('withinADay', within_a_day)) one (part, count)`,

  removed_uploads: (range) => Prisma.sql`
    SELECT removed.label, one.part, one.count FROM (
      SELECT coalesce(details->>'why', 'unfinished') AS label, count(*) AS removals, coalesce(sum((details->>'sizeBytes')::bigint), 0)::bigint AS bytes
      FROM audit_entry WHERE action = 'remove_upload' AND ${within(Prisma.sql`at`, range)} GROUP BY 1
    ) removed CROSS JOIN LATERAL (VALUES ('count', removals), ('bytes', bytes)) one (part, count)`,

  quarantined_uploads: (range) => Prisma.sql`
    SELECT '' AS label, 'count' AS part, count(*) AS count FROM audit_entry WHERE action = 'quarantine_upload' AND ${within(Prisma.sql`at`, range)}`,
};

/** Before all that is counted. */
const OLDEST = Prisma.sql`
  SELECT min(decided_at) AS at FROM decision UNION ALL SELECT min(issued_at) FROM certificate
  UNION ALL SELECT min(at) FROM audit_entry WHERE action IN ('remove_upload', 'quarantine_upload')`;
