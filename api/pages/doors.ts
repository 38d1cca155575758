import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Router, type RequestHandler, type Response } from 'express';
import sirv from 'sirv';
import { answerOtherMethods } from '../other-methods.ts';
import { Problem } from '../problems.ts';
import type { Services } from '../services.ts';
import { frontPage } from './front-page.ts';
import { LANGUAGES, languageFor, type Language } from './language.ts';

/** Where `npm run build:web` and the image put the pages. */
const BUILD_DIRECTORY = fileURLToPath(new URL('../../build/web', import.meta.url));
const DOORS = ['desk', 'console', 'exam'] as const;
const YEAR_SECONDS = 31_536_000;
/** The one style that React Aria puts into a page itself: how what can be pressed takes touches. */
const REACT_ARIA_STYLE = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='";

type Door = (typeof DOORS)[number];
type Pages = Readonly<Record<Door, Readonly<Record<Language, string>>>>;

/**
 * The pages of graders, staff and candidates: static files that talk to the API as anybody's would. Where they were not built, or no
 * client of the issuer is named, their addresses say so, and the API works on.
 */
export function doorRoutes({ config }: Pick<Services, 'config'>): Router {
  const { OIDC_ISSUER: issuer, WEB_CLIENT_ID: clientId, WEB_SCOPE: scope, TEMPORAL_UI_URL: temporalUiUrl } = config;
  const router = Router();
  const pages = readPages();
  const policy = contentSecurityPolicy(issuer);

  router.get('/', (request, response) => {
    const { html, policy: frontPolicy } = frontPage({
      language: languageFor(request.acceptsLanguages()),
      withDoors: pages !== undefined && clientId !== undefined,
    });
    sendPage(response, { html, policy: frontPolicy });
  });

  router.get('/pages/settings.json', (_request, response) => {
    if (clientId === undefined) throw notSetUp();
    response.set('Cache-Control', 'no-store').json({ issuer, clientId, scope, temporalUiUrl: temporalUiUrl ?? null });
  });

  if (pages) {
    // Their names say what is in them, so they are kept for ever. What is there was found out once: no request reaches the disk elsewhere.
    const assets = sirv(`${BUILD_DIRECTORY}/assets`, { immutable: true, maxAge: YEAR_SECONDS, brotli: true, gzip: true, etag: true });
    router.use('/pages/assets', (request, response, next) => assets(request, response, next));
  }

  for (const door of DOORS) {
    const answer: RequestHandler = (request, response) => {
      if (!pages) throw new Problem('not_found', 'The pages were not built here: npm run build:web builds them. The API works without.');
      if (clientId === undefined) throw notSetUp();
      sendPage(response, { html: pages[door][languageFor(request.acceptsLanguages())], policy });
    };
    router.get(`/${door}`, answer);
    // Which page an address below is, the page itself knows.
    router.get(`/${door}/*path`, answer);
  }

  answerOtherMethods(router);
  return router;
}

function notSetUp(): Problem {
  return new Problem(
    'not_found',
    'The pages are not set up here: the setting WEB_CLIENT_ID names their client at the issuer. The API works without.',
  );
}

function readPages(): Pages | undefined {
  const fileOf = (door: Door, language: Language) => `${BUILD_DIRECTORY}/${door}/index.${language}.html`;
  if (!DOORS.every((door) => LANGUAGES.every((language) => existsSync(fileOf(door, language))))) return undefined;
  const read = (door: Door) => Object.fromEntries(LANGUAGES.map((language) => [language, readFileSync(fileOf(door, language), 'utf8')]));
  return Object.fromEntries(DOORS.map((door) => [door, read(door)])) as Pages;
}

/** Nothing from elsewhere, and inline nothing but that one style; requests go to us and to the issuer. */
function contentSecurityPolicy(issuer: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${REACT_ARIA_STYLE}`,
    "img-src 'self' blob:",
    "font-src 'self'",
    `connect-src 'self' ${new URL(issuer).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function sendPage(response: Response, { html, policy }: { html: string; policy: string }): void {
  response.vary('Accept-Language');
  response.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' }).type('html').send(html);
}
