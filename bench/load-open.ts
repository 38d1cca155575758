import { download, handIn, register, saveAnswer, startTest, submitTest, untilOutOf, type Journey } from './candidates.ts';
import type { LoadContext } from './load-context.ts';
import { answerWorth, examIdOf, type LoadExam } from './load-exams.ts';
import { openings, type Opening, type Standing } from './load-plan.ts';
import { seededRandom } from './random.ts';
import { forEachAtMost } from './streams.ts';

/** Opens attempts over the API and leaves them where they are to stand. */

type Opened = { readonly journey: Journey; readonly opening: Opening };

/** Resolves to those who are registered and wait for the exam day. */
export async function openAttempts(context: LoadContext, counts: { registered: number; standing: number }): Promise<readonly Journey[]> {
  const { options } = context;
  const opened: Opened[] = [];
  const order = openings({ ...counts, random: seededRandom(options.seed, 'order') });
  await forEachAtMost(each(order.entries()), options.atOnce, async ([index, opening]) => {
    opened.push({ journey: await openOne(context, index, opening), opening });
  });
  // Their aptitude test, all of it choice items, has been graded by now or soon is.
  const towards = opened.filter(({ opening }) => opening !== undefined && opening !== 'aptitude_grading');
  await forEachAtMost(each(towards), options.atOnce, ({ journey, opening }) => goOn(context, journey, opening));
  return opened.filter(({ opening }) => opening === undefined).map(({ journey }) => journey);
}

async function openOne({ cast, headcount, ledger }: LoadContext, index: number, opening: Opening): Promise<Journey> {
  const api = cast({ subject: `load-candidate-${index}`, name: `Candidate ${index}`, roles: ['candidate'] });
  const journey = await register({ api, examId: examIdOf(examOf(opening)), headcount });
  ledger.attempts.add(journey.attemptId);
  if (opening !== undefined) {
    const test = await startTest(journey);
    for (const item of test.items) await saveAnswer(journey, item.id, answerWorth(item.id, 5));
    await submitTest(journey);
  }
  return journey;
}

function examOf(opening: Opening): LoadExam {
  switch (opening) {
    case undefined:
      return 'exam-day';
    case 'aptitude_grading':
      return 'standing-aptitude';
    case 'case_study_offered':
    case 'case_study':
    case 'case_study_grading':
      return 'standing-case-study';
  }
}

async function goOn({ signal }: LoadContext, journey: Journey, opening: Opening): Promise<void> {
  await untilOutOf(journey, ['registered', 'aptitude_test', 'aptitude_grading'], signal);
  if (isAfter(opening, 'case_study_offered')) await download(journey);
  if (isAfter(opening, 'case_study')) await handIn(journey, { name: 'solution.md', content: '# Solution\n\nParts, duties, decisions and why.\n' });
}

function isAfter(opening: Opening, phase: Standing): boolean {
  const order: readonly Opening[] = ['case_study_offered', 'case_study', 'case_study_grading'];
  return order.indexOf(opening) > order.indexOf(phase);
}

async function* each<Element>(elements: Iterable<Element>): AsyncGenerator<Element> {
  yield* elements;
}
