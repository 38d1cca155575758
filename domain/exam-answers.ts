import type { CaseStudy, ExamContent, Test } from './exam.ts';
import { analyseItems, type ItemAnalysis } from './item-analysis.ts';
import { adderTo, emptyTally, type ItemTally, type TakenTest, type TallyItem } from './item-tally.ts';
import type { Millipoints } from './points.ts';
import { REPORT_CANDIDATES_MIN } from './report.ts';
import type { BasisPoints } from './score.ts';

/** The decided tests of an exam version, as item analysis takes them. */

export type DecidedTest = {
  /** Null in the aptitude test. */
  readonly caseStudyId: string | null;
  /** Of each item, as the decision that stands has it, corrections included. */
  readonly points: Readonly<Record<string, Millipoints>>;
  /** Items that people mark and nobody answered. */
  readonly blank: readonly string[];
  /** Of choice items alone: what was chosen. */
  readonly chosen: Readonly<Record<string, readonly string[]>>;
  readonly startedAt: Date;
  /** What graders gave before anybody saw another's marks. */
  readonly marks: readonly { readonly grader: string; readonly itemIds: readonly string[]; readonly millipoints: number }[];
};

const DAY_MILLISECONDS = 86_400_000;

export function tallyItemsOf({ items }: Pick<ExamContent, 'items'>): readonly TallyItem[] {
  return items.map((item): TallyItem => {
    const { id, millipoints: millipointsMax } = item;
    switch (item.type) {
      case 'choice':
        return { id, millipointsMax, isDichotomous: item.scoring.kind === 'match_correct', key: item.correct, choices: item.choices };
      case 'text':
        return { id, millipointsMax, isDichotomous: false, key: [], choices: [] };
    }
  });
}

/** A criterion is an item that people mark. */
function tallyCriteriaOf({ rubric }: Pick<CaseStudy, 'rubric'>): readonly TallyItem[] {
  return rubric.map(({ id, millipoints }) => ({ id, millipointsMax: millipoints, isDichotomous: false, key: [], choices: [] }));
}

export function takenTestOf(items: readonly TallyItem[]): (test: Omit<DecidedTest, 'caseStudyId'>) => TakenTest {
  const maxById = new Map(items.map(({ id, millipointsMax }) => [id, millipointsMax]));
  return function takenTest({ points, blank, chosen, startedAt, marks }) {
    return {
      day: Math.floor(startedAt.getTime() / DAY_MILLISECONDS),
      items: items.map(({ id, choices: offered }) => {
        const millipoints = points[id];
        const choices = chosen[id] ?? [];
        const isAnswered = offered.length > 0 ? choices.length > 0 : millipoints !== undefined && !blank.includes(id);
        return { millipoints: millipoints ?? 0, isAnswered, choices };
      }),
      marked: marks.map(({ grader, itemIds, millipoints }) => ({
        grader,
        millipoints,
        millipointsMax: itemIds.reduce((sum, id) => sum + (maxById.get(id) ?? 0), 0),
      })),
    };
  };
}

/** What the answers say of the aptitude test's items, and of each case study's criteria. */
export type ExamAnalysis = ItemAnalysis & {
  /** Those that enough candidates were decided at; left out by the first method. */
  readonly caseStudies?: readonly CaseStudyAnalysis[];
};
type CaseStudyAnalysis = ItemAnalysis & { readonly caseStudyId: string };

/** Each test is read once, and added up one by one. */
export async function analyseExam(exam: ExamContent, testsOf: (test: Test) => AsyncIterable<DecidedTest>): Promise<ExamAnalysis> {
  const { passMark } = exam.policy;
  const aptitude = tallying(tallyItemsOf(exam), passMark);
  for await (const decided of testsOf('aptitude')) aptitude.add(decided);
  const caseStudies = new Map(exam.caseStudies.map((caseStudy) => [caseStudy.id, tallying(tallyCriteriaOf(caseStudy), passMark)]));
  for await (const decided of testsOf('case_study')) caseStudies.get(decided.caseStudyId ?? '')?.add(decided);
  const enough = [...caseStudies].filter(([, { tally }]) => tally.candidates >= REPORT_CANDIDATES_MIN);
  return { ...analyseItems(aptitude.tally), caseStudies: enough.map(([caseStudyId, { tally }]) => ({ caseStudyId, ...analyseItems(tally) })) };
}

function tallying(items: readonly TallyItem[], passMark: BasisPoints): { readonly tally: ItemTally; readonly add: (test: DecidedTest) => void } {
  const tally = emptyTally(items, passMark);
  const [add, taken] = [adderTo(tally), takenTestOf(items)];
  return { tally, add: (test) => add(taken(test)) };
}
