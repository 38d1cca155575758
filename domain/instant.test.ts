import { describe, expect, it } from 'vitest';
import { instantFrom } from './instant.ts';

describe('an instant', () => {
  it.each([
    ['2026-12-24T12:00:00Z', '2026-12-24T12:00:00.000Z'],
    ['2026-12-24T12:00Z', '2026-12-24T12:00:00.000Z'],
    ['2026-12-24T12:00:00.1239Z', '2026-12-24T12:00:00.123Z'],
    ['2026-12-24T00:30:00+05:45', '2026-12-23T18:45:00.000Z'],
    ['2026-12-24T23:30:00-03:30', '2026-12-25T03:00:00.000Z'],
    ['2028-02-29T23:59:59Z', '2028-02-29T23:59:59.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2199-12-31T23:59:59Z', '2199-12-31T23:59:59.000Z'],
  ])('%s is read as %s', (text, instant) => expect(new Date(instantFrom(text) ?? Number.NaN).toISOString()).toBe(instant));

  it.each([
    '2026-02-30T12:00:00Z',
    '2026-02-29T12:00:00Z',
    '2100-02-29T12:00:00Z',
    '2026-04-31T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-00-10T12:00:00Z',
    '2026-12-00T12:00:00Z',
    '2026-12-24T24:00:00Z',
    '2026-12-24T12:60:00Z',
    '2026-12-24T12:00:60Z',
    '2026-12-24T12:00:00+24:00',
    '2026-12-24T12:00:00+02:60',
    '2026-12-24T12:00:00',
    '2026-12-24',
    '2026-12-24 12:00:00Z',
    '2026-12-24T12:00:00.Z',
    '24.12.2026 12:00',
    'tomorrow',
    '',
    '+012026-12-24T12:00:00Z',
    '0000-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+01:00',
    '2199-12-31T23:59:59-00:01',
    '2200-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
  ])('%s is none', (text) => expect(instantFrom(text)).toBeUndefined());

  it('agrees with the calendar on every day of two centuries', () => {
    const days = new Set(
      Array.from({ length: Math.round((Date.UTC(2200, 0) - Date.UTC(1970, 0)) / 86_400_000) }, (_, day) =>
        new Date(day * 86_400_000).toISOString().slice(0, 10),
      ),
    );
    for (let year = 1970; year < 2200; year += 1) {
      for (let month = 1; month <= 12; month += 1) {
        for (let day = 28; day <= 32; day += 1) {
          const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
          if (days.has(text) !== (instantFrom(`${text}T00:00:00Z`) !== undefined)) expect.fail(text);
        }
      }
    }
  });
});
