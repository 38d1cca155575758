import type { Outcome, Phase } from '../../domain/attempt.ts';
import { foldedForLookUp } from '../../domain/text.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { readAttemptsById, type AttemptRecord } from '../attempt-rows.ts';
import type { RecordContext } from '../context.ts';

/** What staff look for: all of it must hold. */
export type AttemptSearch = {
  /** Beginnings of words of a candidate's name, address or subject, as typed; or the id of an attempt or candidate. */
  readonly text?: string | undefined;
  readonly examId?: string | undefined;
  readonly version?: number | undefined;
  readonly phase?: Phase | undefined;
  readonly outcome?: Outcome | undefined;
  readonly dueFrom?: Date | undefined;
  readonly dueUntil?: Date | undefined;
  /** The result was promised for before now. */
  readonly overdue?: boolean | undefined;
  /** By the facts, or as these attempts called staff. */
  readonly needsAttention?: { readonly called: readonly string[] } | undefined;
  readonly order?: 'newest' | 'due' | undefined;
  readonly after?: SearchCursor | undefined;
  readonly limit: number;
};

/** Where a page ended: `key` is the word or the instant by which it was sorted, null where the attempts' ids alone sort. */
export type SearchCursor = { readonly attemptId: string; readonly key: string | null };

export type FoundAttempt = {
  readonly record: AttemptRecord;
  readonly email: string | null;
  readonly dueAt: Date | null;
  /** As the facts tell. */
  readonly needsAttention: boolean;
  readonly cursor: SearchCursor;
};

type Hit = { attempt_id: string; key: string | null; due_at: Date | null; needs_attention: boolean; email: string | null };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Nobody has so many names; each further word would be one more condition. */
const WORDS_MAX = 8;
/** As the database keeps them. */
const TERM_LENGTH_MAX = 200;
/** "Lovelace, Ada": such a comma belongs to no name; one within a subject does. */
const AFTER_FAMILY = /[,،、;]+(?: |$)/gu;
/** Sorts after whatever begins with a text. */
const LAST = '\u{10FFFF}';

/** Looked up for the rows of the page alone, where a join would read the table for all that match. */
const EMAIL = Prisma.sql`(SELECT c.email FROM candidate c WHERE c.id = s.candidate_id) AS email`;

/**
 * Attempts that meet all of what is asked, one page. Sorted by the word that matched where a text is given, by what is due first
 * where that is asked or bounded, else newest first. Each order has its index for each filter, so a page reads few rows however many there are.
 */
export async function searchAttempts(context: RecordContext, search: AttemptSearch): Promise<readonly FoundAttempt[]> {
  const hits = await context.prisma.$queryRaw<Hit[]>(searchStatement(search, await context.clock()));
  const records = await readAttemptsById(
    context.prisma,
    context.clock,
    hits.map((hit) => hit.attempt_id),
  );
  const byId = new Map(records.map((record) => [record.facts.attemptId, record]));
  return hits.flatMap((hit) => {
    const record = byId.get(hit.attempt_id);
    if (!record) return [];
    const cursor = { attemptId: hit.attempt_id, key: hit.key };
    return [{ record, email: hit.email, dueAt: hit.due_at, needsAttention: hit.needs_attention, cursor }];
  });
}

/** The statement that finds the page; its own function so that its plan can be looked at. */
export function searchStatement(search: AttemptSearch, now: Prisma.Sql): Prisma.Sql {
  const text = search.text === undefined ? '' : foldedForLookUp(search.text);
  if (UUID.test(text)) return byStanding(search, now, [Prisma.sql`(s.attempt_id = ${text}::uuid OR s.candidate_id = ${text}::uuid)`]);
  return text === '' ? byStanding(search, now, []) : byText(search, now, text);
}

/** Longer words first: fewer people have them, and the first one is what is gone through. */
function byText(search: AttemptSearch, now: Prisma.Sql, text: string): Prisma.Sql {
  const [first = '', ...others] = text
    .replaceAll(AFTER_FAMILY, ' ')
    .trim()
    .split(' ')
    .map((word) => word.slice(0, TERM_LENGTH_MAX))
    .toSorted((one, other) => other.length - one.length)
    .slice(0, WORDS_MAX);
  const { after, limit } = search;
  const words = [
    Prisma.sql`x.term >= ${first} AND x.term < ${first + LAST}`,
    // An attempt stands once, at the first of its words that begin so. `OFFSET 0`: asked for each row come to, never brought together for all of them.
    Prisma.sql`NOT EXISTS (SELECT 1 FROM attempt_term y WHERE y.attempt_id = x.attempt_id AND y.term >= ${first} AND y.term < x.term OFFSET 0)`,
    ...others.map(
      (word) =>
        Prisma.sql`EXISTS (SELECT 1 FROM attempt_term y WHERE y.attempt_id = x.attempt_id AND y.term >= ${word} AND y.term < ${word + LAST} OFFSET 0)`,
    ),
    ...(after ? [Prisma.sql`(x.term, x.attempt_id) > (${after.key ?? ''}, ${after.attemptId}::uuid)`] : []),
  ];
  const filters = filtersOf(search, now);
  const inOrder = Prisma.sql`ORDER BY x.term, x.attempt_id LIMIT ${limit}`;
  const found =
    filters.length === 0 && !search.needsAttention
      ? ofThePage(words, inOrder)
      : Prisma.sql`attempt_term x JOIN ${standingOf(search)} s ON s.attempt_id = x.attempt_id WHERE ${Prisma.join([...words, ...filters], ' AND ')}`;
  return Prisma.sql`SELECT s.attempt_id, x.term AS key, s.due_at, s.needs_attention, ${EMAIL} FROM ${found} ${inOrder}`;
}

/**
 * Where words alone are asked, they make the page, and what stands is looked up for its rows: a planner whose sample makes the words frequent would read
 * the whole table to join it. A filter may be rarer than the words; there the planner chooses where to begin.
 */
function ofThePage(words: readonly Prisma.Sql[], inOrder: Prisma.Sql): Prisma.Sql {
  const standing = Prisma.sql`LATERAL (SELECT * FROM attempt_standing WHERE attempt_id = x.attempt_id OFFSET 0)`;
  return Prisma.sql`(SELECT * FROM attempt_term x WHERE ${Prisma.join(words, ' AND ')} ${inOrder}) x JOIN ${standing} s ON TRUE`;
}

function byStanding(search: AttemptSearch, now: Prisma.Sql, further: readonly Prisma.Sql[]): Prisma.Sql {
  const { after, limit } = search;
  const byDue = search.order === 'due' || isBoundedByDue(search);
  const lead = further.length === 0 ? leadOf(search, { byDue }) : undefined;
  const order = [...(lead?.columns ?? []), ...(byDue ? [Prisma.sql`s.due_at`] : []), Prisma.sql`s.attempt_id`];
  const conditions = [
    ...further,
    ...(lead ? [lead.held] : filtersOf(search, now)),
    ...(byDue ? [Prisma.sql`s.due_at IS NOT NULL`] : []),
    ...(after ? [Prisma.sql`(${Prisma.join(order)}) ${byDue ? ABOVE : BELOW} (${Prisma.join(placeOf(after, { lead, byDue }))})`] : []),
  ];
  const key = byDue ? Prisma.sql`to_char(s.due_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : Prisma.sql`NULL::text`;
  return Prisma.sql`
    SELECT s.attempt_id, ${key} AS key, s.due_at, s.needs_attention, ${EMAIL}
    FROM ${standingOf(search)} s
    ${conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`}
    ORDER BY ${Prisma.join(byDue ? order : order.map((column) => Prisma.sql`${column} DESC`))} LIMIT ${limit}`;
}

const [ABOVE, BELOW] = [Prisma.sql`>`, Prisma.sql`<`];

function placeOf({ key, attemptId }: SearchCursor, { lead, byDue }: { lead: Lead | undefined; byDue: boolean }): readonly Prisma.Sql[] {
  return [...(lead?.values ?? []), ...(byDue ? [Prisma.sql`${new Date(key ?? 0)}`] : []), Prisma.sql`${attemptId}::uuid`];
}

/** What an index of an order begins with, held to one value each. */
type Lead = { readonly columns: readonly Prisma.Sql[]; readonly values: readonly Prisma.Sql[]; readonly held: Prisma.Sql };

/** By the order: what the indexes of attempt_standing begin with. */
const LEADS = {
  newest: ['exam', 'exam version', 'exam phase', 'phase', 'outcome'],
  due: ['exam', 'exam version', 'phase'],
};

/**
 * Where the filters are just what an index begins with, a page is sorted by them as well, as between bounds: no other index has that order. By an
 * equality the planner would believe that what is certified lies evenly among all, and go through everything that is open, the newest of all, to come to it.
 */
function leadOf(search: AttemptSearch, { byDue }: { byDue: boolean }): Lead | undefined {
  const { examId, version, phase, outcome, needsAttention } = search;
  const given = [
    ...(examId === undefined ? [] : [{ name: 'exam', column: Prisma.sql`s.exam_id`, value: Prisma.sql`${examId}` }]),
    ...(version === undefined ? [] : [{ name: 'version', column: Prisma.sql`s.version`, value: Prisma.sql`${version}::int` }]),
    ...(phase === undefined ? [] : [{ name: 'phase', column: Prisma.sql`s.phase`, value: Prisma.sql`${phase}` }]),
    ...(outcome === undefined ? [] : [{ name: 'outcome', column: Prisma.sql`s.outcome`, value: Prisma.sql`${outcome}` }]),
  ];
  const isLead = LEADS[byDue ? 'due' : 'newest'].includes(given.map(({ name }) => name).join(' '));
  if (!isLead || needsAttention || isBoundedByDue(search)) return undefined;
  const [columns, values] = [given.map(({ column }) => column), given.map(({ value }) => value)];
  const [row, wanted] = [Prisma.join(columns), Prisma.join(values)];
  return { columns, values, held: Prisma.sql`(${row}) >= (${wanted}) AND (${row}) <= (${wanted})` };
}

function isBoundedByDue({ dueFrom, dueUntil, overdue }: AttemptSearch): boolean {
  return dueFrom !== undefined || dueUntil !== undefined || overdue === true;
}

function filtersOf({ examId, version, phase, outcome, dueFrom, dueUntil, overdue, needsAttention }: AttemptSearch, now: Prisma.Sql): Prisma.Sql[] {
  return [
    ...(examId === undefined ? [] : [Prisma.sql`s.exam_id = ${examId}`]),
    ...(version === undefined ? [] : [Prisma.sql`s.version = ${version}`]),
    ...(phase === undefined ? [] : [Prisma.sql`s.phase = ${phase}`]),
    ...(outcome === undefined ? [] : [Prisma.sql`s.outcome = ${outcome}`]),
    ...(dueFrom === undefined ? [] : [Prisma.sql`s.due_at >= ${dueFrom}`]),
    ...(dueUntil === undefined ? [] : [Prisma.sql`s.due_at < ${dueUntil}`]),
    // In the words of the index that holds attempts in grading alone; the clock is asked once, else no index could serve.
    ...(overdue === true ? [Prisma.sql`s.phase IN ('aptitude_grading', 'case_study_grading') AND s.due_at < (SELECT ${now})`] : []),
    ...(needsAttention?.called.length === 0 ? [Prisma.sql`s.needs_attention`] : []),
  ];
}

/** Where Temporal names further attempts that called staff, those together with what the facts tell: few of all, so they are brought together first. */
function standingOf({ needsAttention }: AttemptSearch): Prisma.Sql {
  if (!needsAttention || needsAttention.called.length === 0) return Prisma.sql`attempt_standing`;
  return Prisma.sql`(
    SELECT * FROM attempt_standing WHERE needs_attention UNION SELECT * FROM attempt_standing WHERE attempt_id = ANY (${[...needsAttention.called]}::uuid[]))`;
}

export type OverdueExam = {
  readonly examId: string;
  readonly version: number;
  readonly attempts: number;
  readonly oldestDueAt: Date;
  /** Who holds work of them under a lease that runs; how many of the attempts each. */
  readonly holders: readonly { readonly grader: string; readonly attempts: number }[];
  /** Attempts with open work that nobody holds. */
  readonly unheld: number;
};

/** By exam version, the one longest overdue first: attempts whose result was promised for before now, and who holds their work. */
export async function overdueByExam({ prisma, clock }: RecordContext): Promise<readonly OverdueExam[]> {
  const now = await clock();
  return prisma.$queryRaw<OverdueExam[]>`
    WITH overdue AS MATERIALIZED (
      SELECT attempt_id, exam_id, version, due_at FROM attempt_standing
      WHERE phase IN ('aptitude_grading', 'case_study_grading') AND due_at < (SELECT ${now})
    ), work AS (
      SELECT o.exam_id, o.version, o.attempt_id, CASE WHEN t.lease_expires_at > ${now} THEN t.holder END AS grader
      FROM overdue o JOIN sitting i ON i.attempt_id = o.attempt_id JOIN submission b ON b.sitting_id = i.id AND b.round = i.round
        JOIN assignment t ON t.submission_id = b.id AND t.state = 'open' AND t.purpose <> 'seed'
    ), held AS (
      SELECT exam_id, version, grader, count(DISTINCT attempt_id)::int AS attempts FROM work GROUP BY exam_id, version, grader
    )
    SELECT o.exam_id AS "examId", o.version, count(*)::int AS attempts, min(o.due_at) AS "oldestDueAt",
      coalesce((SELECT json_agg(json_build_object('grader', h.grader, 'attempts', h.attempts) ORDER BY h.attempts DESC, h.grader)
        FROM held h WHERE h.exam_id = o.exam_id AND h.version = o.version AND h.grader IS NOT NULL), '[]'::json) AS holders,
      coalesce((SELECT h.attempts FROM held h WHERE h.exam_id = o.exam_id AND h.version = o.version AND h.grader IS NULL), 0) AS unheld
    FROM overdue o GROUP BY o.exam_id, o.version ORDER BY "oldestDueAt", "examId"`;
}
