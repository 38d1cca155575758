import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseExamForm, type ExamForm } from '../../exams/form.ts';
import type { Cast } from '../people/cast.ts';
import { readCandidates } from './data.ts';
import { examFormOfCohort } from './exam.ts';
import type { CohortOptions } from './options.ts';
import { parseExpectation, type CohortRow } from './expectation.ts';
import { seededRandom, shuffledStream } from '../people/random.ts';

/** The folder that a cohort is played from. */

/** So many candidates are held back to be drawn from. */
const SHUFFLE_WINDOW = 256;

/** What is wrong with the folder or the way to the API: told without a stack trace. */
export class CohortError extends Error {}

type Folder = Pick<CohortOptions, 'directory' | 'policy'>;

export async function readExam({ directory, policy }: Folder): Promise<ExamForm> {
  const file = join(directory, 'exam.json');
  try {
    const form = examFormOfCohort(JSON.parse(await readFile(file, 'utf8')), policy);
    const parsed = parseExamForm(form);
    if (!parsed.ok) throw new CohortError(parsed.problems.map(({ path, message }) => `${file}: ${path}: ${message}`).join('\n'));
    return form;
  } catch (error) {
    if (error instanceof CohortError) throw error;
    const problems = error instanceof z.ZodError ? error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) : [messageOf(error)];
    throw new CohortError(problems.map((problem) => `${file}: ${problem}`).join('\n'));
  }
}

/** Undefined where nothing is expected: of single marking, or of a folder without such a file. */
export async function readExpectation({ directory, policy }: Folder): Promise<readonly CohortRow[] | undefined> {
  if (policy.marking !== 'double') return undefined;
  const file = join(directory, `expected-${policy.adjudication}.csv`);
  try {
    return parseExpectation(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CohortError(`${file}: ${messageOf(error)}`);
  }
}

export function candidatesFile({ directory }: Pick<CohortOptions, 'directory'>): string {
  return join(directory, 'candidates.jsonl');
}

export function candidatesOf(options: Pick<CohortOptions, 'directory' | 'seed'>, onProblem: (problem: string) => void) {
  const file = candidatesFile(options);
  const { seed } = options;
  const candidates = readCandidates(createReadStream(file), ({ line, problem }) => onProblem(`${file}:${line}: ${problem}`));
  return seed === undefined ? candidates : shuffledStream(candidates, { windowSize: SHUFFLE_WINDOW, random: seededRandom(seed, 'candidates') });
}

export async function publish(cast: Cast, form: ExamForm): Promise<void> {
  await cast({ subject: 'cohort-examiner', name: 'Cohort Examiner', roles: ['grader', 'designated'] }).publishExam(form);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
