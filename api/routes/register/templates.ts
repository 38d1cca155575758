import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Liquid } from 'liquidjs';

/** The register's pages, from the files under templates/; every value is escaped. */

const engine = new Liquid({
  root: fileURLToPath(new URL('templates', import.meta.url)),
  extname: '.liquid',
  cache: true,
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  outputEscape: 'escape',
});

export type Asset = { readonly path: string; readonly type: string; readonly body: Buffer };

const ASSET_TYPES: Readonly<Record<string, string>> = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', svg: 'image/svg+xml' };

/** Style, script and icon under names with a hash of their content, so that they may be kept for ever. */
export const assets: Readonly<Record<string, Asset>> = readAssets();

function readAssets(): Readonly<Record<string, Asset>> {
  const directory = new URL('assets/', import.meta.url);
  return Object.fromEntries(
    readdirSync(directory).map((name) => {
      const body = readFileSync(new URL(name, directory));
      const hash = createHash('sha256').update(body).digest('hex').slice(0, 12);
      const [stem = '', extension = ''] = name.split('.');
      return [stem, { path: `/register/assets/${stem}-${hash}.${extension}`, type: ASSET_TYPES[extension] ?? 'application/octet-stream', body }];
    }),
  );
}

const frame = Object.fromEntries(Object.entries(assets).map(([stem, { path }]) => [`${stem}Path`, path]));

/** Throws liquidjs' error for a value that is missing. */
export function renderPage(template: string, values: object): string {
  return engine.renderFileSync(template, { ...frame, ...values }) as string;
}
