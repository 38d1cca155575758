import { PHASES, type Phase } from '../../domain/attempt.ts';

/** Who stands in which phase, as far as they were seen, and when anything moved last. */
export type Headcount = {
  moved(from: Phase | undefined, to: Phase): void;
  /** Something happened that is no change of phase: an answer, a mark. */
  stirred(): void;
  in(phase: Phase): number;
  readonly total: number;
  secondsSinceMove(): number;
};

export function createHeadcount(): Headcount {
  const counts = new Map<Phase, number>();
  let total = 0;
  let movedAt = Date.now();
  const add = (phase: Phase, change: number) => counts.set(phase, (counts.get(phase) ?? 0) + change);
  return {
    moved(from, to) {
      if (from === to) return;
      if (from === undefined) total += 1;
      else add(from, -1);
      add(to, 1);
      movedAt = Date.now();
    },
    stirred: () => (movedAt = Date.now()),
    in: (phase) => counts.get(phase) ?? 0,
    get total() {
      return total;
    },
    secondsSinceMove: () => (Date.now() - movedAt) / 1000,
  };
}

/** "aptitude test", as people read it. */
export function phaseName(phase: Phase): string {
  return phase.replaceAll('_', ' ');
}

/** "3 aptitude test, 5 certified": those phases that somebody is in. */
export function headcountLine(headcount: Headcount): string {
  const parts = PHASES.filter((phase) => headcount.in(phase) > 0).map((phase) => `${headcount.in(phase)} ${phaseName(phase)}`);
  return parts.length === 0 ? 'nobody yet' : parts.join(', ');
}
