import type { ReactNode } from 'react';

/** What stands in the header of a door, and what of it is lit. */

export type NavigationEntry = {
  /** Below the door: `/` is its first page. */
  readonly path: string;
  /** A hook, since texts are a component's. */
  readonly Label: () => ReactNode;
  /** Whoever has one of them finds it; without: everybody whose door it is. */
  readonly roles?: readonly string[];
  /** Where else one is still on this page: what is reached from it and does not stand below its path. */
  readonly leadsTo?: readonly string[];
};

/** Pages that belong together stand under one word in the header, and below it while one of them is open. */
export type NavigationGroup = NavigationEntry | { readonly Label: () => ReactNode; readonly pages: readonly NavigationEntry[] };

type ShownGroup = { readonly Label: () => ReactNode; readonly pages: readonly NavigationEntry[] };

/** What somebody finds who has these roles. */
export function groupsFor(held: readonly string[], navigation: readonly NavigationGroup[]): readonly ShownGroup[] {
  const isFor = ({ roles }: NavigationEntry) => roles?.some((role) => held.includes(role)) ?? true;
  return navigation
    .map((group) => ('pages' in group ? group : { Label: group.Label, pages: [group] }))
    .map(({ Label, pages }) => ({ Label, pages: pages.filter(isFor) }))
    .filter(({ pages }) => pages.length > 0);
}

/** The entry that an address below the door belongs to. */
export function entryAt<Entry extends Pick<NavigationEntry, 'path' | 'leadsTo'>>(pathname: string, pages: readonly Entry[]): Entry | undefined {
  const isBelow = (path: string) => pathname === path || (path !== '/' && pathname.startsWith(`${path}/`));
  return pages.find(({ path, leadsTo = [] }) => [path, ...leadsTo].some(isBelow));
}
