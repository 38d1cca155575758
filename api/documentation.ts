import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';
import express, { Router, type RequestHandler } from 'express';
import type { OpenApiDocument } from './openapi.ts';
import { answerOtherMethods } from './other-methods.ts';
import { Problem } from './problems.ts';

const ERRORS_FILE = new URL('../docs/errors.md', import.meta.url);

/** Swagger UI's own files, from the package: nothing is loaded from another host. */
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Certifiable API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript. The <a href="/openapi.json">OpenAPI document</a> says the same.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#page',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** The page's own script and calls to this API, and nothing else. */
const allowPage: RequestHandler = (_request, response, next) => {
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  next();
};

/** For those who write clients: the OpenAPI document, a page to read and try it, and what each problem code means. */
export function documentationRoutes({ document, atOnce }: { document: () => OpenApiDocument; atOnce: boolean }): Router {
  const router = Router();

  let openApi = atOnce ? JSON.stringify(document()) : undefined;
  router.get('/openapi.json', (_request, response) => {
    openApi ??= JSON.stringify(document());
    response.type('json').send(openApi);
  });

  router.get('/docs', allowPage, (_request, response) => {
    response.type('html').send(PAGE);
  });
  router.get('/docs/start.js', (_request, response) => {
    response.type('js').send(START);
  });
  const assets = express.static(assetDirectory(), { index: false });
  for (const asset of ASSETS)
    router.get(`/docs/${asset}`, (request, response, next) => {
      request.url = `/${asset}`;
      assets(request, response, next);
    });

  let errors: Promise<string> | undefined;
  router.get('/problems/:code', async (request, response) => {
    errors ??= readFile(ERRORS_FILE, 'utf8');
    const section = sectionOf(await errors, request.params.code);
    if (section === undefined) throw new Problem('not_found', 'There is no such problem code.');
    response.type('text/markdown').send(section);
  });

  answerOtherMethods(router);
  return router;
}

function assetDirectory(): string {
  const manifest = findPackageJSON('swagger-ui-dist', import.meta.url);
  if (manifest === undefined) throw new Error('the npm package swagger-ui-dist is not installed: run npm ci');
  return dirname(manifest);
}

/** One code's section of docs/errors.md, from its heading to the next one. */
export function sectionOf(markdown: string, code: string): string | undefined {
  const sections = markdown.split(/^(?=## )/m).slice(1);
  return sections.find((section) => section.startsWith(`## ${code}\n`));
}
