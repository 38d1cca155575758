import { describe, expect, test } from 'vitest';
import { plotPanels, ticksUpTo } from './svg-plot.ts';

describe('ticksUpTo', () => {
  test('are round numbers that reach the most', () => {
    expect(ticksUpTo(100)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(ticksUpTo(1.3)).toEqual([0, 0.5, 1, 1.5]);
    expect(ticksUpTo(0)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksUpTo(19_999).at(-1)).toBe(20_000);
  });
});

describe('plotPanels', () => {
  const svg = plotPanels({
    title: 'Open & waiting',
    subtitle: 'weeks <10',
    panels: [
      {
        title: 'one',
        xLabel: 'weeks',
        lines: [
          { name: 'up', colour: '#000', points: [0, 1, 2].map((x) => ({ x, y: x * 10 })) },
          { name: 'flat', colour: '#999', dashed: true, points: [0, 1, 2].map((x) => ({ x, y: 5 })) },
        ],
      },
    ],
  });

  test('draws each line, higher values further up, all of it within the panel', () => {
    const [up = [], flat = []] = [...svg.matchAll(/points="([^"]*)"/g)].map(([, points = '']) =>
      points.split(' ').map((point) => point.split(',').map(Number)),
    );
    expect(up).toHaveLength(3);
    const heights = up.map(([, y]) => y ?? Number.NaN);
    expect(heights).toEqual(heights.toSorted((a, b) => b - a));
    expect(new Set(flat.map(([, y]) => y)).size).toBe(1);
    for (const y of heights) expect(y).toBeGreaterThanOrEqual(44);
  });

  test('is XML, whatever stands in a title', () => {
    expect(svg).toContain('Open &amp; waiting');
    expect(svg).toContain('weeks &lt;10');
    expect(svg).not.toContain('NaN');
  });
});
