import type { CompleteExamForm } from '../generated/client.ts';

/** An exam version as the pages read it, and what one has otherwise than another. */
type Policy = CompleteExamForm['policy'];
export type Item = CompleteExamForm['aptitudeTest']['items'][number];
type CaseStudy = CompleteExamForm['caseStudies'][number];

/** How a value of the policy is read: durations are ISO 8601, as the form has them. */
export type Kind = 'percent' | 'percents' | 'duration' | 'durations' | 'word' | 'number' | 'truth';
export type Value = string | number | boolean | readonly (string | number)[] | undefined;

/** Each member of the policy in the order in which people read them. One that is missing here would be missed by a test. */
export const POLICY = [
  ['passMarkPercent', 'percent', (policy) => policy.passMarkPercent],
  ['startWindow', 'duration', (policy) => policy.startWindow],
  ['aptitudeLimit', 'duration', (policy) => policy.aptitudeLimit],
  ['offerWindow', 'duration', (policy) => policy.offerWindow],
  ['caseStudyLimit', 'duration', (policy) => policy.caseStudyLimit],
  ['extensionMax', 'duration', (policy) => policy.extensionMax],
  ['resultPromiseAptitude', 'duration', (policy) => policy.resultPromise.aptitude],
  ['resultPromiseCaseStudy', 'duration', (policy) => policy.resultPromise.caseStudy],
  ['appealWindow', 'duration', (policy) => policy.appealWindow],
  ['appealFee', 'word', (policy) => policy.appealFee],
  ['marking', 'word', (policy) => policy.marking],
  ['riskLimit', 'percent', (policy) => policy.risk?.limitPercent],
  ['riskSample', 'percent', (policy) => policy.risk?.samplePercent],
  ['riskNewGrader', 'number', (policy) => policy.risk?.newGraderScripts],
  ['riskMachineCheck', 'truth', (policy) => policy.risk?.machineCheck],
  ['tolerancePercent', 'percent', (policy) => policy.tolerancePercent],
  ['adjudication', 'word', (policy) => policy.adjudication],
  ['metBefore', 'word', (policy) => policy.metBefore],
  ['offerWiderPercent', 'percent', (policy) => policy.offerWiderPercent],
  ['seedShare', 'percent', (policy) => policy.seeds?.sharePercent],
  ['seedScripts', 'number', (policy) => policy.seeds?.standardisation.scripts],
  ['seedKappa', 'number', (policy) => policy.seeds?.standardisation.kappa],
  ['seedKappaLow', 'number', (policy) => policy.seeds?.standardisation.kappaLowAbove],
  ['identicalAnswers', 'word', (policy) => policy.identicalAnswers],
  ['leaseAptitude', 'duration', (policy) => policy.lease.aptitude],
  ['leaseCaseStudy', 'duration', (policy) => policy.lease.caseStudy],
  ['reminderPercents', 'percents', (policy) => policy.reminderPercents],
  ['remindStart', 'durations', (policy) => policy.candidateReminders?.start],
  ['remindAptitude', 'durations', (policy) => policy.candidateReminders?.aptitude],
  ['remindOffer', 'durations', (policy) => policy.candidateReminders?.offer],
  ['remindCaseStudy', 'durations', (policy) => policy.candidateReminders?.caseStudy],
] as const satisfies readonly (readonly [string, Kind, (policy: Policy) => Value])[];

type PolicyMember = (typeof POLICY)[number][0];

/** One thing that differs: `before` or `after` is undefined where it is not there. Texts are as the author wrote them. */
export type Difference =
  | { readonly of: 'title' | 'language'; readonly before: string | undefined; readonly after: string | undefined }
  | { readonly of: 'policy'; readonly member: PolicyMember; readonly kind: Kind; readonly before: Value; readonly after: Value }
  | PartDifference;
type PartDifference = {
  readonly of: 'item' | 'caseStudy' | 'criterion';
  readonly id: string;
  readonly change: 'added' | 'removed' | 'changed' | 'moved';
  readonly fields: readonly FieldDifference[];
};
type FieldDifference = { readonly field: Field; readonly before: string; readonly after: string };
type Field = 'prompt' | 'points' | 'choices' | 'correct' | 'scoring' | 'cardinality' | 'hint' | 'modelAnswer' | 'title' | 'brief' | 'description';

type Fields = Readonly<Partial<Record<Field, string>>>;
type Part = { readonly id: string; readonly fields: Fields };

/** What the later version has otherwise, in the order in which it is read. */
export function differencesBetween(before: CompleteExamForm, after: CompleteExamForm): readonly Difference[] {
  const own = (['title', 'language'] as const).flatMap((of) => (before[of] === after[of] ? [] : [{ of, before: before[of], after: after[of] }]));
  const policy = POLICY.flatMap(([member, kind, read]) => {
    const [one, other]: [Value, Value] = [read(before.policy), read(after.policy)];
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ of: 'policy' as const, member, kind, before: one, after: other }];
  });
  return [
    ...own,
    ...policy,
    ...partsBetween('item', before.aptitudeTest.items.map(itemPart), after.aptitudeTest.items.map(itemPart)),
    ...partsBetween('caseStudy', before.caseStudies.map(caseStudyPart), after.caseStudies.map(caseStudyPart)),
    ...partsBetween('criterion', before.caseStudies.flatMap(criteria), after.caseStudies.flatMap(criteria)),
  ];
}

function partsBetween(of: PartDifference['of'], before: readonly Part[], after: readonly Part[]): readonly PartDifference[] {
  const former = new Map(before.map((part) => [part.id, part]));
  const later = new Set(after.map(({ id }) => id));
  // Of those that both have: another order is told once for each that lost its place.
  const [keptBefore, keptAfter] = [before.filter(({ id }) => later.has(id)), after.filter(({ id }) => former.has(id))];
  const moved = new Set(keptAfter.filter(({ id }, index) => keptBefore[index]?.id !== id).map(({ id }) => id));
  return [
    ...after.flatMap(({ id, fields }): PartDifference[] => {
      const known = former.get(id);
      if (!known) return [{ of, id, change: 'added', fields: fieldsBetween({}, fields) }];
      const changed = fieldsBetween(known.fields, fields);
      if (changed.length > 0) return [{ of, id, change: 'changed', fields: changed }];
      return moved.has(id) ? [{ of, id, change: 'moved', fields: [] }] : [];
    }),
    ...before
      .filter(({ id }) => !later.has(id))
      .map(({ id, fields }): PartDifference => ({ of, id, change: 'removed', fields: fieldsBetween(fields, {}) })),
  ];
}

function fieldsBetween(before: Fields, after: Fields): readonly FieldDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as Field[];
  return names.flatMap((field) => (before[field] === after[field] ? [] : [{ field, before: before[field] ?? '', after: after[field] ?? '' }]));
}

function itemPart(item: Item): Part {
  const { id, prompt, points } = item;
  if (item.type === 'text') return { id, fields: { prompt, points: String(points), modelAnswer: item.modelAnswer } };
  const { cardinality = 'multiple', hint } = item;
  return {
    id,
    fields: {
      prompt,
      points: String(points),
      choices: choicesOf(item)
        .map(({ text }) => `· ${text}`)
        .join('\n'),
      correct: correctOf(item)
        .map((text) => `· ${text}`)
        .join('\n'),
      scoring: scoringOf(item),
      cardinality,
      ...(hint === undefined ? {} : { hint }),
    },
  };
}

type ChoiceItem = Extract<Item, { type: 'choice' }>;

export function choicesOf({ choices }: ChoiceItem): readonly { readonly id: string; readonly text: string }[] {
  return choices.map((choice) => (typeof choice === 'string' ? { id: choice, text: choice } : choice));
}

/** The key, in the texts of the choices. */
export function correctOf(item: ChoiceItem): readonly string[] {
  return choicesOf(item)
    .filter(({ id }) => item.correct.includes(id))
    .map(({ text }) => text);
}

/** Points by choice, where they are mapped; empty: all or nothing. */
export function mappedPoints(item: ChoiceItem): readonly { readonly text: string; readonly points: number }[] {
  const { scoring } = item;
  if (scoring === undefined || scoring === 'match_correct') return [];
  return choicesOf(item).map(({ id, text }) => ({ text, points: scoring.mapResponse[id] ?? 0 }));
}

function scoringOf(item: ChoiceItem): string {
  return mappedPoints(item)
    .map(({ text, points }) => `· ${text}: ${points}`)
    .join('\n');
}

function caseStudyPart({ id, title, brief }: CaseStudy): Part {
  return { id, fields: { title, brief } };
}

function criteria({ id: study, rubric }: CaseStudy): readonly Part[] {
  return rubric.map(({ id, title, description, points }) => ({ id: `${study} · ${id}`, fields: { title, description, points: String(points) } }));
}

/** "P14D", "PT90M" → seconds. */
export function secondsOf(duration: string): number {
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration) ?? [];
  return Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
