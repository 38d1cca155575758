import type { Instant } from './attempt.ts';
import type { Marking, Policy, Test } from './exam.ts';

/**
 * What one group of submissions has to expect of those who mark it: an exam's test in one language, since these three say who is
 * qualified. Estimates, in whole seconds of work unless a name says otherwise; nothing is decided by them but what people are told.
 */
export type Outlook = {
  /** When it was counted, by PostgreSQL's clock. */
  readonly asOf: Instant;
  /** Those who are active, there, qualified and of the language, and what they offer a week in all. */
  readonly graders: Offer;
  /** Of these, the designated ones. */
  readonly designated: Offer;
  /** Handed in and not decided. */
  readonly underGrading: number;
  /** How many more of the exam's are under grading now, where that is known; negative: fewer. */
  readonly sinceCounted?: number;
  /** Of work that these graders do before a script that is handed in now, other groups' part of it included. */
  readonly marksAheadSeconds: number;
  readonly adjudicationsAheadSeconds: number;
  readonly usual: Usual;
  /** That one submission asks for, in the mean. */
  readonly perSubmission: PerSubmission;
  /** Handed in a week of late. */
  readonly submissionsAWeek: number;
  /** What comes in a week for these graders, other groups' part of it included. */
  readonly marksAWeekSeconds: number;
  readonly adjudicationsAWeekSeconds: number;
};

export type Offer = { readonly people: number; readonly aWeekSeconds: number };

/** Of active time (domain/active-time.ts). */
type Usual = { readonly markSeconds: number; readonly adjudicationSeconds: number };

export type PerSubmission = { readonly marks: number; readonly adjudications: number };

/** A group as it was counted. */
export type GroupLoad = {
  /** Unique among the groups that are looked at together. */
  readonly key: string;
  readonly test: Test;
  readonly marking: Marking | 'risk';
  readonly graders: readonly GraderOffer[];
  readonly underGrading: number;
  /** Of what is under grading: work that is open, and that is completed. */
  readonly open: PerSubmission;
  readonly completed: PerSubmission;
  readonly submissionsAWeek: number;
  /** The middle of what was completed of late in this group, and over all groups of the test; null where that was too little to say. */
  readonly measured: { readonly group: Measured; readonly pooled: Measured };
  /** Of submissions decided of late; null where those were too few. */
  readonly perSubmission: PerSubmission | null;
};

export type Measured = { readonly markSeconds: number | null; readonly adjudicationSeconds: number | null };

/** What a grader offers; null where they never said. */
export type GraderOffer = { readonly subject: string; readonly designated: boolean; readonly hoursAWeek: number | null };

/** As docs/capacity.md assumes it, where nobody has said what they offer. */
const HOURS_A_WEEK_ASSUMED = 20;

const HOUR_SECONDS = 3600;

/** Of the business (design, section 1), where too little was marked to measure. */
const USUAL_ASSUMED: Readonly<Record<Test, Usual>> = {
  aptitude: { markSeconds: 3 * HOUR_SECONDS, adjudicationSeconds: HOUR_SECONDS },
  case_study: { markSeconds: 8 * HOUR_SECONDS, adjudicationSeconds: 3 * HOUR_SECONDS },
};

/** Nothing is told on the strength of scripts that took less: they were blank, or test data. */
const USUAL_SECONDS_MIN = 900;

/** As docs/capacity.md has it for the measured plan, where too little was decided to measure. */
const PER_SUBMISSION_ASSUMED: Readonly<Record<Marking | 'risk', PerSubmission>> = {
  single: { marks: 1, adjudications: 0 },
  double: { marks: 2, adjudications: 0.31 },
  risk: { marks: 1.4, adjudications: 0.2 },
};

export function markingOf({ marking, risk }: Pick<Policy, 'marking' | 'risk'>): Marking | 'risk' {
  return risk ? 'risk' : marking;
}

/** The outlook of each group, by its key. Graders who mark for several groups are counted on by each for the work that is theirs of the others. */
export function outlooksOf(groups: readonly GroupLoad[], asOf: Instant): ReadonlyMap<string, Outlook> {
  const offers = offersOf(groups.flatMap(({ graders }) => graders));
  const loads = groups.map((group) => ({ ...workOf(group), graders: group.graders }));
  return new Map(groups.map((group) => [group.key, outlookOf(group, { loads, offers, asOf })]));
}

type Work = Pick<Outlook, 'marksAheadSeconds' | 'adjudicationsAheadSeconds' | 'marksAWeekSeconds' | 'adjudicationsAWeekSeconds'>;
type Load = Work & { readonly graders: readonly GraderOffer[] };

function outlookOf(
  group: GroupLoad,
  { loads, offers, asOf }: { loads: readonly Load[]; offers: ReadonlyMap<string, number>; asOf: Instant },
): Outlook {
  const offer = (graders: readonly GraderOffer[]): Offer => ({ people: graders.length, aWeekSeconds: offeredBy(graders, offers) });
  const marks = shareOf(group.graders, offers, () => true);
  const adjudications = shareOf(group.graders, offers, ({ designated }) => designated);
  return {
    asOf,
    graders: offer(group.graders),
    designated: offer(group.graders.filter(({ designated }) => designated)),
    underGrading: group.underGrading,
    marksAheadSeconds: marks(loads, ({ marksAheadSeconds }) => marksAheadSeconds),
    adjudicationsAheadSeconds: adjudications(loads, ({ adjudicationsAheadSeconds }) => adjudicationsAheadSeconds),
    usual: usualOf(group),
    perSubmission: perSubmissionOf(group),
    submissionsAWeek: group.submissionsAWeek,
    marksAWeekSeconds: marks(loads, ({ marksAWeekSeconds }) => marksAWeekSeconds),
    adjudicationsAWeekSeconds: adjudications(loads, ({ adjudicationsAWeekSeconds }) => adjudicationsAWeekSeconds),
  };
}

/** Seconds a week of each grader: what they said, else the middle of what the others said, else what is assumed. */
function offersOf(graders: readonly GraderOffer[]): ReadonlyMap<string, number> {
  const bySubject = new Map(graders.map((grader) => [grader.subject, grader]));
  const said = [...bySubject.values()].flatMap(({ hoursAWeek }) => (hoursAWeek === null ? [] : [hoursAWeek])).toSorted((a, b) => a - b);
  const middle = said[Math.floor((said.length - 1) / 2)] ?? HOURS_A_WEEK_ASSUMED;
  return new Map([...bySubject].map(([subject, { hoursAWeek }]) => [subject, (hoursAWeek ?? middle) * HOUR_SECONDS]));
}

function offeredBy(graders: readonly GraderOffer[], offers: ReadonlyMap<string, number>): number {
  return graders.reduce((sum, { subject }) => sum + (offers.get(subject) ?? 0), 0);
}

/**
 * Of all groups' work, the part that falls to these graders: who marks for two groups is thought to spend on each as its share of all who
 * could do it. Work that nobody could do falls to nobody.
 */
function shareOf(own: readonly GraderOffer[], offers: ReadonlyMap<string, number>, does: (grader: GraderOffer) => boolean) {
  const subjects = new Set(own.map(({ subject }) => subject));
  return (loads: readonly Load[], seconds: (load: Load) => number): number => {
    const parts = loads.map((load) => {
      const able = load.graders.filter(does);
      const offered = offeredBy(able, offers);
      if (offered === 0) return able.length === 0 && load.graders === own ? seconds(load) : 0;
      return (
        (seconds(load) *
          offeredBy(
            able.filter(({ subject }) => subjects.has(subject)),
            offers,
          )) /
        offered
      );
    });
    return Math.round(parts.reduce((sum, part) => sum + part, 0));
  };
}

/** What a group's submissions still ask for: what is open, and what is yet to be opened of what they ask for in the mean. */
function workOf(group: GroupLoad): Work {
  const { markSeconds, adjudicationSeconds } = usualOf(group);
  const { marks, adjudications } = perSubmissionOf(group);
  const { underGrading, open, completed, submissionsAWeek } = group;
  return {
    marksAheadSeconds: Math.max(open.marks, underGrading * marks - completed.marks) * markSeconds,
    adjudicationsAheadSeconds: Math.max(open.adjudications, underGrading * adjudications - completed.adjudications) * adjudicationSeconds,
    marksAWeekSeconds: submissionsAWeek * marks * markSeconds,
    adjudicationsAWeekSeconds: submissionsAWeek * adjudications * adjudicationSeconds,
  };
}

function perSubmissionOf({ perSubmission, marking }: GroupLoad): PerSubmission {
  return perSubmission ?? PER_SUBMISSION_ASSUMED[marking];
}

function usualOf({ measured: { group, pooled }, test }: GroupLoad): Usual {
  const usual = (of: keyof Usual) => Math.round(Math.max(group[of] ?? pooled[of] ?? USUAL_ASSUMED[test][of], USUAL_SECONDS_MIN));
  return { markSeconds: usual('markSeconds'), adjudicationSeconds: usual('adjudicationSeconds') };
}
