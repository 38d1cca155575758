import { mean, sampleStandardDeviation } from 'simple-statistics';
import { agreementOf, PAIRS_MIN, type Agreement } from './agreement.ts';
import { usualOf, type Direction } from './drift.ts';
import type { Test } from './exam.ts';
import { groupsOf } from './groups.ts';
import { FLAG_RULES } from './item-flags.ts';
import { tableOf, type PeriodContent, type ReportTable } from './report-tables.ts';

/** How far those who mark agree, who is severe, whose marks others turned: estimates, which decide nothing about a candidate. */

type OfExam = { readonly examId: string; readonly test: Test };

/** One response that both seats marked independently, as shares of its points. */
export type DoubleMark = OfExam & {
  readonly submissionId: string;
  readonly firstGrader: string;
  readonly secondGrader: string;
  readonly first: number;
  readonly second: number;
  /** A designated grader had to settle it. */
  readonly isAdjudicated: boolean;
};
/** A script of a grader's that others saw as well; turned where their marks alone would have decided otherwise. */
export type SeenAgain = OfExam & { readonly grader: string; readonly isTurned: boolean };
/** What a grader gave for an item of a seed and what is agreed of it, as shares of its points. */
export type SeedMarkPair = OfExam & { readonly grader: string; readonly submissionId: string; readonly first: number; readonly second: number };
/** That was found in the period. */
export type FoundDrift = { readonly grader: string; readonly direction: Direction };

export type MarkingQualityFacts = {
  readonly submissions: number;
  readonly doubles: readonly DoubleMark[];
  readonly seenAgain: readonly SeenAgain[];
  readonly seeds: readonly SeedMarkPair[];
  readonly drifts: readonly FoundDrift[];
};

const METHOD = 1;

export function markingQualityReport({ submissions, doubles, seenAgain, seeds, drifts }: MarkingQualityFacts): PeriodContent {
  const tables = [agreementTable(doubles), markersTable(doubles, drifts), overturnedTable(seenAgain), seedsTable(seeds)];
  return { method: METHOD, attempts: submissions, tables };
}

function agreementTable(doubles: readonly DoubleMark[]): ReportTable {
  const rows = groupsOf(doubles, ({ examId, test }) => `${examId} ${test}`).map(([{ examId, test }, of]) => {
    const { kappa, distance = null, spread = null, pairs, scripts } = agreementOf(of, scriptsOf(of));
    const adjudicated = of.filter(({ isAdjudicated }) => isAdjudicated).length;
    return { exam: examId, test, scripts, pairs, ...kappaOf(kappa), distance, spread, adjudicated };
  });
  return tableOf('marking-quality', 'agreement', rows);
}

/** Each double mark is one of either of the two; a grader's own comes first. */
function markersTable(doubles: readonly DoubleMark[], drifts: readonly FoundDrift[]): ReportTable {
  const byExam = Map.groupBy(doubles, ({ examId, test }) => `${examId} ${test}`);
  const rows = [...byExam.values()].flatMap((ofExam) => {
    const findings = findingsOf(ofExam);
    return groupsOf(ownMarks(ofExam), ({ grader }) => grader).map(([{ grader, examId, test }, own]) => {
      const { kappa, severity = null, ...counted } = agreementOf(own, scriptsOf(own));
      const drift = drifts.findLast((one) => one.grader === grader)?.direction ?? null;
      return {
        grader,
        exam: examId,
        test,
        scripts: counted.scripts,
        pairs: counted.pairs,
        ...kappaOf(kappa),
        severity,
        finding: findings.get(grader) ?? null,
        drift,
      };
    });
  });
  return tableOf('marking-quality', 'markers', rows.toSorted(byGrader));
}

function overturnedTable(seenAgain: readonly SeenAgain[]): ReportTable {
  const rows = groupsOf(seenAgain, ({ grader, examId, test }) => `${grader} ${examId} ${test}`).map(([{ grader, examId, test }, of]) => ({
    grader,
    exam: examId,
    test,
    seenAgain: of.length,
    // Of few a share says more about chance than about a grader.
    overturned: of.length < PAIRS_MIN ? null : of.filter(({ isTurned }) => isTurned).length,
  }));
  return tableOf('marking-quality', 'overturned', rows);
}

function seedsTable(seeds: readonly SeedMarkPair[]): ReportTable {
  const rows = groupsOf(seeds, ({ grader, examId, test }) => `${grader} ${examId} ${test}`).map(([{ grader, examId, test }, of]) => {
    const { scripts, pairs, distance = null, severity = null } = agreementOf(of, scriptsOf(of));
    return { grader, exam: examId, test, seedScripts: scripts, pairs, distance, seedSeverity: severity };
  });
  return tableOf('marking-quality', 'seeds', rows);
}

/** Of one script how much more its first seat gave than its second, as a share of the points: responses within one deviate together. */
type ScriptDifference = { readonly first: string; readonly second: string; readonly difference: number };

function scriptDifferences(doubles: readonly DoubleMark[]): readonly ScriptDifference[] {
  return groupsOf(doubles, ({ submissionId }) => submissionId).map(([{ firstGrader, secondGrader }, of]) => ({
    first: firstGrader,
    second: secondGrader,
    difference: mean(of.map(({ first, second }) => first - second)),
  }));
}

/**
 * What chance does not explain, by the rule of item analysis: five hundredths of the points, and four standard errors, over as many scripts as say
 * something. The clearest first, and the others without those scripts: beside somebody severe everybody looks lenient.
 */
function findingsOf(doubles: readonly DoubleMark[]): ReadonlyMap<string, Direction> {
  const found = new Map<string, Direction>();
  let scripts = scriptDifferences(doubles);
  for (;;) {
    const graders = [...new Set(scripts.flatMap(({ first, second }) => [first, second]))];
    const deviations = graders.flatMap((grader) => deviationOf(grader, scripts) ?? []);
    const clearest = deviations.toSorted((one, other) => Math.abs(other.errors) - Math.abs(one.errors))[0];
    if (!clearest) return found;
    found.set(clearest.grader, clearest.errors < 0 ? 'severe' : 'lenient');
    scripts = scripts.filter(({ first, second }) => first !== clearest.grader && second !== clearest.grader);
  }
}

/**
 * How many standard errors a grader gives more or less than others, where that is a finding. Seats differ in the mean where second ones open by
 * risk, so a grader is compared with what is usual between two others.
 */
function deviationOf(grader: string, scripts: readonly ScriptDifference[]): { readonly grader: string; readonly errors: number } | undefined {
  const usual = usualOf(scripts.flatMap(({ first, second, difference }) => (first === grader || second === grader ? [] : [difference])));
  if (!usual) return undefined;
  const own = scripts.flatMap(({ first, second, difference }) => [
    ...(first === grader ? [difference - usual.mean] : []),
    ...(second === grader ? [usual.mean - difference] : []),
  ]);
  if (own.length < FLAG_RULES.candidatesMin) return undefined;
  const surplus = mean(own);
  const errors = surplus / (Math.max(sampleStandardDeviation(own), usual.deviation) / Math.sqrt(own.length));
  return Math.abs(surplus) >= FLAG_RULES.graderFrom && Math.abs(errors) >= FLAG_RULES.graderErrors ? { grader, errors } : undefined;
}

function ownMarks(doubles: readonly DoubleMark[]) {
  return doubles.flatMap((one) => [
    { ...one, grader: one.firstGrader },
    { ...one, grader: one.secondGrader, first: one.second, second: one.first },
  ]);
}

function kappaOf(kappa: Agreement['kappa']) {
  return { kappa: kappa?.value ?? null, kappaLow: kappa?.low ?? null, kappaHigh: kappa?.high ?? null };
}

function scriptsOf(pairs: readonly { readonly submissionId: string }[]): number {
  return new Set(pairs.map(({ submissionId }) => submissionId)).size;
}

function byGrader(one: { readonly grader: string; readonly exam: string }, other: { readonly grader: string; readonly exam: string }): number {
  return `${one.grader} ${one.exam}` < `${other.grader} ${other.exam}` ? -1 : 1;
}
