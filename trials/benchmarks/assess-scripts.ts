import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { markedItemId } from '../../domain/assessment.ts';
import type { ExamContent } from '../../domain/exam.ts';
import type { MarkedScript } from '../../domain/marking-fit.ts';
import { seededRandom, type Random } from '../people/random.ts';
import { smallExam } from '../people/small-exam.ts';

/** Scripts of one exam, drawn with marks of graders who differ: some marked twice, to fit a model on, and others waiting to be assessed. */

const TEXT_ITEMS = 8;
const ITEM_MILLIPOINTS = 10_000;
const GRADERS = 300;
const ANSWER_WORDS = 60;
const VOCABULARY = 2000;
/** Graders' marks are of half points. */
const STEP_MILLIPOINTS = 500;

/** Short answers alone, of a policy that opens a second seat by the probability alone: nothing else would say what an estimate costs. */
export function examToAssess(): ExamContent {
  const items = Array.from({ length: TEXT_ITEMS }, (_item, place) => ({
    type: 'text' as const,
    id: `t${place}`,
    prompt: 'Explain',
    millipoints: ITEM_MILLIPOINTS,
    modelAnswer: answerOf(seededRandom('model answer', String(place)), 1),
  }));
  return { ...smallExam({ risk: { limit: 1000, sampleShare: 200, newGraderScripts: 0, machineCheck: true } }, 'assessed'), items };
}

/** Words by rank are as frequent as in a language: the n-th one in n; good answers use the first half of them more. */
function answerOf(random: Random, quality: number): string {
  const word = () => {
    const rank = Math.floor(VOCABULARY ** random());
    return `w${(random() < quality ? rank : VOCABULARY - rank).toString(36)}`;
  };
  return Array.from({ length: ANSWER_WORDS }, word).join(' ');
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

type Drawn = { readonly itemId: string; readonly answer: string; readonly quality: number };

function drawAnswers(exam: ExamContent, random: Random): readonly Drawn[] {
  const ability = 0.8 + 0.1 * normal(random);
  return exam.items.map(({ id: itemId }) => {
    const quality = Math.min(1, Math.max(0, ability + 0.15 * normal(random)));
    return { itemId, quality, answer: answerOf(random, quality) };
  });
}

function graderOf(random: Random): { readonly id: string; readonly severity: number } {
  const number = Math.floor(random() * GRADERS);
  return { id: `grader-${number}`, severity: (number / GRADERS - 0.5) / 10 };
}

function markOf(random: Random, quality: number, severity: number): number {
  const share = Math.min(1, Math.max(0, quality - severity + 0.08 * normal(random)));
  return Math.round((share * ITEM_MILLIPOINTS) / STEP_MILLIPOINTS) * STEP_MILLIPOINTS;
}

/** Marked twice each, for the model. */
export function scriptsToLearnFrom(exam: ExamContent, count: number): readonly MarkedScript[] {
  const taken = { test: 'aptitude', caseStudyId: null } as const;
  const modelAnswers = new Map(exam.items.map((item) => [item.id, item.type === 'text' ? item.modelAnswer : '']));
  return Array.from({ length: count }, (_script, number): MarkedScript => {
    const random = seededRandom('learned', String(number));
    const graders = [graderOf(random), graderOf(random)];
    return {
      id: `learned-${number}`,
      test: markedItemId(exam, taken, ''),
      items: drawAnswers(exam, random).map(({ itemId, answer, quality }) => ({
        itemId: markedItemId(exam, taken, itemId),
        millipointsMax: ITEM_MILLIPOINTS,
        text: { answer, modelAnswer: modelAnswers.get(itemId) ?? '' },
        marks: graders.map(({ id, severity }) => ({ grader: id, millipoints: markOf(random, quality, severity) })),
      })),
    };
  });
}

const ROWS_AT_ONCE = 500;

/** Submissions whose first marks are in, straight into the tables: how they got there is not what is measured. Returns their ids. */
export async function fillFirstMarked(client: pg.Client, { exam, count }: { exam: ExamContent; count: number }): Promise<readonly string[]> {
  const submissionIds: string[] = [];
  for (let from = 0; from < count; from += ROWS_AT_ONCE) {
    const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, count - from) }, (_row, place) => drawRow(exam, from + place));
    await insertRows(client, rows);
    submissionIds.push(...rows.map(({ submission }) => submission));
  }
  await client.query('VACUUM ANALYZE');
  return submissionIds;
}

function drawRow(exam: ExamContent, number: number) {
  const random = seededRandom('assessed', String(number));
  const { id: grader, severity } = graderOf(random);
  const answers = drawAnswers(exam, random);
  const [candidate, attempt, sitting, submission, assignment] = [uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7()];
  return {
    candidate,
    attempt,
    sitting,
    submission,
    assignment,
    grader,
    content: Object.fromEntries(answers.map(({ itemId, answer }) => [itemId, answer])),
    marks: answers.map(({ itemId, quality }) => ({ id: uuidv7(), itemId, millipoints: markOf(random, quality, severity) })),
  };
}

async function insertRows(client: pg.Client, rows: readonly ReturnType<typeof drawRow>[]): Promise<void> {
  await client.query('BEGIN; SET LOCAL session_replication_role = replica');
  await client.query(
    `CREATE TEMP TABLE drawn ON COMMIT DROP AS
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS x (candidate uuid, attempt uuid, sitting uuid, submission uuid, assignment uuid, grader text, content jsonb, marks jsonb)`,
    [JSON.stringify(rows)],
  );
  await client.query(`
    INSERT INTO candidate (id, subject, name, email, created_at) SELECT candidate, candidate::text, 'Ada Example', NULL, now() FROM drawn;
    INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, registered_at, start_by)
      SELECT attempt, candidate, v.id, v.exam_id, now(), now() + interval '1 year' FROM drawn, exam_version v;
    INSERT INTO sitting (id, attempt_id, test, started_at, deadline, frozen_at) SELECT sitting, attempt, 'aptitude', now(), now() + interval '90 minutes', now() FROM drawn;
    INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, submitted_at, receipt)
      SELECT submission, sitting, 1, 'submitted', 'sha-256:', content, now(), '' FROM drawn;
    INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, holder, fencing_token, completed_at, created_at)
      SELECT assignment, submission, 1, 'mark', ARRAY(SELECT jsonb_object_keys(content)), 3600, now() + interval '7 days', 'completed', grader, 1, now(), now() FROM drawn;
    INSERT INTO mark (id, assignment_id, submission_id, grader, item_id, millipoints, reason, recorded_at)
      SELECT m.id, assignment, submission, grader, m."itemId", m.millipoints, '', now()
      FROM drawn, jsonb_to_recordset(drawn.marks) AS m (id uuid, "itemId" text, millipoints int);
    COMMIT`);
}
