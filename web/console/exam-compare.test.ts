import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formOf } from '../../exams/form-of.ts';
import { examForm, parseExamForm, secondsFromDuration } from '../../exams/form.ts';
import type { CompleteExamForm } from '../generated/client.ts';
import { differencesBetween, POLICY, secondsOf } from './exam-compare.ts';

const FULL_POLICY = {
  marking: 'risk',
  candidateReminders: { start: ['P30D'], aptitude: ['PT1H'], offer: ['P7D'], caseStudy: ['P3D'] },
  extensionMax: 'P60D',
  metBefore: 'conflict',
  offerWiderPercent: 30,
  seeds: {},
  identicalAnswers: 'exact',
};

function sample(policy: object = {}): CompleteExamForm {
  const form = JSON.parse(readFileSync(new URL('../../exams/software-architect.json', import.meta.url), 'utf8')) as object;
  const parsed = parseExamForm({ ...form, policy });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return structuredClone(formOf(parsed.content));
}

/** Every leaf of a policy, by its place. */
function leavesOf(value: object, before = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? leavesOf(inner, `${before}${key}.`) : [`${before}${key}`],
  );
}

describe('two versions of an exam compared', () => {
  it('differ in nothing where they are the same', () => {
    expect(differencesBetween(sample(), sample())).toEqual([]);
  });

  it('tell each member of the policy that differs, none forgotten', () => {
    const full = sample(FULL_POLICY);
    expect(Object.keys(full.policy).toSorted(), 'the policy of this test says everything').toEqual(
      Object.keys(examForm.shape.policy.unwrap().shape).toSorted(),
    );
    expect(leavesOf(full.policy)).toHaveLength(POLICY.length);
    for (const place of leavesOf(full.policy)) {
      const changed = structuredClone(full);
      let inner = changed.policy as unknown as Record<string, unknown>;
      const path = place.split('.');
      for (const key of path.slice(0, -1)) inner = inner[key] as Record<string, unknown>;
      inner[path.at(-1) ?? ''] = ['something else'];
      expect(differencesBetween(full, changed), place).toMatchObject([{ of: 'policy', after: ['something else'] }]);
    }
  });

  it('tell a changed key, a new item, one that is gone, and one that moved, each once', () => {
    const [before, after] = [sample(), sample()];
    const [first, second] = after.aptitudeTest.items;
    if (first?.type !== 'choice' || !second) throw new Error('the sample begins with a choice');
    const texts = first.choices.map((choice) => (typeof choice === 'string' ? choice : choice.id));
    first.correct = [texts.find((id) => !first.correct.includes(id)) ?? ''];
    const gone = after.aptitudeTest.items.pop();
    after.aptitudeTest.items.push({ id: 'new', type: 'text', prompt: 'Why?', points: 3, modelAnswer: 'Because.' });
    expect(differencesBetween(before, after)).toMatchObject([
      { of: 'item', id: first.id, change: 'changed', fields: [{ field: 'correct' }] },
      { of: 'item', id: 'new', change: 'added' },
      { of: 'item', id: gone?.id, change: 'removed' },
    ]);
    const swapped = sample();
    swapped.aptitudeTest.items.splice(0, 2, second, sample().aptitudeTest.items[0] as never);
    expect(differencesBetween(before, swapped)).toMatchObject([{ change: 'moved' }, { change: 'moved' }]);
  });

  it('tell a title, a case study and a criterion', () => {
    const [before, after] = [sample(), sample()];
    after.title = 'Another';
    const study = after.caseStudies[0];
    if (!study?.rubric[0]) throw new Error('the sample has a case study');
    study.brief = '# Another brief';
    study.rubric[0].points += 1;
    expect(differencesBetween(before, after)).toMatchObject([
      { of: 'title', after: 'Another' },
      { of: 'caseStudy', id: study.id, change: 'changed', fields: [{ field: 'brief' }] },
      { of: 'criterion', change: 'changed', fields: [{ field: 'points' }] },
    ]);
  });
});

it('reads a duration as the form does', () => {
  for (const duration of ['P14D', 'PT90M', 'PT1H1M1S', 'P1DT2H', 'PT0S']) expect(secondsOf(duration)).toBe(secondsFromDuration(duration));
});
