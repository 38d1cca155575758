import { publishExam, sitDown, visit, type Connections, type Seen, type Visitor } from '../../engine/compose-visitor.ts';
import type { Stage } from '../stage.ts';

/** Several people in the middle of their tests, each of whom saves an answer four times a second and never repeats a request. */
export type Visitors = {
  /** Since they were asked last, all together. */
  readonly seen: () => Seen;
  /** Of all the time that they were there. */
  readonly total: () => { readonly requests: number; readonly refused: number };
  /** Saves acknowledged and not kept; ends them. */
  readonly leave: () => Promise<number>;
};

/** With a connection each, or with `anew` with one for each request: so they come to pods that are there since a moment ago. */
export async function visitors({ doors }: Stage, count: number, connections: Connections = 'kept'): Promise<Visitors> {
  await publishExam(doors);
  const sittings = await Promise.all(
    Array.from({ length: count }, (_, index) => sitDown(doors, `Vera-${Date.now().toString(36)}-${index}`, connections)),
  );
  const all = sittings.map(visit);
  let [requests, refused] = [0, 0];
  const seen = () => {
    const found = together(all);
    requests += found.saved + found.refused;
    refused += found.refused;
    return found;
  };
  return {
    seen,
    total: () => {
      seen();
      return { requests, refused };
    },
    leave: async () => {
      const lost = await Promise.all(all.map((visitor) => visitor.leave()));
      return lost.reduce((sum, one) => sum + one, 0);
    },
  };
}

function together(all: readonly Visitor[]): Seen {
  const found = all.map((visitor) => visitor.seen());
  const refusals: Record<string, number> = {};
  for (const [what, count] of found.flatMap((one) => Object.entries(one.refusals))) refusals[what] = (refusals[what] ?? 0) + count;
  return {
    saved: found.reduce((sum, { saved }) => sum + saved, 0),
    refused: found.reduce((sum, one) => sum + one.refused, 0),
    refusals,
    longestSeconds: Math.max(...found.map(({ longestSeconds }) => longestSeconds)),
  };
}

/** For a line of what is said. */
export function inWords({ saved, refused, refusals, longestSeconds }: Seen): string {
  const what = Object.entries(refusals).map(([refusal, count]) => `${count} × ${refusal}`);
  return `${saved} answers saved, ${refused} refused${refused === 0 ? '' : ` (${what.join(', ')})`}, ${longestSeconds} s between two of one person at most`;
}
