import { readFile } from 'node:fs/promises';
import { Router } from 'express';
import { docsPage } from './docs-page.ts';
import type { OpenApiDocument } from './openapi.ts';
import { Problem } from './problems.ts';

const ERRORS_FILE = new URL('../docs/errors.md', import.meta.url);

/** For those who write clients: the OpenAPI document, a page that shows it, and what each problem code means. */
export function documentationRoutes({ document }: { document: OpenApiDocument }): Router {
  const router = Router();
  const page = docsPage(document);

  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });

  router.get('/docs', (_request, response) => {
    response.type('html').send(page);
  });

  router.get('/problems/:code', async (request, response) => {
    const section = sectionOf(await readFile(ERRORS_FILE, 'utf8'), request.params.code);
    if (section === undefined) throw new Problem('not_found', 'There is no such problem code.');
    response.type('text/markdown').send(section);
  });

  return router;
}

/** One code's section of docs/errors.md, from its heading to the next one. */
export function sectionOf(markdown: string, code: string): string | undefined {
  const sections = markdown.split(/^(?=## )/m).slice(1);
  return sections.find((section) => section.startsWith(`## ${code}\n`));
}
