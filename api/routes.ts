import type { Route } from './route.ts';
import { accommodationRoutes } from './routes/accommodations/routes.ts';
import { acquaintanceRoutes } from './routes/acquaintances/routes.ts';
import { appealRoutes } from './routes/appeals/routes.ts';
import { aptitudeTestRoutes } from './routes/aptitude-test/routes.ts';
import { assignmentRoutes } from './routes/assignments/routes.ts';
import { attemptRoutes } from './routes/attempts/routes.ts';
import { candidateRoutes } from './routes/candidates/routes.ts';
import { caseStudyRoutes } from './routes/case-study/routes.ts';
import { certificateRoutes } from './routes/certificates/routes.ts';
import { claimedActRoutes } from './routes/claimed-acts/routes.ts';
import { commentRoutes } from './routes/comments/routes.ts';
import { complaintRoutes } from './routes/complaints/routes.ts';
import { eventRoutes } from './routes/events/routes.ts';
import { examRoutes } from './routes/exams/routes.ts';
import { explanationRoutes } from './routes/explanations/routes.ts';
import { graderRoutes } from './routes/graders/routes.ts';
import { groupRoutes } from './routes/groups/routes.ts';
import { ledgerRoutes } from './routes/ledger/routes.ts';
import { mailRoutes } from './routes/mails/routes.ts';
import { markingPlanRoutes } from './routes/marking-plan/routes.ts';
import { panelRoutes } from './routes/panels/routes.ts';
import { reportRoutes } from './routes/reports/routes.ts';
import { payloadRoutes } from './routes/payloads/routes.ts';
import { payRoutes } from './routes/pay/routes.ts';
import { proposedActRoutes } from './routes/proposed-acts/routes.ts';
import { proposedAct } from './routes/proposed-acts/schemas.ts';
import { privacyRoutes } from './routes/privacy/routes.ts';
import { promiseRoutes } from './routes/promises/routes.ts';
import { regradeRoutes } from './routes/regrades/routes.ts';
import { resultRoutes } from './routes/results/routes.ts';
import { searchRoutes } from './routes/search/routes.ts';
import { seedRoutes } from './routes/seeds/routes.ts';
import { staffRoutes } from './routes/staff/routes.ts';
import { storyRoutes } from './routes/story/routes.ts';
import { uploadRoutes } from './routes/uploads/routes.ts';
import type { Services } from './services.ts';
import { dutyOf, isForTwo } from './two-persons.ts';

/** Every route under /v1: the app mounts them and the OpenAPI document describes them. The hot path, autosave, comes first. */
export function routesOf(services: Services): readonly Route[] {
  const routes = ownRoutesOf(services).map(asItAnswers);
  return [...routes, ...proposedActRoutes(services, routes)];
}

/** What takes two persons answers with what waits for the second one; its own answer is the confirmation's. */
function asItAnswers(route: Route): Route {
  if (!isForTwo(route)) return route;
  const { answers, refusals = [] } = route;
  const proposed = { 202: { description: 'Proposed: it is done once somebody else has confirmed it', body: proposedAct } };
  return {
    ...route,
    answers: dutyOf(route) === 'two' ? proposed : { ...answers, ...proposed },
    refusals: [...new Set([...refusals, 'act_proposed' as const, 'insufficient_user_authentication' as const])],
  };
}

function ownRoutesOf(services: Services): readonly Route[] {
  return [
    ...aptitudeTestRoutes(services),
    ...attemptRoutes(services),
    ...caseStudyRoutes(services),
    ...uploadRoutes(services),
    ...resultRoutes(services),
    ...explanationRoutes(services),
    ...appealRoutes(services),
    ...complaintRoutes(services),
    ...examRoutes(services),
    ...assignmentRoutes(services),
    ...commentRoutes(services),
    ...groupRoutes(services),
    ...graderRoutes(services),
    ...payRoutes(services),
    ...seedRoutes(services),
    ...staffRoutes(services),
    ...promiseRoutes(services),
    ...markingPlanRoutes(services),
    ...reportRoutes(services),
    ...panelRoutes(services),
    ...claimedActRoutes(services),
    ...searchRoutes(services),
    ...storyRoutes(services),
    ...candidateRoutes(services),
    ...privacyRoutes(services),
    ...accommodationRoutes(services),
    ...certificateRoutes(services),
    ...regradeRoutes(services),
    ...eventRoutes(services),
    ...mailRoutes(services),
    ...ledgerRoutes(services),
    ...payloadRoutes(services),
    ...acquaintanceRoutes(services),
  ];
}
