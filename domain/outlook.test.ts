import { describe, expect, it } from 'vitest';
import { outlooksOf, type GroupLoad, type Outlook } from './outlook.ts';

const HOUR = 3600;
const NOW = Date.UTC(2026, 10, 29, 12);

const grader = (subject: string, hoursAWeek: number | null, designated = false) => ({ subject, designated, hoursAWeek });

function group(given: Partial<GroupLoad> = {}): GroupLoad {
  return {
    key: 'architect/aptitude',
    test: 'aptitude',
    marking: 'double',
    graders: [grader('ada', 20), grader('ben', 10, true)],
    underGrading: 0,
    open: { marks: 0, adjudications: 0 },
    completed: { marks: 0, adjudications: 0 },
    submissionsAWeek: 0,
    measured: { group: { markSeconds: null, adjudicationSeconds: null }, pooled: { markSeconds: null, adjudicationSeconds: null } },
    perSubmission: null,
    ...given,
  };
}

function outlookOf(...groups: readonly GroupLoad[]): Outlook {
  const outlook = outlooksOf(groups, NOW).get(groups[0]?.key ?? '');
  if (!outlook) throw new TypeError('each group has its outlook');
  return outlook;
}

describe('the outlook of a group', () => {
  it('counts what its graders offer, and of these the designated ones', () => {
    const { graders, designated } = outlookOf(group());
    expect(graders).toEqual({ people: 2, aWeekSeconds: 30 * HOUR });
    expect(designated).toEqual({ people: 1, aWeekSeconds: 10 * HOUR });
  });

  it('takes who never said what they offer for the middle of those who did, and for twenty hours where nobody did', () => {
    expect(outlookOf(group({ graders: [grader('ada', null), grader('ben', 4), grader('cem', 8), grader('dan', 40)] })).graders.aWeekSeconds).toBe(
      60 * HOUR,
    );
    expect(outlookOf(group({ graders: [grader('ada', null)] })).graders.aWeekSeconds).toBe(20 * HOUR);
  });

  it('knows nobody, and no hours, as 0', () => {
    expect(outlookOf(group({ graders: [] })).graders).toEqual({ people: 0, aWeekSeconds: 0 });
    expect(outlookOf(group({ graders: [grader('ada', 0)] })).graders).toEqual({ people: 1, aWeekSeconds: 0 });
  });

  it('takes the usual time from the group, else from all groups of the test, else from the business, and never below a quarter of an hour', () => {
    const measured = (own: number | null, pooled: number | null) =>
      outlookOf(
        group({ measured: { group: { markSeconds: own, adjudicationSeconds: own }, pooled: { markSeconds: pooled, adjudicationSeconds: pooled } } }),
      ).usual;
    expect(measured(2 * HOUR, 5 * HOUR).markSeconds).toBe(2 * HOUR);
    expect(measured(null, 5 * HOUR).markSeconds).toBe(5 * HOUR);
    expect(measured(null, null)).toEqual({ markSeconds: 3 * HOUR, adjudicationSeconds: HOUR });
    expect(measured(0.2, null)).toEqual({ markSeconds: 900, adjudicationSeconds: 900 });
  });

  it('has nothing ahead where nothing is handed in', () => {
    expect(outlookOf(group())).toMatchObject({ marksAheadSeconds: 0, adjudicationsAheadSeconds: 0, marksAWeekSeconds: 0 });
  });

  it('has ahead what is open and what is yet to be opened, without what is completed', () => {
    // Ten submissions of two marks each, of which five are in: fifteen to go, whether they are open or not.
    const ten = { underGrading: 10, completed: { marks: 5, adjudications: 0 }, open: { marks: 4, adjudications: 0 } };
    expect(outlookOf(group(ten)).marksAheadSeconds).toBe(15 * 3 * HOUR);
    // What is open counts, also where fewer were to be expected.
    const single = { ...ten, perSubmission: { marks: 1, adjudications: 0 }, open: { marks: 7, adjudications: 0 } };
    expect(outlookOf(group(single)).marksAheadSeconds).toBe(7 * 3 * HOUR);
  });

  it('has ahead of the work of other groups the share that its graders do of it', () => {
    // Ada (20 h) and Cem (60 h) mark for the other group: a quarter of its eight marks is Ada's, and so ahead of what she marks here.
    const other = group({
      key: 'other/aptitude',
      graders: [grader('ada', 20), grader('cem', 60)],
      underGrading: 4,
      open: { marks: 8, adjudications: 0 },
    });
    expect(outlookOf(group(), other).marksAheadSeconds).toBe(2 * 3 * HOUR);
    const unrelated = group({ key: 'third/aptitude', graders: [grader('dan', 5)], underGrading: 4 });
    expect(outlookOf(group(), unrelated).marksAheadSeconds).toBe(0);
  });

  it('has ahead its own work, and nobody else’s, where nobody could do it', () => {
    const own = group({ graders: [], underGrading: 1 });
    const other = group({ key: 'other/aptitude', graders: [], underGrading: 9 });
    expect(outlookOf(own, other).marksAheadSeconds).toBe(2 * 3 * HOUR);
  });

  it('has disputes ahead of its designated graders alone', () => {
    const load = group({ underGrading: 10, perSubmission: { marks: 2, adjudications: 0.5 } });
    expect(outlookOf(load)).toMatchObject({ marksAheadSeconds: 20 * 3 * HOUR, adjudicationsAheadSeconds: 5 * HOUR });
  });

  it('says what comes in a week', () => {
    const load = group({ submissionsAWeek: 7, perSubmission: { marks: 2, adjudications: 0.5 } });
    expect(outlookOf(load)).toMatchObject({ submissionsAWeek: 7, marksAWeekSeconds: 14 * 3 * HOUR, adjudicationsAWeekSeconds: 3.5 * HOUR });
  });
});
