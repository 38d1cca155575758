import type { CompleteExamForm, StaffComment } from '../generated/client.ts';

/** What people mark of an exam: its text items, and the criteria of each case study. */
export type MarkedItem = Pick<StaffComment, 'test' | 'caseStudyId' | 'itemId'> & { readonly name: string };

export function markedItemsOf({ aptitudeTest, caseStudies }: Pick<CompleteExamForm, 'aptitudeTest' | 'caseStudies'>): readonly MarkedItem[] {
  return [
    ...aptitudeTest.items.flatMap((item): MarkedItem[] =>
      item.type === 'text' ? [{ test: 'aptitude', caseStudyId: null, itemId: item.id, name: item.prompt.split('\n', 1)[0] ?? item.id }] : [],
    ),
    ...caseStudies.flatMap(({ id: caseStudyId, title, rubric }) =>
      rubric.map(({ id: itemId, title: criterion }): MarkedItem => ({ test: 'case_study', caseStudyId, itemId, name: `${title}: ${criterion}` })),
    ),
  ];
}
