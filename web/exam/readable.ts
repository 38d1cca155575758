import type { OwnData } from '../generated/client.ts';

/** All that is kept about somebody as one page that opens without us, in any browser: each section with what it is, each row as what it says. */
export function readableOf({ madeAt, sections, files, withheld }: OwnData, { title, language }: { title: string; language: string }): string {
  const parts = [
    ...sections.map(({ name, what, rows }) => section(name, what, rows)),
    section('files', '', files),
    `<h2>withheld</h2><ul>${withheld.map((reason) => `<li>${escaped(reason)}</li>`).join('')}</ul>`,
  ];
  return `<!doctype html>
<html lang="${escaped(language)}"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}dl{border:1px solid #999;padding:.75rem;display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.25rem 1rem}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}</style></head>
<body><h1>${escaped(title)}</h1><p><time>${escaped(madeAt)}</time></p>
${parts.join('\n')}
</body></html>
`;
}

function section(name: string, what: string, rows: readonly Readonly<Record<string, unknown>>[]): string {
  return `<h2>${escaped(name)}</h2>${what === '' ? '' : `<p>${escaped(what)}</p>`}${rows.map(rowOf).join('')}`;
}

function rowOf(row: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(row).filter(([, value]) => value !== null);
  return `<dl>${fields.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(textOf(value))}</dd>`).join('')}</dl>`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}

/** What people wrote is text there, and nothing else. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
