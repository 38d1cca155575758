import type { OpenApiDocument } from './openapi.ts';
import { PROBLEM_CODES } from './problems.ts';

const CODES: ReadonlySet<string> = new Set(PROBLEM_CODES);

/**
 * The OpenAPI document as one page: no script, nothing from other hosts, readable on paper and without a network. Renders
 * once, at start.
 */
export function docsPage(document: OpenApiDocument): string {
  const operations = operationsOf(document);
  const tags = [...new Set(operations.map((operation) => operation.tag))];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(document.info.title)} API</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${text(document.info.title)} API</h1>
<p>${prose(document.info.description ?? '')}</p>
<p><a href="/openapi.json">The OpenAPI document</a></p>
</header>
<nav aria-label="Resources"><ul>${tags.map((tag) => `<li><a href="#${anchor(tag)}">${text(tag)}</a></li>`).join('')}<li><a href="#schemas">Schemas</a></li></ul></nav>
<main>
${tags.map((tag) => `<section id="${anchor(tag)}"><h2>${text(tag)}</h2>${operations.filter((operation) => operation.tag === tag).map(operationOf).join('\n')}</section>`).join('\n')}
<section id="schemas"><h2>Schemas</h2>
${Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => `<article id="schema-${anchor(name)}"><h3>${text(name)}</h3>${schemaBlock(schema)}</article>`).join('\n')}
</section>
</main>
</body>
</html>
`;
}

type Described = { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
type Parameter = { readonly in: string; readonly name: string; readonly required?: boolean; readonly description?: string };
type Operation = {
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody: Described | undefined;
  readonly responses: readonly (readonly [string, Described])[];
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;

function operationsOf(document: OpenApiDocument): readonly Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      return [
        {
          method: method.toUpperCase(),
          path,
          tag: operation.tags?.[0] ?? '',
          id: operation.operationId ?? '',
          summary: operation.summary ?? '',
          description: operation.description ?? '',
          parameters: (operation.parameters ?? []) as readonly Parameter[],
          requestBody: operation.requestBody as Described | undefined,
          responses: Object.entries(operation.responses ?? {}) as [string, Described][],
        },
      ];
    }),
  );
}

function operationOf(operation: Operation): string {
  const { method, path, id, summary, description, parameters, requestBody, responses } = operation;
  return `<article id="${anchor(id)}">
<h3><code>${method} ${text(path)}</code></h3>
<p><strong>${text(summary)}.</strong> ${prose(description)}</p>
${parameters.length === 0 ? '' : `<table><caption>Parameters</caption>${parameters.map(parameterRow).join('')}</table>`}
${requestBody?.content ? `<h4>Body</h4>${contentBlock(requestBody)}` : ''}
<table><caption>Answers</caption>${responses.map(([status, response]) => `<tr><th scope="row">${text(status)}</th><td>${prose(response.description ?? '')}${Number(status) < 400 ? contentBlock(response) : ''}</td></tr>`).join('')}</table>
</article>`;
}

function parameterRow({ in: place, name, required, description }: Parameter): string {
  return `<tr><th scope="row"><code>${text(name)}</code></th><td>${text(place)}${required ? ', required' : ''}${description ? `. ${text(description)}` : ''}</td></tr>`;
}

function contentBlock({ content }: Described): string {
  const schemas = Object.entries(content ?? {});
  return schemas.map(([mediaType, { schema }]) => (mediaType === 'application/json' ? schemaBlock(schema) : `<p><code>${text(mediaType)}</code></p>`)).join('');
}

/** A schema that has a name is a link to it; any other is shown folded. */
function schemaBlock(schema: unknown): string {
  const name = referenceOf(schema);
  if (name !== undefined) return `<p><a href="#schema-${anchor(name)}">${text(name)}</a></p>`;
  return `<details><summary>JSON Schema</summary><pre>${linked(JSON.stringify(schema, null, 2) ?? '')}</pre></details>`;
}

function referenceOf(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null || !('$ref' in schema)) return undefined;
  return String(schema.$ref).split('/').at(-1);
}

function linked(json: string): string {
  return text(json).replaceAll(/#\/components\/schemas\/(\w+)/g, (reference, name: string) => `<a href="#schema-${anchor(name)}">${reference}</a>`);
}

function anchor(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

/** Text with its `code` marked up; a problem code becomes a link to what it means. */
function prose(markdown: string): string {
  return text(markdown)
    .replaceAll(/`([^`]+)`/g, (_match, code: string) => (CODES.has(code) ? `<a href="/problems/${code}"><code>${code}</code></a>` : `<code>${code}</code>`))
    .replaceAll('\n\n', '<br>');
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; list-style: none; }
article { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 0.5rem 0 1rem; }
h3 code { overflow-wrap: anywhere; }
caption { text-align: left; font-weight: bold; padding-top: 0.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; font-weight: normal; }
pre { overflow-x: auto; padding: 0.75rem; background: color-mix(in srgb, currentColor 8%, transparent); }
`;
