import { z } from 'zod';
import {
  CARDINALITIES,
  type CaseStudy,
  type ChoiceScoring,
  type ExamContent,
  type Item,
  type Policy,
  type RiskPolicy,
  type SeedPolicy,
} from '../domain/exam.ts';
import { IDENTICAL_ANSWERS } from '../domain/identical-answers.ts';
import { SEED_SHARE_MAX } from '../domain/seed.ts';
import { millipointsFromPoints, pointsFromMillipoints, sumOf, type Millipoints } from '../domain/points.ts';
import { readingOf, TEXTS, type TextRule } from '../domain/text.ts';

/**
 * The JSON form in which designated experts write an exam (docs/exam-form.md). The schema has no transforms, so that the
 * API can document it as it is; `parseExamForm` checks it whole and maps it to the domain.
 */

const SECONDS_PER_DAY = 86_400;
/** Ten years: beyond it a duration is a slip of the keyboard, and whole seconds still fit a 32-bit column. */
const DURATION_SECONDS_MAX = 3650 * SECONDS_PER_DAY;
const DURATION_PATTERN = /^P(?=[\dT])(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const SLUG_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

const ID_RULE = 'must be 1 to 64 letters, digits, "_", "." or "-", the first a letter or digit';

/**
 * Reads an ISO 8601 duration of days, hours, minutes and seconds as whole seconds: "PT90M" is 5400. Days are 24 hours.
 * Returns undefined for anything else: years and months have no fixed length, and fractions are not needed.
 */
export function secondsFromDuration(duration: string): number | undefined {
  const match = DURATION_PATTERN.exec(duration);
  if (!match) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return Number(days) * SECONDS_PER_DAY + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function durationForm(secondsMin: 0 | 1) {
  return z.string().check((context) => {
    const seconds = secondsFromDuration(context.value);
    const refuse = (message: string) => context.issues.push({ code: 'custom', input: context.value, message });
    if (seconds === undefined) refuse('must be an ISO 8601 duration of days, hours, minutes and seconds, such as "P30D", "PT90M" or "PT20S"');
    else if (seconds < secondsMin) refuse('must be longer than zero');
    else if (seconds > DURATION_SECONDS_MAX) refuse('must be at most ten years, "P3650D"');
  });
}

const duration = durationForm(1);
const durationOrNone = durationForm(0);

/** A text by its rule (domain/text.ts), as it is kept. */
function text(rule: TextRule) {
  return z
    .string()
    .overwrite(rule.normalise)
    .check(({ value, issues }) => {
      const message = rule.problem(value);
      if (message !== undefined) issues.push({ code: 'custom', input: value, message });
    })
    .meta({ description: rule.description });
}

const explanation = text(TEXTS.explanation);
const id = z.string().regex(ID_PATTERN, ID_RULE);

const points = z
  .number()
  .refine((value) => value > 0 && millipointsFromPoints(value) !== undefined, 'must be more than 0, at most 999999.99, with at most two decimals');

const signedPoints = z
  .number()
  .refine((value) => signedMillipointsFromPoints(value) !== undefined, 'must have at most two decimals; it may be negative');

const choice = z.union([
  z.string().regex(ID_PATTERN, `as a bare string is both id and text, and an id ${ID_RULE}; write {"id": …, "text": …} for any other text`),
  z.strictObject({ id, text: text(TEXTS.choice) }),
]);

const scoring = z.union([
  z.literal('match_correct'),
  z.strictObject({ mapResponse: z.record(z.string(), signedPoints).refine((map) => Object.keys(map).length > 0, 'must map at least one choice') }),
]);

const choiceItem = z.strictObject({
  id,
  type: z.literal('choice'),
  prompt: explanation,
  points,
  cardinality: z.enum(CARDINALITIES, 'must be "single" or "multiple"').optional(),
  choices: z.array(choice).min(2, 'needs at least two choices'),
  correct: z.array(z.string()).min(1, 'needs at least one correct choice'),
  scoring: scoring.optional(),
  hint: explanation.optional(),
});

const textItem = z.strictObject({ id, type: z.literal('text'), prompt: explanation, points, modelAnswer: explanation });

const criterion = z.strictObject({ id, title: text(TEXTS.title), description: explanation, points });

const caseStudy = z.strictObject({
  id,
  title: text(TEXTS.title),
  brief: text(TEXTS.brief),
  rubric: z.array(criterion).min(1, 'needs at least one criterion'),
});

function percentForm(isInRange: (percent: number) => boolean, message: string) {
  return z.number().refine((percent) => isInRange(percent) && millipointsFromPoints(percent) !== undefined, message);
}

/** How long before its end the candidate of a window is reminded. */
const reminders = z.array(duration).max(10, 'must be at most ten').optional();

/** A limit of 10 % has a third marked twice and 2.6 % of decisions wrong, on the marks of docs/marking.md; there the machine check helps. */
const RISK_DEFAULTS = { limitPercent: 10, samplePercent: 5, newGraderScripts: 20, machineCheck: true };

const isShare = (percent: number) => percent >= 0 && percent <= 100;
const PERCENT_RULE = 'must be from 0 to 100, with at most two decimals';

const kappa = z
  .number()
  .refine((value) => value >= 0 && value <= 1 && millipointsFromPoints(value) !== undefined, 'must be from 0 to 1, with at most two decimals');

/** Every default is the design's, section 3. */
const policy = z.strictObject({
  passMarkPercent: percentForm((percent) => percent > 0 && percent <= 100, 'must be above 0 and at most 100, with at most two decimals').default(80),
  startWindow: duration.default('P365D'),
  aptitudeLimit: duration.default('PT90M'),
  offerWindow: duration.default('P30D'),
  caseStudyLimit: duration.default('P14D'),
  resultPromise: z.strictObject({ aptitude: duration.default('P7D'), caseStudy: duration.default('P7D') }).prefault({}),
  lease: z.strictObject({ aptitude: duration.default('PT60M'), caseStudy: duration.default('PT8H') }).prefault({}),
  reminderPercents: z
    .array(z.number())
    .refine(areRisingPercents, 'must be whole percentages from 1 to 100, each above the one before')
    .default([50, 80, 100]),
  candidateReminders: z.strictObject({ start: reminders, aptitude: reminders, offer: reminders, caseStudy: reminders }).optional(),
  appealWindow: durationOrNone.default('P14D'),
  appealFee: z.enum(['none', 'required']).default('none'),
  marking: z.enum(['single', 'double', 'risk'], { error: 'must be "risk", "double" or "single"' }).default('risk'),
  risk: z
    .strictObject({
      limitPercent: percentForm(isShare, PERCENT_RULE).default(RISK_DEFAULTS.limitPercent),
      samplePercent: percentForm(isShare, PERCENT_RULE).default(RISK_DEFAULTS.samplePercent),
      newGraderScripts: z
        .number()
        .refine((scripts) => Number.isInteger(scripts) && scripts >= 0 && scripts <= 10_000, 'must be a whole number from 0 to 10000')
        .default(RISK_DEFAULTS.newGraderScripts),
      machineCheck: z.boolean().default(RISK_DEFAULTS.machineCheck),
    })
    .optional(),
  tolerancePercent: percentForm(isShare, PERCENT_RULE).default(20),
  adjudication: z.enum(['when-decisive', 'always'], { error: 'must be "when-decisive" or "always"' }).default('when-decisive'),
  /** No default here: a version published before it was there would be another one with it. */
  extensionMax: duration.optional(),
  metBefore: z.enum(['allowed', 'conflict'], { error: 'must be "allowed" or "conflict"' }).optional(),
  offerWiderPercent: z.number().refine(isPercent, 'must be a whole percentage from 1 to 100').optional(),
  /** Nothing by default: each seed costs what a script costs, and takes answers that candidates agreed may be used so. */
  seeds: z
    .strictObject({
      sharePercent: percentForm(
        (percent) => percent >= 0 && percent <= SEED_SHARE_MAX / 100,
        'must be from 0 to 20, with at most two decimals',
      ).default(2),
      standardisation: z
        .strictObject({
          scripts: z
            .number()
            .refine((scripts) => Number.isInteger(scripts) && scripts >= 1 && scripts <= 100, 'must be a whole number from 1 to 100')
            .default(10),
          kappa: kappa.default(0.6),
          kappaLowAbove: kappa.default(0.3),
        })
        .prefault({}),
    })
    .optional(),
  identicalAnswers: z.enum(IDENTICAL_ANSWERS, { error: 'must be "exact" or "folded"' }).optional(),
});

/** The form's shape, without its cross-field checks: for documents and types. To take a form in, use `parseExamForm`. */
export const examForm = z.strictObject({
  examId: z
    .string()
    .max(64, 'must be at most 64 characters')
    .regex(SLUG_PATTERN, 'must be a slug: lower-case letters and digits, joined by single dashes'),
  version: z.number().refine((value) => Number.isSafeInteger(value) && value >= 1 && value <= 1_000_000, 'must be a whole number from 1 to 1000000'),
  title: text(TEXTS.title),
  language: text(TEXTS.locale).optional(),
  policy: policy.prefault({}),
  aptitudeTest: z.strictObject({
    items: z.array(z.discriminatedUnion('type', [choiceItem, textItem])).min(1, 'needs at least one item'),
  }),
  caseStudies: z.array(caseStudy).min(1, 'needs at least one case study'),
});

/** An exam form as people write it: what has a default may be left out. */
export type ExamForm = z.input<typeof examForm>;
export type CompleteExamForm = z.output<typeof examForm>;

/** One thing wrong with a form. `path` reads like `aptitudeTest.items[3].correct[0]`; it is empty for the form itself. */
export type ExamFormProblem = { readonly path: string; readonly message: string };

export type ParsedExamForm =
  | {
      readonly ok: true;
      readonly content: ExamContent;
      /** What the same form meant while `double` was the default, where it says nothing of marking: versions published then are that for good. */
      readonly formerContent?: ExamContent;
    }
  | { readonly ok: false; readonly problems: readonly ExamFormProblem[] };

/**
 * Checks a form whole and maps it to the domain: points become thousandths, percentages basis points, durations seconds.
 * Never throws; reports every problem at once, those of the shape and those between fields, each once and with its place.
 */
export function parseExamForm(json: unknown): ParsedExamForm {
  const parsed = examForm.safeParse(json, { error: readableMessage });
  const problems = [...(parsed.error?.issues ?? []).flatMap(problemsOfIssue), ...problemsBetweenFields(json)];
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  const content = contentOf(parsed.data);
  return { ok: true, content, ...(saysNothingOfMarking(json) ? { formerContent: withoutRisk(content) } : {}) };
}

function saysNothingOfMarking(json: unknown): boolean {
  const policy = formOutline.safeParse(json).data?.policy;
  return policy?.marking === undefined && policy?.risk === undefined;
}

function withoutRisk({ policy: { risk: _risk, ...policy }, ...content }: ExamContent): ExamContent {
  return { ...content, policy };
}

// The mapping to the domain. It runs on checked forms only, so a value that cannot be read is our defect: RangeError.

function contentOf(form: CompleteExamForm): ExamContent {
  return {
    examId: form.examId,
    version: form.version,
    title: form.title,
    ...(form.language === undefined ? {} : { language: form.language }),
    policy: policyOf(form.policy),
    items: form.aptitudeTest.items.map(itemOf),
    caseStudies: form.caseStudies.map(caseStudyOf),
  };
}

function policyOf(form: CompleteExamForm['policy']): Policy {
  return {
    passMark: basisPointsOf(form.passMarkPercent),
    startWindowSeconds: secondsOf(form.startWindow),
    aptitudeLimitSeconds: secondsOf(form.aptitudeLimit),
    offerWindowSeconds: secondsOf(form.offerWindow),
    caseStudyLimitSeconds: secondsOf(form.caseStudyLimit),
    resultPromiseSeconds: { aptitude: secondsOf(form.resultPromise.aptitude), case_study: secondsOf(form.resultPromise.caseStudy) },
    leaseSeconds: { aptitude: secondsOf(form.lease.aptitude), case_study: secondsOf(form.lease.caseStudy) },
    reminderPercents: form.reminderPercents,
    ...(form.candidateReminders === undefined ? {} : { candidateReminderSeconds: candidateReminderSecondsOf(form.candidateReminders) }),
    appealWindowSeconds: secondsOf(form.appealWindow),
    ...(form.appealFee === 'required' ? { appealFee: form.appealFee } : {}),
    marking: form.marking === 'risk' ? 'double' : form.marking,
    ...(form.marking === 'risk' ? { risk: riskOf(form.risk) } : {}),
    tolerance: basisPointsOf(form.tolerancePercent),
    adjudication: form.adjudication,
    ...(form.extensionMax === undefined ? {} : { extensionMaxSeconds: secondsOf(form.extensionMax) }),
    ...(form.metBefore === undefined ? {} : { metBefore: form.metBefore }),
    ...(form.offerWiderPercent === undefined ? {} : { offerWiderPercent: form.offerWiderPercent }),
    ...(form.seeds === undefined ? {} : { seeds: seedsOf(form.seeds) }),
    ...(form.identicalAnswers === undefined ? {} : { identicalAnswers: form.identicalAnswers }),
  };
}

/** A window that is left out has the reminders that all have where nothing is said. */
function candidateReminderSecondsOf({ start, aptitude, offer, caseStudy }: NonNullable<CompleteExamForm['policy']['candidateReminders']>) {
  const given = { start, aptitude, offer, case_study: caseStudy };
  return Object.fromEntries(Object.entries(given).flatMap(([window, durations]) => (durations ? [[window, durations.map(secondsOf)]] : [])));
}

function seedsOf({ sharePercent, standardisation }: NonNullable<CompleteExamForm['policy']['seeds']>): SeedPolicy {
  const { scripts, kappa: value, kappaLowAbove } = standardisation;
  const ofOne = (share: number) => known(millipointsFromPoints(share)) * 10;
  return { share: basisPointsOf(sharePercent), standardisation: { scripts, kappa: ofOne(value), kappaLowAbove: ofOne(kappaLowAbove) } };
}

function riskOf(form: CompleteExamForm['policy']['risk']): RiskPolicy {
  const { limitPercent, samplePercent, newGraderScripts, machineCheck } = form ?? RISK_DEFAULTS;
  return { limit: basisPointsOf(limitPercent), sampleShare: basisPointsOf(samplePercent), newGraderScripts, machineCheck };
}

function itemOf(form: CompleteExamForm['aptitudeTest']['items'][number]): Item {
  const { id, prompt } = form;
  const millipoints = millipointsOf(form.points);
  if (form.type === 'text') return { type: 'text', id, prompt, millipoints, modelAnswer: form.modelAnswer };
  const choices = form.choices.map((choice) => (typeof choice === 'string' ? { id: choice, text: choice } : choice));
  const choiceIds = choices.map((choice) => choice.id);
  return {
    type: 'choice',
    id,
    prompt,
    millipoints,
    ...(form.cardinality === undefined ? {} : { cardinality: form.cardinality }),
    choices,
    correct: form.correct,
    scoring: scoringOf(form.scoring, choiceIds),
    ...(form.hint === undefined ? {} : { hint: form.hint }),
  };
}

/** Every choice is mapped, the unmentioned ones to 0, so that looking one up never finds a property of all objects, as "constructor" would. */
function scoringOf(form: z.output<typeof scoring> | undefined, choiceIds: readonly string[]): ChoiceScoring {
  if (form === undefined || form === 'match_correct') return { kind: 'match_correct' };
  const mapped = new Map(Object.entries(form.mapResponse));
  return {
    kind: 'map_response',
    millipointsByChoice: Object.fromEntries(choiceIds.map((id) => [id, known(signedMillipointsFromPoints(mapped.get(id) ?? 0))])),
  };
}

function caseStudyOf(form: CompleteExamForm['caseStudies'][number]): CaseStudy {
  return {
    id: form.id,
    title: form.title,
    brief: form.brief,
    rubric: form.rubric.map(({ id, title, description, points }) => ({ id, title, description, millipoints: millipointsOf(points) })),
  };
}

function signedMillipointsFromPoints(points: number): Millipoints | undefined {
  const size = millipointsFromPoints(Math.abs(points));
  return size === undefined || points >= 0 ? size : -size;
}

function known(amount: number | undefined): number {
  if (amount === undefined) throw new RangeError('an exam form was mapped before it was checked');
  return amount;
}

function millipointsOf(points: number): Millipoints {
  return known(millipointsFromPoints(points));
}

/** A hundredth of a percent is ten thousandths of it, so this division has no remainder. */
function basisPointsOf(percent: number): number {
  return known(millipointsFromPoints(percent)) / 10;
}

function secondsOf(duration: string): number {
  return known(secondsFromDuration(duration));
}

function areRisingPercents(percents: readonly number[]): boolean {
  return percents.every((percent, index) => isPercent(percent) && percent > (percents[index - 1] ?? 0));
}

function isPercent(percent: number): boolean {
  return Number.isInteger(percent) && percent >= 1 && percent <= 100;
}

// What Zod found, in words for the people who write exams.

type Place = readonly PropertyKey[];

/** `aptitudeTest.items[3].correct[0]`; a key that is no plain name is quoted: `mapResponse["v1.2"]`. */
function formatPlace(place: Place): string {
  return place.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    const name = String(key);
    if (!/^[A-Za-z_]\w*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
    return path === '' ? name : `${path}.${name}`;
  }, '');
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function readableMessage(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_union':
      return issue.discriminator === 'type' ? 'must be "choice" or "text"' : undefined;
    default:
      return undefined;
  }
}

function problemsOfIssue(issue: z.core.$ZodIssue): readonly ExamFormProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: formatPlace([...issue.path, key]), message: 'is not a field of the exam form' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return problemsOfUnion(issue);
  return [{ path: formatPlace(issue.path), message: issue.message }];
}

/** A value in the shape of one branch gets the problems of that branch; any other is told the shapes there are. */
function problemsOfUnion(issue: z.core.$ZodIssueInvalidUnion): readonly ExamFormProblem[] {
  const meant = issue.errors.find((branch) => !branch.some(isOfAnotherShape));
  if (meant) return meant.flatMap((inner) => problemsOfIssue({ ...inner, path: [...issue.path, ...inner.path] }));
  const message =
    issue.path.at(-1) === 'scoring' ? 'must be "match_correct" or {"mapResponse": {choice id: points}}' : 'must be a text or {"id": …, "text": …}';
  return [{ path: formatPlace(issue.path), message }];
}

function isOfAnotherShape(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

// The checks between fields read an outline in which whatever has the wrong shape is left out, so that one slip in the
// shape never hides a wrong key elsewhere.

const textIfAny = z.string().optional().catch(undefined);
const numberIfAny = z.number().optional().catch(undefined);

function listOf<Element extends z.ZodType>(element: Element) {
  return z.array(element.optional().catch(undefined)).catch([]);
}

const choiceOutline = z.union([z.string().transform((id) => ({ id, text: id })), z.object({ id: textIfAny, text: textIfAny })]);

const itemOutline = z.object({
  id: textIfAny,
  points: numberIfAny,
  cardinality: textIfAny,
  choices: listOf(choiceOutline).optional().catch(undefined),
  correct: listOf(z.string()),
  scoring: z
    .object({ mapResponse: z.record(z.string(), numberIfAny) })
    .optional()
    .catch(undefined),
});

const formOutline = z.object({
  policy: z.object({ marking: textIfAny, risk: z.unknown() }).partial().catch({}),
  aptitudeTest: z.object({ items: listOf(itemOutline) }).catch({ items: [] }),
  caseStudies: listOf(z.object({ id: textIfAny, rubric: listOf(z.object({ id: textIfAny })) })),
});

function problemsBetweenFields(json: unknown): readonly ExamFormProblem[] {
  const outline = formOutline.safeParse(json).data;
  if (!outline) return [];
  const { aptitudeTest, caseStudies } = outline;
  return [
    ...problemsOfRisk(outline.policy),
    ...repeatedIds(aptitudeTest.items, ['aptitudeTest', 'items'], 'item'),
    ...aptitudeTest.items.flatMap((item, index) => (item ? problemsOfItem(item, ['aptitudeTest', 'items', index]) : [])),
    ...repeatedIds(caseStudies, ['caseStudies'], 'case study'),
    ...caseStudies.flatMap((study, index) => repeatedIds(study?.rubric ?? [], ['caseStudies', index, 'rubric'], 'criterion')),
  ];
}

function problemsOfRisk({ marking, risk }: z.output<typeof formOutline>['policy']): readonly ExamFormProblem[] {
  if (risk === undefined || marking === undefined || marking === 'risk') return [];
  return [{ path: 'policy.risk', message: 'is for "marking": "risk" alone' }];
}

function repeatedIds(
  elements: readonly ({ readonly id?: string | undefined } | undefined)[],
  place: Place,
  what: string,
): readonly ExamFormProblem[] {
  const ids = elements.map((element) => element?.id);
  return ids.flatMap((id, index) =>
    id !== undefined && ids.indexOf(id) < index
      ? [{ path: formatPlace([...place, index, 'id']), message: `"${id}" is already the id of another ${what}` }]
      : [],
  );
}

function problemsOfItem(item: z.output<typeof itemOutline>, place: Place): readonly ExamFormProblem[] {
  if (!item.choices) return [];
  const choiceIds = new Set(item.choices.map((choice) => choice?.id));
  return [
    ...repeatedIds(item.choices, [...place, 'choices'], 'choice of this item'),
    ...choicesReadingTheSame(item.choices, [...place, 'choices']),
    ...problemsOfCorrect(item.correct, choiceIds, [...place, 'correct']),
    ...problemsOfCardinality(item, [...place, 'cardinality']),
    ...problemsOfMapping(item, choiceIds, [...place, 'scoring', 'mapResponse']),
  ];
}

/** Whoever means the right one of two that look the same could mark the other. */
function choicesReadingTheSame(choices: readonly (z.output<typeof choiceOutline> | undefined)[], place: Place): readonly ExamFormProblem[] {
  const readings = choices.map((choice) => (choice?.text === undefined ? undefined : readingOf(choice.text)));
  return readings.flatMap((reading, index) => {
    const first = reading === undefined || reading === '' ? index : readings.indexOf(reading);
    return first < index
      ? [{ path: formatPlace([...place, index, 'text']), message: `reads the same as choice "${choices[first]?.id ?? first}"` }]
      : [];
  });
}

function problemsOfCorrect(
  correct: readonly (string | undefined)[],
  choiceIds: ReadonlySet<string | undefined>,
  place: Place,
): readonly ExamFormProblem[] {
  return correct.flatMap((id, index) => {
    const path = formatPlace([...place, index]);
    if (id === undefined) return [];
    if (!choiceIds.has(id)) return [{ path, message: `"${id}" is not among the choices` }];
    return correct.indexOf(id) < index ? [{ path, message: `"${id}" is named twice` }] : [];
  });
}

/** Nobody could name all that is right. */
function problemsOfCardinality({ cardinality, correct }: z.output<typeof itemOutline>, place: Place): readonly ExamFormProblem[] {
  if (cardinality !== 'single' || correct.length < 2) return [];
  return [{ path: formatPlace(place), message: `is "single", but ${correct.length} choices are correct: only one can be chosen` }];
}

/**
 * A mapping must agree with the key: the right choices, and only they, earn points, and together they earn exactly the
 * item's. Otherwise a candidate who knows everything could not reach full marks, or one who does not could.
 */
function problemsOfMapping(item: z.output<typeof itemOutline>, choiceIds: ReadonlySet<string | undefined>, place: Place): readonly ExamFormProblem[] {
  if (!item.scoring) return [];
  const mapped = Object.entries(item.scoring.mapResponse);
  const problems = mapped.flatMap(([id, points = 0]) => {
    const path = formatPlace([...place, id]);
    if (!choiceIds.has(id)) return [{ path, message: `"${id}" is not among the choices` }];
    if (points > 0 && !item.correct.includes(id)) return [{ path, message: `"${id}" earns points but is not among the correct choices` }];
    if (points < 0 && item.correct.includes(id)) return [{ path, message: `"${id}" is a correct choice but costs points` }];
    return [];
  });
  const reachable = mapped.map(([, points]) => (points === undefined ? undefined : signedMillipointsFromPoints(Math.max(points, 0))));
  const most = item.points === undefined ? undefined : millipointsFromPoints(item.points);
  if (most === undefined || !reachable.every((amount) => amount !== undefined)) return problems;
  const sum = sumOf(reachable);
  if (sum === most) return problems;
  const message = `reaches ${pointsFromMillipoints(sum)} points at most, but the item has ${pointsFromMillipoints(most)}`;
  return [...problems, { path: formatPlace(place), message }];
}
