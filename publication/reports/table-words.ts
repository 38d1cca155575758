import type { PlotId } from '../../domain/report-plots.ts';
import type { ReportTable } from '../../domain/report-tables.ts';
import type { ReportKind } from '../../domain/report.ts';

/** What tables, columns and plots of reports are called on paper, in English as all documents are. The console has the same words, and a test holds them alike. */

type Titled = { readonly title: string; readonly about: string };

export const KIND_WORDS: Readonly<Record<ReportKind, string>> = {
  items: 'Items',
  operations: 'The promise and the work',
  money: 'What marking costs',
  'marking-quality': 'Quality of marking',
  funnel: 'The way through the exam',
  'standard-setting': 'Standard setting',
};

export const TABLE_WORDS: Readonly<Record<ReportTable['id'], Titled>> = {
  promise: {
    title: 'The promise',
    about: 'Results of which the first decision fell into the period: how many were out as promised, and how long they took.',
  },
  told: {
    title: 'Dates that candidates were told',
    about: 'Of those results, how many were there by the date that their candidates had been told first.',
  },
  backlog: {
    title: 'What waited at the end',
    about: 'Submissions without a decision when the period ended, and how long they had waited by then.',
  },
  forecast: {
    title: 'Whether the promise will hold',
    about: 'As it was expected when the report was made, from what was being marked and what graders offer.',
  },
  hours: {
    title: 'Hours worked',
    about: 'Work that ended in the period: handed in, or given back, lost or withdrawn before that.',
  },
  changes: {
    title: 'Decisions changed later',
    about: 'Decisions of the period that replaced an earlier one.',
  },
  work: {
    title: 'What marking cost',
    about: 'Work that ended in the period, at the rates of its day. Every line of a statement is rounded once, and this is their sum.',
  },
  graders: {
    title: 'Grader by grader',
    about: 'What each earned in the period, and whether a statement has all of it. Corrections count in the month in which they were written.',
  },
  attempts: {
    title: 'What a result costs',
    about: 'Submissions first decided in the period, with all the work at them, whenever it was done; seeds are not in it.',
  },
  agreement: {
    title: 'How far markers agree',
    about:
      'Responses that two people marked independently, of submissions first decided in the period. Kappa is 1 where they always agree and 0 where chance would.',
  },
  markers: {
    title: 'Marker by marker',
    about: 'Each against whoever marked the same. A finding says that chance does not explain the difference; whose marks are right it does not say.',
  },
  overturned: {
    title: 'Overturned by others',
    about: 'Scripts that somebody else saw as well, and of these those whose decision is another than this grader’s marks alone give.',
  },
  seeds: {
    title: 'Against what is agreed',
    about: 'Seeds marked in the period among the real scripts, against their agreed marks.',
  },
  all: {
    title: 'How far attempts came',
    about: 'Attempts that ended in the period: how many reached each step, and how they ended.',
  },
  byTurn: {
    title: 'First attempts and retakes',
    about: 'The same by whether the candidate had an earlier attempt at the exam.',
  },
  byAccommodation: {
    title: 'With and without an accommodation',
    about: 'The same by whether limits were scaled.',
  },
  byLanguage: {
    title: 'By the candidate’s language',
    about: 'The same by the language that their account names; “und” where it names none.',
  },
  byExamVersion: {
    title: 'By exam version',
    about: 'The same by the version, and with it the policy, that the attempt is bound to.',
  },
  rounds: {
    title: 'Round by round',
    about:
      'The standard that each round came to, with its standard error and 95 % interval over panelists; how far ratings of one item lie apart, in the mean over items; and how many ratings were changed since the round before.',
  },
  consequences: {
    title: 'What it would have meant',
    about:
      'Of those who were decided at this test of this version: how many would have passed, and whose result would be another. Nothing changes for anybody.',
  },
  ratedItems: {
    title: 'Item by item',
    about: 'What a candidate who is only just qualified would get of each item’s points, as the panel rated it, beside what past candidates got.',
  },
  panelists: {
    title: 'Panelist by panelist',
    about:
      'The standard that each one’s ratings alone come to. A finding says that chance does not explain how far somebody lies from the others; who is right it does not say. The likeness with candidates is a correlation over items: 1 where ratings go up and down with what past candidates got.',
  },
};

export const COLUMN_WORDS: Readonly<Record<ReportTable['columns'][number]['id'], string>> = {
  exam: 'Exam',
  grader: 'Grader',
  language: 'Language',
  test: 'Test',
  purpose: 'Work',
  marking: 'Policy of marking',
  accommodation: 'Accommodation',
  turn: 'Attempt',
  change: 'By',
  risk: 'In danger because',
  statement: 'Statement',
  drift: 'Drift found',
  finding: 'Finding',
  riskFrom: 'In danger from',
  results: 'Results',
  asPromised: 'As promised',
  asPromisedShare: 'Share as promised',
  withinWorkingWeek: 'Within five working days',
  medianSeconds: 'Half of them within',
  slowestTenthSeconds: 'Nine of ten within',
  longestSeconds: 'The longest',
  told: 'Told a date',
  byThen: 'There by that date',
  byThenShare: 'Share by that date',
  underGrading: 'In grading',
  pastHalf: 'Past half of the time',
  pastFourFifths: 'Past four fifths',
  pastPromise: 'Past the promise',
  completed: 'Handed in',
  givenBack: 'Not handed in',
  activeSeconds: 'Time worked',
  activeSecondsMedian: 'Half of them within',
  expectedSeconds: 'A result is expected after',
  promisedSeconds: 'Promised within',
  decisions: 'Decisions',
  toPass: 'Now passed',
  toFail: 'Now failed',
  pieces: 'Handed in',
  timeCents: 'For time',
  pieceCents: 'By the piece',
  correctionCents: 'Corrections',
  cents: 'In all',
  centsEach: 'Each',
  submissions: 'Submissions',
  marks: 'Marked',
  adjudications: 'Adjudicated',
  scripts: 'Scripts',
  pairs: 'Responses marked twice',
  kappa: 'Kappa',
  kappaLow: '95 % from',
  kappaHigh: '95 % to',
  distance: 'Apart by',
  spread: 'Spread',
  adjudicated: 'Adjudicated',
  severity: 'Severer by',
  seeds: 'Seeds',
  seedScripts: 'Seeds marked',
  seedSeverity: 'Severer than agreed by',
  seenAgain: 'Seen again by others',
  overturned: 'Overturned',
  attempts: 'Attempts',
  started: 'Test started',
  handedIn: 'Handed in',
  passed: 'Test passed',
  downloaded: 'Case study downloaded',
  solved: 'Case study handed in',
  certified: 'Certified',
  failed: 'Failed',
  lapsed: 'Lapsed',
  withdrawn: 'Withdrawn',
  round: 'Round',
  item: 'Item',
  standard: 'Pass mark',
  panelists: 'Panelists',
  cutPoints: 'Points',
  cutShare: 'Of all points',
  cutError: 'Standard error',
  cutLow: '95 % from',
  cutHigh: '95 % to',
  cutDifference: 'Above the mean by',
  ratingSpread: 'Ratings lie apart by',
  ratingsChanged: 'Ratings changed',
  passMark: 'At',
  wouldPass: 'Would pass',
  wouldPassShare: 'Share that would pass',
  newlyPassed: 'Passed instead of failed',
  newlyFailed: 'Failed instead of passed',
  itemPoints: 'Points',
  ratingMean: 'Mean rating',
  ratingDeviation: 'Standard deviation',
  ratingLowest: 'Lowest',
  ratingHighest: 'Highest',
  ratingMeanBefore: 'Mean of the round before',
  facility: 'Past candidates got',
  likeFacility: 'Likeness with candidates',
};

/** Codes of ours; of what an exam or a person is called there is no translation. */
export const CELL_WORDS: Readonly<Record<string, string>> = {
  aptitude: 'Aptitude test',
  case_study: 'Case study',
  mark: 'Marking',
  adjudicate: 'Adjudication',
  seed: 'Seeds',
  single: 'single',
  double: 'double',
  with: 'with',
  without: 'without',
  first: 'first',
  again: 'again',
  appeal: 'Appeal',
  regrade: 'Regrade',
  other: 'Other',
  issued: 'issued',
  due: 'due',
  severe: 'severe',
  lenient: 'lenient',
  not_counted: 'not counted yet',
  nobody: 'nobody marks it',
  no_hours: 'no hours are offered',
  backlog: 'more waits than can be done',
  demand: 'more comes than can be done',
  adjudications: 'adjudications wait',
  pace: 'each works too few hours a week',
  risk: 'by risk',
  now: 'as it is now',
  one_error_below: 'one standard error below',
  proposed: 'as proposed',
  one_error_above: 'one standard error above',
  outlying: 'far from the others',
};

export const PLOT_WORDS: Readonly<Record<PlotId, Titled>> = {
  promiseOverWeeks: {
    title: 'Results as promised, week by week',
    about: 'Of all exams and tests together; a week is named by its first day.',
  },
  waitingOverWeeks: {
    title: 'What waited at the end, week by week',
    about: 'Submissions without a decision, of all exams and tests together; a week is named by its first day.',
  },
  costOverMonths: {
    title: 'What marking cost, month by month',
    about: 'All work that ended in the month, seeds included; a month is named by its first day.',
  },
  kappaOfExams: {
    title: 'Agreement by exam and test',
    about: 'The mark is kappa, the line its 95 % interval.',
  },
  severityOfMarkers: {
    title: 'Who is severe, and who lenient',
    about: 'To the right who gives less than whoever marked the same, as a share of the points. Of many those who differ most are drawn.',
  },
  steps: {
    title: 'How many reached each step',
    about: 'Each bar is of all attempts that ended in the period.',
  },
  certifiedByTurn: {
    title: 'Certified, of first attempts and of retakes',
    about: 'The share of the attempts that ended in the period.',
  },
  certifiedByAccommodation: {
    title: 'Certified, with and without an accommodation',
    about: 'The share of the attempts that ended in the period.',
  },
  certifiedByLanguage: {
    title: 'Certified, by the candidate’s language',
    about: 'The share of the attempts that ended in the period.',
  },
  certifiedByExamVersion: {
    title: 'Certified, by exam version',
    about: 'The share of the attempts that ended in the period.',
  },
  cutsOfRounds: {
    title: 'The standard, round by round',
    about: 'The mark is the standard as a share of all points, the line its 95 % interval over panelists.',
  },
  itemsAsRated: {
    title: 'Each item, as rated and as candidates did',
    about:
      'The mark is the mean rating, the line goes from the lowest to the highest; the mark in another colour is what past candidates got, where that is known.',
  },
};
