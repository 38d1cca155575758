import { followWords, planWords, refitWords, type PlanOutcome, type RefitOutcome } from '../../domain/marking-refit.ts';
import { analyseExam } from '../../domain/exam-answers.ts';
import { examVersionName } from '../../domain/exam.ts';
import { ITEM_ANALYSIS_METHOD } from '../../domain/item-analysis.ts';
import { reportWords } from '../../domain/item-words.ts';
import { periodName } from '../../domain/report-period.ts';
import { PERIOD_REPORTS, type Period, type PeriodReportKind } from '../../domain/report.ts';
import { knownUntil, sourceWords, type ReportSource } from '../../domain/report-source.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';
import { whileBeating } from './while-beating.ts';
import { workAside } from './fitting-aside.ts';
import type { Fitted, FittingJob, FittingResult } from './fitting-job.ts';

/** Which run of the schedule, and until when (ISO 8601) it knows marks: a repeat reads the same marks, and is recorded once. */
export type MarkingReviewInput = { readonly occasion: string; readonly marksUntil: string };

/** Which run of the schedule, and until when (ISO 8601) its reports know decisions. */
export type ReportsInput = { readonly occasion: string; readonly until: string };

/** A kind of report and its period (ISO 8601). */
export type PeriodToReport = { readonly kind: PeriodReportKind; readonly since: string; readonly until: string };

/** One fact a line, for staff. */
export type Found = { readonly words: readonly string[] };

/** Five models are fitted for a plan; more scripts would tell no other one. */
const PLANNED_MAX = 5000;
/** Who fits every week. */
const ACTOR = 'schedule';

/** What may wait, and takes minutes: the marking model, the plan of second marking and reports, every week. */
export function createReportingActivities({
  store,
}: {
  store: Pick<Store, 'markingModels' | 'markingReviews' | 'reports' | 'periodReports' | 'examVersions'>;
}) {
  return refusing({
    async refitMarkingModel({ occasion, marksUntil }: MarkingReviewInput): Promise<Found> {
      const review = { occasion, marksUntil: new Date(marksUntil) };
      const before = await store.markingReviews.refitOf(review);
      return { words: refitWords(before?.outcome ?? (await store.markingReviews.recordRefit(review, await refit(store, review)))) };
    },

    /** Once it was fitted. */
    async followBetterModel({ occasion }: Pick<MarkingReviewInput, 'occasion'>): Promise<Found> {
      return { words: [followWords(await store.markingReviews.followBetter({ occasion }))] };
    },

    async planMarking({ occasion, marksUntil }: MarkingReviewInput): Promise<Found> {
      const review = { occasion, marksUntil: new Date(marksUntil) };
      const before = await store.markingReviews.planOf(review);
      if (before) return { words: [planWords(before.outcome)] };
      const outcome = await beating<PlanOutcome>({
        kind: 'plan',
        scripts: await store.markingReviews.markedScripts({ ...review, scriptsMax: PLANNED_MAX }),
      });
      return { words: [planWords(await store.markingReviews.recordPlan(review, outcome))] };
    },

    /** Exam versions of which something was decided since their last report. */
    async itemReportsDue({ until }: ReportsInput): Promise<{ readonly examVersionIds: readonly string[] }> {
      const knows = knownUntil(await store.reports.source(), new Date(until));
      return { examVersionIds: await store.reports.due({ kind: 'items', until: knows, method: ITEM_ANALYSIS_METHOD }) };
    },

    async reportItems({ occasion, until, examVersionId }: ReportsInput & { readonly examVersionId: string }): Promise<Found> {
      const source = await store.reports.source();
      const run = { kind: 'items', occasion, examVersionId, until: knownUntil(source, new Date(until)) } as const;
      const exam = await store.examVersions.contentOf(examVersionId);
      const analysis = await whileBeating((cancelled) =>
        analyseExam(exam, (test) => whileWanted(store.reports.decidedTests({ ...run, test }, source), cancelled)),
      );
      await store.reports.record(run, analysis);
      return { words: [told(reportWords(examVersionName(exam), analysis), source)] };
    },

    /** Weeks, months and quarters that are over and of which there is no report, by kind; of one that was missed, too. */
    async periodReportsDue({ until }: Pick<ReportsInput, 'until'>): Promise<{ readonly periods: readonly PeriodToReport[] }> {
      const now = new Date(until);
      const found = await Promise.all(
        PERIOD_REPORTS.map(async (kind) => (await store.reports.periodsDue({ kind, now })).map((period) => ({ kind, ...isoOf(period) }))),
      );
      return { periods: found.flat() };
    },

    /** A repeat reads the period again and finds what it recorded. */
    async reportPeriod({ kind, since, until }: PeriodToReport): Promise<Found> {
      const period = { kind, since: new Date(since), until: new Date(until) };
      const source = await store.periodReports.source(period);
      const content = await whileBeating(() => store.periodReports.read(period, source));
      await store.reports.recordPeriod(period, content);
      return { words: [told(`${kind} ${periodName(period)}: ${content.attempts} attempts`, source)] };
    },
  });
}

async function refit(
  { markingModels, markingReviews }: Pick<Store, 'markingModels' | 'markingReviews'>,
  review: { readonly marksUntil: Date },
): Promise<RefitOutcome> {
  const [scripts, active] = await Promise.all([markingReviews.markedScripts(review), markingModels.active()]);
  // One that has seen what is kept aside would look better than it is.
  const comparable = active?.hasKeptAside === true ? active : undefined;
  const found = await beating<Fitted | Extract<RefitOutcome, { kind: 'too_few' }>>({ kind: 'fit', scripts, active: comparable?.model });
  if (found.kind === 'too_few') return found;
  const { model, data, keptAside, comparison, alike } = found;
  const { version, created } = await markingModels.add({ model, evidence: null, data, keptAside, actor: ACTOR });
  const against = comparison && comparable && comparable.version !== version ? { ...comparison, against: comparable.version } : null;
  return { kind: 'fitted', version, isNew: created, data, keptAside, comparison: against, alike };
}

function told(words: string, source: ReportSource): string {
  return [words, sourceWords(source) ?? []].flat().join('; ');
}

const isoOf = ({ since, until }: Period) => ({ since: since.toISOString(), until: until.toISOString() });

/** Ends with the activity. */
async function* whileWanted<One>(all: AsyncIterable<One>, cancelled: AbortSignal): AsyncGenerator<One> {
  for await (const one of all) {
    cancelled.throwIfAborted();
    yield one;
  }
}

/** In a thread of its own: it computes for minutes. */
function beating<Result extends FittingResult>(job: FittingJob): Promise<Result> {
  return whileBeating((cancelled) => workAside<Result>(job, cancelled));
}

export type ReportingActivities = ReturnType<typeof createReportingActivities>;
