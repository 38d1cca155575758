import { z } from 'zod';
import type { Test } from '../../domain/exam.ts';
import { isBlankText } from '../../domain/text.ts';
import { repeatedKeyIn } from '../../platform/json-text.ts';
import { linesOf } from '../people/streams.ts';

/** One line of candidates.jsonl: what the candidate hands in, and what each grader will say about it. */

const markFields = { first: z.number(), second: z.number().optional(), adjudicated: z.number().optional() };

/** Strict: a slip of the keyboard in the name of a field would make a blank of what was handed in. */
const candidateSchema = z.strictObject({
  candidate: z
    .string()
    .trim()
    .refine((name) => !isBlankText(name), 'must not be empty')
    .max(200),
  responses: z.record(z.string(), z.union([z.string(), z.array(z.string()), z.null()])),
  aptitudeMarks: z.array(z.strictObject({ item: z.string(), ...markFields })),
  caseStudySolution: z.string().default(''),
  caseStudyMarks: z.array(z.strictObject({ criterion: z.string(), ...markFields })).default([]),
});

export type CohortCandidate = z.infer<typeof candidateSchema>;

/** Whose mark: the first grader's, the second's, or the adjudicator's. */
export type Marker = 'first' | 'second' | 'adjudicated';

/** A line that cannot be played; `line` counts from 1. */
export type BadLine = { readonly line: number; readonly problem: string };

/** Reads candidates one by one and reports the lines that are none, or of which `problemsOf` says what is wrong; empty lines are skipped. */
export async function* readCandidates(
  bytes: AsyncIterable<Uint8Array>,
  onBadLine: (bad: BadLine) => void,
  problemsOf: (candidate: CohortCandidate) => readonly string[] = () => [],
): AsyncGenerator<CohortCandidate> {
  const lineByName = new Map<string, number>();
  let line = 0;
  for await (const text of linesOf(bytes)) {
    line += 1;
    if (text.trim() === '') continue;
    const read = parseLine(text);
    if (typeof read === 'string') {
      onBadLine({ line, problem: read });
      continue;
    }
    const before = lineByName.get(read.candidate);
    if (before !== undefined) {
      onBadLine({ line, problem: `${read.candidate} is on line ${before} already` });
      continue;
    }
    lineByName.set(read.candidate, line);
    const problems = problemsOf(read);
    if (problems.length > 0) {
      for (const problem of problems) onBadLine({ line, problem });
      continue;
    }
    yield read;
  }
}

function parseLine(text: string): CohortCandidate | string {
  // The decoder put it there, or a conversion before it.
  if (text.includes('\uFFFD')) return 'is not UTF-8, or was converted wrongly: it holds U+FFFD';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  const repeated = repeatedKeyIn(Buffer.from(text));
  if (repeated !== undefined) return `"${repeated}" is there twice`;
  const parsed = candidateSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  return parsed.error.issues.flatMap(problemsOfIssue).join('; ');
}

function problemsOfIssue(issue: z.core.$ZodIssue): readonly string[] {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${place === '' ? key : `${place}.${key}`}: is not a field of candidates.jsonl`);
  return [`${place || 'the line'}: ${issue.message}`];
}

/** The points that this marker gave, by item or criterion. */
export function pointsBy(candidate: CohortCandidate, test: Test, marker: Marker): ReadonlyMap<string, number> {
  return new Map(marksOf(candidate, test).flatMap(([itemId, { [marker]: points }]) => (points === undefined ? [] : [[itemId, points] as const])));
}

export function marksOf(candidate: CohortCandidate, test: Test) {
  switch (test) {
    case 'aptitude':
      return candidate.aptitudeMarks.map((mark) => [mark.item, mark] as const);
    case 'case_study':
      return candidate.caseStudyMarks.map((mark) => [mark.criterion, mark] as const);
  }
}

/** The answer as the API takes it; undefined for a blank one, which a candidate simply doesn't give. */
export function answerTo(
  candidate: CohortCandidate,
  item: { readonly id: string; readonly type: 'choice' | 'text' },
): string | readonly string[] | undefined {
  const given = candidate.responses[item.id];
  if (given === undefined || given === null || given.length === 0) return undefined;
  if (item.type === 'choice') return typeof given === 'string' ? [given] : given;
  return typeof given === 'string' ? given : given.join('\n');
}
