import { Router } from 'express';
import { rememberBriefly } from '../../brief-memory.ts';
import { answerOtherMethods } from '../../other-methods.ts';
import type { Services } from '../../services.ts';

/** How long a probe waits for what it asks. */
const PROBE_MILLISECONDS = 1500;
/** Everybody can ask, and it asks the database: one answer for all who come within this time. */
const READY_MILLISECONDS = 1000;

/** For those who run the service: probes, metrics, and the keys that receipts are verified with. */
export function operationsRoutes({ store, temporal, receipts, metrics, secrets }: Services): Router {
  const router = Router();

  router.get('/livez', (_request, response) => {
    response.json({ status: 'ok' });
  });

  /** Ready means: PostgreSQL answers. Facts are taken while Temporal is away, so its state is only told. */
  const states = rememberBriefly({
    ask: () =>
      Promise.all([
        stateOf(store.ping()),
        stateOf(temporal.withDeadline(Date.now() + PROBE_MILLISECONDS, () => temporal.workflowService.getSystemInfo({}))),
      ]),
    milliseconds: READY_MILLISECONDS,
    answersMax: 1,
  });
  router.get('/readyz', async (_request, response) => {
    const [postgresql, temporalState] = await states('');
    const ready = postgresql === 'ok';
    response.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable', postgresql, temporal: temporalState });
  });

  /** For Prometheus, which asks each replica itself. What comes by way of a proxy comes from the world, and there is nothing for it here. */
  router.get('/metrics', async (request, response, next) => {
    if (request.headers['x-forwarded-for'] !== undefined) {
      next();
      return;
    }
    response.type(metrics.contentType).send((await metrics.text()) + (await secrets.metrics()));
  });

  router.get('/.well-known/jwks.json', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=300').json(receipts.publicKeys);
  });

  answerOtherMethods(router);
  return router;
}

async function stateOf(probe: Promise<unknown>): Promise<'ok' | 'unavailable'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'unavailable'>((resolve) => {
    timer = setTimeout(() => resolve('unavailable'), PROBE_MILLISECONDS);
  });
  const answer = probe.then(
    () => 'ok' as const,
    () => 'unavailable' as const,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
