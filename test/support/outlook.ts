import type { Outlook } from '../../domain/outlook.ts';

const HOUR = 3600;

/** Four graders of 42 hours a week each, a quarter of it: an hour of work is four of the calendar to each of them. */
export const FOUR_GRADERS: Outlook = {
  asOf: Date.UTC(2026, 10, 29, 12),
  graders: { people: 4, aWeekSeconds: 168 * HOUR },
  designated: { people: 1, aWeekSeconds: 42 * HOUR },
  underGrading: 0,
  marksAheadSeconds: 0,
  adjudicationsAheadSeconds: 0,
  usual: { markSeconds: 3 * HOUR, adjudicationSeconds: HOUR },
  perSubmission: { marks: 2, adjudications: 0.3 },
  submissionsAWeek: 10,
  marksAWeekSeconds: 60 * HOUR,
  adjudicationsAWeekSeconds: 3 * HOUR,
};
