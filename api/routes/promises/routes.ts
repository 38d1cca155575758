import type { z } from 'zod';
import type { MarkingPlan } from '../../../domain/marking-policies.ts';
import { forecastOf, riskLimitsOf, type PromiseRisk } from '../../../domain/promise-forecast.ts';
import type { GroupOutlook } from '../../../store/outlooks.ts';
import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { promiseForecasts } from './schemas.ts';

type ForecastView = z.output<typeof promiseForecasts>['forecasts'][number];

const HOUR_SECONDS = 3600;

export function promiseRoutes({ store }: Pick<Services, 'store'>): readonly Route[] {
  return [
    route({
      operationId: 'listPromiseForecasts',
      method: 'get',
      path: '/v1/staff/promise-forecasts',
      tag: 'Staff',
      summary: 'Whether the promised time holds for what comes: for which exam it does not, from when on, and what would help',
      description:
        'Counted every minute from what waits, what comes, and the hours that those who may mark it offer. What is at risk first comes first.',
      roles: STAFF_READERS,
      answers: { 200: { description: 'By exam, language and test', body: promiseForecasts } },
    }).handledBy(async () => {
      const [groups, { plan }] = await Promise.all([store.outlooks.list(), store.markingReviews.latest()]);
      const planned = plan?.outcome.kind === 'planned' ? plan.outcome.plan : undefined;
      const views = groups.map((group) => viewOf(group, planned));
      return { status: 200, body: { forecasts: views.toSorted((one, other) => firstAtRisk(one) - firstAtRisk(other)) } };
    }),
  ];
}

function firstAtRisk({ risk }: ForecastView): number {
  return risk === null ? Number.MAX_SAFE_INTEGER : Date.parse(risk.from);
}

function viewOf({ examId, language, test, policy, outlook, now }: GroupOutlook, plan: MarkingPlan | undefined): ForecastView {
  const { resultSeconds, promisedSeconds, risk } = forecastOf({ outlook, policy, test, now, limits: riskLimitsOf(plan, policy) });
  return {
    examId,
    language,
    test,
    countedAt: iso(outlook.asOf),
    underGrading: outlook.underGrading,
    submissionsAWeek: rounded(outlook.submissionsAWeek),
    graders: outlook.graders.people,
    hoursAWeek: rounded(outlook.graders.aWeekSeconds / HOUR_SECONDS),
    hoursAhead: rounded(outlook.marksAheadSeconds / HOUR_SECONDS),
    usualMinutes: Math.round(outlook.usual.markSeconds / 60),
    resultInHours: resultSeconds === null ? null : Math.ceil(resultSeconds / HOUR_SECONDS),
    promisedInHours: Math.floor(promisedSeconds / HOUR_SECONDS),
    risk: risk && riskOf(risk),
  };
}

function riskOf({ from, why, help: { riskLimit, ...hours } }: PromiseRisk): NonNullable<ForecastView['risk']> {
  return {
    from: iso(from),
    why,
    ...hours,
    riskLimit: riskLimit && { limitPercent: riskLimit.limit / 100, shareMarkedTwice: riskLimit.shareMarkedTwice, wrongShare: riskLimit.wrongShare },
  };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
