import type { ExamContent } from './exam.ts';
import type { TakenTest, TallyItem } from './item-tally.ts';
import type { ItemScore } from './reconciliation.ts';

/** The decided aptitude tests of an exam version, as item analysis takes them. */

export type DecidedTest = {
  /** As the decision that stands has them, corrections included. */
  readonly items: readonly Pick<ItemScore, 'itemId' | 'millipoints' | 'basis'>[];
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

export function takenTestOf(items: readonly TallyItem[]): (test: DecidedTest) => TakenTest {
  const maxById = new Map(items.map(({ id, millipointsMax }) => [id, millipointsMax]));
  return function takenTest({ items: scores, chosen, startedAt, marks }) {
    const scoreById = new Map(scores.map((score) => [score.itemId, score]));
    return {
      day: Math.floor(startedAt.getTime() / DAY_MILLISECONDS),
      items: items.map(({ id, choices: offered }) => {
        const score = scoreById.get(id);
        const choices = chosen[id] ?? [];
        const isAnswered = offered.length > 0 ? choices.length > 0 : score !== undefined && score.basis !== 'blank';
        return { millipoints: score?.millipoints ?? 0, isAnswered, choices };
      }),
      marked: marks.map(({ grader, itemIds, millipoints }) => ({
        grader,
        millipoints,
        millipointsMax: itemIds.reduce((sum, id) => sum + (maxById.get(id) ?? 0), 0),
      })),
    };
  };
}
