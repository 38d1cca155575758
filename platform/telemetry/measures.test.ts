import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../logging.ts';
import { createMeasures, type Measure } from './measures.ts';

const logger = createLogger({ level: 'silent', service: 'test' });

function measure(name: string, read: () => number | Promise<number>, keepSeconds = 0): Measure {
  return { name, keepSeconds, read: async () => [{ name: `it_${name}`, help: 'it', kind: 'gauge', series: [{ value: await read() }] }] };
}

const valueOf = (text: string, series: string) => text.split('\n').find((line) => line.startsWith(`${series} `));

describe('a measure that fails', () => {
  it('is left out instead of read as 0, is counted, and hides no other', async () => {
    let away = true;
    const broken = measure('broken', () => (away ? Promise.reject(new Error('away')) : 7));
    const { text } = createMeasures({ measures: [broken, measure('sound', () => 3)], logger });
    expect(await text()).not.toContain('it_broken');
    const second = await text();
    expect(valueOf(second, 'it_sound')).toBe('it_sound 3');
    expect(valueOf(second, 'certifiable_measure_failures_total{measure="broken"}')).toMatch(/ 2$/);
    expect(valueOf(second, 'certifiable_measure_failures_total{measure="sound"}')).toMatch(/ 0$/);
    away = false;
    expect(valueOf(await text(), 'it_broken')).toBe('it_broken 7');
  });

  it('by taking too long, too: a scrape is never held up by it', async () => {
    const slow = measure('slow', () => pause(10_000, 1, { ref: false }));
    const { text } = createMeasures({ measures: [slow, measure('sound', () => 3)], logger, timeoutMilliseconds: 50 });
    const startedAt = Date.now();
    const told = await text();
    expect(Date.now() - startedAt).toBeLessThan(2000);
    expect(told).not.toContain('it_slow');
    expect(valueOf(told, 'it_sound')).toBe('it_sound 3');
  });
});

it('a reading that takes longer than a scrape is told by the next one, and not begun again', async () => {
  let reads = 0;
  const slow = measure('slow', () => pause(150).then(() => (reads += 1)), 60);
  const { text } = createMeasures({ measures: [slow], logger, timeoutMilliseconds: 50 });
  expect(await text()).not.toContain('it_slow');
  await pause(200);
  expect(valueOf(await text(), 'it_slow')).toBe('it_slow 1');
});

it('a storm of scrapes reads once, and again when its answer is old', async () => {
  let reads = 0;
  const { text } = createMeasures({ measures: [measure('counted', () => pause(20).then(() => (reads += 1)), 0.2)], logger });
  await Promise.all(Array.from({ length: 50 }, () => text()));
  await text();
  expect(reads).toBe(1);
  await pause(250);
  expect(valueOf(await text(), 'it_counted')).toBe('it_counted 2');
});

it('a value of 0 is told, and families of one name from two measures are one', async () => {
  const queue = (name: string, value: number): Measure => ({
    name,
    keepSeconds: 0,
    read: async () => [{ name: 'it_waits', help: 'it', kind: 'counter', series: [{ labels: { queue: name }, value }] }],
  });
  const { text } = createMeasures({ measures: [queue('a', 0), queue('b', 2)], logger });
  const told = await text();
  expect(told.match(/# TYPE it_waits counter/g)).toHaveLength(1);
  expect(valueOf(told, 'it_waits{queue="a"}')).toBe('it_waits{queue="a"} 0');
  expect(valueOf(told, 'it_waits{queue="b"}')).toBe('it_waits{queue="b"} 2');
});
