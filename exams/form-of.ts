import type { CaseStudy, ExamContent, Item, Policy, RiskPolicy, SeedPolicy } from '../domain/exam.ts';
import { pointsFromMillipoints } from '../domain/points.ts';
import type { CompleteExamForm } from './form.ts';

/** The form that means this content: what a published version or a proposal is read as. `parseExamForm` reads it back as the same. */
export function formOf({ examId, version, title, language, policy, items, caseStudies }: ExamContent): CompleteExamForm {
  return {
    examId,
    version,
    title,
    ...(language === undefined ? {} : { language }),
    policy: policyFormOf(policy),
    aptitudeTest: { items: items.map(itemFormOf) },
    caseStudies: caseStudies.map(caseStudyFormOf),
  };
}

type PolicyForm = CompleteExamForm['policy'];
/** With every member that the form has: one that is forgotten here does not compile, since whoever reads a version would not see it. */
type EveryMember = { readonly [Member in keyof Required<PolicyForm>]: PolicyForm[Member] | undefined };

function policyFormOf(policy: Policy): PolicyForm {
  const { risk, seeds, candidateReminderSeconds: reminders, extensionMaxSeconds } = policy;
  return withoutAbsent({
    passMarkPercent: percentOf(policy.passMark),
    startWindow: durationOf(policy.startWindowSeconds),
    aptitudeLimit: durationOf(policy.aptitudeLimitSeconds),
    offerWindow: durationOf(policy.offerWindowSeconds),
    caseStudyLimit: durationOf(policy.caseStudyLimitSeconds),
    resultPromise: { aptitude: durationOf(policy.resultPromiseSeconds.aptitude), caseStudy: durationOf(policy.resultPromiseSeconds.case_study) },
    lease: { aptitude: durationOf(policy.leaseSeconds.aptitude), caseStudy: durationOf(policy.leaseSeconds.case_study) },
    reminderPercents: [...policy.reminderPercents],
    candidateReminders: reminders && remindersOf(reminders),
    appealWindow: durationOf(policy.appealWindowSeconds),
    appealFee: policy.appealFee ?? 'none',
    marking: risk === undefined ? policy.marking : 'risk',
    risk: risk && riskFormOf(risk),
    tolerancePercent: percentOf(policy.tolerance),
    adjudication: policy.adjudication,
    extensionMax: extensionMaxSeconds === undefined ? undefined : durationOf(extensionMaxSeconds),
    metBefore: policy.metBefore,
    offerWiderPercent: policy.offerWiderPercent,
    seeds: seeds && seedsFormOf(seeds),
    identicalAnswers: policy.identicalAnswers,
  });
}

/** What nobody said is left out, as an author leaves it out. */
function withoutAbsent(members: EveryMember): PolicyForm {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as PolicyForm;
}

function riskFormOf({ limit, sampleShare, newGraderScripts, machineCheck }: RiskPolicy): NonNullable<PolicyForm['risk']> {
  return { limitPercent: percentOf(limit), samplePercent: percentOf(sampleShare), newGraderScripts, machineCheck };
}

function seedsFormOf({ share, standardisation: { scripts, kappa, kappaLowAbove } }: SeedPolicy): NonNullable<PolicyForm['seeds']> {
  const ofOne = (basisPoints: number) => basisPoints / 10_000;
  return { sharePercent: percentOf(share), standardisation: { scripts, kappa: ofOne(kappa), kappaLowAbove: ofOne(kappaLowAbove) } };
}

function remindersOf(seconds: NonNullable<Policy['candidateReminderSeconds']>): NonNullable<CompleteExamForm['policy']['candidateReminders']> {
  const { start, aptitude, offer, case_study: caseStudy } = seconds;
  const named = { start, aptitude, offer, caseStudy };
  return Object.fromEntries(Object.entries(named).flatMap(([window, all]) => (all ? [[window, all.map(durationOf)]] : [])));
}

function itemFormOf(item: Item): CompleteExamForm['aptitudeTest']['items'][number] {
  const { id, prompt } = item;
  const points = pointsFromMillipoints(item.millipoints);
  if (item.type === 'text') return { id, type: 'text', prompt, points, modelAnswer: item.modelAnswer };
  const { cardinality, choices, correct, scoring, hint } = item;
  return {
    id,
    type: 'choice',
    prompt,
    points,
    ...(cardinality === undefined ? {} : { cardinality }),
    choices: choices.map((choice) => ({ ...choice })),
    correct: [...correct],
    scoring:
      scoring.kind === 'match_correct'
        ? 'match_correct'
        : {
            mapResponse: Object.fromEntries(
              Object.entries(scoring.millipointsByChoice).map(([choice, millipoints]) => [choice, pointsFromMillipoints(millipoints)]),
            ),
          },
    ...(hint === undefined ? {} : { hint }),
  };
}

function caseStudyFormOf({ id, title, brief, rubric }: CaseStudy): CompleteExamForm['caseStudies'][number] {
  return {
    id,
    title,
    brief,
    rubric: rubric.map(({ millipoints, ...criterion }) => ({ ...criterion, points: pointsFromMillipoints(millipoints) })),
  };
}

function percentOf(basisPoints: number): number {
  return basisPoints / 100;
}

const UNITS = [
  ['D', 86_400],
  ['H', 3600],
  ['M', 60],
] as const;

/** In the largest unit that it is whole in: 1,209,600 is P14D, 5,400 is PT90M. */
function durationOf(seconds: number): string {
  const [unit, length] = UNITS.find(([, size]) => seconds !== 0 && seconds % size === 0) ?? ['S', 1];
  return unit === 'D' ? `P${seconds / length}D` : `PT${seconds / length}${unit}`;
}
