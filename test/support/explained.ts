import type { Policy } from '../../domain/exam.ts';
import type { DecisionRecords } from '../../domain/explanation.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { smallExam } from '../../trials/people/small-exam.ts';

/** Records of decisions, as they are read, without a database. */

export const AT = Date.UTC(2026, 10, 29);

type Given = readonly [seat: number, itemId: string, points: number];

export const score = (items: readonly ItemScore[]) => ({
  millipoints: items.reduce((sum, item) => sum + item.millipoints, 0),
  millipointsMax: items.reduce((sum, item) => sum + item.millipointsMax, 0),
});

/** An aptitude test of the small exam with both choices right, decided as is told. */
export function recordsOf({
  given,
  items,
  passed,
  policy = {},
}: {
  given: readonly Given[];
  items: readonly (readonly [id: string, points: number, basis: ItemScore['basis']])[];
  passed: boolean;
  policy?: Partial<Policy>;
}): DecisionRecords {
  const settled = items.map(([itemId, points, basis]) => ({ itemId, millipoints: points * 1000, millipointsMax: 5000, basis }));
  const total = score(settled);
  return {
    attemptId: 'an-attempt',
    isErased: false,
    exam: smallExam(policy),
    taken: { test: 'aptitude', caseStudyId: null },
    decision: {
      id: 'a-decision',
      round: 1,
      passed,
      score: total,
      basisPoints: Math.floor((total.millipoints * 10_000) / total.millipointsMax),
      items: settled,
      decidedAt: AT,
    },
    superseded: null,
    submission: {
      id: 'a-submission',
      contentHash: 'sha-256:0',
      cause: 'submitted',
      submittedAt: AT,
      gradable: { test: 'aptitude', responses: { c1: ['a'], c2: ['a', 'b'], t1: 'because', t2: 'because of that' } },
    },
    marks: given.map(([seat, itemId, points]) => ({
      seat,
      grader: `grader-${seat}`,
      itemId,
      millipoints: points * 1000,
      reason: 'because',
      recordedAt: AT,
    })),
    assessment: null,
    regrades: [],
  };
}

/** 10 + 5 by the adjudicator + 3: passes, and would not at the lowest. */
export const adjudicated = () =>
  recordsOf({
    given: [
      [1, 't1', 1],
      [2, 't1', 4.5],
      [3, 't1', 5],
      [1, 't2', 3],
      [2, 't2', 3],
    ],
    items: [
      ['c1', 5, 'machine'],
      ['c2', 5, 'machine'],
      ['t2', 3, 'agreed'],
      ['t1', 5, 'adjudicated'],
    ],
    passed: true,
    policy: { tolerance: 2000 },
  });

/** Disputed, adjudicated and failed with 5 + 5 + 2 + 3; both texts appealed, of which one has more by that: 5 + 5 + 4 + 3 passes. */
export function appealed(): DecisionRecords {
  const failed = recordsOf({
    given: [
      [1, 't1', 1],
      [2, 't1', 4.5],
      [3, 't1', 2],
      [1, 't2', 3],
      [2, 't2', 3],
    ],
    items: [
      ['c1', 5, 'machine'],
      ['c2', 5, 'machine'],
      ['t2', 3, 'agreed'],
      ['t1', 2, 'adjudicated'],
    ],
    passed: false,
    policy: { tolerance: 2000 },
  });
  const { decision, ...answer } = recordsOf({
    given: [
      [1, 't1', 1],
      [2, 't1', 4.5],
      [3, 't1', 2],
      [4, 't1', 4],
      [1, 't2', 3],
      [2, 't2', 3],
      [4, 't2', 2],
    ],
    items: [
      ['c1', 5, 'machine'],
      ['c2', 5, 'machine'],
      ['t2', 3, 'agreed'],
      ['t1', 4, 'appealed'],
    ],
    passed: true,
    policy: { tolerance: 2000 },
  });
  return {
    ...answer,
    decision: { ...decision, id: 'another-decision', round: 2 },
    superseded: {
      decision: failed.decision,
      correction: null,
      appeal: {
        id: 'an-appeal',
        filedAt: AT,
        answer: 'partly',
        items: [
          { itemId: 't1', reason: 'overlooked', text: 'The second half of my answer says it.' },
          { itemId: 't2', reason: 'against_criteria', text: 'What the model answer asks for is all there.' },
        ],
      },
    },
  };
}
