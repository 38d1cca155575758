import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ChoiceItem, ExamContent } from '../domain/exam.ts';
import { scoreChoice } from '../domain/response.ts';
import { DEMO_EXAM_ID, withDemoPolicy } from './demo-policy.ts';
import { BAD_LINES, BAD_PARAGRAPHS } from '../test/support/texts.ts';
import { examForm, parseExamForm, secondsFromDuration, type ExamForm, type ExamFormProblem } from './form.ts';

type Json = Record<string, unknown>;

const choiceItem = (overrides: Json = {}): Json => ({
  id: 'q1',
  type: 'choice',
  prompt: 'Which?',
  points: 2,
  choices: ['A', 'B', 'C'],
  correct: ['A', 'B'],
  ...overrides,
});
const textItem = (overrides: Json = {}): Json => ({ id: 's1', type: 'text', prompt: 'Why?', points: 5, modelAnswer: 'Because.', ...overrides });
const criterion = (overrides: Json = {}): Json => ({ id: 'structure', title: 'Structure', description: 'Fits.', points: 10, ...overrides });
const caseStudy = (overrides: Json = {}): Json => ({ id: 'ferry', title: 'Ferry', brief: '# Ferry', rubric: [criterion()], ...overrides });
const formWith = (overrides: Json = {}): Json => ({
  examId: 'architect',
  version: 1,
  title: 'Architect',
  policy: {},
  aptitudeTest: { items: [choiceItem(), textItem()] },
  caseStudies: [caseStudy()],
  ...overrides,
});
const formWithItems = (...items: readonly unknown[]): Json => formWith({ aptitudeTest: { items } });

function contentOf(form: unknown): ExamContent {
  const parsed = parseExamForm(form);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.content;
}

function problemsOf(form: unknown): readonly ExamFormProblem[] {
  const parsed = parseExamForm(form);
  return parsed.ok ? [] : parsed.problems;
}

function choiceOf(form: unknown): ChoiceItem {
  const item = contentOf(form).items[0];
  if (item?.type !== 'choice') throw new Error('the first item is not a choice item');
  return item;
}

const readSample = (): ExamForm => JSON.parse(readFileSync(new URL('software-architect.json', import.meta.url), 'utf8'));

describe('policy', () => {
  const defaults = {
    passMark: 8000,
    startWindowSeconds: 365 * 86_400,
    aptitudeLimitSeconds: 90 * 60,
    offerWindowSeconds: 30 * 86_400,
    caseStudyLimitSeconds: 14 * 86_400,
    resultPromiseSeconds: { aptitude: 7 * 86_400, case_study: 7 * 86_400 },
    leaseSeconds: { aptitude: 3600, case_study: 8 * 3600 },
    reminderPercents: [50, 80, 100],
    appealWindowSeconds: 14 * 86_400,
    marking: 'double',
    risk: { limit: 1000, sampleShare: 500, newGraderScripts: 20, machineCheck: true },
    tolerance: 2000,
    adjudication: 'when-decisive',
  };

  test('an empty policy is the defaults of the design', () => {
    expect(contentOf(formWith({ policy: {} })).policy).toEqual(defaults);
  });

  test('a missing policy is the defaults too', () => {
    const { policy: _, ...form } = formWith();
    expect(contentOf(form).policy).toEqual(defaults);
  });

  test('what is given replaces its default and nothing else, inside of a pair as well', () => {
    const policy = { passMarkPercent: 66.67, lease: { caseStudy: 'PT30S' }, appealWindow: 'PT0S', marking: 'single', adjudication: 'always' };
    const { risk: _risk, ...others } = defaults;
    expect(contentOf(formWith({ policy })).policy).toEqual({
      ...others,
      passMark: 6667,
      leaseSeconds: { aptitude: 3600, case_study: 30 },
      appealWindowSeconds: 0,
      marking: 'single',
      adjudication: 'always',
    });
  });

  test('a form that was read does not share its defaults with the next one', () => {
    const { policy } = contentOf(formWith());
    (policy.reminderPercents as number[]).push(7);
    expect(contentOf(formWith()).policy.reminderPercents).toEqual([50, 80, 100]);
  });

  test('second marking by risk is double with a risk policy beside it, so that a build that does not know it marks twice', () => {
    expect(contentOf(formWith({ policy: { marking: 'risk' } })).policy).toMatchObject({
      marking: 'double',
      risk: { limit: 1000, sampleShare: 500, newGraderScripts: 20, machineCheck: true },
    });
    const risk = { limitPercent: 12.5, machineCheck: false };
    expect(contentOf(formWith({ policy: { marking: 'risk', risk } })).policy.risk).toEqual({
      limit: 1250,
      sampleShare: 500,
      newGraderScripts: 20,
      machineCheck: false,
    });
    expect(contentOf(formWith({ policy: { marking: 'double' } })).policy).not.toHaveProperty('risk');
  });

  test('a form that says nothing of marking also has what it meant while double was the default, and no other form has', () => {
    const parsed = parseExamForm(formWith({ policy: {} }));
    const { risk: _risk, ...former } = defaults;
    expect(parsed).toMatchObject({ ok: true, content: { policy: defaults } });
    expect(parsed.ok && parsed.formerContent?.policy).toEqual(former);
    for (const policy of [{ marking: 'risk' }, { marking: 'double' }, { marking: 'single' }, { risk: { limitPercent: 5 } }])
      expect(parseExamForm(formWith({ policy }))).not.toHaveProperty('formerContent');
  });

  test('a risk policy beside another marking is refused: it would bind nothing', () => {
    for (const marking of ['double', 'single'])
      expect(problemsOf(formWith({ policy: { marking, risk: {} } }))).toEqual([{ path: 'policy.risk', message: 'is for "marking": "risk" alone' }]);
  });

  test.each([
    ['limitPercent', 100.5],
    ['samplePercent', -1],
    ['newGraderScripts', 1.5],
    ['machineCheck', 'yes'],
  ])('a risk policy with %s %j is refused by its place', (field, value) => {
    expect(problemsOf(formWith({ policy: { marking: 'risk', risk: { [field]: value } } })).map(({ path }) => path)).toEqual([`policy.risk.${field}`]);
  });

  test.each([
    ['passMarkPercent', 0],
    ['passMarkPercent', 100.01],
    ['passMarkPercent', 80.005],
    ['passMarkPercent', '80'],
    ['tolerancePercent', -1],
    ['tolerancePercent', 20.005],
    ['reminderPercents', [80, 50]],
    ['reminderPercents', [50, 50]],
    ['reminderPercents', [50, 101]],
    ['startWindow', 'PT0S'],
    ['aptitudeLimit', 90],
    ['aptitudeLimit', 'P3651D'],
    ['offerWindow', 'P1M'],
    ['caseStudyLimit', '2 weeks'],
    ['marking', 'triple'],
    ['adjudication', 'never'],
    ['passmark', 80],
  ])('%s %j is refused with its place', (field, value) => {
    expect(problemsOf(formWith({ policy: { [field]: value } })).map((problem) => problem.path)).toEqual([`policy.${field}`]);
  });
});

describe('durations', () => {
  test.each([
    ['PT90M', 5400],
    ['P30D', 2_592_000],
    ['PT20S', 20],
    ['P365D', 31_536_000],
    ['P1DT2H3M4S', 93_784],
    ['PT0S', 0],
  ])('%s is %i seconds', (duration, seconds) => expect(secondsFromDuration(duration)).toBe(seconds));

  test.each(['', 'P', 'PT', 'P1DT', '90M', 'P1M', 'P1Y', 'P1W', 'PT1.5S', '-PT1S', 'pt1s', ' PT1S', 'PT1S\n', 'PT1M1H'])(
    '%j is no duration',
    (duration) => expect(secondsFromDuration(duration)).toBeUndefined(),
  );
});

describe('points', () => {
  test.each([
    [0.1, 100],
    [0.29, 290],
    [4.25, 4250],
    [8, 8000],
  ])('%d points are exactly %i thousandths', (points, millipoints) => {
    expect(contentOf(formWithItems(textItem({ points }))).items[0]?.millipoints).toBe(millipoints);
    expect(contentOf(formWith({ caseStudies: [caseStudy({ rubric: [criterion({ points })] })] })).caseStudies[0]?.rubric[0]?.millipoints).toBe(
      millipoints,
    );
  });

  test.each([4.255, 0, -1, 0.001, 1e-7, 1e21, '4', null])('%j points are refused with their place', (points) => {
    expect(problemsOf(formWithItems(textItem({ points }))).map((problem) => problem.path)).toEqual(['aptitudeTest.items[0].points']);
  });
});

describe('choices', () => {
  test('a bare string is both id and text', () => {
    expect(choiceOf(formWithItems(choiceItem({ choices: ['A', { id: 'B', text: 'Bee' }] }))).choices).toEqual([
      { id: 'A', text: 'A' },
      { id: 'B', text: 'Bee' },
    ]);
  });

  test('a bare string that cannot be an id is told to be written out', () => {
    const [problem] = problemsOf(formWithItems(choiceItem({ choices: ['A', 'B', 'both of them'] })));
    expect(problem).toEqual({ path: 'aptitudeTest.items[0].choices[2]', message: expect.stringContaining('write {"id": …, "text": …}') });
  });

  test('scoring is all or nothing unless a mapping is given, and an absent hint stays absent', () => {
    const item = choiceOf(formWith());
    expect(item.scoring).toEqual({ kind: 'match_correct' });
    expect('hint' in item).toBe(false);
    expect(choiceOf(formWithItems(choiceItem({ scoring: 'match_correct', hint: 'Read.' })))).toMatchObject({
      scoring: { kind: 'match_correct' },
      hint: 'Read.',
    });
  });

  test('how many may be chosen is what the author says, and of a key with several never one', () => {
    expect('cardinality' in choiceOf(formWith())).toBe(false); // so that a form published before has the same content
    for (const cardinality of ['single', 'multiple'] as const)
      expect(choiceOf(formWithItems(choiceItem({ correct: ['A'], cardinality }))).cardinality).toBe(cardinality);
    expect(choiceOf(formWithItems(choiceItem({ cardinality: 'multiple' }))).cardinality).toBe('multiple');
    const path = 'aptitudeTest.items[0].cardinality';
    expect(problemsOf(formWithItems(choiceItem({ cardinality: 'single' })))).toEqual([
      { path, message: 'is "single", but 2 choices are correct: only one can be chosen' },
    ]);
    expect(problemsOf(formWithItems(choiceItem({ cardinality: 'ordered' })))).toEqual([{ path, message: 'must be "single" or "multiple"' }]);
  });

  test('a mapping is exact, may cost points, and gives the whole of the points for the key', () => {
    const item = choiceOf(formWithItems(choiceItem({ points: 0.3, scoring: { mapResponse: { A: 0.1, B: 0.2, C: -0.25 } } })));
    expect(item.scoring).toEqual({ kind: 'map_response', millipointsByChoice: { A: 100, B: 200, C: -250 } });
    expect(scoreChoice(item, item.correct)).toBe(300);
  });

  test('a choice that the mapping leaves out scores 0, even if all objects have a property of its name', () => {
    const item = choiceOf(formWithItems(choiceItem({ choices: ['A', 'constructor'], correct: ['A'], scoring: { mapResponse: { A: 2 } } })));
    expect(scoreChoice(item, ['constructor'])).toBe(0);
  });

  test.each<[string, Json, string, string]>([
    ['a key that is not offered', { correct: ['E'] }, 'correct[0]', '"E" is not among the choices'],
    ['a key named twice', { correct: ['A', 'B', 'A'] }, 'correct[2]', '"A" is named twice'],
    ['no key', { correct: [] }, 'correct', 'needs at least one correct choice'],
    ['one choice only', { choices: ['A'], correct: ['A'] }, 'choices', 'needs at least two choices'],
    ['a repeated choice', { choices: ['A', 'B', { id: 'B', text: 'b' }] }, 'choices[2].id', '"B" is already the id of another choice of this item'],
    [
      'a mapped choice that is not offered',
      { scoring: { mapResponse: { A: 1, B: 1, 'x.1': -1 } } },
      'scoring.mapResponse["x.1"]',
      '"x.1" is not among the choices',
    ],
    [
      'points for a wrong choice',
      { scoring: { mapResponse: { A: 1, C: 1 } } },
      'scoring.mapResponse.C',
      '"C" earns points but is not among the correct choices',
    ],
    ['a right choice that costs', { scoring: { mapResponse: { A: 2, B: -1 } } }, 'scoring.mapResponse.B', '"B" is a correct choice but costs points'],
    [
      'a mapping that cannot reach the points',
      { scoring: { mapResponse: { A: 1, B: 0.5 } } },
      'scoring.mapResponse',
      'reaches 1.5 points at most, but the item has 2',
    ],
    [
      'a mapping that exceeds the points',
      { scoring: { mapResponse: { A: 1, B: 1.01 } } },
      'scoring.mapResponse',
      'reaches 2.01 points at most, but the item has 2',
    ],
    [
      'mapped points with three decimals',
      { scoring: { mapResponse: { A: 1.995, B: 0.005 } } },
      'scoring.mapResponse.A',
      'must have at most two decimals; it may be negative',
    ],
    ['an empty mapping', { points: 2, scoring: { mapResponse: {} } }, 'scoring.mapResponse', 'must map at least one choice'],
    ['another way of scoring', { scoring: 'random' }, 'scoring', 'must be "match_correct" or {"mapResponse": {choice id: points}}'],
    ['an unknown field', { answer: 'A' }, 'answer', 'is not a field of the exam form'],
    ['a model answer of a choice item', { modelAnswer: 'A' }, 'modelAnswer', 'is not a field of the exam form'],
    ['a blank prompt', { prompt: ' ' }, 'prompt', 'must not be empty'],
    ['a missing prompt', { prompt: undefined }, 'prompt', 'is missing'],
    ['another type', { type: 'essay' }, 'type', 'must be "choice" or "text"'],
  ])('%s is refused with its place', (_, overrides, path, message) => {
    expect(problemsOf(formWithItems(textItem(), choiceItem(overrides)))).toContainEqual({ path: `aptitudeTest.items[1].${path}`, message });
  });
});

describe('the whole form', () => {
  test.each<[string, Json, string]>([
    ['a repeated item', formWithItems(choiceItem(), textItem({ id: 'q1' })), 'aptitudeTest.items[1].id'],
    ['a repeated case study', formWith({ caseStudies: [caseStudy(), caseStudy()] }), 'caseStudies[1].id'],
    ['a repeated criterion', formWith({ caseStudies: [caseStudy({ rubric: [criterion(), criterion()] })] }), 'caseStudies[0].rubric[1].id'],
    ['an empty test', formWithItems(), 'aptitudeTest.items'],
    ['no case study', formWith({ caseStudies: [] }), 'caseStudies'],
    ['an empty rubric', formWith({ caseStudies: [caseStudy({ rubric: [] })] }), 'caseStudies[0].rubric'],
    ['an id with a blank', formWithItems(textItem({ id: 'q 1' })), 'aptitudeTest.items[0].id'],
    ['an id that is too long', formWithItems(textItem({ id: 'q'.repeat(65) })), 'aptitudeTest.items[0].id'],
    ['an exam id that is no slug', formWith({ examId: 'Software Architect' }), 'examId'],
    ['version 0', formWith({ version: 0 }), 'version'],
    ['version 1.5', formWith({ version: 1.5 }), 'version'],
    ['an unknown field', formWith({ author: 'me' }), 'author'],
  ])('%s is refused with its place', (_, form, path) => {
    expect(problemsOf(form).map((problem) => problem.path)).toEqual([path]);
  });

  test('the same criterion may occur in two rubrics', () => {
    expect(problemsOf(formWith({ caseStudies: [caseStudy(), caseStudy({ id: 'meters' })] }))).toEqual([]);
  });

  test('all problems are reported at once: a wrong shape hides no wrong key, not even in the same item', () => {
    const broken = formWith({
      version: '1',
      policy: { marking: 'triple', startWindow: 'soon' },
      aptitudeTest: { items: [7, choiceItem({ prompt: 3, points: 4.255, correct: ['E'], choices: ['A', 'B', 5] }), choiceItem()] },
      caseStudies: [caseStudy({ brief: '', rubric: [criterion(), criterion({ points: -1 })] })],
    });
    expect(
      problemsOf(broken)
        .map((problem) => problem.path)
        .toSorted(),
    ).toEqual([
      'aptitudeTest.items[0]',
      'aptitudeTest.items[1].choices[2]',
      'aptitudeTest.items[1].correct[0]',
      'aptitudeTest.items[1].points',
      'aptitudeTest.items[1].prompt',
      'aptitudeTest.items[2].id',
      'caseStudies[0].brief',
      'caseStudies[0].rubric[1].id',
      'caseStudies[0].rubric[1].points',
      'policy.marking',
      'policy.startWindow',
      'version',
    ]);
  });

  test.each([undefined, null, 3, 'exam', [], {}, { aptitudeTest: [], caseStudies: {} }, { aptitudeTest: { items: [null, []] } }])(
    '%j is refused without throwing',
    (json) => expect(parseExamForm(json).ok).toBe(false),
  );

  test('its schema can be written as a JSON Schema for the API document', () => {
    expect(() => z.toJSONSchema(examForm, { io: 'input' })).not.toThrow();
  });
});

test('the example in docs/exam-form.md is a valid form', () => {
  const page = readFileSync(new URL('../docs/exam-form.md', import.meta.url), 'utf8');
  const example = /```json\n([^]*?)```/.exec(page)?.[1] ?? '';
  expect(problemsOf(JSON.parse(example))).toEqual([]);
});

describe('the sample exam', () => {
  test('is valid and has 20 choice items, 5 short answers and 3 case studies of five criteria', () => {
    const { items, caseStudies } = contentOf(readSample());
    expect(items.filter((item) => item.type === 'choice')).toHaveLength(20);
    expect(items.filter((item) => item.type === 'text')).toHaveLength(5);
    expect(caseStudies.map((study) => study.rubric.length)).toEqual([5, 5, 5]);
  });

  test('gives full points for each key, and not for ticking everything', () => {
    for (const item of contentOf(readSample()).items) {
      if (item.type === 'text') continue;
      expect(scoreChoice(item, item.correct)).toBe(item.millipoints);
      expect(
        scoreChoice(
          item,
          item.choices.map((choice) => choice.id),
        ),
      ).toBeLessThan(item.millipoints / 2);
    }
  });

  test('says of each choice item whether one or several may be chosen, as its question does', () => {
    for (const item of contentOf(readSample()).items) {
      if (item.type === 'choice')
        expect({ id: item.id, cardinality: item.cardinality }).toEqual({
          id: item.id,
          cardinality: item.prompt.endsWith('Choose all that apply.') ? 'multiple' : 'single',
        });
    }
  });

  test('has a hint for each choice item that quotes no choice', () => {
    for (const item of contentOf(readSample()).items) {
      if (item.type === 'text') continue;
      expect(item.hint).toBeDefined();
      for (const choice of item.choices.filter((choice) => choice.text.length > 5)) expect(item.hint).not.toContain(choice.text);
    }
  });

  test('becomes the demo exam with each limit as many times as long as servers are slower', () => {
    const { policy } = contentOf(withDemoPolicy(readSample(), 4));
    expect(policy).toMatchObject({ startWindowSeconds: 100, aptitudeLimitSeconds: 48, leaseSeconds: { aptitude: 80, case_study: 80 } });
  });

  test('becomes the demo exam with each limit below a minute, and its marking unchanged', () => {
    const sample = readSample();
    const demo = contentOf(withDemoPolicy(sample));
    expect(demo.examId).toBe(DEMO_EXAM_ID);
    expect(demo.items).toEqual(contentOf(sample).items);
    expect(demo.policy).toMatchObject({
      startWindowSeconds: 25,
      aptitudeLimitSeconds: 12,
      offerWindowSeconds: 12,
      caseStudyLimitSeconds: 12,
      resultPromiseSeconds: { aptitude: 60, case_study: 60 },
      leaseSeconds: { aptitude: 20, case_study: 20 },
      appealWindowSeconds: 2,
      marking: 'double',
      risk: contentOf(sample).policy.risk,
      adjudication: 'when-decisive',
    });
    expect(sample.examId).toBe('software-architect');
  });
});

describe('the texts of a form', () => {
  const DOORS: Readonly<Record<string, (text: string) => Json>> = {
    title: (title) => formWith({ title }),
    'a case study’s title': (title) => formWith({ caseStudies: [caseStudy({ title })] }),
    'a criterion’s title': (title) => formWith({ caseStudies: [caseStudy({ rubric: [criterion({ title })] })] }),
  };
  const PARAGRAPH_DOORS: Readonly<Record<string, (text: string) => Json>> = {
    'a prompt': (prompt) => formWithItems(choiceItem({ prompt })),
    'a hint': (hint) => formWithItems(choiceItem({ hint })),
    'a model answer': (modelAnswer) => formWithItems(textItem({ modelAnswer })),
    'a choice': (text) => formWithItems(choiceItem({ choices: ['A', 'B', { id: 'C', text }] })),
    'a brief': (brief) => formWith({ caseStudies: [caseStudy({ brief })] }),
    'a criterion’s description': (description) => formWith({ caseStudies: [caseStudy({ rubric: [criterion({ description })] })] }),
  };
  const cases = (doors: typeof DOORS, texts: Readonly<Record<string, string>>) =>
    Object.entries(doors).flatMap(([door, form]) => Object.entries(texts).map(([what, text]) => [door, what, form(text)] as const));

  test.each(cases(DOORS, BAD_LINES))('are refused as %s: %s', (_door, _what, form) => {
    expect(problemsOf(form)).toHaveLength(1);
  });
  test.each(cases(PARAGRAPH_DOORS, { ...BAD_PARAGRAPHS, 'nothing to see': '\u200b \n' }))('are refused as %s: %s', (_door, _what, form) => {
    expect(problemsOf(form)).toHaveLength(1);
  });

  test('are kept in NFC', () => {
    expect(contentOf(formWith({ title: 'Zoe\u0308' })).title).toBe('Zoë');
  });

  test('may not give one item two choices that read the same', () => {
    const same = { id: 'c', type: 'choice', prompt: 'Q', points: 1, correct: ['A'] };
    for (const [one, other] of [
      ['Yes', 'Yes'],
      ['Yes', ' Yes\u00a0'],
      ['Zoë', 'Zoe\u0308'],
      ['Y\u200bes', 'Yes'],
    ]) {
      const choices = [
        { id: 'A', text: one },
        { id: 'B', text: other },
      ];
      expect(problemsOf(formWithItems({ ...same, choices }))).toEqual([
        { path: 'aptitudeTest.items[0].choices[1].text', message: 'reads the same as choice "A"' },
      ]);
    }
    expect(problemsOf(formWithItems({ ...same, choices: ['A', { id: 'B', text: 'A' }] }))).toHaveLength(1);
    expect(problemsOf(formWithItems({ ...same, choices: ['A', { id: 'B', text: 'a' }] }))).toEqual([]);
  });
});
