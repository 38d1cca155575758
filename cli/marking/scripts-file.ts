import { z } from 'zod';
import type { MarkedScript } from '../../domain/marking-fit.ts';
import { millipointsFromPoints } from '../../domain/points.ts';
import { repeatedKeyIn } from '../../platform/json-text.ts';
import { CommandError } from '../command.ts';
import { readTextFile } from '../text-file.ts';

/** Marked scripts in a file of JSON lines, as docs/marking.md says. */

const answer = z.string().max(100_000);
const name = z.string().min(1).max(200);
const points = z.number().transform((value, context) => {
  const millipoints = millipointsFromPoints(value);
  if (millipoints !== undefined) return millipoints;
  context.addIssue('must be 0 or more, with at most two decimals');
  return z.NEVER;
});

const scriptSchema = z.object({
  scriptId: name,
  test: name,
  items: z
    .array(
      z.object({
        itemId: name,
        points: points.refine((millipoints) => millipoints > 0, 'must be more than 0'),
        modelAnswer: answer.optional(),
        answer: answer.optional(),
        marks: z
          .array(z.object({ marker: name, points }))
          .min(1)
          .max(2),
      }),
    )
    .min(1),
});

/** So many problems of a file are told. */
const PROBLEMS_MAX = 20;

/** Throws a CommandError that names each line and field that is wrong. */
export async function readScripts(file: string): Promise<readonly MarkedScript[]> {
  const text = await readTextFile(file);
  const problems: string[] = [];
  const scripts: MarkedScript[] = [];
  const lineById = new Map<string, number>();
  text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .forEach((content, index) => {
      if (content.trim() === '') return;
      const line = index + 1;
      const read = readScript(content);
      if ('problems' in read) return problems.push(...read.problems.map((problem) => `${file}:${line}: ${problem}`));
      const earlier = lineById.get(read.script.id);
      if (earlier !== undefined) return problems.push(`${file}:${line}: scriptId: "${read.script.id}" stands in line ${earlier} already`);
      lineById.set(read.script.id, line);
      scripts.push(read.script);
    });
  if (problems.length > PROBLEMS_MAX) problems.splice(PROBLEMS_MAX, problems.length, `… and ${problems.length - PROBLEMS_MAX} more`);
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
  if (scripts.length === 0) throw new CommandError(`${file}: has no script: one JSON object a line is expected`);
  return scripts;
}

function readScript(line: string): { readonly script: MarkedScript } | { readonly problems: readonly string[] } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { problems: ['is not JSON'] };
  }
  const repeated = repeatedKeyIn(Buffer.from(line));
  if (repeated !== undefined) return { problems: [`"${repeated}" is there twice`] };
  const parsed = scriptSchema.safeParse(json);
  if (!parsed.success) return { problems: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the line'}: ${issue.message}`) };
  const { scriptId, test, items } = parsed.data;
  const problems = items.flatMap(({ itemId, points: most, marks }, place) => [
    ...marks.flatMap((mark, index) => (mark.points > most ? [`items.${place}.marks.${index}.points: is more than the item's points`] : [])),
    ...(marks.length === 2 && marks[0]?.marker === marks[1]?.marker ? [`items.${place}.marks: both are by "${marks[0]?.marker}"`] : []),
    ...(items.findIndex((other) => other.itemId === itemId) < place ? [`items.${place}.itemId: "${itemId}" stands in the script twice`] : []),
  ]);
  if (problems.length > 0) return { problems };
  return {
    script: {
      id: scriptId,
      test,
      items: items.map(({ itemId, points: millipointsMax, answer, modelAnswer, marks }) => ({
        itemId: `${test}/${itemId}`,
        millipointsMax,
        ...(answer === undefined ? {} : { text: { answer, modelAnswer: modelAnswer ?? '' } }),
        marks: marks.map((mark) => ({ grader: mark.marker, millipoints: mark.points })),
      })),
    },
  };
}
