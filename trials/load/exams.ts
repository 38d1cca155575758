import type { ExamForm } from '../../exams/form.ts';

/**
 * The exams of a load run. They are short: what a request, a workflow and an activity cost does not hang on how long a
 * candidate thinks. Graders take what is due first, so those of the exam day come before all that stands open.
 */
export type LoadExam = 'exam-day' | 'standing-aptitude' | 'standing-case-study';

const CHOICE_ITEMS = ['c1', 'c2'];
const TEXT_ITEMS = ['t1', 't2'];
const POINTS_EACH = 5;
/** The longest there is: it stands open however long the run takes. */
const NEVER_DUE = 'P3650D';

export function loadExam(exam: LoadExam): ExamForm {
  // A machine alone grades a standing attempt's way to its case study.
  const textItems = exam === 'standing-case-study' ? [] : TEXT_ITEMS;
  return {
    examId: examIdOf(exam),
    version: 1,
    title: `Load: ${exam}`,
    policy: exam === 'exam-day' ? {} : { aptitudeLimit: 'P7D', resultPromise: { aptitude: NEVER_DUE, caseStudy: NEVER_DUE } },
    aptitudeTest: { items: [...CHOICE_ITEMS.map(choiceItem), ...textItems.map((id) => textItem(id, exam))] },
    caseStudies: ['one', 'two', 'three'].map((id) => ({
      id,
      title: `Case study ${id}`,
      brief: `# Case study ${id}\n\nDesign it.`,
      rubric: [
        { id: 'structure', title: 'Structure', description: 'Parts and their duties', points: 10 },
        { id: 'decisions', title: 'Decisions', description: 'Choices and their reasons', points: 10 },
      ],
    })),
  };
}

export function examIdOf(exam: LoadExam): string {
  return `load-${exam}`;
}

function choiceItem(id: string) {
  return { id, type: 'choice' as const, prompt: `Which is right (${id})?`, points: POINTS_EACH, choices: ['a', 'b', 'c'], correct: ['a'] };
}

function textItem(id: string, exam: LoadExam) {
  return { id, type: 'text' as const, prompt: `${exam}: explain ${id}.`, points: POINTS_EACH, modelAnswer: 'So and so.' };
}

/** Whether a text item is of the exam day: its prompt is all that tells a blind grader. */
export function isOfExamDay(prompt: string): boolean {
  return prompt.startsWith('exam-day:');
}

/** What a candidate who has `points` of 5 in them writes, as long as such answers are. Graders, who are blind, find the points in it. */
export function answerWorth(itemId: string, points: number): string | readonly string[] {
  if (CHOICE_ITEMS.includes(itemId)) return ['a'];
  return `${'An answer of a few lines, as candidates write them in the test. '.repeat(8)}Worth ${points} points.`;
}

/** Full points for an answer that does not say. */
export function pointsIn(response: string): number {
  return Number(/Worth (\d+) points\.$/.exec(response)?.[1] ?? POINTS_EACH);
}
