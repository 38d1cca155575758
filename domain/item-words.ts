import type { ExamAnalysis } from './exam-answers.ts';
import type { ItemAnalysis } from './item-analysis.ts';
import { FLAG_GRADES, FLAG_RULES, type Flag, type FlagKind } from './item-flags.ts';
import type { NoRaschFit } from './rasch.ts';

/** Flags and figures in English sentences, for the command line and the JSON of a report. */

type Words = { readonly means: string; readonly do: string };

const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;

const WORDS: Readonly<Record<FlagKind, (choices: string) => Words>> = {
  'no-answers': () => ({
    means: 'Nobody answered it.',
    do: 'See whether candidates can read and reach it, then whether it should count.',
  }),
  'all-wrong': () => ({
    means: 'Nobody has any points for it.',
    do: 'Check the key and whether the item can be answered from what candidates are to know; regrade if it is wrong.',
  }),
  'key-suspect': (choices) => ({
    means: `Who does well elsewhere takes ${choices}, and who takes the key does worse: the key may be wrong.`,
    do: 'Have an expert answer it without seeing the key. If the key is wrong, correct it and regrade.',
  }),
  'distractor-attracts-best': (choices) => ({
    means: `${choices} is taken by candidates who do better elsewhere than those who take the other wrong choices: it may be right as well.`,
    do: 'Read it beside the key. If both are right, accept both and regrade; else make plainer why it is wrong.',
  }),
  'negative-discrimination': () => ({
    means: 'Who does well elsewhere does worse here.',
    do: 'Check the key, and look for a wording that misleads those who know more.',
  }),
  'choices-alike': (choices) => ({
    means: `${choices} read alike.`,
    do: 'Word one of them anew in the next version; if one is the key, accept both.',
  }),
  drift: () => ({
    means: 'From a day on candidates as good as those before get more points here, or fewer.',
    do: 'More: look whether it is passed on, and replace it. Fewer: look what changed in the item, its picture or its field.',
  }),
  misfit: () => ({
    means: 'Able candidates miss it and weak ones have it right more often than its difficulty explains.',
    do: 'Look for a second meaning, guessing, or knowledge that the rest of the test does not ask for.',
  }),
  'severe-grader': () => ({
    means: 'This grader gives less than others do to candidates who are as good by the machine-scored items.',
    do: 'Compare some of the marks with the model answers, and speak with the grader. Where a decision hangs on it, have it marked again.',
  }),
  'lenient-grader': () => ({
    means: 'This grader gives more than others do to candidates who are as good by the machine-scored items.',
    do: 'Compare some of the marks with the model answers, and speak with the grader.',
  }),
  'all-right': () => ({ means: 'Everybody has all points for it: it tells nobody from anybody.', do: 'Keep it only if it must be asked.' }),
  'very-easy': () => ({
    means: `More than ${percent(FLAG_RULES.veryEasyAbove)} of its points are reached.`,
    do: 'Keep it only if it must be asked; else make the wrong choices more likely.',
  }),
  'very-hard': () => ({
    means: `Less than ${percent(FLAG_RULES.veryHardBelow)} of its points are reached.`,
    do: 'Check key and wording. If it is right, see whether it belongs to what is asked of this certificate.',
  }),
  'low-discrimination': () => ({
    means: 'It hardly tells good candidates from weak ones.',
    do: 'Look for ambiguous wording, or a theme that the rest does not touch.',
  }),
  'distractor-unused': (choices) => ({
    means: `Hardly anybody takes ${choices}.`,
    do: 'Write a wrong choice that somebody who does not know would believe.',
  }),
  'often-omitted': () => ({
    means: `More than ${percent(FLAG_RULES.omittedAbove)} leave it blank and go on.`,
    do: 'Look whether the question is understood, and whether it takes too long.',
  }),
  'often-not-reached': () => ({
    means: `More than ${percent(FLAG_RULES.notReachedAbove)} have nothing from it on to the end.`,
    do: 'The test may be too long for its time.',
  }),
  'low-reliability': () => ({
    means: `The reliability is below ${FLAG_RULES.reliabilityBelow}: another test of the kind would order candidates otherwise.`,
    do: 'Improve or replace items of low discrimination, or ask more.',
  }),
  'few-candidates': () => ({
    means: `Fewer than ${FLAG_RULES.candidatesEnough} candidates: all figures are loose, and below ${FLAG_RULES.candidatesMin} no item is flagged for them.`,
    do: 'Wait for more before anything is changed for the figures alone.',
  }),
};

/** What it means and what may be done, beside its kind and grade. */
export function flagWords({ kind, choices = [] }: Flag): Words & { readonly kind: FlagKind; readonly grade: 'fault' | 'remark' } {
  return { kind, grade: FLAG_GRADES[kind], ...WORDS[kind](choices.join(' and ')) };
}

export const NO_RASCH_WORDS: Readonly<Record<NoRaschFit, string>> = {
  'too-few-candidates': 'too few candidates whose number of right answers says something',
  'too-few-items': 'too few items that some have right and some wrong',
  'too-many-items': 'too many items',
  'no-estimate': 'the answers have no estimate: some items are right in all who have others right',
};

/** In one line, for staff who look at the run. */
export function reportWords(examVersion: string, { test, items, caseStudies = [] }: ExamAnalysis): string {
  const faultsIn = (all: ExamAnalysis['items']) => all.filter(({ flags }) => flags.some(({ kind }) => FLAG_GRADES[kind] === 'fault')).length;
  const alpha = test.alpha ? `, alpha ${test.alpha.value.toFixed(2)}` : '';
  const ofCaseStudies = caseStudies.map((one) => `; ${one.caseStudyId}: ${one.test.candidates} candidates, ${faultsIn(one.items)} criteria`);
  return `${examVersion}: ${test.candidates} candidates, ${test.items} items${alpha}; ${faultsIn(items)} items should be looked at${ofCaseStudies.join('')}`;
}

/** An analysis with its flags in words: what a program is given. */
export function analysisInWords({ caseStudies = [], ...analysis }: ExamAnalysis) {
  return { ...itemsInWords(analysis), caseStudies: caseStudies.map(({ caseStudyId, ...one }) => ({ caseStudyId, ...itemsInWords(one) })) };
}

function itemsInWords({ method, test, items, graders }: ItemAnalysis) {
  const inWords = <Flagged extends { readonly flags: readonly Flag[] }>(flagged: Flagged) => ({
    ...flagged,
    flags: flagged.flags.map((flag) => ({ ...flag, ...flagWords(flag) })),
  });
  return { method, test: inWords(test), items: items.map(inWords), graders: graders.map(inWords) };
}
