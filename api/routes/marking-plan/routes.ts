import type { z } from 'zod';
import { refitWords } from '../../../domain/marking-refit.ts';
import type { Refit, StoredPlan } from '../../../store/marking-reviews.ts';
import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { markingPlan } from './schemas.ts';

type PlanView = z.output<typeof markingPlan>;

export function markingPlanRoutes({ store }: Pick<Services, 'store'>): readonly Route[] {
  return [
    route({
      operationId: 'getMarkingPlan',
      method: 'get',
      path: '/v1/staff/marking-plan',
      tag: 'Staff',
      summary: 'What policies of second marking cost and get wrong, and what the weekly fit of the marking model found',
      description: 'Computed every week by the pool `reporting`, on scripts that two graders marked, each judged by a model of other attempts.',
      roles: STAFF_READERS,
      answers: { 200: { description: 'The last fit and the last plan', body: markingPlan } },
    }).handledBy(async () => {
      const { activeVersion, following, refit, plan } = await store.markingReviews.latest();
      const body = { activeVersion: activeVersion ?? null, followsBetter: following?.follows === true, fit: fitOf(refit), plan: planOf(plan) };
      return { status: 200, body };
    }),
  ];
}

function fitOf(refit: Refit | undefined): PlanView['fit'] {
  if (!refit) return null;
  const { outcome } = refit;
  return {
    endedAt: iso(refit.endedAt),
    marksUntil: iso(refit.marksUntil),
    version: outcome.kind === 'fitted' ? outcome.version : null,
    isNew: outcome.kind === 'fitted' && outcome.isNew,
    words: [...refitWords(outcome)],
  };
}

function planOf(stored: StoredPlan | undefined): PlanView['plan'] {
  if (stored?.outcome.kind !== 'planned') return null;
  const { scripts, decisions, machineCheckHelps, policies } = stored.outcome.plan;
  return {
    madeAt: iso(stored.madeAt),
    marksUntil: iso(stored.marksUntil),
    scripts,
    decisions,
    machineCheckHelps,
    policies: policies.map((outcome) => ({ ...outcome, limit: outcome.limit ?? null })),
  };
}
