import { Router, type Response } from 'express';
import { z } from 'zod';
import { identifiersFor } from '../../../publication/credentials/identifiers.ts';
import { certifiableLine, TEXTS } from '../../../domain/text.ts';
import { achievementDocument, statedDocument } from '../../../publication/credentials/issuer-document.ts';
import { STATUS_PURPOSES } from '../../../domain/status-position.ts';
import { asyncApiDocument } from '../../../publication/events/asyncapi.ts';
import { dataSchemaPath } from '../../../publication/events/cloud-event.ts';
import { dataSchemaOf, EVENT_TYPES } from '../../../publication/events/schemas.ts';
import { answerOtherMethods } from '../../other-methods.ts';
import { Problem } from '../../problems.ts';
import { limitRate } from '../../rate-limit.ts';
import { paramsOf } from '../../route.ts';
import { digits, INTEGER_MAX } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { text } from '../../../publication/text.ts';
import { rememberBriefly } from '../../brief-memory.ts';
import { publicCaching } from './caching.ts';
import { certificateParams } from './schemas.ts';

const LD_JSON = 'application/ld+json';
const SCHEMA_JSON = 'application/schema+json';
const REMEMBER_MILLISECONDS = 10_000;
const REMEMBERED_MAX = 100;

const statusListParams = z.object({ purpose: z.enum(STATUS_PURPOSES), number: digits({ min: 1, max: INTEGER_MAX }) });
const examParams = z.object({ examId: text(TEXTS.key) });

/**
 * What verifiers and other systems read under addresses that never change, since they are signed into credentials or sent
 * in events: the issuer with its keys, achievements, status lists; and what events look like.
 */
export function documentRoutes({ config, issuerKeys, store }: Services): Router {
  const { PUBLIC_URL: publicUrl } = config;
  const { registerPage } = identifiersFor(publicUrl);
  const router = Router();
  const limit = limitRate({ perMinute: config.RATE_LIMIT_PER_MINUTE });

  const statusList = rememberBriefly({
    ask: async (key) => {
      const { purpose, number } = JSON.parse(key) as z.output<typeof statusListParams>;
      const list = await store.certificates.statusList({ purpose, number });
      return list && JSON.stringify(list);
    },
    milliseconds: REMEMBER_MILLISECONDS,
    answersMax: REMEMBERED_MAX,
  });

  router.get('/issuer', limit, async (_request, response) => {
    sendDocument(response, { type: LD_JSON, body: JSON.stringify(statedDocument({ publicUrl, keys: issuerKeys() })) });
  });

  router.get('/achievements/:examId', limit, async (request, response) => {
    const { examId } = paramsOf(examParams, request);
    const { content } = await store.examVersions.newest(examId);
    sendDocument(response, {
      type: LD_JSON,
      body: JSON.stringify(achievementDocument({ publicUrl, examId, examTitle: certifiableLine(content.title) })),
    });
  });

  router.get('/credentials/status/:purpose/:number', limit, async (request, response) => {
    const body = await statusList(JSON.stringify(paramsOf(statusListParams, request)));
    if (body === undefined) throw new Problem('not_found', 'There is no such status list.');
    sendDocument(response, { type: LD_JSON, body });
  });

  /** A credential's id is the address of its page, for people: the credential itself is its holder's to show. */
  router.get('/credentials/:certificateId', limit, (request, response) => {
    const { certificateId } = paramsOf(certificateParams, request);
    response.redirect(303, registerPage(certificateId));
  });

  const asyncApi = JSON.stringify(asyncApiDocument({ publicUrl }));
  router.get('/asyncapi.json', limit, (_request, response) => {
    sendDocument(response, { type: 'application/json', body: asyncApi });
  });

  const schemas = new Map(EVENT_TYPES.map((type) => [dataSchemaPath(type), JSON.stringify(dataSchemaOf(type))]));
  router.get('/events/schemas/:name', limit, (request, response) => {
    const body = schemas.get(request.path);
    if (body === undefined) throw new Problem('not_found', 'There is no event with such a schema.');
    sendDocument(response, { type: SCHEMA_JSON, body });
  });

  answerOtherMethods(router);
  return router;
}

function sendDocument(response: Response, { type, body }: { type: string; body: string }): void {
  response.set(publicCaching(body)).type(type).send(body);
}
