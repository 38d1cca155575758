import { expect, it } from 'vitest';
import { workersOf } from './pool-status.ts';

const lastPollAt = new Date('2026-11-28T21:03:05.400Z');
const secondsLater = (seconds: number) => new Date(lastPollAt.getTime() + seconds * 1000);

it('workers that were killed are seen to have asked for nothing since, however they are called', () => {
  expect(workersOf({ polling: true, lastPollAt }, secondsLater(3))).toBe('polling, last 3 s ago');
  expect(workersOf({ polling: true, lastPollAt }, secondsLater(75))).toBe('polling, last 75 s ago');
  expect(workersOf({ polling: false, lastPollAt }, secondsLater(120))).toBe('no poll since 2026-11-28 21:03:05 UTC');
  expect(workersOf({ polling: false, lastPollAt: undefined }, secondsLater(0))).toBe('none');
  // The server's clock may be ahead of ours.
  expect(workersOf({ polling: true, lastPollAt }, secondsLater(-2))).toBe('polling, last 0 s ago');
});
