import { describe, expect, test } from 'vitest';
import { DAY, HOUR } from './draws.ts';
import { readSimulateOptions, SIMULATE_USAGE } from './options.ts';

describe('readSimulateOptions', () => {
  test('has a default for everything, and explains every option with its unit', () => {
    const options = readSimulateOptions([]);
    expect(options).toMatchObject({
      now: 200,
      perWeek: 2420,
      scales: [1, 5, 10, 1000],
      markings: ['double', 'risk'],
      people: { graders: 300, designated: 5 },
    });
    expect(SIMULATE_USAGE).toMatch(/--hours-per-week .*\(default 20\) \[hours\]/);
  });

  test('spreads the hours of a grader over the week: three of them take somebody who works twenty more than a day', () => {
    const people = readSimulateOptions(['--hours-per-week', '20'])?.people;
    expect(people?.markDuration.aptitude).toBeCloseTo((3 * 7 * 24 * HOUR) / 20);
    expect(readSimulateOptions(['--hours-per-week', '168'])?.people.markDuration.case_study).toBeCloseTo(8 * HOUR);
    expect(readSimulateOptions(['--start-days', '2'])?.people.startDelay).toBe(2 * DAY);
  });

  test.each([
    [['--graders', 'many'], '--graders must be a number from 0 on, in people'],
    [['--graders', '0'], '--graders must be more than 0'],
    [['--exam-day', '120'], '--exam-day is a share, at most 100 %'],
    [['--scales', '1,x'], '--scales must be numbers above 0'],
    [['--marking', 'double,both'], '--marking must be of single, double, risk'],
    [['--fast'], '--fast'],
  ])('refuses %j', (args, message) => {
    expect(() => readSimulateOptions(args)).toThrow(message);
  });

  test('is nothing for --help', () => {
    expect(readSimulateOptions(['--help'])).toBeUndefined();
  });
});
