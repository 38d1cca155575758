import { createHash } from 'node:crypto';

/**
 * What may be asked about exams without knowing anybody: views for tools that draw charts, under the role `analyst`, and the rows of research exports.
 * docs/research-data.md is written from this table. Nothing here names or numbers a person, holds a text that somebody wrote, or says when something
 * was to the day.
 */

export const RESEARCH_SCHEMA = 'research';

/** Fewer candidates than this are never told apart from others. */
export const RESEARCH_GROUP_MIN = 10;

type ResearchType = 'text' | 'integer' | 'boolean' | 'date';

type ResearchColumn = {
  readonly name: string;
  readonly type: ResearchType;
  readonly sql: string;
  readonly says: string;
  /** The columns of tables that it is made of. */
  readonly of: readonly string[];
};

export type ResearchView = {
  readonly name: string;
  /** What one row is. */
  readonly row: string;
  readonly columns: readonly ResearchColumn[];
  readonly from: string;
  readonly where?: string;
  /** Whose row it is: exports have pseudonyms of these, views nothing. */
  readonly ids: Readonly<Partial<Record<ResearchId, string>>>;
};

/** By which rows of one export belong together. */
export const RESEARCH_IDS = {
  attempt: 'pseudonym of the attempt, the same in all tables of one export and another one in the next',
  candidate: 'pseudonym of who attempted, likewise: an attempt and its repeats have the same',
} as const;
export type ResearchId = keyof typeof RESEARCH_IDS;

const MIN = RESEARCH_GROUP_MIN;

/**
 * Finished attempts, of months that are over, of people who were not erased, in periods: of each exam version as many whole months as it takes for ten
 * candidates. What is not ten yet waits, so that two looks never differ by fewer. What makes a minority of fewer than ten in its period is not said
 * of anybody there.
 */
const FINISHED = `WITH RECURSIVE settled AS (
  SELECT a.id, a.candidate_id, a.exam_version_id, a.exam_id, v.version, a.outcome, a.accommodation_percent <> 100 AS accommodated,
    row_number() OVER (PARTITION BY a.candidate_id, a.exam_id ORDER BY a.registered_at, a.id) > 1 AS repeated,
    date_trunc('month', a.settled_at AT TIME ZONE 'UTC')::date AS month
  FROM public.attempt a JOIN public.exam_version v ON v.id = a.exam_version_id
  WHERE a.outcome IS NOT NULL AND a.settled_at < date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    AND NOT EXISTS (SELECT 1 FROM public.erasure e WHERE e.candidate_id = a.candidate_id AND e.state IN ('ordered', 'done'))
), months AS (
  SELECT exam_version_id, month, (array_agg(DISTINCT candidate_id))[1:${MIN}] AS candidates, row_number() OVER (PARTITION BY exam_version_id ORDER BY month) AS number
  FROM settled GROUP BY exam_version_id, month
), walked AS (
  SELECT exam_version_id, number, month, month AS since, candidates FROM months WHERE number = 1
  UNION ALL
  SELECT m.exam_version_id, m.number, m.month, CASE WHEN cardinality(w.candidates) >= ${MIN} THEN m.month ELSE w.since END,
    CASE WHEN cardinality(w.candidates) >= ${MIN} THEN m.candidates ELSE (SELECT array_agg(DISTINCT one) FROM unnest(w.candidates || m.candidates) one) END
  FROM walked w JOIN months m ON m.exam_version_id = w.exam_version_id AND m.number = w.number + 1
), periods AS (
  SELECT exam_version_id, since, max(month) AS last FROM walked GROUP BY exam_version_id, since HAVING max(cardinality(candidates)) >= ${MIN}
), placed AS (
  SELECT s.*, p.since FROM settled s JOIN periods p ON p.exam_version_id = s.exam_version_id AND s.month BETWEEN p.since AND p.last
), by_accommodation AS (
  SELECT exam_version_id, since, least(count(DISTINCT candidate_id) FILTER (WHERE accommodated), count(DISTINCT candidate_id) FILTER (WHERE NOT accommodated)) >= ${MIN} AS told
  FROM placed GROUP BY exam_version_id, since
), half AS (
  SELECT p.*, CASE WHEN b.told THEN p.accommodated END AS told_accommodated FROM placed p JOIN by_accommodation b USING (exam_version_id, since)
), by_repeat AS (
  SELECT exam_version_id, since, min(least(firsts, repeats)) >= ${MIN} AS told
  FROM (SELECT exam_version_id, since, told_accommodated, count(DISTINCT candidate_id) FILTER (WHERE NOT repeated) AS firsts, count(DISTINCT candidate_id) FILTER (WHERE repeated) AS repeats
    FROM half GROUP BY exam_version_id, since, told_accommodated) cells
  GROUP BY exam_version_id, since
), finished AS (
  SELECT h.id, h.candidate_id, h.exam_id, h.version, h.since, (e.last + interval '1 month')::date AS until, h.outcome, h.told_accommodated AS is_accommodated,
    CASE WHEN b.told THEN h.repeated END AS is_repeat
  FROM half h JOIN periods e USING (exam_version_id, since) JOIN by_repeat b USING (exam_version_id, since)
)`;

/** The decision that stands of each test. */
const STANDING = `JOIN LATERAL (SELECT DISTINCT ON (n.test) n.test, n.passed, n.basis_points, n.grading_round, n.items, n.submission_id
  FROM public.decision n WHERE n.attempt_id = f.id ORDER BY n.test, n.grading_round DESC) d ON true`;

const EXAM: readonly ResearchColumn[] = [
  { name: 'exam_id', type: 'text', sql: 'f.exam_id', says: 'which exam', of: ['attempt.exam_id'] },
  { name: 'version', type: 'integer', sql: 'f.version', says: 'which version of it', of: ['exam_version.version'] },
];

const PERIOD: readonly ResearchColumn[] = [
  {
    name: 'period_from',
    type: 'date',
    sql: 'f.since',
    says: `first day of the period in which the attempt ended: as many whole months (UTC) as it took for ${MIN} candidates of the version`,
    of: ['attempt.settled_at'],
  },
  { name: 'period_until', type: 'date', sql: 'f.until', says: 'the day after its last one', of: ['attempt.settled_at'] },
];

const OF_ATTEMPT = { attempt: 'f.id', candidate: 'f.candidate_id' } as const;

/** Of the aptitude test alone: with the criteria of the case study, too, the points would add up to what a public certificate says beside a name. */
export const RESEARCH_VIEWS: readonly ResearchView[] = [
  {
    name: 'exam_versions',
    row: 'A version of an exam',
    ids: {},
    from: 'FROM public.exam_version v',
    columns: [
      { name: 'exam_id', type: 'text', sql: 'v.exam_id', says: 'which exam', of: ['exam_version.exam_id'] },
      { name: 'version', type: 'integer', sql: 'v.version', says: 'its number', of: ['exam_version.version'] },
      { name: 'title', type: 'text', sql: 'v.title', says: 'its title', of: ['exam_version.title'] },
      {
        name: 'language',
        type: 'text',
        sql: 'v.language',
        says: 'in which answers are written; null where it names none',
        of: ['exam_version.language'],
      },
      {
        name: 'pass_mark_basis_points',
        type: 'integer',
        sql: `(v.content -> 'policy' ->> 'passMark')::int`,
        says: 'share of the points that passes, in hundredths of a percent',
        of: ['exam_version.content'],
      },
      {
        name: 'published_on',
        type: 'date',
        sql: `(v.published_at AT TIME ZONE 'UTC')::date`,
        says: 'when it was published',
        of: ['exam_version.published_at'],
      },
    ],
  },
  {
    name: 'attempts',
    row: 'A finished attempt',
    ids: OF_ATTEMPT,
    from: 'FROM finished f',
    columns: [
      ...EXAM,
      ...PERIOD,
      { name: 'outcome', type: 'text', sql: 'f.outcome', says: 'certified, failed, lapsed or withdrawn', of: ['attempt.outcome'] },
      {
        name: 'is_accommodated',
        type: 'boolean',
        sql: 'f.is_accommodated',
        says: `whether the candidate had longer limits; null for all of a period in which fewer than ${MIN} had, or had not`,
        of: ['attempt.accommodation_percent'],
      },
      {
        name: 'is_repeat',
        type: 'boolean',
        sql: 'f.is_repeat',
        says: `whether the candidate had attempted the exam before; null for all of a period in which a group, with or without longer limits, would be smaller than ${MIN}`,
        of: ['attempt.registered_at'],
      },
    ],
  },
  {
    name: 'results',
    row: 'The decision that stands of one test of a finished attempt',
    ids: OF_ATTEMPT,
    from: `FROM finished f ${STANDING}
  JOIN LATERAL (SELECT x.decided_at - s.submitted_at AS took FROM public.decision x JOIN public.submission s ON s.id = x.submission_id
    WHERE x.attempt_id = f.id AND x.test = d.test ORDER BY x.grading_round LIMIT 1) first ON true`,
    columns: [
      ...EXAM,
      ...PERIOD,
      { name: 'test', type: 'text', sql: 'd.test', says: 'aptitude or case_study', of: ['decision.test'] },
      { name: 'is_passed', type: 'boolean', sql: 'd.passed', says: 'as it stands, corrections and appeals included', of: ['decision.passed'] },
      {
        name: 'tenth',
        type: 'integer',
        sql: 'd.basis_points / 1000',
        says: 'share of the points in whole tenths, rounded down: 7 is from 70 % to under 80 %',
        of: ['decision.basis_points'],
      },
      {
        name: 'is_revised',
        type: 'boolean',
        sql: 'd.grading_round > 1',
        says: 'whether another decision stood before it',
        of: ['decision.grading_round'],
      },
      {
        name: 'days_to_result',
        type: 'integer',
        sql: `least(30, greatest(0, floor(extract(epoch FROM first.took) / 86400)))::int`,
        says: 'whole days from the submission to the first decision; 30 is 30 or more',
        of: ['decision.decided_at', 'submission.submitted_at'],
      },
    ],
  },
  {
    name: 'item_scores',
    row: 'An item of the aptitude test of a finished attempt',
    ids: { attempt: 'f.id' },
    from: `FROM finished f ${STANDING} JOIN public.submission s ON s.id = d.submission_id
  CROSS JOIN LATERAL jsonb_to_recordset(d.items) AS i ("itemId" text, "millipoints" int, "millipointsMax" int, "basis" text)`,
    where: `d.test = 'aptitude'`,
    columns: [
      ...EXAM,
      { name: 'item_id', type: 'text', sql: `i."itemId"`, says: 'which item, as the exam numbers it', of: ['decision.items'] },
      {
        name: 'millipoints',
        type: 'integer',
        sql: 'i."millipoints"',
        says: 'thousandths of a point that were given, as it stands',
        of: ['decision.items'],
      },
      {
        name: 'millipoints_max',
        type: 'integer',
        sql: 'i."millipointsMax"',
        says: 'thousandths of a point that it is worth',
        of: ['decision.items'],
      },
      { name: 'basis', type: 'text', sql: 'i."basis"', says: 'what the points come of: blank, machine, single and so on', of: ['decision.items'] },
      {
        name: 'choices',
        type: 'text',
        sql: `CASE WHEN jsonb_typeof(s.content -> i."itemId") = 'array' THEN (SELECT string_agg(c, '|' ORDER BY c) FROM jsonb_array_elements_text(s.content -> i."itemId") c) END`,
        says: 'of a choice item the ids of the choices that were taken, separated by |; null where none was, and of texts',
        of: ['submission.content'],
      },
    ],
  },
  {
    name: 'marks',
    row: 'What one marker gave for a text of the aptitude test of a finished attempt; who marked is not said',
    ids: { attempt: 'f.id' },
    from: `FROM finished f JOIN public.sitting t ON t.attempt_id = f.id AND t.test = 'aptitude' JOIN public.submission s ON s.sitting_id = t.id
  JOIN public.assignment g ON g.submission_id = s.id AND g.seat <= 3 AND g.state = 'completed' JOIN public.mark m ON m.assignment_id = g.id`,
    columns: [
      ...EXAM,
      { name: 'item_id', type: 'text', sql: 'm.item_id', says: 'which item', of: ['mark.item_id'] },
      {
        name: 'seat',
        type: 'integer',
        sql: 'g.seat',
        says: '1 and 2 marked without knowing of each other, 3 decided between them',
        of: ['assignment.seat'],
      },
      {
        name: 'round',
        type: 'integer',
        sql: 's.round',
        says: 'which submission of the test: above 1 where it was reopened',
        of: ['submission.round'],
      },
      { name: 'millipoints', type: 'integer', sql: 'm.millipoints', says: 'thousandths of a point that were given', of: ['mark.millipoints'] },
    ],
  },
];

/** What views read to join and to choose rows, beyond what their columns are made of. */
export const RESEARCH_PLUMBING: readonly string[] = [
  'assignment.id',
  'assignment.state',
  'assignment.submission_id',
  'attempt.candidate_id',
  'attempt.exam_version_id',
  'attempt.id',
  'decision.attempt_id',
  'decision.submission_id',
  'erasure.candidate_id',
  'erasure.state',
  'exam_version.id',
  'mark.assignment_id',
  'sitting.attempt_id',
  'sitting.id',
  'sitting.test',
  'submission.id',
  'submission.sitting_id',
];

/** The rows of a view; with `ids` before them as they are, for who makes pseudonyms of them. */
export function researchSelect({ columns, from, where, ids }: ResearchView, { withIds }: { readonly withIds: boolean }): string {
  const own = withIds ? Object.entries(ids).map(([id, sql]) => `${sql}::text AS "${id}"`) : [];
  const selected = [...own, ...columns.map((column) => `${column.sql} AS "${column.name}"`)].join(', ');
  const attempts = 'attempt' in ids ? `${FINISHED} ` : '';
  return `${attempts}SELECT ${selected} ${from}${where === undefined ? '' : ` WHERE ${where}`}`;
}

/** All that makes the schema, with what each column says where tools for charts show it. */
export function researchViewStatements(): readonly string[] {
  return RESEARCH_VIEWS.flatMap((view) => [
    // A barrier: no function of whoever asks sees a row that the view leaves out.
    `CREATE VIEW ${RESEARCH_SCHEMA}."${view.name}" WITH (security_barrier) AS ${researchSelect(view, { withIds: false })}`,
    `COMMENT ON VIEW ${RESEARCH_SCHEMA}."${view.name}" IS ${quoted(view.row)}`,
    ...view.columns.map(({ name, says }) => `COMMENT ON COLUMN ${RESEARCH_SCHEMA}."${view.name}"."${name}" IS ${quoted(says)}`),
  ]);
}

/** Of all statements: the schema has it as its comment, and is made anew where another stands there. */
export function researchViewsHash(): string {
  return createHash('sha256').update(researchViewStatements().join('\n')).digest('hex');
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
