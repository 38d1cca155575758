import type { CompleteExamForm } from '../generated/client.ts';

type Choice = { readonly id: string; readonly text: string };

/** Whatever gives points in an exam: each item with its choices where it has some, and the criteria of each case study. */
export type GradableItem = {
  readonly test: 'aptitude' | 'case_study';
  readonly caseStudyId: string | null;
  readonly itemId: string;
  readonly name: string;
  readonly choices: readonly Choice[];
  /** The right ones, as they are now. */
  readonly correct: readonly string[];
};

export function gradableItemsOf({ aptitudeTest, caseStudies }: Pick<CompleteExamForm, 'aptitudeTest' | 'caseStudies'>): readonly GradableItem[] {
  const firstLine = (text: string) => text.split('\n', 1)[0] ?? '';
  return [
    ...aptitudeTest.items.map((item): GradableItem => {
      const { id: itemId, prompt } = item;
      const of = { test: 'aptitude', caseStudyId: null, itemId, name: `${itemId}: ${firstLine(prompt)}` } as const;
      return item.type === 'choice' ? { ...of, choices: item.choices.map(choiceOf), correct: item.correct } : { ...of, choices: [], correct: [] };
    }),
    ...caseStudies.flatMap(({ id: caseStudyId, title, rubric }) =>
      rubric.map(({ id: itemId, title: criterion }): GradableItem => ({
        test: 'case_study',
        caseStudyId,
        itemId,
        name: `${title}: ${criterion}`,
        choices: [],
        correct: [],
      })),
    ),
  ];
}

const choiceOf = (choice: string | Choice): Choice => (typeof choice === 'string' ? { id: choice, text: choice } : choice);
