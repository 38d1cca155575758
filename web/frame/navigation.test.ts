import { describe, expect, it } from 'vitest';
import * as console from '../console/pages.tsx';
import * as desk from '../desk/pages.tsx';
import * as exam from '../exam/pages.tsx';
import { entryAt, groupsFor } from './navigation.ts';

describe.each(Object.entries({ desk, console, exam }))('the header of /%s', (_door, { routes, navigation }) => {
  const pages = groupsFor(['staff'], navigation).flatMap((group) => group.pages);
  const pathOf = ({ path = '' }: (typeof routes)[number]) => `/${path.replaceAll(/:\w+/g, 'one')}`;

  it.each(routes.map(pathOf))('has an entry lit on %s', (path) => {
    expect(entryAt(path, pages)?.path).toBeDefined();
  });

  it('leads to pages that are there, and each address to one entry', () => {
    const paths = routes.map(pathOf);
    expect(paths.length).toBeGreaterThan(5);
    for (const { path } of pages) expect(paths).toContain(path);
    for (const path of paths) expect(pages.filter((page) => entryAt(path, [page])).length, path).toBe(1);
    for (const { leadsTo = [] } of pages)
      for (const path of leadsTo)
        expect(
          paths.some((one) => one.startsWith(`${path}/`)),
          path,
        ).toBe(true);
  });
});

it('shows only what the roles of somebody open', () => {
  expect(groupsFor(['designated'], console.navigation).flatMap(({ pages }) => pages.map(({ path }) => path))).toEqual([
    '/exams',
    '/reports',
    '/panels',
  ]);
});
