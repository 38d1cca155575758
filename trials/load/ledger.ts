import type pg from 'pg';
import { TESTS, type Test } from '../../domain/exam.ts';
import type { Answer } from '../people/http.ts';
import { operationOf } from './meter.ts';

/** What the API acknowledged, to be looked for in PostgreSQL at the end. */

export type Check = { readonly what: string; readonly acknowledged: number; readonly found: number };

/** The part of a path that names the test. */
const PATHS: Readonly<Record<Test, string>> = { aptitude: 'aptitude-test', case_study: 'case-study' };

export function createLedger() {
  const attempts = new Set<string>();
  /** By attempt and item: how many answers were acknowledged, whose numbers count up from 1. */
  const answers = new Map<string, number>();
  const submissions = new Set<string>();
  const completions = new Set<string>();
  return {
    attempts,
    answers,
    submissions,
    completions,
    record(answer: Answer): void {
      const [, , , id = '', part = '', item = ''] = answer.path.split('/');
      switch (operationOf(answer)) {
        case 'autosave':
          answers.set(`${id} ${item}`, (answers.get(`${id} ${item}`) ?? 0) + 1);
          break;
        case 'submit':
          submissions.add(`${id} ${TESTS.find((test) => PATHS[test] === part) ?? part}`);
          break;
        case 'complete':
          completions.add(id);
          break;
        default:
      }
    },
  };
}

export type Ledger = ReturnType<typeof createLedger>;

/** Counts in PostgreSQL what the ledger holds: each thing itself, by its id, not how many there are. */
export async function checkLedger(database: pg.Pool, ledger: Ledger): Promise<readonly Check[]> {
  const keys = async (sql: string) => new Set((await database.query<{ key: string }>(sql)).rows.map(({ key }) => key));
  const { rows: stored } = await database.query<{ key: string; sequence: number; frozen: boolean }>(
    `SELECT s.attempt_id || ' ' || r.item_id AS key, r.sequence, b.id IS NULL OR b.content ? r.item_id AS frozen
     FROM response r JOIN sitting s ON s.id = r.sitting_id LEFT JOIN submission b ON b.sitting_id = s.id`,
  );
  const storedByKey = new Map(stored.map((row) => [row.key, row]));
  const answers = [...ledger.answers].filter(
    ([key, sequence]) => storedByKey.get(key)?.frozen === true && storedByKey.get(key)?.sequence === sequence,
  );
  const [attempts, submissions, completions] = await Promise.all([
    keys('SELECT id::text AS key FROM attempt'),
    keys(`SELECT s.attempt_id || ' ' || s.test AS key FROM submission b JOIN sitting s ON s.id = b.sitting_id`),
    keys(`SELECT t.id::text AS key FROM assignment t
          WHERE t.state = 'completed' AND cardinality(t.item_ids) = (SELECT count(*) FROM mark m WHERE m.assignment_id = t.id)`),
  ]);
  return [
    countOf('attempts registered', ledger.attempts, attempts),
    { what: 'answers, each the newest and handed in', acknowledged: ledger.answers.size, found: answers.length },
    countOf('submissions', ledger.submissions, submissions),
    countOf('assignments completed, with all their marks', ledger.completions, completions),
  ];
}

function countOf(what: string, acknowledged: ReadonlySet<string>, stored: ReadonlySet<string>): Check {
  return { what, acknowledged: acknowledged.size, found: [...acknowledged].filter((key) => stored.has(key)).length };
}
