import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../support/tools.ts';

it('docs/capacity.md says of every table how long its rows are kept, once', async () => {
  const schema = await readFile(join(root, 'prisma/schema.prisma'), 'utf8');
  const tables = [...schema.matchAll(/@@map\("(\w+)"\)/g)].map(([, name]) => name);
  expect(tables.length).toBeGreaterThan(50);
  const document = await readFile(join(root, 'docs/capacity.md'), 'utf8');
  const [, section = ''] = document.split('## Tables that only grow');
  const [rows = ''] = section.split('\n## ');
  const named = rows.split('\n').flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(new Set(named)).toEqual(new Set(tables));
  expect(named).toHaveLength(tables.length);
});
