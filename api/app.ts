import express, { Router, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { identify } from './authentication.ts';
import { learnContacts } from './contacts.ts';
import { shareAcrossOrigins } from './cross-origin.ts';
import { documentationRoutes } from './documentation.ts';
import { answerProblems, answerUnknownRoute } from './error-handler.ts';
import { refuseUnclearHost } from './host.ts';
import { openApiDocument } from './openapi.ts';
import { answerOtherMethods } from './other-methods.ts';
import { limitRate } from './rate-limit.ts';
import { nameRequest } from './request-context.ts';
import { createReadingRecorder } from './readings.ts';
import { recordRequests } from './request-log.ts';
import { mount, type Route } from './route.ts';
import { doorRoutes } from './pages/doors.ts';
import { operationsRoutes } from './routes/operations/routes.ts';
import { documentRoutes } from './routes/register/documents.ts';
import { answerWithPage, registerPages } from './routes/register/pages.ts';
import { registerRoutes } from './routes/register/routes.ts';
import { routesOf } from './routes.ts';
import { overrideMethod } from './routes/uploads/method-override.ts';
import type { Services } from './services.ts';
import { separateDuties } from './separation-of-duties.ts';
import { limitSlowBodies } from './slow-bodies.ts';
import { traceRequests } from './tracing.ts';

/** Nothing that we send loads anything from anywhere. */
const SECURITY_HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], styleSrc: ["'unsafe-inline'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
  },
};

/**
 * The whole API as one Express app. What a request passes, from top to bottom, is this list. Its OpenAPI document is made for the first who asks, or
 * before anybody can: it is a sixth of the work of starting, in which nobody else would be answered.
 */
export function createApp(services: Services, { documentAtOnce = false }: { documentAtOnce?: boolean } = {}): Express {
  const { config, logger, verifyToken } = services;
  const register = registerRoutes(services);
  const routes = routesOf(services);
  const app = createExpress();

  app.use(traceRequests);
  app.use(nameRequest);
  app.use(recordRequests(services));
  app.use(refuseUnclearHost);
  app.use(helmet(SECURITY_HEADERS));
  app.use(shareAcrossOrigins({ origins: config.CORS_ALLOWED_ORIGINS, temporalUi: config.TEMPORAL_UI_URL }));
  app.use(limitSlowBodies({ seconds: config.REQUEST_BODY_SECONDS }));
  app.use(openToAll(services, register));
  app.use(overrideMethod);
  app.use(identify(verifyToken));
  app.use(learnContacts(services));
  app.use(limitRate({ perMinute: config.RATE_LIMIT_PER_MINUTE }));
  app.use(forbidCaching);
  const recordReading = createReadingRecorder(services);
  for (const route of routes) mount(app, route, [...separateDuties(services, route), ...recordReading(route)]);
  app.use(
    documentationRoutes({
      document: () => openApiDocument({ routes: [...register, ...routes], publicUrl: config.PUBLIC_URL, issuer: config.OIDC_ISSUER }),
      atOnce: documentAtOnce,
    }),
  );
  answerOtherMethods(app.router);
  app.use(answerUnknownRoute);
  app.use('/register', answerWithPage(logger));
  app.use(answerProblems(services));
  return app;
}

/** Of those who are somebody. Of what is for everybody it passes nothing: each route there that a request is held against takes time. */
const FOR_SOMEBODY = /^\/v1\/(?!register(?:\/|$))/i;

/** What asks nobody who they are. */
function openToAll(services: Services, register: readonly Route[]): Router {
  const limitRegister = limitRate({ perMinute: services.config.REGISTER_RATE_LIMIT_PER_MINUTE });
  const router = Router();
  router.use((request, _response, next) => next(FOR_SOMEBODY.test(request.path) ? 'router' : undefined));
  router.use(operationsRoutes(services));
  // For everybody: nobody is identified, and an address has a limit of its own there.
  router.use('/v1/register', limitRegister, forbidStoring);
  for (const route of register) mount(router, route);
  router.use(registerPages(services, { limit: limitRegister }));
  router.use(documentRoutes(services));
  router.use(doorRoutes(services));
  answerOtherMethods(router);
  return router;
}

function createExpress(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  // The caller's address comes from X-Forwarded-For if a proxy of a private network passed it on, and never from outside.
  app.set('trust proxy', ['loopback', 'linklocal', 'uniquelocal']);
  return app;
}

/** Answers are one person's, and true for one moment; so none is ever "not modified", as Express would say to `If-None-Match: *`. */
const forbidCaching: RequestHandler = (request, response, next) => {
  delete request.headers['if-none-match'];
  forbidStoring(request, response, next);
};

const forbidStoring: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};
