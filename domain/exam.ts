import type { IdenticalAnswers } from './identical-answers.ts';
import type { BasisPoints } from './score.ts';
import type { Millipoints } from './points.ts';

/** The two tests of a certification, in their order. */
export const TESTS = ['aptitude', 'case_study'] as const;
export type Test = (typeof TESTS)[number];

/** As a test is called within a sentence. */
export const TEST_NAMES: Readonly<Record<Test, string>> = { aptitude: 'aptitude test', case_study: 'case study' };

type Choice = { readonly id: string; readonly text: string };

/** How a choice item is scored: all or nothing, or by a QTI-style mapping from chosen identifiers to points. */
export type ChoiceScoring =
  { readonly kind: 'match_correct' } | { readonly kind: 'map_response'; readonly millipointsByChoice: Readonly<Record<string, number>> };

/** How many choices may be chosen: one, or as many as one likes. A word of QTI's, and the author's to say: the key never tells it. */
export const CARDINALITIES = ['single', 'multiple'] as const;
export type Cardinality = (typeof CARDINALITIES)[number];

export type ChoiceItem = {
  readonly type: 'choice';
  readonly id: string;
  readonly prompt: string;
  readonly millipoints: Millipoints;
  /** Where the author says nothing, as in versions published before it could be said, any number may be chosen. */
  readonly cardinality?: Cardinality;
  readonly choices: readonly Choice[];
  readonly correct: readonly string[];
  readonly scoring: ChoiceScoring;
  /** What a candidate who missed it is told: a pointer for study that does not give the key away. */
  readonly hint?: string;
};

export function cardinalityOf({ cardinality = 'multiple' }: Pick<ChoiceItem, 'cardinality'>): Cardinality {
  return cardinality;
}

export type TextItem = {
  readonly type: 'text';
  readonly id: string;
  readonly prompt: string;
  readonly millipoints: Millipoints;
  /** For graders only. */
  readonly modelAnswer: string;
};

/** A question, as in QTI. */
export type Item = ChoiceItem | TextItem;

type Criterion = {
  readonly id: string;
  readonly title: string;
  /** What earns the points. For graders only. */
  readonly description: string;
  readonly millipoints: Millipoints;
};

export type CaseStudy = {
  readonly id: string;
  readonly title: string;
  /** Markdown, what the candidate downloads. */
  readonly brief: string;
  readonly rubric: readonly Criterion[];
};

/** Who marks: once, or twice and independently. */
export type Marking = 'single' | 'double';

/**
 * Second marking where it changes something (design, section 3, *Marking*): one seat opens, and a second one after an
 * assessment.
 */
export type RiskPolicy = {
  /** Of the probability that a second mark turns the decision: above it, a second seat opens. */
  readonly limit: BasisPoints;
  /** Of attempts that are marked twice whatever their probability, drawn so that nobody can foresee it. */
  readonly sampleShare: BasisPoints;
  /** A grader is new below so many scripts that somebody else marked as well; whatever they mark is marked twice. */
  readonly newGraderScripts: number;
  /** Whether the machine's prediction is an input of the probability. */
  readonly machineCheck: boolean;
};
/** Scripts with agreed marks among the real ones, and before them (docs/decisions/0018). */
export type SeedPolicy = {
  /** Of claims that would be given a script to mark: so many are given a seed in its place. 0: seeds are for standardisation alone. */
  readonly share: BasisPoints;
  readonly standardisation: StandardisationPolicy;
};

/** When somebody in training is proposed for an exam and test: over the newest so many seeds of theirs. */
export type StandardisationPolicy = {
  readonly scripts: number;
  /** Hundredths of a percent: kappa of 0.6 is 6000. At least so much, and the lower bound of its interval above the other. */
  readonly kappa: BasisPoints;
  readonly kappaLowAbove: BasisPoints;
};
export type AdjudicationPolicy = 'when-decisive' | 'always';

/** The rules that an exam version pins (design, section 3). Every duration is whole seconds. */
export type Policy = {
  readonly passMark: BasisPoints;
  readonly startWindowSeconds: number;
  readonly aptitudeLimitSeconds: number;
  readonly offerWindowSeconds: number;
  readonly caseStudyLimitSeconds: number;
  readonly resultPromiseSeconds: Readonly<Record<Test, number>>;
  readonly leaseSeconds: Readonly<Record<Test, number>>;
  /** Percentages of the promised time at which graders are reminded; at 100 staff are called. */
  readonly reminderPercents: readonly number[];
  /** How long before the end of each window its candidate is reminded; left out, CANDIDATE_REMINDER_SECONDS. */
  readonly candidateReminderSeconds?: Readonly<Partial<Record<'start' | 'aptitude' | 'offer' | 'case_study', readonly number[]>>>;
  /** 0 closes a failed attempt at once. */
  readonly appealWindowSeconds: number;
  /** A reference to a payment elsewhere, without which nothing is appealed; absent: none is asked. */
  readonly appealFee?: 'required';
  readonly marking: Marking;
  /**
   * The form's `risk`, beside `double`: so a build of before it, and a pipeline without a marking model, mark everything
   * twice.
   */
  readonly risk?: RiskPolicy;
  /** Two marks agree when they differ by at most this share of the points of the response: a fifth is 2000. */
  readonly tolerance: BasisPoints;
  readonly adjudication: AdjudicationPolicy;
  /** How far an extension may reach beyond the window's own end; versions published before there was such a bound lack it. */
  readonly extensionMaxSeconds?: number;
  /** Whether who marked an earlier attempt of the candidate is in conflict; absent: no. */
  readonly metBefore?: 'allowed' | 'conflict';
  /** Of the promised time, after how much what nobody took is offered to whom it is otherwise kept from; absent: a quarter. */
  readonly offerWiderPercent?: number;
  /** Absent: no seeds, and nobody is standardised. */
  readonly seeds?: SeedPolicy;
  /** Which answers to an item a grader may mark as one group; absent: none. */
  readonly identicalAnswers?: IdenticalAnswers;
};

const DAY_SECONDS = 86_400;

/** For exam versions that say nothing of it, those published before there were reminders among them. Workflows set timers by it: never change it. */
export const CANDIDATE_REMINDER_SECONDS = {
  start: [30 * DAY_SECONDS, 7 * DAY_SECONDS],
  aptitude: [],
  offer: [7 * DAY_SECONDS, DAY_SECONDS],
  case_study: [3 * DAY_SECONDS, DAY_SECONDS],
} as const satisfies Required<NonNullable<Policy['candidateReminderSeconds']>>;

/** What a published exam version pins, whole. Immutable. */
export type ExamContent = {
  readonly examId: string;
  readonly version: number;
  readonly title: string;
  /** BCP 47: what answers are written in, and so who may mark them; absent: whoever is qualified. */
  readonly language?: string;
  readonly policy: Policy;
  readonly items: readonly Item[];
  readonly caseStudies: readonly CaseStudy[];
};

/** "software-architect@3", the form in which an exam version is named everywhere. */
export function examVersionName(exam: { readonly examId: string; readonly version: number }): string {
  return `${exam.examId}@${exam.version}`;
}

/** One thing to be marked in a submission: a text response, or a criterion of the case study's rubric. */
export type Markable = { readonly itemId: string; readonly millipointsMax: Millipoints };

/** One thing that gets points in a test: an item, or a criterion of the case study's rubric. */
export type TestPart = { readonly id: string; readonly title: string; readonly millipoints: Millipoints };

/** Which test of an exam somebody took; the case study is one of several. */
export type TestTaken = { readonly test: Test; readonly caseStudyId?: string | null };

/** What a test consists of, in its order; nothing where the case study is unknown. */
export function partsOf(exam: ExamContent, { test, caseStudyId }: TestTaken): readonly TestPart[] {
  switch (test) {
    case 'aptitude':
      return exam.items.map(({ id, prompt, millipoints }) => ({ id, title: prompt, millipoints }));
    case 'case_study':
      return exam.caseStudies.find((caseStudy) => caseStudy.id === caseStudyId)?.rubric ?? [];
  }
}

export function markablesOfRubric(caseStudy: CaseStudy): readonly Markable[] {
  return caseStudy.rubric.map((criterion) => ({ itemId: criterion.id, millipointsMax: criterion.millipoints }));
}
