import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smallExam } from '../trials/people/small-exam.ts';
import { machinePartOf } from './grading.ts';
import { scoreOf, type ItemScore } from './reconciliation.ts';
import { Refusal } from './refusal.ts';
import { checkRegrade, decideRegraded, regradedItems, type ItemChange, type Regraded } from './regrade.ts';
import { passes } from './score.ts';

const exam = smallExam();
const aptitude = (itemId: string, change: ItemChange): Regraded => ({ test: 'aptitude', caseStudyId: null, itemId, change });
const rubric = (itemId: string, change: ItemChange): Regraded => ({ test: 'case_study', caseStudyId: 'one', itemId, change });

const texts: readonly ItemScore[] = ['t1', 't2'].map((itemId) => ({ itemId, millipoints: 4000, millipointsMax: 5000, basis: 'agreed' }));
const itemsOf = (responses: Readonly<Record<string, readonly string[]>>) => [...machinePartOf(exam, { test: 'aptitude', responses }), ...texts];

function regraded(responses: Readonly<Record<string, readonly string[]>>, ...regrades: readonly Regraded[]) {
  const items = itemsOf(responses);
  const score = scoreOf(items);
  return decideRegraded({ items, score, passed: passes(score, exam.policy.passMark) }, { exam, answers: responses, regrades });
}

describe('a decision that is out, graded anew', () => {
  it('passes by the key that should have been there, and tells where the points come from', () => {
    const { effect, after } = regraded({ c1: ['b'], c2: ['a', 'b'] }, aptitude('c1', { kind: 'key', correct: ['b'] }));
    expect(effect).toBe('passes');
    expect(after).toMatchObject({ passed: true, score: { millipoints: 18_000, millipointsMax: 20_000 } });
    expect(after.items.find(({ itemId }) => itemId === 'c1')).toEqual({ itemId: 'c1', millipoints: 5000, millipointsMax: 5000, basis: 'regraded' });
  });

  it.each([
    ['would lose what the old key gave', { c1: ['a'], c2: ['a', 'b'] }, aptitude('c1', { kind: 'key', correct: ['b'] }), 'would_fail'],
    ['would have less, and fails as before', { c1: ['a'], c2: ['c'] }, aptitude('c1', { kind: 'key', correct: ['b'] }), 'would_lower'],
    ['has more, and fails as before', { c1: ['b'], c2: ['c'] }, aptitude('c1', { kind: 'key', correct: ['b'] }), 'raised'],
    ['did not answer, and nothing is given for that', { c2: ['c'] }, aptitude('c1', { kind: 'key', correct: ['b'] }), 'unchanged'],
    ['did not answer, and everybody gets full points', { c2: ['a', 'b'] }, aptitude('c1', { kind: 'full_points' }), 'passes'],
    ['is measured by what is left', { c1: ['b'], c2: ['a', 'b'] }, aptitude('c1', { kind: 'dropped' }), 'passes'],
    ['has other points for the choices', { c1: ['b'], c2: ['a'] }, aptitude('c2', { kind: 'mapping', millipointsByChoice: { a: 5000 } }), 'raised'],
  ] as const)('%s', (_name, responses, regrade, effect) => {
    expect(regraded(responses, regrade).effect).toBe(effect);
  });

  it('keeps what staff settled for one certificate', () => {
    const items: readonly ItemScore[] = [{ itemId: 'c1', millipoints: 2500, millipointsMax: 5000, basis: 'corrected' }, ...texts];
    for (const kind of ['full_points', 'dropped'] as const)
      expect(regradedItems(items, { exam, answers: {}, regrades: [aptitude('c1', { kind })] })).toEqual(items);
  });

  it('gets its points back where what was dropped counts again, and is never left without any', () => {
    const dropped = aptitude('c1', { kind: 'dropped' });
    const back = regraded({ c1: ['b'] }, dropped, aptitude('c1', { kind: 'key', correct: ['b'] })).after;
    expect(back.score.millipointsMax).toBe(20_000);
    const all = ['c1', 'c2', 't1', 't2'].map((itemId) => aptitude(itemId, { kind: 'dropped' }));
    expect(regraded({ c1: ['a'] }, ...all).after.score.millipointsMax).toBe(5000);
  });

  it('is the same however often it is graded anew, and to drop an item is to share its points out in proportion', () => {
    const choices = fc.subarray(['a', 'b', 'c'], { minLength: 1 });
    const change = fc.oneof(
      choices.map((correct): ItemChange => ({ kind: 'key', correct })),
      fc
        .dictionary(
          fc.constantFrom('a', 'b', 'c'),
          fc.integer({ min: -500, max: 500 }).map((points) => points * 10),
        )
        .map((millipointsByChoice): ItemChange => ({ kind: 'mapping', millipointsByChoice })),
      fc.constantFrom<ItemChange>({ kind: 'full_points' }, { kind: 'dropped' }),
    );
    fc.assert(
      fc.property(choices, choices, fc.constantFrom('c1', 'c2'), change, (c1, c2, itemId, given) => {
        const answers = { c1, c2 };
        const regrades = [aptitude(itemId, given)];
        const once = regradedItems(itemsOf(answers), { exam, answers, regrades });
        expect(regradedItems(once, { exam, answers, regrades })).toEqual(once);
        if (given.kind !== 'dropped') return;
        const others = itemsOf(answers).filter((item) => item.itemId !== itemId);
        // The 5 points of the item, a third of its own points to each other one: as fractions, without a division.
        const shared = others.reduce((sum, item) => sum + BigInt(item.millipoints) * 20_000n, 0n);
        const { millipoints, millipointsMax } = scoreOf(once);
        expect(BigInt(millipoints) * 15_000n * 20_000n).toBe(shared * BigInt(millipointsMax));
      }),
    );
  });
});

describe('what cannot be', () => {
  const fieldsOf = (regrade: Regraded): unknown => {
    try {
      checkRegrade(exam, regrade);
    } catch (error) {
      if (error instanceof Refusal) return [error.code, error.details.fields?.map(({ path }) => path)];
      throw error;
    }
    return undefined;
  };

  it.each([
    [aptitude('c9', { kind: 'full_points' }), ['itemId']],
    [rubric('c1', { kind: 'full_points' }), ['itemId']],
    [{ ...rubric('k1', { kind: 'dropped' }), caseStudyId: 'none' }, ['caseStudyId']],
    [aptitude('t1', { kind: 'key', correct: ['a'] }), ['change.kind']],
    [rubric('k1', { kind: 'mapping', millipointsByChoice: { a: 1000 } }), ['change.kind']],
    [aptitude('c1', { kind: 'key', correct: ['a', 'z'] }), ['change.correct']],
    [aptitude('c1', { kind: 'key', correct: ['a', 'a'] }), ['change.correct']],
    [aptitude('c1', { kind: 'key', correct: [] }), ['change.correct']],
    [aptitude('c2', { kind: 'mapping', millipointsByChoice: { z: 1000 } }), ['change.pointsByChoice']],
  ])('is refused by its field: %o', (regrade, paths) => {
    expect(fieldsOf(regrade)).toEqual(['regrade_invalid', paths]);
  });

  it('and what can be is not', () => {
    for (const regrade of [
      aptitude('t1', { kind: 'dropped' }),
      rubric('k1', { kind: 'full_points' }),
      aptitude('c1', { kind: 'key', correct: ['c'] }),
    ])
      expect(fieldsOf(regrade)).toBeUndefined();
  });
});
