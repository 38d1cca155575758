import { zoneOf } from '../kwok.ts';

/** How the pods of a component lie over nodes and zones. */

export type Placed = { readonly component: string; readonly node: string };

export type Spread = {
  readonly pods: number;
  /** Between the zone with the most of them and the one with the fewest. */
  readonly zonesDiffer: number;
  /** On one node. */
  readonly nodeMost: number;
};

/** By component; a zone without any counts as well. */
export function spreadOf(placed: readonly Placed[], zones: readonly string[]): Readonly<Record<string, Spread>> {
  const components = Map.groupBy(placed, ({ component }) => component);
  return Object.fromEntries(
    [...components].map(([component, pods]) => {
      const inZones = zones.map((zone) => pods.filter(({ node }) => zoneOf(node) === zone).length);
      const onNodes = [...Map.groupBy(pods, ({ node }) => node).values()].map(({ length }) => length);
      return [component, { pods: pods.length, zonesDiffer: Math.max(...inZones) - Math.min(...inZones), nodeMost: Math.max(...onNodes) }];
    }),
  );
}
