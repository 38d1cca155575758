import { assessmentWords } from '../../domain/assessment.ts';
import { TEST_NAMES } from '../../domain/exam.ts';
import type { ExplainedItem, ExplainedMark, Explanation, SecondLook } from '../../domain/explanation.ts';
import { pointsFromMillipoints } from '../../domain/points.ts';
import type { ItemBasis } from '../../domain/reconciliation.ts';
import { formatBasisPoints } from '../../domain/score.ts';

/** An explanation as an operator reads it in a terminal. */
export function explanationLines(explanation: Explanation): readonly string[] {
  const { attemptId, examVersion, test, decision, supersedes, submission, items, secondLook, differences } = explanation;
  return [
    `${capitalised(TEST_NAMES[test])} of attempt ${attemptId}, ${examVersion}: ${decision.passed ? 'passed' : 'failed'} with ${formatBasisPoints(decision.basisPoints)} %`,
    `  decision ${decision.id}, round ${decision.round}, ${time(decision.decidedAt)}`,
    ...(supersedes ? supersedingLines(supersedes) : []),
    submission
      ? `  ${submission.cause === 'timed_out' ? 'submitted at time-out' : 'submitted'} ${time(submission.submittedAt)}, ${submission.contentHash}`
      : '  nothing was handed in',
    '',
    '  Rules of the pinned version',
    ...ruleLines(explanation),
    '',
    `  ${test === 'aptitude' ? 'Items' : 'Criteria'}`,
    ...items.flatMap(itemLines),
    '',
    `  Second look: ${secondLookWords(secondLook)}`,
    ...disputeLines(explanation),
    '',
    '  Arithmetic, in thousandths of a point',
    `    ${items.map(({ millipoints }) => millipoints).join(' + ')} = ${decision.score.millipoints} of ${decision.score.millipointsMax}`,
    ...verdictLines(explanation),
    ...differences.map(({ of, recorded, recomputed }) => `  DOES NOT FOLLOW FROM THE RECORDS: ${of}: recorded ${recorded}, recomputed ${recomputed}`),
    '',
  ];
}

function supersedingLines({ decisionId, correction }: NonNullable<Explanation['supersedes']>): readonly string[] {
  const by = correction ? `: corrected by ${correction.by}, ${time(correction.at)}: ${correction.reason}` : '';
  return [`  in place of decision ${decisionId}${by}`];
}

function ruleLines({ rules: { passMark, marking, tolerance, adjudication, risk } }: Explanation): readonly string[] {
  return [
    `    pass mark           ${formatBasisPoints(passMark)} % of the points; exactly that passes`,
    `    marking             ${risk ? 'risk' : marking}`,
    ...(risk
      ? [
          `      second look       above ${formatBasisPoints(risk.limit)} %; ${formatBasisPoints(risk.sampleShare)} % at random; grader with fewer than ${risk.newGraderScripts} scripts`,
        ]
      : []),
    `    two marks agree     within ${formatBasisPoints(tolerance)} % of the points of a response`,
    `    adjudication        ${adjudication}`,
  ];
}

function itemLines(item: ExplainedItem): readonly string[] {
  const { itemId, title, millipoints, millipointsMax, basis, answer, marks, spread, millipointsBefore } = item;
  return [
    `    ${itemId}  ${points(millipoints)} of ${points(millipointsMax)}  ${BASIS_WORDS[basis]}`,
    ...indented(title, '      '),
    ...(answer === null ? [] : indented(answer, '      > ')),
    ...keyLines(item),
    ...marks.flatMap(markLines),
    ...(spread ? [`      apart by ${spread.millipoints}, allowed ${spread.allowed} thousandths: ${spread.agrees ? 'they agree' : 'disputed'}`] : []),
    ...(millipointsBefore === null ? [] : [`      ${points(millipointsBefore)} before it was corrected`]),
  ];
}

const BASIS_WORDS: Readonly<Record<ItemBasis, string>> = {
  machine: 'by the key',
  blank: 'not answered',
  single: 'by one mark',
  agreed: 'two marks, the same',
  averaged: 'the mean of two marks',
  adjudicated: 'by the adjudicator, in place of two marks',
  corrected: 'corrected by staff after the result was out',
};

function keyLines({ key }: ExplainedItem): readonly string[] {
  switch (key?.kind) {
    case 'choice':
      return key.scoring.kind === 'match_correct'
        ? [`      key: ${key.correct.join(', ')}; all or nothing`]
        : [
            `      key: ${Object.entries(key.scoring.millipointsByChoice)
              .map(([id, millipoints]) => `${id} ${points(millipoints)}`)
              .join(', ')}; their sum, never below 0`,
          ];
    case 'text':
      return indented(key.modelAnswer, '      model answer: ');
    case 'criterion':
      return indented(key.description, '      earns the points: ');
    case undefined:
      return [];
  }
}

function markLines({ role, grader, millipoints, reason, recordedAt }: ExplainedMark): readonly string[] {
  const who = role === 'adjudicate' ? `adjudicated by ${grader}` : `marked by ${grader}`;
  return [`      ${points(millipoints)}  ${who}, ${time(recordedAt)}`, ...(reason === '' ? [] : indented(reason, '        "'))];
}

function secondLookWords(look: SecondLook): string {
  switch (look.kind) {
    case 'nothing_to_mark':
      return 'there was nothing for people to mark';
    case 'policy':
      return look.marking === 'double' ? 'the exam version wants two marks of everything' : 'the exam version wants one mark';
    case 'no_model':
      return 'no marking model was active: two graders at once, as under `double`';
    case 'assessed':
      return `${look.model === null ? '' : `marking model ${look.model}: `}${assessmentWords({ ...look, machineCheck: false }, look)}, ${time(look.assessedAt)}`;
  }
}

function disputeLines({ disputes }: Explanation): readonly string[] {
  if (!disputes) return [];
  const { itemIds, lowest, highest, isAdjudicated } = disputes;
  const verdict = (passes: boolean) => (passes ? 'passes' : 'fails');
  return [
    `  Disputed: ${itemIds.join(', ')}; at their lowest ${lowest.fraction} ${verdict(lowest.passes)}, at their highest ${highest.fraction} ${verdict(highest.passes)}: ${
      isAdjudicated ? 'adjudicated' : 'they decide nothing, so the mean'
    }`,
  ];
}

function verdictLines({ decision, rules, arithmetic: { fraction, reached, needed } }: Explanation): readonly string[] {
  const sign = BigInt(reached) >= BigInt(needed) ? '≥' : '<';
  return [
    `    ${fraction} against ${rules.passMark}/10000: ${reached} ${sign} ${needed}, so ${decision.passed ? 'passed' : 'failed'}`,
    `    shown, rounded down: ${formatBasisPoints(decision.basisPoints)} %`,
  ];
}

const points = (millipoints: number) => String(pointsFromMillipoints(millipoints));
const time = (at: number) => new Date(at).toISOString();
const indented = (text: string, before: string) => text.split('\n').map((line, index) => (index === 0 ? before : before.replace(/\S/g, ' ')) + line);
const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
