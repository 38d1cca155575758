import { followOutcomeOf, type FollowOutcome, type PlanOutcome, type RefitOutcome } from '../domain/marking-refit.ts';
import type { MarkedScript } from '../domain/marking-fit.ts';
import { inTransaction, type Transaction } from './context.ts';
import type { ExamContext } from './exam-versions.ts';
import { readMarkedScripts } from './marked-scripts.ts';
import { activeVersion, lockActivations } from './marking-models.ts';

/** One fit of the marking model: which run it is, and until when it knows marks. A repeat of the run is the same. */
export type Review = { readonly occasion: string; readonly marksUntil: Date };

export type Refit = Review & { readonly outcome: RefitOutcome; readonly endedAt: Date };
export type StoredPlan = Review & { readonly outcome: PlanOutcome; readonly madeAt: Date };

/** Whether better versions are activated by themselves, and who wants it so since when. */
export type Following = { readonly follows: boolean; readonly setBy: string; readonly reason: string; readonly setAt: Date };

type LatestReview = {
  readonly activeVersion: number | undefined;
  /** Undefined: nobody has ever asked for it. */
  readonly following: Following | undefined;
  readonly refit: Refit | undefined;
  readonly plan: StoredPlan | undefined;
};

/** What the weekly fit of the marking model found and did: records that never change. */
export function createMarkingReviewStore(context: ExamContext) {
  const { prisma, clock } = context;

  async function refitOf({ occasion }: Pick<Review, 'occasion'>): Promise<Refit | undefined> {
    const row = await prisma.markingRefit.findUnique({ where: { occasion } });
    return row ? { ...row, outcome: row.outcome as unknown as RefitOutcome } : undefined;
  }

  async function planOf({ occasion }: Pick<Review, 'occasion'>): Promise<StoredPlan | undefined> {
    const row = await prisma.markingPlan.findUnique({ where: { occasion } });
    return row ? { ...row, outcome: row.outcome as unknown as PlanOutcome } : undefined;
  }

  return {
    refitOf,
    planOf,

    /** The newest, so many at most. */
    markedScripts: (limits: { marksUntil: Date; scriptsMax?: number }): Promise<readonly MarkedScript[]> => readMarkedScripts(context, limits),

    /** Once; a repeat gets what stands. */
    async recordRefit({ occasion, marksUntil }: Review, outcome: RefitOutcome): Promise<RefitOutcome> {
      await prisma.$executeRaw`
        INSERT INTO marking_refit (occasion, marks_until, outcome, ended_at)
        VALUES (${occasion}, ${marksUntil}, ${JSON.stringify(outcome)}::jsonb, ${await clock()}) ON CONFLICT (occasion) DO NOTHING`;
      return (await refitOf({ occasion }))?.outcome ?? outcome;
    },

    /** Once; a repeat gets what stands. */
    async recordPlan({ occasion, marksUntil }: Review, outcome: PlanOutcome): Promise<PlanOutcome> {
      await prisma.$executeRaw`
        INSERT INTO marking_plan (occasion, marks_until, outcome, made_at)
        VALUES (${occasion}, ${marksUntil}, ${JSON.stringify(outcome)}::jsonb, ${await clock()}) ON CONFLICT (occasion) DO NOTHING`;
      return (await planOf({ occasion }))?.outcome ?? outcome;
    },

    /** From now on better versions are activated by themselves, or not. */
    async setFollowing({ follows, actor, reason }: { follows: boolean; actor: string; reason: string }): Promise<void> {
      await inTransaction(context, async (tx) => {
        await lockActivations(tx);
        await tx.$executeRaw`
          INSERT INTO marking_model_following (follows, set_by, reason, set_at) VALUES (${follows}, ${actor}, ${reason}, ${await clock()})`;
      });
    },

    /**
     * Activates what a fit brought if somebody wants that of better versions, and it is better than the one that is asked now. In the name of
     * whoever wants it; once a fit, and never against what a person did meanwhile.
     */
    async followBetter({ occasion }: Pick<Review, 'occasion'>): Promise<FollowOutcome> {
      const refit = (await refitOf({ occasion }))?.outcome;
      if (!refit) throw new RangeError(`there is no fit ${occasion}`);
      return inTransaction(context, async (tx) => {
        await lockActivations(tx);
        if (await tx.markingModelActivation.findUnique({ where: { occasion }, select: { position: true } })) return 'activated';
        const following = await readFollowing(tx);
        const outcome = followOutcomeOf(refit, { active: await activeVersion(tx), follows: following?.follows === true });
        if (outcome !== 'activated' || refit.kind !== 'fitted' || !following) return outcome;
        await tx.$executeRaw`
          INSERT INTO marking_model_activation (marking_model_id, activated_by, reason, activated_at, occasion)
          SELECT id, ${following.setBy}, ${`better than version ${refit.comparison?.against} on what is kept aside; better versions follow: ${following.reason}`},
            ${await clock()}, ${occasion} FROM marking_model WHERE version = ${refit.version}`;
        return outcome;
      });
    },

    /** The last fit and the last plan, whatever came of them, and what is asked now; undefined before there is one. */
    async latest(): Promise<LatestReview> {
      const [active, following, refit, plan] = await Promise.all([
        activeVersion(prisma),
        readFollowing(prisma),
        prisma.markingRefit.findFirst({ orderBy: { position: 'desc' } }),
        prisma.markingPlan.findFirst({ orderBy: { position: 'desc' } }),
      ]);
      return {
        activeVersion: active,
        following,
        refit: refit ? { ...refit, outcome: refit.outcome as unknown as RefitOutcome } : undefined,
        plan: plan ? { ...plan, outcome: plan.outcome as unknown as PlanOutcome } : undefined,
      };
    },
  };
}

async function readFollowing(tx: Transaction): Promise<Following | undefined> {
  const row = await tx.markingModelFollowing.findFirst({
    orderBy: { position: 'desc' },
    select: { follows: true, setBy: true, reason: true, setAt: true },
  });
  return row ?? undefined;
}
