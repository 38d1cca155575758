import { describe, expect, it } from 'vitest';
import { isQuiet, minutesFrom, quietFrom, timeOfDay } from './quiet-hours.ts';

const night = { from: minutesFrom('22:00'), until: minutesFrom('07:30'), timeZone: 'Europe/Berlin' };

describe('quiet hours', () => {
  it.each([
    ['2026-11-29T20:59:00Z', false], // 21:59 in Berlin
    ['2026-11-29T21:00:00Z', true],
    ['2026-11-30T06:29:59Z', true],
    ['2026-11-30T06:30:00Z', false],
    ['2026-07-01T20:00:00Z', true], // 22:00 in summer
    ['2026-07-01T05:30:00Z', false],
  ])('over midnight, in the zone of whoever has them: %s', (instant, quiet) => {
    expect(isQuiet(night, Date.parse(instant))).toBe(quiet);
  });

  it('within a day, and none where both ends are the same', () => {
    const noon = { from: 720, until: 780, timeZone: 'UTC' };
    expect(isQuiet(noon, Date.parse('2026-11-29T12:59:00Z'))).toBe(true);
    expect(isQuiet(noon, Date.parse('2026-11-29T13:00:00Z'))).toBe(false);
    const never = { from: 720, until: 720, timeZone: 'UTC' };
    expect(isQuiet(never, Date.parse('2026-11-29T12:00:00Z'))).toBe(false);
    expect(quietFrom(never, 0)).toBeUndefined();
  });

  it('begin next where the clock there says so, half-hour zones too', () => {
    expect(quietFrom(night, Date.parse('2026-11-29T12:00:30Z'))).toBe(Date.parse('2026-11-29T21:00:00Z'));
    expect(quietFrom(night, Date.parse('2026-11-29T21:30:00Z'))).toBe(Date.parse('2026-11-30T21:00:00Z'));
    const kolkata = { ...night, timeZone: 'Asia/Kolkata' };
    expect(quietFrom(kolkata, Date.parse('2026-11-29T12:00:00Z'))).toBe(Date.parse('2026-11-29T16:30:00Z'));
  });

  it('are written as a time of day and read again', () => {
    for (const minutes of [0, 5, 59, 60, 450, 1439]) expect(minutesFrom(timeOfDay(minutes))).toBe(minutes);
    expect(timeOfDay(450)).toBe('07:30');
  });
});
