import type { Item } from '../../domain/exam.ts';
import type { ExamContent, Marking, Test } from '../../domain/exam.ts';
import { partsOf } from '../../domain/exam.ts';
import { millipointsFromPoints, pointsFromMillipoints } from '../../domain/points.ts';
import { isBlank, problemOfResponse, type ResponseProblem } from '../../domain/response.ts';
import { answerTo, marksOf, pointsBy, type CohortCandidate, type Marker } from './data.ts';

/** What of a candidate's line does not fit the exam, in the words of candidates.jsonl; all of it at once. */

const RESPONSE_PROBLEMS: Readonly<Record<ResponseProblem, string>> = {
  unknown_item: 'there is no such item in exam.json',
  expected_choices: 'must name choices',
  expected_text: 'must be text',
  choice_not_offered: 'names a choice that the item does not offer',
  choice_repeated: 'names a choice twice',
  too_many_choices: 'names several choices, and this item takes one: name one alone',
  text_too_long: 'is too long',
  text_unreadable: 'has characters that no answer may have',
};

const MARKS: Readonly<Record<Test, { readonly field: string; readonly key: string }>> = {
  aptitude: { field: 'aptitudeMarks', key: 'item' },
  case_study: { field: 'caseStudyMarks', key: 'criterion' },
};

const MARKERS: readonly Marker[] = ['first', 'second', 'adjudicated'];

export function problemsOfCandidate(candidate: CohortCandidate, { exam, marking }: { exam: ExamContent; marking: Marking }): readonly string[] {
  return [
    ...problemsOfResponses(candidate, exam.items),
    ...problemsOfMarks(candidate, exam, 'aptitude'),
    ...problemsOfMarks(candidate, exam, 'case_study'),
    ...missingMarks(candidate, { exam, marking }),
  ];
}

function problemsOfResponses(candidate: CohortCandidate, items: readonly Item[]): readonly string[] {
  const itemById = new Map(items.map((item) => [item.id, item]));
  return Object.keys(candidate.responses).flatMap((id) => {
    const item = itemById.get(id);
    if (!item) return [`responses.${id}: ${RESPONSE_PROBLEMS.unknown_item}`];
    const answer = answerTo(candidate, item);
    const problem = answer === undefined ? undefined : problemOfResponse(item, answer);
    return problem === undefined ? [] : [`responses.${id}: ${RESPONSE_PROBLEMS[problem]}`];
  });
}

function problemsOfMarks(candidate: CohortCandidate, exam: ExamContent, test: Test): readonly string[] {
  const { field, key } = MARKS[test];
  const millipointsById = markedBy(exam, test);
  const seen = new Set<string>();
  return marksOf(candidate, test).flatMap(([id, mark], index) => {
    const place = `${field}[${index}]`;
    const millipointsMax = millipointsById.get(id);
    if (millipointsMax === undefined) return [`${place}.${key}: "${id}" is nothing in exam.json that a grader marks`];
    if (seen.has(id)) return [`${place}.${key}: "${id}" is marked twice`];
    seen.add(id);
    return MARKERS.flatMap((marker) => {
      const points = mark[marker];
      const millipoints = points === undefined ? 0 : millipointsFromPoints(points);
      if (millipoints === undefined) return [`${place}.${marker}: ${points} must be 0 or more, with at most two decimals`];
      return millipoints > millipointsMax
        ? [`${place}.${marker}: ${points} is more than the ${pointsFromMillipoints(millipointsMax)} points of "${id}"`]
        : [];
    });
  });
}

/** What graders mark in a test, with its points. */
function markedBy(exam: ExamContent, test: Test): ReadonlyMap<string, number> {
  const [caseStudy] = exam.caseStudies;
  const machines = scoredByMachine(exam, test);
  const parts = partsOf(exam, { test, caseStudyId: caseStudy?.id ?? null });
  return new Map(parts.filter((part) => !machines.has(part.id)).map((part) => [part.id, part.millipoints]));
}

function scoredByMachine(exam: ExamContent, test: Test): ReadonlySet<string> {
  switch (test) {
    case 'aptitude':
      return new Set(exam.items.filter((item) => item.type === 'choice').map((item) => item.id));
    case 'case_study':
      return new Set();
  }
}

/** Of every text answer; whether the case study is reached, and a dispute adjudicated, only shows when it is played. */
function missingMarks(candidate: CohortCandidate, { exam, marking }: { exam: ExamContent; marking: Marking }): readonly string[] {
  const markers = (['first', 'second'] as const).slice(0, marking === 'single' ? 1 : 2);
  const answered = exam.items.filter((item) => item.type === 'text' && !isBlank(answerTo(candidate, item)));
  return markers.flatMap((marker) => {
    const points = pointsBy(candidate, 'aptitude', marker);
    return answered.filter((item) => !points.has(item.id)).map((item) => `aptitudeMarks: "${item.id}" is answered and has no \`${marker}\` mark`);
  });
}
