import { setTimeout as pause } from 'node:timers/promises';
import { download, handIn, register, saveAnswer, startTest, submitTest, untilOutOf, type Journey } from '../people/candidates.ts';
import type { LoadContext } from './context.ts';
import { answerWorth, examIdOf, type LoadExam } from './exams.ts';
import { readPending } from './pending.ts';
import { openings, type Opening } from './plan.ts';
import { seededRandom } from '../people/random.ts';
import { forEachAtMost } from '../people/streams.ts';

/** Opens attempts over the API and leaves them where they are to stand. */

/** So many facts may wait before the next attempts are opened: no faster than workflows load them. */
const FACTS_WAITING_MOST = 300;
const LOOK_MILLISECONDS = 500;

type Opened = { readonly journey: Journey; readonly opening: Opening };

/** Resolves to those who are registered and wait for the exam day. */
export async function openAttempts(context: LoadContext, counts: { examDay: number; standing: number }): Promise<readonly Journey[]> {
  const { options } = context;
  const random = seededRandom(options.seed, 'order');
  const order = openings({ ...counts, advancedShare: options.advancedPercent / 100, random });
  const opened: Opened[] = [];
  const closing = new AbortController();
  const gate = { isOpen: true };
  const watching = watchFacts(context, gate, closing.signal);
  try {
    await forEachAtMost(each(order.entries()), options.atOnce, async ([index, opening]) => {
      while (!gate.isOpen) await pause(LOOK_MILLISECONDS, undefined, { signal: context.signal });
      opened.push({ journey: await openOne(context, index, opening), opening });
    });
    // The aptitude test of those who go on, all of it choice items, has been graded by now or soon is.
    const further = opened.filter(({ opening }) => opening === 'case_study_offered' || opening === 'case_study' || opening === 'case_study_grading');
    await forEachAtMost(each(further), options.atOnce, ({ journey, opening }) => goOn(context, journey, opening));
  } finally {
    closing.abort();
    await watching;
  }
  return opened.filter(({ opening }) => opening === 'exam day').map(({ journey }) => journey);
}

async function watchFacts({ database, signal }: LoadContext, gate: { isOpen: boolean }, closed: AbortSignal): Promise<void> {
  while (!closed.aborted && !signal.aborted) {
    gate.isOpen = (await readPending(database)).facts < FACTS_WAITING_MOST;
    await pause(LOOK_MILLISECONDS, undefined, { signal: closed }).catch(() => {});
  }
}

async function openOne({ cast, headcount, ledger }: LoadContext, index: number, opening: Opening): Promise<Journey> {
  const api = cast({ subject: `load-candidate-${index}`, name: `Candidate ${index}`, roles: ['candidate'] });
  const journey = await register({ api, examId: examIdOf(examOf(opening)), headcount });
  ledger.attempts.add(journey.attemptId);
  if (opening !== 'exam day' && opening !== 'registered') {
    const test = await startTest(journey);
    for (const item of test.items) await saveAnswer(journey, item.id, answerWorth(item.id, 5));
    await submitTest(journey);
  }
  return journey;
}

function examOf(opening: Opening): LoadExam {
  switch (opening) {
    case 'exam day':
      return 'exam-day';
    case 'registered':
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
  if (opening === 'case_study_offered') return;
  await download(journey);
  if (opening === 'case_study') return;
  await handIn(journey, { name: 'solution.md', content: '# Solution\n\nParts, duties, decisions and why.\n' });
}

async function* each<Element>(elements: Iterable<Element>): AsyncGenerator<Element> {
  yield* elements;
}
