import { expect, it } from 'vitest';
import { knownUntil, sourceWords } from './report-source.ts';

const asOf = new Date('2026-11-30T03:10:00Z');
const until = new Date('2026-11-30T04:10:00Z');

it('a report knows no more than its replica did', () => {
  expect(knownUntil({ from: 'replica', asOf }, until)).toEqual(asOf);
  expect(knownUntil({ from: 'replica', asOf: until }, asOf)).toEqual(asOf);
  expect(knownUntil({ from: 'primary_instead', asOf }, until)).toEqual(until);
});

it('where it was read is told where there is a choice', () => {
  expect(sourceWords({ from: 'primary', asOf, behindSeconds: 0 })).toBeUndefined();
  expect(sourceWords({ from: 'replica', asOf, behindSeconds: 0 })).toBe('read from the replica, as of 2026-11-30T03:10:00.000Z');
  expect(sourceWords({ from: 'replica', asOf, behindSeconds: 3600 })).toBe(
    'read from the replica, which was 3,600 s behind: as of 2026-11-30T03:10:00.000Z',
  );
  expect(sourceWords({ from: 'primary_instead', asOf, behindSeconds: 0 })).toContain('could not be read');
});
