import { TEST_NAMES, type Test } from '../../domain/exam.ts';
import type { ExplainedAppeal, ExplainedItem, ExplainedMark, Explanation } from '../../domain/explanation.ts';
import { pointsFromMillipoints } from '../../domain/points.ts';
import { formatBasisPoints } from '../../domain/score.ts';
import {
  APPEAL_ANSWER_WORDS,
  appealedWords,
  BASIS_WORDS,
  disputeWords,
  keyWords,
  ruleWords,
  secondLookWords,
  spreadWords,
  sumWords,
  verdictWords,
} from '../../publication/explanation-words.ts';
import { alignColumns } from '../command.ts';

const PARTS: Readonly<Record<Test, string>> = { aptitude: 'Items', case_study: 'Criteria' };

/** An explanation as an operator reads it in a terminal. */
export function explanationLines(explanation: Explanation): readonly string[] {
  const { attemptId, examVersion, test, decision, supersedes, submission, items, secondLook, differences } = explanation;
  const disputed = disputeWords(explanation);
  return [
    `${capitalised(TEST_NAMES[test])} of attempt ${attemptId}, ${examVersion}: ${decision.passed ? 'passed' : 'failed'} with ${formatBasisPoints(decision.basisPoints)} %`,
    `  decision ${decision.id}, round ${decision.round}, ${time(decision.decidedAt)}`,
    ...(supersedes ? supersedingLines(supersedes) : []),
    submission
      ? `  ${submission.cause === 'timed_out' ? 'submitted at time-out' : 'submitted'} ${time(submission.submittedAt)}, ${submission.contentHash}`
      : '  nothing was handed in',
    '',
    '  Rules of the pinned version',
    ...alignColumns(ruleWords(explanation)).map((line) => `    ${line}`),
    '',
    `  ${PARTS[test]}`,
    ...items.flatMap(itemLines),
    '',
    `  Second look: ${secondLookWords(secondLook)}`,
    ...(disputed === undefined ? [] : [`  ${disputed}`]),
    '',
    '  Arithmetic, in thousandths of a point',
    `    ${sumWords(explanation)}`,
    `    ${verdictWords(explanation)}`,
    `    shown, rounded down: ${formatBasisPoints(decision.basisPoints)} %`,
    ...differences.map(({ of, recorded, recomputed }) => `  DOES NOT FOLLOW FROM THE RECORDS: ${of}: recorded ${recorded}, recomputed ${recomputed}`),
    '',
  ];
}

function supersedingLines({ decisionId, correction, appeal }: NonNullable<Explanation['supersedes']>): readonly string[] {
  const by = correction ? `: corrected by ${correction.by}, ${time(correction.at)}: ${correction.reason}` : '';
  return [`  in place of decision ${decisionId}${by}`, ...(appeal ? appealLines(appeal) : [])];
}

function appealLines({ id, filedAt, answer, items }: ExplainedAppeal): readonly string[] {
  return [
    `  by appeal ${id}, ${time(filedAt)}: ${APPEAL_ANSWER_WORDS[answer]}`,
    ...items.flatMap((item) => [`    ${item.itemId}  ${appealedWords(item, item.mark?.grader ?? '')}`, ...indented(item.text, '      "')]),
  ];
}

function itemLines(item: ExplainedItem): readonly string[] {
  const { itemId, title, millipoints, millipointsMax, basis, answer, key, marks, spread, millipointsBefore } = item;
  return [
    `    ${itemId}  ${points(millipoints)} of ${points(millipointsMax)}  ${BASIS_WORDS[basis]}`,
    ...indented(title, '      '),
    ...(answer === null ? [] : indented(answer, '      > ')),
    ...(key ? indented(keyWords(key), '      ') : []),
    ...marks.flatMap(markLines),
    ...(spread ? [`      ${spreadWords(spread)}`] : []),
    ...(millipointsBefore === null ? [] : [`      ${points(millipointsBefore)} before`]),
  ];
}

const ROLE_WORDS: Readonly<Record<ExplainedMark['role'], string>> = {
  mark: 'marked by',
  adjudicate: 'adjudicated by',
  appeal: 'marked for the appeal by',
};

function markLines({ role, grader, millipoints, reason, recordedAt }: ExplainedMark): readonly string[] {
  return [
    `      ${points(millipoints)}  ${ROLE_WORDS[role]} ${grader}, ${time(recordedAt)}`,
    ...(reason === '' ? [] : indented(reason, '        "')),
  ];
}

const points = (millipoints: number) => String(pointsFromMillipoints(millipoints));
const time = (at: number) => new Date(at).toISOString();
const indented = (text: string, before: string) => text.split('\n').map((line, index) => (index === 0 ? before : before.replace(/\S/g, ' ')) + line);
const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
