import express, { Router, type Request, type Response } from 'express';
import { TEXTS } from '../../../domain/text.ts';
import { identifiersFor } from '../../../publication/credentials/identifiers.ts';
import { answerOtherMethods } from '../../other-methods.ts';
import { Problem } from '../../problems.ts';
import { paramsOf } from '../../route.ts';
import type { Services } from '../../services.ts';
import { certificateParams, watchForm } from './schemas.ts';
import { renderPage } from './templates.ts';

const FORM_BYTES_MAX = 8 * 1024;
const TOKEN_PATTERN = /^[\w-]{43}$/;

/**
 * For employers who want to be told when a certificate's status changes. A link in a mail only shows a page with a button:
 * mail scanners follow links. The button's form goes to the same address by POST, and so does a mail program that stops
 * the mails by itself (RFC 8058).
 */
export function watchPages({ config, store }: Services): Router {
  const { registerPage } = identifiersFor(config.PUBLIC_URL);
  const router = Router();

  router.post('/register/:certificateId/watches', express.urlencoded({ extended: false, limit: FORM_BYTES_MAX }), async (request, response) => {
    const { certificateId } = paramsOf(certificateParams, request);
    const checked = watchForm.safeParse(request.body);
    if (!checked.success) throw new Problem('validation_failed', 'This is not an e-mail address that can be written to. Go back and check it.');
    await store.watches.ask({
      certificateId,
      email: checked.data.email,
      locale: localeOf(request),
      certificateUrl: registerPage(certificateId),
    });
    // Always the same: whether there is such a certificate, or the address is known, is nobody's business.
    send(response, renderPage('watch', { act: 'asked', token: '' }));
  });

  router.get('/register/watches/confirm', (request, response) => {
    send(response, renderPage('watch', { act: 'confirm', token: tokenOf(request) }));
  });

  router.post('/register/watches/confirm', async (request, response) => {
    const certificateId = await store.watches.confirm(tokenOf(request));
    if (certificateId === undefined)
      throw new Problem('not_found', 'This link is too old, or the messages were stopped. Ask anew on the certificate’s page.');
    send(response, renderPage('watch', { act: 'confirmed', token: '' }));
  });

  router.get('/register/watches/stop', (request, response) => {
    send(response, renderPage('watch', { act: 'stop', token: tokenOf(request) }));
  });

  router.post('/register/watches/stop', async (request, response) => {
    await store.watches.stop(tokenOf(request));
    send(response, renderPage('watch', { act: 'stopped', token: '' }));
  });

  answerOtherMethods(router);
  return router;
}

/** The first of Accept-Language, as a mail's locale. */
function localeOf(request: Request): string {
  const [preferred = '*'] = request.acceptsLanguages();
  return TEXTS.locale.problem(preferred) === undefined ? preferred : 'en';
}

function tokenOf(request: Request): string {
  const { token } = request.query;
  if (typeof token !== 'string' || !TOKEN_PATTERN.test(token))
    throw new Problem('not_found', 'This link is incomplete. Copy all of it from the mail.');
  return token;
}

function send(response: Response, html: string): void {
  response.type('html').send(html);
}
