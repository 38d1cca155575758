import type { Outcome } from '../../domain/attempt.ts';
import type { Test } from '../../domain/exam.ts';
import type { ExamForm } from '../../exams/form.ts';
import type { Person } from '../../local/tokens.ts';
import type { ToMark } from '../people/client.ts';
import { seededRandom } from '../people/random.ts';

/** Who takes part in the demo and what happens to them: made up, and the same in every run. */

type Behaviour = 'finishes' | 'never starts' | 'withdraws' | 'runs out of time' | 'never downloads' | 'registers anew';

export type DemoCandidate = {
  readonly name: string;
  readonly behaviour: Behaviour;
  /** What the table says about it. */
  readonly story: string;
  /** So many choice items are answered wrongly. */
  readonly wrongChoices: number;
  /** The share of the points that graders find in the texts, and in the case study of each attempt. */
  readonly texts: number;
  readonly caseStudies: readonly number[];
  /** In this test the second grader sees less than the first on the weightiest points, and an adjudicator settles it. */
  readonly disputed?: Test;
  /** How each attempt must end. */
  readonly outcomes: readonly Outcome[];
};

const strong = { wrongChoices: 1, texts: 0.9, caseStudies: [0.92] };

export const DEMO_CANDIDATES: readonly DemoCandidate[] = [
  { ...strong, name: 'Amara Okafor', behaviour: 'finishes', story: 'passes both tests', outcomes: ['certified'] },
  { ...strong, name: 'Björn Lindqvist', behaviour: 'finishes', story: 'passes both tests', wrongChoices: 3, outcomes: ['certified'] },
  { ...strong, name: 'Chen Wei', behaviour: 'finishes', story: 'passes both tests', caseStudies: [0.85], outcomes: ['certified'] },
  {
    ...strong,
    name: 'Divya Raman',
    behaviour: 'finishes',
    story: 'test disputed, adjudicated',
    wrongChoices: 2,
    disputed: 'aptitude',
    outcomes: ['certified'],
  },
  { ...strong, name: 'Emil Novák', behaviour: 'finishes', story: 'fails the aptitude test', wrongChoices: 8, texts: 0.5, outcomes: ['failed'] },
  { ...strong, name: 'Fatima Zahra', behaviour: 'runs out of time', story: 'never submits the test: time-out does', outcomes: ['certified'] },
  { ...strong, name: 'Gustavo Lima', behaviour: 'never starts', story: 'never starts', outcomes: ['lapsed'] },
  { ...strong, name: 'Hana Suzuki', behaviour: 'never downloads', story: 'never downloads the case study', outcomes: ['lapsed'] },
  { ...strong, name: 'Ivan Petrov', behaviour: 'withdraws', story: 'withdraws during the test', outcomes: ['withdrawn'] },
  {
    ...strong,
    name: 'Julia Weber',
    behaviour: 'registers anew',
    story: 'fails the case study, registers anew',
    caseStudies: [0.62, 0.9],
    outcomes: ['failed', 'certified'],
  },
  {
    ...strong,
    name: 'Kwame Mensah',
    behaviour: 'finishes',
    story: 'case study disputed, adjudicated',
    caseStudies: [0.9],
    disputed: 'case_study',
    outcomes: ['certified'],
  },
  {
    ...strong,
    name: 'Lena Fischer',
    behaviour: 'finishes',
    story: 'just fails the aptitude test',
    wrongChoices: 4,
    texts: 0.75,
    outcomes: ['failed'],
  },
];

export const DEMO_GRADERS: readonly Person[] = [
  { subject: 'demo-gil', name: 'Gil', roles: ['grader'] },
  { subject: 'demo-greta', name: 'Greta', roles: ['grader'] },
  { subject: 'demo-goran', name: 'Goran', roles: ['grader'] },
  { subject: 'demo-dana', name: 'Dana', roles: ['grader', 'designated'] },
  { subject: 'demo-dirk', name: 'Dirk', roles: ['grader', 'designated'] },
];

export const DEMO_STAFF: Person = { subject: 'demo-sam', name: 'Sam', roles: ['staff'] };
/** Confirms what Sam proposes: certificates take two. */
export const DEMO_SECOND_STAFF: Person = { subject: 'demo-lea', name: 'Lea', roles: ['staff'] };

export function personOf({ name }: DemoCandidate): Person {
  const handle = name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  return { subject: `demo-${handle}`, name, roles: ['candidate'], email: `${handle}@candidates.example` };
}

type FormItem = ExamForm['aptitudeTest']['items'][number];

/** What this candidate answers: right, but for as many choice items as the script says, and texts as complete as they are good. */
export function demoAnswers(form: ExamForm, { wrongChoices, texts }: DemoCandidate): (item: { readonly id: string }) => string | readonly string[] {
  const formItems = new Map(form.aptitudeTest.items.map((item) => [item.id, item]));
  const wrong = new Set(
    form.aptitudeTest.items
      .filter((item) => item.type === 'choice')
      .slice(0, wrongChoices)
      .map((item) => item.id),
  );
  return (item) => {
    const known = formItems.get(item.id);
    if (!known) throw new Error(`the test asks ${item.id}, which the form does not have`);
    return known.type === 'choice' ? choicesOf(known, wrong.has(known.id)) : beginningOf(known.modelAnswer, texts);
  };
}

function choicesOf(item: Extract<FormItem, { type: 'choice' }>, isWrong: boolean): readonly string[] {
  if (!isWrong) return item.correct;
  const ids = item.choices.map((choice) => (typeof choice === 'string' ? choice : choice.id));
  return ids.filter((id) => !item.correct.includes(id)).slice(0, 1);
}

function beginningOf(text: string, share: number): string {
  return text.slice(0, Math.ceil(text.length * share));
}

const REASONS = {
  aptitude: [
    'Right in substance; say what happens when a step fails half-way.',
    'The idea is there, the reason for it is not.',
    'Names the pattern, but not what it costs here.',
  ],
  case_study: [
    'Convincing; put numbers to the load that drives the decision.',
    'The alternatives that you rejected are not discussed.',
    'Says what, but rarely why: trace each part to a requirement.',
  ],
} as const;

const DISPUTED_ITEMS = 3;
const SECOND_SEES_LESS = 0.6;
const ADJUDICATOR_SEES_LESS = 0.1;

/** Points in half steps, with a reason wherever some are lost. */
export function demoMarks({
  candidate,
  attemptNumber,
  test,
  marker,
  toMark,
}: {
  candidate: DemoCandidate;
  /** From 1. */
  attemptNumber: number;
  test: Test;
  marker: 'first' | 'second' | 'adjudicated';
  toMark: readonly ToMark[];
}): readonly { itemId: string; points: number; reason: string }[] {
  const share = { aptitude: candidate.texts, case_study: candidate.caseStudies[attemptNumber - 1] ?? 0 }[test];
  const weighty = toMark.toSorted((a, b) => b.pointsMax - a.pointsMax).slice(0, DISPUTED_ITEMS);
  return toMark.map((item) => {
    const random = seededRandom('demo', `${candidate.name} ${attemptNumber} ${test} ${marker} ${item.itemId}`);
    const isDisputed = candidate.disputed === test && weighty.includes(item);
    const less = isDisputed ? { first: 0, second: SECOND_SEES_LESS, adjudicated: ADJUDICATOR_SEES_LESS }[marker] : 0;
    const points = Math.min(item.pointsMax, Math.max(0, Math.round((share - less + (random() - 0.5) * 0.06) * item.pointsMax * 2) / 2));
    const reasons = REASONS[test];
    return { itemId: item.itemId, points, reason: points < item.pointsMax ? (reasons[Math.floor(random() * reasons.length)] ?? '') : '' };
  });
}
