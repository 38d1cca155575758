import { isUtf8 } from 'node:buffer';
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ExamContent } from '../../domain/exam.ts';
import { parseExamForm, type ExamForm } from '../../exams/form.ts';
import { placeOfJsonError } from '../../exams/json-text.ts';
import type { Cast } from '../people/cast.ts';
import { publishExam } from '../people/exams.ts';
import { problemsOfCandidate } from './check.ts';
import type { OracleExam } from './appeals-oracle.ts';
import { readCandidates, type BadLine, type CohortCandidate } from './data.ts';
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

export type CohortExam = { readonly form: ExamForm; readonly content: ExamContent };

/** As it stands there, for who works it out by hand. Ask once `readExam` has found it to be right. */
export async function readRawExam({ directory }: Pick<Folder, 'directory'>): Promise<OracleExam> {
  return JSON.parse(await readText(join(directory, EXAM_FILE))) as OracleExam;
}

const EXAM_FILE = 'exam.json';

export async function readExam({ directory, policy }: Folder): Promise<CohortExam> {
  const file = join(directory, EXAM_FILE);
  const refuse = (problems: readonly string[]) => new CohortError(problems.map((problem) => `${file}${problem}`).join('\n'));
  const text = await readText(file);
  const place = placeOfJsonError(text);
  if (place) throw refuse([`:${place.line}: is not JSON from column ${place.column} on`]);
  try {
    const form = examFormOfCohort(JSON.parse(text), policy);
    const parsed = parseExamForm(form);
    if (!parsed.ok) throw refuse(parsed.problems.map(({ path, message }) => `: ${inCohortsWords(path)}: ${message}`));
    return { form, content: parsed.content };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw refuse(error.issues.map((issue) => `: ${issue.path.join('.') || 'the file'}: ${issue.message}`));
  }
}

/** The place in exam.json of what the exam form, which is made of it, calls otherwise. */
function inCohortsWords(path: string): string {
  return path
    .replace(/^caseStudies(?:\[0\])?\.rubric/, 'caseStudy.criteria')
    .replace(/^caseStudies.*/, 'caseStudy.criteria')
    .replace(/^(caseStudy\.criteria\[\d+\]\.)title$/, '$1prompt')
    .replace(/^(caseStudy\.criteria\[\d+\]\.)description$/, '$1modelAnswer');
}

/** A text file, with or without a mark of byte order. */
async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new CohortError(`${file}: ${messageOf(error)}`);
  });
  if (!isUtf8(bytes)) throw new CohortError(`${file}: is not in UTF-8`);
  return bytes.toString().replace(/^\uFEFF/, '');
}

/** What is expected of a policy. */
export function expectationFile({ directory, policy }: Folder): string {
  return join(directory, `expected-${policy.marking === 'single' ? 'single' : policy.adjudication}.csv`);
}

/** Undefined where it is yet to be written; refused where it is missing, or there already. */
export async function readExpectation(options: Folder & Pick<CohortOptions, 'writeExpectation'>): Promise<readonly CohortRow[] | undefined> {
  const file = expectationFile(options);
  const isThere = existsSync(file);
  if (options.writeExpectation) {
    if (isThere) throw new CohortError(`${file}: is there already. Without --write-expectation what comes out is compared with it`);
    return undefined;
  }
  if (!isThere) throw new CohortError(`${file}: is missing, so there is nothing to compare with. --write-expectation writes what comes out`);
  const text = await readText(file);
  try {
    return parseExpectation(text);
  } catch (error) {
    throw new CohortError(
      messageOf(error)
        .split('\n')
        .map((problem) => `${file}: ${problem}`)
        .join('\n'),
    );
  }
}

/** Everything about the folder before anything is started: each line against the exam, and everybody against the expectation. Refused with all that is wrong. */
export async function checkCohort(
  options: Folder,
  { content, expectation }: { content: ExamContent; expectation: readonly CohortRow[] | undefined },
): Promise<void> {
  const file = candidatesFile(options);
  const expected = new Set(expectation?.map((row) => row.candidate));
  const problems: string[] = [];
  const note = ({ line, problem }: BadLine) => problems.push(`${file}:${line}: ${problem}`);
  const check = (candidate: CohortCandidate) => [
    ...problemsOfCandidate(candidate, { exam: content, marking: options.policy.marking === 'single' ? 'single' : 'double' }),
    ...(expectation && !expected.delete(candidate.candidate) ? [`${candidate.candidate} is not in ${expectationFile(options)}`] : []),
  ];
  let count = 0;
  try {
    for await (const _candidate of readCandidates(createReadStream(file), note, check)) count += 1;
  } catch (error) {
    throw new CohortError(`${file}: ${messageOf(error)}`);
  }
  if (count === 0 && problems.length === 0) problems.push(`${file}: holds no candidate`);
  if (problems.length === 0) for (const name of expected) problems.push(`${expectationFile(options)}: ${name} is not in ${file}`);
  if (problems.length > 0) throw new CohortError(problems.join('\n'));
}

function candidatesFile({ directory }: Pick<CohortOptions, 'directory'>): string {
  return join(directory, 'candidates.jsonl');
}

export function candidatesOf(options: Pick<CohortOptions, 'directory' | 'seed'>, onProblem: (problem: string) => void) {
  const file = candidatesFile(options);
  const { seed } = options;
  const candidates = readCandidates(createReadStream(file), ({ line, problem }) => onProblem(`${file}:${line}: ${problem}`));
  return seed === undefined ? candidates : shuffledStream(candidates, { windowSize: SHUFFLE_WINDOW, random: seededRandom(seed, 'candidates') });
}

export async function publish(cast: Cast, form: ExamForm): Promise<void> {
  await publishExam(cast, form, { subject: 'cohort-examiner', name: 'Cohort Examiner' });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
