import type { CompleteExamForm, StaffComment } from '../generated/client.ts';

type Form = Pick<CompleteExamForm, 'aptitudeTest' | 'caseStudies'>;
type Choice = { readonly id: string; readonly text: string };

/** An item, or a criterion of a case study, by the first line of what it says. */
export type MarkedItem = Pick<StaffComment, 'test' | 'caseStudyId' | 'itemId'> & { readonly name: string };

/** With its choices, none where people mark it, and those that are right as it is now. */
export type GradedItem = MarkedItem & { readonly choices: readonly Choice[]; readonly correct: readonly string[] };

/** Whatever gives points in an exam: its items, and the criteria of each case study. */
export function gradedItemsOf({ aptitudeTest, caseStudies }: Form): readonly GradedItem[] {
  return [
    ...aptitudeTest.items.map((item): GradedItem => {
      const of = { test: 'aptitude', caseStudyId: null, itemId: item.id, name: item.prompt.split('\n', 1)[0] ?? item.id } as const;
      return item.type === 'choice' ? { ...of, choices: item.choices.map(choiceOf), correct: item.correct } : { ...of, ...MARKED_BY_PEOPLE };
    }),
    ...caseStudies.flatMap(({ id: caseStudyId, title, rubric }) =>
      rubric.map(({ id: itemId, title: criterion }): GradedItem => {
        const of = { test: 'case_study', caseStudyId, itemId, name: `${title}: ${criterion}` } as const;
        return { ...of, ...MARKED_BY_PEOPLE };
      }),
    ),
  ];
}

/** What people mark of an exam: its text items, and the criteria of each case study. */
export function markedItemsOf(form: Form): readonly MarkedItem[] {
  return gradedItemsOf(form).filter(({ choices }) => choices.length === 0);
}

const MARKED_BY_PEOPLE = { choices: [], correct: [] };

const choiceOf = (choice: string | Choice): Choice => (typeof choice === 'string' ? { id: choice, text: choice } : choice);
