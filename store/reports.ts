import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import type { DecidedTest, ExamAnalysis } from '../domain/exam-answers.ts';
import type { Test } from '../domain/exam.ts';
import { Refusal } from '../domain/refusal.ts';
import { periodName, periodsDue } from '../domain/report-period.ts';
import { FOLLOWED_KINDS, PERIODS_PLOTTED, type EarlierReport } from '../domain/report-plots.ts';
import type { PeriodContent } from '../domain/report-tables.ts';
import {
  REPORT_CANDIDATES_MIN,
  type ExamVersionReportKind,
  type ItemReportKind,
  type Period,
  type PeriodReportKind,
  type ReportKind,
  type StandardSettingReportKind,
} from '../domain/report.ts';
import type { StandardSetting } from '../domain/standard-setting.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext, Transaction } from './context.ts';
import { openReportSource, type OpenSource } from './report-source.ts';
import { FIRST_ID } from './ids.ts';

/** Which run a report comes of, and until when it knows decisions. A repeat of the run is the same. */
export type ReportRun = { readonly kind: ItemReportKind; readonly examVersionId: string; readonly occasion: string; readonly until: Date };

type Common = {
  readonly id: string;
  readonly until: Date;
  readonly method: number;
  /** Attempts that it tells of, each a candidate's. */
  readonly candidates: number;
  readonly contentHash: string;
  readonly madeAt: Date;
};
type OfExamVersion<Kind extends ExamVersionReportKind = ExamVersionReportKind> = Common & {
  readonly kind: Kind;
  readonly examId: string;
  readonly version: number;
  readonly title: string;
};
type OfPeriod = Common & { readonly kind: PeriodReportKind; readonly since: Date };
export type ReportSummary = OfExamVersion | OfPeriod;
export type ReportRecord =
  | (OfExamVersion<ItemReportKind> & { readonly content: ExamAnalysis })
  | (OfExamVersion<StandardSettingReportKind> & { readonly content: StandardSetting })
  | (OfPeriod & { readonly content: PeriodContent });

const PAGE = 2000;
const LISTED_MAX = 200;
const SUMMARY = {
  id: true,
  kind: true,
  since: true,
  until: true,
  method: true,
  candidates: true,
  contentHash: true,
  madeAt: true,
  examVersion: { select: { examId: true, version: true, title: true } },
} as const;

/** Reports, and what they are made of: decided tests page by page, so that memory does not grow with candidates. */
export function createReportStore({ prisma, replica, clock }: RecordContext) {
  return {
    /** Whom reports ask now, and what it knows. */
    source: (): Promise<OpenSource> => openReportSource({ prisma, replica }),

    /** Exam versions of which something was decided since their last report by this method; of too few candidates there is none. */
    async due({ kind, until, method }: { kind: ItemReportKind; until: Date; method: number }): Promise<readonly string[]> {
      const rows = await prisma.$queryRaw<{ exam_version_id: string }[]>`
        SELECT a.exam_version_id FROM decision d JOIN attempt a ON a.id = d.attempt_id
        WHERE d.decided_at <= ${until}
        GROUP BY a.exam_version_id
        HAVING count(DISTINCT d.attempt_id) FILTER (WHERE d.test = 'aptitude') >= ${REPORT_CANDIDATES_MIN} AND max(d.decided_at) > coalesce(
          (SELECT max(r.until) FROM report r WHERE r.kind = ${kind} AND r.exam_version_id = a.exam_version_id AND r.method = ${method}), '-infinity')
        ORDER BY a.exam_version_id`;
      return rows.map((row) => row.exam_version_id);
    },

    /** Every candidate's test as the decision of that time has it; of what was never handed in there is none. */
    async *decidedTests(
      { examVersionId, until, test }: Pick<ReportRun, 'examVersionId' | 'until'> & { readonly test: Test },
      { prisma: read }: Pick<OpenSource, 'prisma'> = { prisma },
    ): AsyncGenerator<DecidedTest> {
      // What people mark is left in PostgreSQL, and of an item nothing but its points leaves it: to write all of it as text was most of the time.
      const marked = Prisma.sql`SELECT coalesce(array_agg(i->>'id'), '{}') FROM exam_version v, jsonb_array_elements(v.content->'items') i
        WHERE v.id = ${examVersionId}::uuid AND i->>'type' = 'text'`;
      let after = FIRST_ID;
      for (;;) {
        const rows = await read.$queryRaw<DecidedRow[]>`
          SELECT a.id AS attempt, i.points, i.blank, s.id AS submission, si.started_at, si.case_study_id,
            CASE WHEN si.case_study_id IS NULL THEN s.content - (${marked}) END AS chosen
          FROM attempt a
          JOIN LATERAL (SELECT items, submission_id FROM decision WHERE attempt_id = a.id AND test = ${test} AND decided_at <= ${until}
            ORDER BY grading_round DESC LIMIT 1) d ON true
          CROSS JOIN LATERAL (SELECT json_object_agg(i->>'itemId', (i->>'millipoints')::int) AS points,
            array_agg(i->>'itemId') FILTER (WHERE i->>'basis' = 'blank') AS blank FROM jsonb_array_elements(d.items) i) i
          JOIN submission s ON s.id = d.submission_id JOIN sitting si ON si.id = s.sitting_id
          WHERE a.exam_version_id = ${examVersionId}::uuid AND a.id > ${after}::uuid
          ORDER BY a.id LIMIT ${PAGE}`;
        const marks = await marksOf(
          rows.map(({ submission }) => submission),
          read,
        );
        for (const { points, blank, chosen, started_at, submission, case_study_id: caseStudyId } of rows)
          yield {
            caseStudyId,
            points: points ?? {},
            blank: blank ?? [],
            chosen: chosen ?? {},
            startedAt: started_at,
            marks: marks.get(submission) ?? [],
          };
        after = rows.at(-1)?.attempt ?? after;
        if (rows.length < PAGE) return;
      }
    },

    /** Once; a repeat gets what stands. */
    async record(run: ReportRun, content: ExamAnalysis): Promise<{ readonly isNew: boolean }> {
      return isNew(await insertReport(prisma, { ...run, since: null, candidates: content.test.candidates, content, madeAt: await clock() }));
    },

    /** Periods that are over by now and of which there is no report of this kind, the oldest first (domain/report-period.ts). */
    async periodsDue({ kind, now }: { kind: PeriodReportKind; now: Date }): Promise<readonly Period[]> {
      const last = await prisma.report.aggregate({ where: { kind, examVersionId: null, until: { lte: now } }, _max: { until: true } });
      return periodsDue(kind, { now, reportedUntil: last._max.until });
    },

    /** Once a kind and period; a repeat gets what stands. */
    async recordPeriod(
      { kind, since, until }: Period & { readonly kind: PeriodReportKind },
      content: PeriodContent,
    ): Promise<{ readonly isNew: boolean }> {
      const occasion = periodName({ since, until });
      const candidates = content.attempts;
      return isNew(await insertReport(prisma, { kind, examVersionId: null, occasion, since, until, candidates, content, madeAt: await clock() }));
    },

    /** The newest first. */
    async list({ kinds }: { kinds?: readonly ReportKind[] | undefined } = {}): Promise<readonly ReportSummary[]> {
      const where = kinds === undefined ? {} : { kind: { in: [...kinds] } };
      const rows = await prisma.report.findMany({ where, select: SUMMARY, orderBy: [{ madeAt: 'desc' }, { id: 'desc' }], take: LISTED_MAX });
      return rows.map(summaryOf);
    },

    /** Of the periods before that were reported by the same method, the oldest first: as many as are plotted beside one more, and none of kinds that are not. */
    async earlier({ kind, since, method }: Pick<OfPeriod, 'kind' | 'since' | 'method'>): Promise<readonly EarlierReport[]> {
      if (!FOLLOWED_KINDS.includes(kind)) return [];
      const rows = await prisma.report.findMany({
        where: { kind, method, examVersionId: null, until: { lte: since } },
        select: { since: true, content: true },
        orderBy: { until: 'desc' },
        take: PERIODS_PLOTTED - 1,
      });
      return rows
        .toReversed()
        .flatMap(({ since: from, content }) => (from === null ? [] : [{ since: from, content: content as unknown as PeriodContent }]));
    },

    /** Refused when there is none. */
    async read(id: string): Promise<ReportRecord> {
      const row = await prisma.report.findUnique({ where: { id }, select: { ...SUMMARY, content: true } });
      if (!row) throw reportNotFound();
      return { ...summaryOf(row), content: row.content } as unknown as ReportRecord;
    },
  };

  async function marksOf(submissions: readonly string[], read: OpenSource['prisma']): Promise<ReadonlyMap<string, DecidedTest['marks']>> {
    const bySubmission = new Map<string, DecidedTest['marks'][number][]>();
    if (submissions.length === 0) return bySubmission;
    const rows = await read.$queryRaw<MarksRow[]>`
      SELECT page.id AS submission_id, m.* FROM unnest(${submissions}::uuid[]) page (id)
      CROSS JOIN LATERAL (SELECT id FROM assignment WHERE submission_id = page.id AND purpose = 'mark' AND state = 'completed' ORDER BY seat) s
      CROSS JOIN LATERAL (SELECT grader, sum(millipoints)::int AS millipoints, array_agg(item_id) AS item_ids
        FROM mark WHERE assignment_id = s.id GROUP BY grader) m`;
    for (const { submission_id, grader, millipoints, item_ids } of rows) {
      const found = bySubmission.get(submission_id) ?? [];
      bySubmission.set(submission_id, found);
      found.push({ grader, millipoints, itemIds: item_ids });
    }
    return bySubmission;
  }
}

/** Records what it is given, once; null where the same run recorded before. */
export async function insertReport(
  tx: Pick<Transaction, '$queryRaw'>,
  { kind, examVersionId, occasion, since, until, candidates, content, madeAt }: ToInsert,
): Promise<string | null> {
  const json = canonicalize(content) ?? '';
  const contentHash = createHash('sha256').update(json).digest('hex');
  const [made] = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO report (id, kind, exam_version_id, occasion, since, until, method, candidates, content, content_hash, made_at)
    VALUES (${uuidv7()}::uuid, ${kind}, ${examVersionId}::uuid, ${occasion}, ${since}, ${until}, ${content.method}, ${candidates},
      ${json}::jsonb, ${contentHash}, ${madeAt}) ON CONFLICT DO NOTHING RETURNING id`;
  return made?.id ?? null;
}

const isNew = (id: string | null) => ({ isNew: id !== null });

type DecidedRow = {
  readonly attempt: string;
  readonly submission: string;
  readonly points: DecidedTest['points'] | null;
  readonly blank: DecidedTest['blank'] | null;
  readonly chosen: DecidedTest['chosen'] | null;
  readonly started_at: Date;
  readonly case_study_id: string | null;
};
type MarksRow = { readonly submission_id: string; readonly grader: string; readonly millipoints: number; readonly item_ids: readonly string[] };
type ToInsert = {
  readonly kind: ReportKind;
  readonly examVersionId: string | null;
  readonly occasion: string;
  readonly since: Date | null;
  readonly until: Date;
  readonly candidates: number;
  readonly content: ExamAnalysis | StandardSetting | PeriodContent;
  readonly madeAt: Date | Prisma.Sql;
};
type SummaryRow = Common & {
  readonly kind: string;
  readonly since: Date | null;
  readonly examVersion: Pick<OfExamVersion, 'examId' | 'version' | 'title'> | null;
};

/** That a report is not there, or not for whoever asks. */
export function reportNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such report.');
}

function summaryOf({ kind, since, examVersion, id, until, method, candidates, contentHash, madeAt }: SummaryRow): ReportSummary {
  const common = { id, until, method, candidates, contentHash, madeAt };
  if (examVersion) return { kind: kind as ExamVersionReportKind, ...common, ...examVersion };
  if (since) return { kind: kind as PeriodReportKind, ...common, since };
  throw new TypeError(`report ${id} is of an exam version or of a period`);
}
