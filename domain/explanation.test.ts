import { describe, expect, it } from 'vitest';
import { adjudicated, AT, recordsOf, score } from '../test/support/explained.ts';
import { smallExam } from '../trials/people/small-exam.ts';
import type { ExamContent } from './exam.ts';
import { differencesOf, explain, type DecisionRecords } from './explanation.ts';
import type { ItemScore } from './reconciliation.ts';

describe('a decision', () => {
  it.each([
    ['agreed and averaged', [[1, 't1', 4], [2, 't1', 5], [1, 't2', 2], [2, 't2', 2]], [['c1', 5, 'machine'], ['c2', 5, 'machine'], ['t1', 4.5, 'averaged'], ['t2', 2, 'agreed']], true], // prettier-ignore
    ['marked once', [[1, 't1', 4], [1, 't2', 1.99]], [['c1', 5, 'machine'], ['c2', 5, 'machine'], ['t1', 4, 'single'], ['t2', 1.99, 'single']], false], // prettier-ignore
    ['disputed where that decides nothing', [[1, 't1', 0], [2, 't1', 5], [1, 't2', 0], [2, 't2', 0]], [['c1', 5, 'machine'], ['c2', 5, 'machine'], ['t2', 0, 'agreed'], ['t1', 2.5, 'averaged']], false], // prettier-ignore
  ] as const)('%s follows from its records', (_name, given, items, passed) => {
    expect(differencesOf(recordsOf({ given, items, passed }))).toEqual([]);
  });

  it('of a dispute that an adjudicator settled follows from its records', () => {
    expect(differencesOf(adjudicated())).toEqual([]);
  });

  it('of nothing handed in follows from there being nothing', () => {
    const items = ['c1', 'c2', 't1', 't2'].map((id) => [id, 0, 'blank'] as const);
    const records = { ...recordsOf({ given: [], items, passed: false }), submission: null };
    expect(differencesOf(records)).toEqual([]);
  });

  const changes: readonly [string, (records: DecisionRecords) => DecisionRecords, string[]][] = [
    ['a mark', (records) => ({ ...records, marks: records.marks.map((mark) => (mark.seat === 3 ? { ...mark, millipoints: 4990 } : mark)) }), ['points', 'percentage', 'item t1']], // prettier-ignore
    ['a mark that is gone', (records) => ({ ...records, marks: records.marks.filter(({ seat }) => seat !== 3) }), ['decision']], // prettier-ignore
    ['the tolerance', (records) => withExam(records, smallExam({ tolerance: 10_000 })), ['passed', 'points', 'percentage', 'item t1']],
    ['the pass mark', (records) => withExam(records, smallExam({ passMark: 9001 })), ['passed', 'points', 'percentage', 'item t1']],
    ['the key of a choice', (records) => withExam(records, otherKey()), ['passed', 'points', 'percentage', 'item c1', 'item t1']],
    ['the settled points', (records) => withItems(records, (item) => (item.itemId === 't2' ? { ...item, millipoints: 3010 } : item)), ['item t2']], // prettier-ignore
    ['the verdict', (records) => ({ ...records, decision: { ...records.decision, passed: false } }), ['passed']],
    ['the shown percentage', (records) => ({ ...records, decision: { ...records.decision, basisPoints: 9001 } }), ['percentage']],
    ['an item that is gone', (records) => withItems(records, (item) => (item.itemId === 't2' ? undefined : item)), ['item t2']],
  ];

  it.each(changes)('is found out once somebody has changed %s', (_what, change, of) => {
    expect(differencesOf(change(adjudicated())).map((difference) => difference.of)).toEqual(of);
  });
});

const withExam = (records: DecisionRecords, exam: ExamContent): DecisionRecords => ({ ...records, exam });

function withItems(records: DecisionRecords, change: (item: ItemScore) => ItemScore | undefined): DecisionRecords {
  const items = records.decision.items.flatMap((item) => change(item) ?? []);
  return { ...records, decision: { ...records.decision, items } };
}

function otherKey(): ExamContent {
  const exam = smallExam();
  return { ...exam, items: exam.items.map((item) => (item.type === 'choice' && item.id === 'c1' ? { ...item, correct: ['b'] } : item)) };
}

describe('a decision that staff put right', () => {
  const before = adjudicated().decision;
  const items = before.items.map((item) => (item.itemId === 't2' ? { ...item, millipoints: 4000, basis: 'corrected' as const } : item));
  const correction = { id: 'a-correction', by: 'sam', reason: 'a page was overlooked', at: AT };
  const records: DecisionRecords = {
    ...adjudicated(),
    decision: { ...before, id: 'another', round: 2, items, score: score(items), basisPoints: 9500 },
    superseded: { decision: before, correction: { ...correction, points: [{ test: 'aptitude', itemId: 't2', millipoints: 4000 }] }, appeal: null },
  };

  it('follows from the one before and what was put right', () => {
    expect(differencesOf(records)).toEqual([]);
  });

  it('says who did so and why, and what the points were', () => {
    const { supersedes, items: explained } = explain(records);
    expect(supersedes).toEqual({ decisionId: 'a-decision', correction, appeal: null });
    expect(explained.find(({ itemId }) => itemId === 't2')).toMatchObject({ millipoints: 4000, millipointsBefore: 3000, basis: 'corrected' });
    expect(explained.find(({ itemId }) => itemId === 't1')).toMatchObject({ millipointsBefore: null });
  });

  it('is found out where nothing says why it was', () => {
    expect(differencesOf({ ...records, superseded: { decision: before, correction: null, appeal: null } }).map(({ of }) => of)).toEqual(['decision']);
  });
});

describe('a decision that answers an appeal', () => {
  const before = adjudicated().decision;
  const seat4 = (itemId: string, millipoints: number) => ({ seat: 4, grader: 'dora', itemId, millipoints, reason: 'all there', recordedAt: AT });
  const items = before.items.map((item) => (item.itemId === 't2' ? { ...item, millipoints: 4000, basis: 'appealed' as const } : item));
  const appeal = {
    id: 'an-appeal',
    items: [{ itemId: 't2', reason: 'overlooked' as const, text: 'see the end' }],
    filedAt: AT,
    answer: 'upheld' as const,
  };
  const records: DecisionRecords = {
    ...adjudicated(),
    marks: [...adjudicated().marks, seat4('t1', 0), seat4('t2', 4000)],
    decision: { ...before, id: 'another', round: 2, items, score: score(items), basisPoints: 9500 },
    superseded: { decision: before, correction: null, appeal },
  };

  it('follows from the one before and the marks that the appeal got', () => {
    expect(differencesOf(records)).toEqual([]);
  });

  it('is found out where one of these marks was changed, or what was answered', () => {
    const changed = (millipoints: number) => ({ ...records, marks: [...adjudicated().marks, seat4('t2', millipoints)] });
    expect(differencesOf(changed(5000)).map(({ of }) => of)).toEqual(['points', 'percentage', 'item t2']);
    expect(differencesOf(changed(3000)).map(({ of }) => of)).toContain('answer');
    const superseded = { decision: before, correction: null, appeal: { ...appeal, answer: 'refused' as const } };
    expect(differencesOf({ ...records, superseded })).toEqual([{ of: 'answer', recorded: 'refused', recomputed: 'upheld' }]);
  });

  it('shows the mark of the appeal with its item alone, and leaves the decision before it as it was', () => {
    const { items: explained, supersedes } = explain(records);
    const [item] = appeal.items;
    const looked = { title: 'Explain more', millipointsMax: 5000, millipointsBefore: 3000, millipoints: 4000, mark: { seat: 4, millipoints: 4000 } };
    expect(supersedes?.appeal).toMatchObject({ ...appeal, items: [{ ...item, ...looked }] });
    expect(explained.find(({ itemId }) => itemId === 't2')).toMatchObject({ basis: 'appealed', millipointsBefore: 3000 });
    expect(explained.find(({ itemId }) => itemId === 't2')?.marks.at(-1)).toMatchObject({ role: 'appeal', seat: 4 });
    expect(explained.find(({ itemId }) => itemId === 't1')?.marks.map(({ seat }) => seat)).not.toContain(4);
    const first = { ...records, decision: before, superseded: null };
    expect(differencesOf(first)).toEqual([]);
    expect(explain(first).items.flatMap(({ marks }) => marks.map(({ seat }) => seat))).not.toContain(4);
  });
});

describe('an explanation', () => {
  it('leads by hand from the marks to the verdict', () => {
    const { arithmetic, disputes, items, secondLook, rules } = explain(adjudicated());
    expect(rules).toMatchObject({ passMark: 8000, tolerance: 2000, adjudication: 'when-decisive', marking: 'double', risk: null });
    expect(items.map(({ itemId, millipoints }) => [itemId, millipoints])).toEqual([['c1', 5000], ['c2', 5000], ['t1', 5000], ['t2', 3000]]); // prettier-ignore
    expect(items[2]).toMatchObject({
      answer: 'because',
      key: { kind: 'text', modelAnswer: 'So and so' },
      spread: { millipoints: 3500, allowed: '10000000/10000', agrees: false },
      marks: [
        { grader: 'grader-1', role: 'mark', millipoints: 1000 },
        { grader: 'grader-2', role: 'mark', millipoints: 4500 },
        { grader: 'grader-3', role: 'adjudicate', millipoints: 5000 },
      ],
    });
    expect(items[3]?.spread).toEqual({ millipoints: 0, allowed: '10000000/10000', agrees: true });
    // 5 + 5 + 3 and 1, or 4.5.
    expect(disputes).toEqual({
      itemIds: ['t1'],
      lowest: { fraction: '14000/20000', passes: false },
      highest: { fraction: '17500/20000', passes: true },
      isAdjudicated: true,
    });
    expect(arithmetic).toEqual({ fraction: '18000/20000', reached: '180000000', needed: '160000000' });
    expect(secondLook).toEqual({ kind: 'policy', marking: 'double' });
  });

  it('says what the marking model said, and why a second look was taken', () => {
    const assessment = {
      model: 3,
      probability: 1240,
      limit: 1000,
      pooled: { items: 0, grader: false },
      reasons: ['probability' as const],
      opens: true,
      assessedAt: AT,
    };
    const risk = { limit: 1000, sampleShare: 0, newGraderScripts: 0, machineCheck: true };
    const records = withExam({ ...adjudicated(), assessment }, smallExam({ risk }));
    expect(explain(records).secondLook).toEqual({ kind: 'assessed', ...assessment });
    expect(explain({ ...records, assessment: null }).secondLook).toEqual({ kind: 'no_model' });
  });

  it('says what is missing where a mark is', () => {
    const records = { ...adjudicated(), marks: adjudicated().marks.filter(({ itemId }) => itemId !== 't2') };
    expect(explain(records)).toMatchObject({ disputes: null, differences: [{ recomputed: 'cannot be told: item t2 has 0 marks' }] });
  });
});
