/**
 * Which groups of a table may be told apart, so that nothing is told of a group of fewer than `min` people: neither by its own row nor by what is
 * left of the total once all shown rows are taken from it (primary and complementary suppression; Hundepool et al., *Statistical Disclosure
 * Control*, 2012, chapter 4). What is withheld holds nobody or at least `min`; of the shown ones nothing is withheld but their number of people
 * decides, so every other column of a row may be shown with it.
 */
export function withheldGroups(sizes: readonly number[], min: number): ReadonlySet<number> {
  const bySize = sizes.map((size, group) => ({ size, group })).toSorted((one, other) => one.size - other.size || one.group - other.group);
  const withheld = new Set<number>();
  let people = 0;
  for (const { size, group } of bySize) {
    // An empty group is nobody's, and is told as long as it does not stand for another one.
    const isSmall = size < min;
    const isExposed = people > 0 && people < min;
    if (!isSmall && !isExposed) break;
    withheld.add(group);
    people += size;
  }
  return withheld;
}
