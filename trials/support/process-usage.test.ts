import { describe, expect, test } from 'vitest';
import { kilobytesIn, parseStat, readUsage } from './process-usage.ts';

describe('parseStat', () => {
  test('reads parent and processor time, even of a command with blanks and brackets', () => {
    const stat = '4711 (node (main) x) S 42 4711 4711 0 -1 4194304 9 0 0 0 250 150 30 20 20 0 11 0 99 1 2 3';
    expect(parseStat(stat)).toEqual({ pid: 4711, parent: 42, command: 'node (main) x', cpuSeconds: 4, endedSeconds: 0.5 });
  });

  test('is nothing for a process that has ended while it was read', () => {
    expect(parseStat('')).toBeUndefined();
  });
});

describe('kilobytesIn', () => {
  test('finds one figure among others', () => {
    const text = '00400000-7fff ---p 00000000 00:00 0    [rollup]\nRss:               51200 kB\nPss:               40000 kB\nPss_Anon: 1 kB\n';
    expect(kilobytesIn(text, 'Rss')).toBe(51_200);
    expect(kilobytesIn(text, 'Pss')).toBe(40_000);
    expect(kilobytesIn(text, 'Swap')).toBe(0);
  });
});

describe.skipIf(process.platform !== 'linux')('readUsage', () => {
  test('tells of this very process what it takes, and nothing of one that is gone', async () => {
    const usages = await readUsage(
      new Map([
        ['me', process.pid],
        ['gone', 2 ** 22 + 1],
      ]),
    );
    expect(usages.get('me')?.bytes).toBeGreaterThan(10 * 2 ** 20);
    expect(usages.get('me')?.cpuSeconds).toBeGreaterThan(0);
    expect(usages.has('gone')).toBe(false);
  });
});
