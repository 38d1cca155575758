import { Context } from '@temporalio/activity';
import { followWords, planWords, refitWords, type PlanOutcome, type RefitOutcome } from '../../domain/marking-refit.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';
import { workAside } from './fitting-aside.ts';
import type { Fitted, FittingJob, FittingResult } from './fitting-job.ts';

/** Which run of the schedule, and until when (ISO 8601) it knows marks: a repeat reads the same marks, and is recorded once. */
export type MarkingReviewInput = { readonly occasion: string; readonly marksUntil: string };

/** One fact a line, for staff. */
export type Found = { readonly words: readonly string[] };

/** Well below the heartbeat's time-out. */
const HEARTBEAT_MILLISECONDS = 10_000;
/** Five models are fitted for a plan; more scripts would tell no other one. */
const PLANNED_MAX = 5000;
/** Who fits every week. */
const ACTOR = 'schedule';

/** What may wait, and takes minutes: the marking model and the plan of second marking, every week. */
export function createReportingActivities({ store }: { store: Pick<Store, 'markingModels' | 'markingReviews'> }) {
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

/** Beats meanwhile, so that a lost process is noticed in a minute; and ends when the activity is cancelled. */
async function beating<Result extends FittingResult>(job: FittingJob): Promise<Result> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MILLISECONDS);
  try {
    return await workAside<Result>(job, context.cancellationSignal);
  } finally {
    clearInterval(beat);
  }
}

export type ReportingActivities = ReturnType<typeof createReportingActivities>;
