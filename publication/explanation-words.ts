import type { AppealAnswer, AppealedItem } from '../domain/appeal.ts';
import { assessmentWords } from '../domain/assessment.ts';
import type { AnswerKey, ExplainedAppeal, Explanation, SecondLook, Spread } from '../domain/explanation.ts';
import { pointsFromMillipoints } from '../domain/points.ts';
import type { ItemBasis } from '../domain/reconciliation.ts';
import { formatBasisPoints } from '../domain/score.ts';

/** The steps of an explanation in words, for terminal and paper. Exact: points and fractions are as they are, and only the percentage is rounded. */

export const BASIS_WORDS: Readonly<Record<ItemBasis, string>> = {
  machine: 'by the key',
  blank: 'not answered',
  single: 'by one mark',
  agreed: 'two marks, the same',
  averaged: 'the mean of two marks',
  adjudicated: 'by the adjudicator, in place of two marks',
  corrected: 'corrected by staff after the result was out',
  appealed: 'raised by an appeal, to the mark of somebody who was not involved before',
  regraded: 'graded anew for everybody who had it',
};

export const APPEAL_ANSWER_WORDS: Readonly<Record<AppealAnswer, string>> = {
  upheld: 'upheld, every appealed part has more points',
  partly: 'partly upheld, some of the appealed parts have more points',
  refused: 'refused, no appealed part has more points',
};

const APPEAL_REASON_WORDS: Readonly<Record<AppealedItem['reason'], string>> = {
  overlooked: 'something was overlooked',
  misread: 'it was misread',
  against_criteria: 'the points are not by the criteria',
  remark_unclear: 'the remark does not explain the points',
  other: 'another reason',
};

type AppealedPart = ExplainedAppeal['items'][number];

/** `by` is the grader as the reader may know them. */
export function appealedWords({ reason, millipointsBefore, millipoints, millipointsMax, mark }: AppealedPart, by: string): string {
  const given = mark ? `${pointsFromMillipoints(mark.millipoints)} by ${by}` : 'no mark';
  return `appealed since ${APPEAL_REASON_WORDS[reason]}: ${pointsFromMillipoints(millipointsBefore)} before, ${given}, so ${pointsFromMillipoints(millipoints)} of ${pointsFromMillipoints(millipointsMax)}`;
}

/** For graders and staff alone. */
export function keyWords(key: AnswerKey): string {
  switch (key.kind) {
    case 'choice': {
      if (key.scoring.kind === 'match_correct') return `Key: ${key.correct.join(', ')}; all or nothing`;
      const choices = Object.entries(key.scoring.millipointsByChoice).map(([id, millipoints]) => `${id} ${pointsFromMillipoints(millipoints)}`);
      return `Key: ${choices.join(', ')}; their sum, never below 0`;
    }
    case 'text':
      return `Model answer: ${key.modelAnswer}`;
    case 'criterion':
      return `Earns the points: ${key.description}`;
  }
}

export function spreadWords({ millipoints, allowed, agrees }: Spread): string {
  return `The marks are ${millipoints} thousandths apart, allowed ${allowed}: ${agrees ? 'they agree' : 'disputed'}`;
}

export function secondLookWords(look: SecondLook): string {
  switch (look.kind) {
    case 'nothing_to_mark':
      return 'there was nothing for people to mark';
    case 'policy':
      return look.marking === 'double' ? 'the exam version wants two marks of everything' : 'the exam version wants one mark';
    case 'no_model':
      return 'no marking model was active: two graders at once, as under `double`';
    case 'assessed':
      return `${look.model === null ? '' : `marking model ${look.model}: `}${assessmentWords({ ...look, machineCheck: false }, look)}`;
  }
}

/** Of why it was taken only the estimate: the rest says something of a grader. */
export function ownSecondLookWords(look: SecondLook): string {
  if (look.kind !== 'assessed' || look.probability === null) return secondLookWords(look.kind === 'assessed' ? { kind: 'no_model' } : look);
  const estimate = `after the first mark it was estimated that a second one turns the result with ${formatBasisPoints(look.probability)} % (limit ${formatBasisPoints(look.limit)} %)`;
  return `${estimate}: ${look.opens ? 'a second grader marked' : 'marked once'}`;
}

/** Undefined where nothing was disputed. */
export function disputeWords({ disputes }: Explanation): string | undefined {
  if (!disputes) return undefined;
  const { itemIds, lowest, highest, isAdjudicated } = disputes;
  const verdict = (passes: boolean) => (passes ? 'passes' : 'fails');
  const then = isAdjudicated ? 'adjudicated' : 'they decide nothing, so the mean';
  return `Disputed: ${itemIds.join(', ')}; at their lowest ${lowest.fraction} ${verdict(lowest.passes)}, at their highest ${highest.fraction} ${verdict(highest.passes)}: ${then}`;
}

export function sumWords({ items, decision: { score } }: Explanation): string {
  return `${items.map(({ millipoints }) => millipoints).join(' + ')} = ${score.millipoints} of ${score.millipointsMax}`;
}

export function verdictWords({ decision, rules, arithmetic: { fraction, reached, needed } }: Explanation): string {
  const sign = BigInt(reached) >= BigInt(needed) ? '≥' : '<';
  return `${fraction} against ${rules.passMark}/10000: ${reached} ${sign} ${needed}, so ${decision.passed ? 'passed' : 'failed'}`;
}

export function ruleWords({ rules: { passMark, marking, tolerance, adjudication, risk } }: Explanation): readonly (readonly [string, string])[] {
  return [
    ['pass mark', `${formatBasisPoints(passMark)} % of the points; exactly that passes`],
    ['marking', risk ? 'risk' : marking],
    ...(risk ? [['second look', riskWords(risk)] as const] : []),
    ['two marks agree', `within ${formatBasisPoints(tolerance)} % of the points of a response`],
    ['adjudication', adjudication],
  ];
}

function riskWords({ limit, sampleShare, newGraderScripts }: NonNullable<Explanation['rules']['risk']>): string {
  return `above ${formatBasisPoints(limit)} %; ${formatBasisPoints(sampleShare)} % at random; whatever a grader with fewer than ${newGraderScripts} scripts marks`;
}
