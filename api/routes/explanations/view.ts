import type { z } from 'zod';
import type { AnswerKey, ExplainedAppeal, ExplainedItem, Explanation, SecondLook, Spread } from '../../../domain/explanation.ts';
import { letterOfSeat } from '../../../domain/feedback.ts';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import { formatBasisPoints } from '../../../domain/score.ts';
import { iso } from '../../schemas.ts';
import type { explanations, ownExplanations } from './schemas.ts';

type Own = z.output<typeof ownExplanations>['decisions'][number];
type Staff = z.output<typeof explanations>['decisions'][number];

/** A whitelist: no grader, no key, nothing that says anything of a grader. */
export function ownViewOf(explanation: Explanation): Own {
  const { supersedes, rules, items, secondLook } = explanation;
  return {
    ...commonOf(explanation),
    appeal: appealOf(supersedes, ({ seat }) => letterOfSeat(seat)),
    isCorrection: supersedes !== null && supersedes.appeal === null,
    rules: rulesOf(rules),
    items: items.map((item) => ({
      ...itemOf(item),
      marks: item.marks.map(({ seat, role, millipoints, reason }) => ({
        grader: letterOfSeat(seat),
        role,
        points: pointsFromMillipoints(millipoints),
        reason,
      })),
    })),
    secondLook: ownSecondLookOf(secondLook),
  };
}

export function staffViewOf(explanation: Explanation): Staff {
  const { decision, supersedes, rules, items, regrades, secondLook, differences } = explanation;
  const { risk } = rules;
  const correction = supersedes?.correction ?? null;
  return {
    ...commonOf(explanation),
    decisionId: decision.id,
    supersedes: supersedes?.decisionId ?? null,
    correction: correction && { ...correction, at: iso(correction.at) },
    appeal: appealOf(supersedes, ({ grader }) => grader),
    rules: {
      ...rulesOf(rules),
      risk: risk && { ...risk, limit: formatBasisPoints(risk.limit), sampleShare: formatBasisPoints(risk.sampleShare) },
    },
    items: items.map((item) => ({
      ...itemOf(item),
      key: item.key && keyOf(item.key),
      pointsBefore: item.millipointsBefore === null ? null : pointsFromMillipoints(item.millipointsBefore),
      marks: item.marks.map(({ millipoints, recordedAt, ...mark }) => ({
        ...mark,
        points: pointsFromMillipoints(millipoints),
        recordedAt: iso(recordedAt),
      })),
    })),
    regrades: regrades.map(({ at, ...regrade }) => ({ ...regrade, at: iso(at) })),
    secondLook: secondLookOf(secondLook),
    differences: [...differences],
  };
}

function commonOf({ examVersion, test, decision, submission, disputes, arithmetic }: Explanation) {
  return {
    examVersion,
    test,
    round: decision.round,
    passed: decision.passed,
    percentage: formatBasisPoints(decision.basisPoints),
    points: pointsFromMillipoints(decision.score.millipoints),
    pointsMax: pointsFromMillipoints(decision.score.millipointsMax),
    decidedAt: iso(decision.decidedAt),
    submission: submission && { ...submission, cause: submission.cause as 'submitted' | 'timed_out', submittedAt: iso(submission.submittedAt) },
    disputes: disputes && { ...disputes, itemIds: [...disputes.itemIds] },
    arithmetic,
  };
}

type AppealMark = NonNullable<ExplainedAppeal['items'][number]['mark']>;

/** `named` is the grader as the reader may know them. */
function appealOf(supersedes: Explanation['supersedes'], named: (mark: AppealMark) => string): Own['appeal'] {
  if (!supersedes?.appeal) return null;
  const { filedAt, items, ...appeal } = supersedes.appeal;
  return {
    ...appeal,
    filedAt: iso(filedAt),
    items: items.map(({ itemId, title, reason, text, millipointsBefore, millipoints, millipointsMax, mark }) => ({
      itemId,
      title,
      reason,
      text,
      pointsBefore: pointsFromMillipoints(millipointsBefore),
      markedPoints: mark && pointsFromMillipoints(mark.millipoints),
      grader: mark && named(mark),
      points: pointsFromMillipoints(millipoints),
      pointsMax: pointsFromMillipoints(millipointsMax),
    })),
  };
}

function rulesOf({ passMark, tolerance, adjudication, marking, risk }: Explanation['rules']) {
  return {
    passMark: formatBasisPoints(passMark),
    tolerance: formatBasisPoints(tolerance),
    adjudication,
    marking: risk ? ('risk' as const) : marking,
  };
}

function itemOf({ itemId, title, millipoints, millipointsMax, basis, answer, spread }: ExplainedItem) {
  return {
    itemId,
    title,
    points: pointsFromMillipoints(millipoints),
    pointsMax: pointsFromMillipoints(millipointsMax),
    basis,
    answer,
    spread: spread && spreadOf(spread),
  };
}

const spreadOf = ({ millipoints, allowed, agrees }: Spread) => ({ points: pointsFromMillipoints(millipoints), allowed, agrees });

/** Why else than by the estimate says something of the first grader. */
function ownSecondLookOf(look: SecondLook): Own['secondLook'] {
  const { taken, probability, limit } = secondLookOf(look);
  return { taken, probability, limit };
}

function secondLookOf(look: SecondLook): Staff['secondLook'] {
  const notAssessed = { model: null, probability: null, limit: null, pooledItems: 0, pooledGrader: false, reasons: [], assessedAt: null };
  switch (look.kind) {
    case 'nothing_to_mark':
      return { kind: look.kind, ...notAssessed, taken: false };
    case 'policy':
      return { kind: look.kind, ...notAssessed, taken: look.marking === 'double' };
    case 'no_model':
      return { kind: look.kind, ...notAssessed, taken: true };
    case 'assessed': {
      const { kind, model, probability, limit, pooled, reasons, opens, assessedAt } = look;
      return {
        kind,
        model,
        probability: probability === null ? null : formatBasisPoints(probability),
        limit: formatBasisPoints(limit),
        pooledItems: pooled.items,
        pooledGrader: pooled.grader,
        reasons: [...reasons],
        taken: opens,
        assessedAt: iso(assessedAt),
      };
    }
  }
}

function keyOf(key: AnswerKey): NonNullable<Staff['items'][number]['key']> {
  switch (key.kind) {
    case 'choice': {
      const { correct, scoring } = key;
      const pointsByChoice =
        scoring.kind === 'map_response'
          ? Object.fromEntries(Object.entries(scoring.millipointsByChoice).map(([id, millipoints]) => [id, pointsFromMillipoints(millipoints)]))
          : null;
      return { correct: [...correct], pointsByChoice, text: null };
    }
    case 'text':
      return { correct: null, pointsByChoice: null, text: key.modelAnswer };
    case 'criterion':
      return { correct: null, pointsByChoice: null, text: key.description };
  }
}
