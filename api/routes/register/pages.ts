import express, { Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { isBlankText, TEXTS, type TextRule } from '../../../domain/text.ts';
import { identifiersFor } from '../../../publication/credentials/identifiers.ts';
import { dateText } from '../../../publication/documents/format.ts';
import type { Logger } from '../../../platform/logging.ts';
import { answerOtherMethods } from '../../other-methods.ts';
import { Problem, problemOf, type ProblemAnswer } from '../../problems.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf } from '../../route.ts';
import type { Services } from '../../services.ts';
import { publicCaching } from './caching.ts';
import { readShownFile } from './multipart.ts';
import { certificateParams, CERTIFICATE_PDF_BYTES_MAX, search } from './schemas.ts';
import { looksLikePdf, shownIn } from './shown-file.ts';
import { assets, renderPage } from './templates.ts';
import type { VerificationResult } from './verification.ts';
import { viewOf, type CertificateView } from './view.ts';
import { watchPages } from './watches.ts';

/** The page's own style and script, and forms to ourselves; nothing from elsewhere, and nothing inline. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ASSET_CACHING = 'public, max-age=31536000, immutable';
const FORM_BYTES_MAX = 8 * 1024;

/**
 * The public register for people: HTML that works without a script, no cookie, no account. What is typed comes by POST and
 * gets into no address. `limit` counts these requests together with those of programs.
 */
export function registerPages(services: Services, { limit }: { limit: RequestHandler }): Router {
  const { config, lookUp, verifyCredential, credentialInspector } = services;
  const { registerPage } = identifiersFor(config.PUBLIC_URL);
  const router = Router();
  const readForm = express.urlencoded({ extended: false, limit: FORM_BYTES_MAX });
  const readFile = express.raw({ type: 'multipart/form-data', limit: CERTIFICATE_PDF_BYTES_MAX });

  // Not counted: they are static, kept for ever, and a page needs them to tell of a limit.
  for (const { path, type, body } of Object.values(assets)) {
    router.get(path, (_request, response) => {
      response.set('Cache-Control', ASSET_CACHING).type(type).send(body);
    });
  }

  router.use('/register', allowPage, limit);

  const start = renderPage('start', { ...NOTHING_TYPED, notFound: false, problems: NOTHING_TYPED });
  router.get('/register', (_request, response) => {
    sendKept(response, start);
  });

  router.post('/register', readForm, async (request, response) => {
    const typed = typedIn(request.body);
    const checked = search.safeParse(typed);
    const entry = checked.success ? await lookUp.search(checked.data) : undefined;
    if (entry) return response.redirect(303, `/register/${entry.certificateId}`);
    const problems = checked.success ? NOTHING_TYPED : problemsOf(typed);
    sendPage(response, { status: checked.success ? 404 : 422, html: renderPage('start', { ...typed, notFound: checked.success, problems }) });
  });

  router.post('/register/verification', readFile, async (request, response) => {
    const file = await readShownFile(request);
    const isPdf = looksLikePdf(file);
    const result = await verifyCredential(await shownIn(file, credentialInspector));
    sendPage(response, { status: 200, html: renderPage('verification', { ...verificationValues(result), isPdf }) });
  });

  router.use(watchPages(services));

  router.get('/register/:certificateId', async (request, response) => {
    const { certificateId } = paramsOf(certificateParams, request);
    const entry = await lookUp.find(certificateId);
    if (!entry) throw new Problem('not_found', 'The register has no certificate with this id.');
    const view = viewOf(entry);
    sendKept(response, renderPage('certificate', { ...certificateValues(view), url: registerPage(view.certificateId), asOf: asOf() }));
  });

  answerOtherMethods(router);
  router.use('/register', () => {
    throw new Problem('not_found', 'The register has no such page.');
  });
  return router;
}

const NOTHING_TYPED = { certificate: '', name: '' };

/** A form's two fields as text, whatever was sent. */
function typedIn(body: unknown): typeof NOTHING_TYPED {
  const field = (name: string) => {
    const value: unknown = typeof body === 'object' && body !== null && name in body ? body[name as keyof typeof body] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { certificate: field('certificate'), name: field('name') };
}

/** By field; empty where nothing is wrong. */
function problemsOf({ certificate, name }: typeof NOTHING_TYPED): typeof NOTHING_TYPED {
  const problemOf = (text: string, rule: TextRule, whenBlank: string) => {
    if (isBlankText(text)) return whenBlank;
    const problem = rule.problem(text);
    return problem === undefined ? '' : `This ${problem}.`;
  };
  return {
    certificate: problemOf(certificate, TEXTS.certificateSought, 'Enter the certificate’s id or number.'),
    name: problemOf(name, TEXTS.nameSought, 'Enter the name on the certificate.'),
  };
}

function certificateValues({ certificateId, name, exam, issuedAt, score, status, replacedBy }: CertificateView) {
  return { ...statedValues({ certificateId, name, exam, issuedAt, score }), status, replacedBy };
}

function statedValues({ certificateId, name, exam, issuedAt, score }: NonNullable<VerificationResult['certificate']>) {
  return { certificateId, name, exam, issuedOn: issuedAt.slice(0, 10), issuedOnText: dateText(new Date(issuedAt)), score };
}

function verificationValues({ result, reason, certificate }: VerificationResult) {
  return { result, reason, certificate: certificate && statedValues(certificate), asOf: asOf() };
}

/** Minutes are enough, and let a page be the same for a while. */
function asOf(): { readonly iso: string; readonly text: string } {
  const now = new Date();
  const iso = `${now.toISOString().slice(0, 16)}Z`;
  return { iso, text: `${dateText(now)}, ${iso.slice(11, 16)} UTC` };
}

/** A public page that anybody may keep for a moment. */
function sendKept(response: Response, html: string): void {
  response.set(publicCaching(html)).type('html').send(html);
}

/** A page for one person at one moment. */
function sendPage(response: Response, { status, html }: { status: number; html: string }): void {
  response.status(status).set('Cache-Control', 'no-store').type('html').send(html);
}

const allowPage: RequestHandler = (_request, response, next) => {
  response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** Tells people of a problem in a page, wherever their request ended. Only what we did not expect is logged with its cause. */
export function answerWithPage(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request: Request, response, next) => {
    const { requestId } = contextOf(response);
    const problem = problemOf(error, requestId);
    if (problem.status >= 500) logger.error({ err: error, requestId, code: problem.body.code }, 'request failed');
    if (response.headersSent) return next(error);
    response.set(problem.headers).set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    sendPage(response, { status: problem.status, html: renderPage('problem', problemValues(problem)) });
  };
}

function problemValues({ status, headers, body }: ProblemAnswer) {
  const detail = String(body['detail']);
  const retryAfterSeconds = headers['Retry-After'] ?? null;
  switch (body.code) {
    case 'not_found':
      return { title: 'Not found', detail, retryAfterSeconds };
    case 'rate_limited':
      return { title: 'That was a lot of requests', detail: 'Too many came from your network in one minute.', retryAfterSeconds };
    case 'request_timeout':
      return { title: 'That took too long', detail: 'The rest of what you sent did not come in time. Send it again.', retryAfterSeconds };
    case 'payload_too_large':
      return {
        title: 'This file is too large',
        detail: 'A certificate as PDF is taken up to 2 MB, its credential alone up to 64 kB.',
        retryAfterSeconds,
      };
    default:
      return status >= 500
        ? { title: 'This does not work at the moment', detail: 'The fault is ours, and says nothing about any certificate.', retryAfterSeconds }
        : { title: 'That did not work', detail, retryAfterSeconds };
  }
}
