/** Each group with its first one, in the order of their keys. */
export function groupsOf<One>(all: readonly One[], keyOf: (one: One) => string): readonly (readonly [One, readonly One[]])[] {
  return [...Map.groupBy(all, keyOf)]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, of]) => (of[0] === undefined ? [] : [[of[0], of] as const]));
}
