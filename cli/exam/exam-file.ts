import { examVersionName, type ExamContent } from '../../domain/exam.ts';
import { pointsFromMillipoints, sumOf } from '../../domain/points.ts';
import { parseExamForm } from '../../exams/form.ts';
import { placeOfJsonError } from '../../exams/json-text.ts';
import { repeatedKeyIn } from '../../platform/json-text.ts';
import { readTextFile } from '../text-file.ts';

export type Problem = { readonly path: string; readonly message: string };

type ExamFile =
  { readonly ok: true; readonly json: unknown; readonly content: ExamContent } | { readonly ok: false; readonly problems: readonly Problem[] };

/** An exam form, or all that is wrong with it. Throws a CommandError when the file cannot be read. */
export async function readExamFile(file: string): Promise<ExamFile> {
  const text = await readTextFile(file);
  const place = placeOfJsonError(text);
  if (place) return { ok: false, problems: [{ path: `line ${place.line}, column ${place.column}`, message: 'is not JSON from here on' }] };
  const repeated = repeatedKeyIn(Buffer.from(text));
  if (repeated !== undefined) return { ok: false, problems: [{ path: repeated, message: 'must not have the same key twice' }] };
  const json: unknown = JSON.parse(text);
  const parsed = parseExamForm(json);
  return parsed.ok ? { ok: true, json, content: parsed.content } : { ok: false, problems: parsed.problems };
}

/** One line a problem, each with its place. */
export function problemLines(source: string, problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => [source, path, message].filter((part) => part !== '').join(': ')).join('\n');
}

export function summaryOf(content: ExamContent) {
  const textItems = content.items.filter((item) => item.type === 'text').length;
  return {
    examVersion: examVersionName(content),
    choiceItems: content.items.length - textItems,
    textItems,
    points: pointsFromMillipoints(sumOf(content.items.map((item) => item.millipoints))),
    caseStudies: content.caseStudies.length,
  };
}
