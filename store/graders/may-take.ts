import { OBSTACLES, type Obstacle } from '../../domain/grader.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { isNamedBy } from '../interests.ts';

/** What the obstacles look at: the assignment t with its submission, sitting, attempt, exam version and candidate. */
export const work = Prisma.sql`assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
  JOIN attempt a ON a.id = s.attempt_id JOIN exam_version v ON v.id = a.exam_version_id JOIN candidate k ON k.id = a.candidate_id`;

/** A grader g in conflict with the candidate k: as declared, as an employer's domain says, or as having met where policy counts that. */
export const inConflict = Prisma.sql`(
  EXISTS (
    SELECT 1 FROM grader_conflict x WHERE x.grader = g.subject AND x.ended_at IS NULL AND ${isNamedBy('k')})
  OR (coalesce(v.met_before_conflicts, false) AND EXISTS (
    SELECT 1 FROM attempt earlier JOIN sitting of_it ON of_it.attempt_id = earlier.id JOIN submission then_ ON then_.sitting_id = of_it.id
      JOIN claim met ON met.submission_id = then_.id AND met.grader = g.subject AND met.released_at IS NULL
    WHERE earlier.candidate_id = a.candidate_id AND earlier.id <> a.id)))`;

/** Each is true where it stands between the grader g and the assignment t of `work`. The only place that says who may mark what. */
const CONDITIONS: Readonly<Record<Obstacle, Prisma.Sql>> = {
  not_active: Prisma.sql`g.state <> 'active'`,
  own_work: Prisma.sql`g.subject = k.subject`,
  involved: Prisma.sql`EXISTS (
    SELECT 1 FROM claim c WHERE c.submission_id = t.submission_id AND c.grader = g.subject AND c.released_at IS NULL AND c.assignment_id <> t.id)`,
  conflict: inConflict,
  not_designated: Prisma.sql`(t.purpose = 'adjudicate' AND NOT g.designated)`,
  not_qualified: Prisma.sql`NOT ('*' = ANY(g.qualifications) OR a.exam_id || '/' || s.test = ANY(g.qualifications))`,
  other_language: Prisma.sql`(v.language IS NOT NULL
    AND NOT ('*' = ANY(g.languages) OR v.language = ANY(g.languages) OR split_part(v.language, '-', 1) = ANY(g.languages)))`,
};

/** Nothing stands between the grader g and the assignment t. */
export const mayTake: Prisma.Sql = Prisma.join(
  // What is cheap to see first: the planner keeps this order among conditions of equal cost.
  (['not_active', 'own_work', 'not_designated', 'not_qualified', 'other_language', 'involved', 'conflict'] as const).map(
    (obstacle) => Prisma.sql`NOT ${CONDITIONS[obstacle]}`,
  ),
  ' AND ',
);

/** The same for a script with agreed marks, of who is in training. */
export const mayTakeInTraining: Prisma.Sql = Prisma.sql`g.state = 'in_training' AND ${Prisma.join(
  (['own_work', 'not_qualified', 'other_language', 'involved', 'conflict'] as const).map((obstacle) => Prisma.sql`NOT ${CONDITIONS[obstacle]}`),
  ' AND ',
)}`;

/** Nothing stands between the grader g and all work of an exam a's test s, in the language of v. What is of one submission is not looked at. */
export const qualifies: Prisma.Sql = Prisma.join(
  (['not_active', 'not_qualified', 'other_language'] as const).map((obstacle) => Prisma.sql`NOT ${CONDITIONS[obstacle]}`),
  ' AND ',
);

/** The first obstacle between g and t, null for none. */
export const obstacleBetween: Prisma.Sql = Prisma.sql`CASE ${Prisma.join(
  OBSTACLES.map((obstacle) => Prisma.sql`WHEN ${CONDITIONS[obstacle]} THEN ${Prisma.raw(`'${obstacle}'`)}`),
  ' ',
)} END`;

/** The grader g gave this part of t's submission back as not their field: they get it only where they ask for it, or staff reserve it. */
export const declined: Prisma.Sql = Prisma.sql`(t.reserved_for IS DISTINCT FROM g.subject AND EXISTS (
  SELECT 1 FROM claim gone JOIN assignment given ON given.id = gone.assignment_id
  WHERE gone.submission_id = t.submission_id AND gone.grader = g.subject AND gone.release_reason = 'not_my_field' AND given.purpose = t.purpose))`;

/** Who did not ask for work for so long is not counted on. */
const LAST_SEEN_DAYS = 60;

/** The grader g is one to count on. */
export function isThere(now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`g.last_seen_at > ${now} - make_interval(days => ${LAST_SEEN_DAYS}::int)`;
}

/** Of the time from opening to the promise, where the exam's policy names no share. */
const OFFER_WIDER_PERCENT = 25;

/** Nobody has taken the assignment t of `work` for so long that it is offered to whom it is otherwise kept from. */
export function isOfferedWider(now: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`${now} >= t.created_at + (t.due_at - t.created_at) * (coalesce(v.offer_wider_percent, ${OFFER_WIDER_PERCENT}::int) / 100.0)::float8`;
}
