import { expect, it } from 'vitest';
import { spreadOf } from './spread.ts';

it('tells how unevenly each component lies over zones, also over those that have none of it, and over nodes', () => {
  const placed = (component: string, ...nodes: readonly string[]) => nodes.map((node) => ({ component, node }));
  const pods = [...placed('api', 'kwok-0-a', 'kwok-0-a', 'kwok-1-b'), ...placed('intake', 'kwok-2-c')];
  expect(spreadOf(pods, ['a', 'b', 'c'])).toEqual({
    api: { pods: 3, zonesDiffer: 2, nodeMost: 2 },
    intake: { pods: 1, zonesDiffer: 1, nodeMost: 1 },
  });
});
