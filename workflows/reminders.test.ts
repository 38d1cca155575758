import { describe, expect, it } from 'vitest';
import { createReminders } from './reminders.ts';

const day = 86_400_000;
const looker = (reminders = createReminders([7, 1].map((days) => days * 86_400))) => {
  return (until: number, asOf: number) => {
    const { hasCome, next } = reminders.look({ until: until * day, asOf: asOf * day });
    return [hasCome, next === undefined ? undefined : next / day];
  };
};

describe('the reminders of a window', () => {
  it('come each once, the earliest first, and then no more', () => {
    const look = looker();
    expect(look(30, 0)).toEqual([false, 23]);
    expect(look(30, 10)).toEqual([false, 23]);
    expect(look(30, 23)).toEqual([true, 29]);
    expect(look(30, 24)).toEqual([false, 29]);
    expect(look(30, 29.5)).toEqual([true, undefined]);
    expect(look(30, 29.6)).toEqual([false, undefined]);
  });

  it('move with the deadline, and come again for the new one', () => {
    const look = looker();
    look(30, 0);
    expect(look(30, 23)).toEqual([true, 29]);
    expect(look(60, 24)).toEqual([false, 53]);
    expect(look(60, 53)).toEqual([true, 59]);
  });

  it('that are seen only after the end are left out, and hold up nothing', () => {
    const look = looker();
    look(30, 0);
    expect(look(30, 30)).toEqual([false, undefined]);
  });

  it('that were past when the window opened are left out: nobody is reminded at once', () => {
    expect(looker()(5, 0)).toEqual([false, 4]);
    expect(looker()(0.5, 0)).toEqual([false, undefined]);
    expect(looker(createReminders([]))(30, 0)).toEqual([false, undefined]);
  });
});
