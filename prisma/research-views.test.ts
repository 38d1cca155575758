import { expect, it } from 'vitest';
import { RESEARCH_GROUP_MIN, RESEARCH_IDS, RESEARCH_VIEWS } from './research-views.ts';

const HEAD = `# Research data

What exams showed, without anybody in it: views in PostgreSQL for tools that draw charts, and exports as CSV or Parquet. Written from \`prisma/research-views.ts\`,
which makes the views, too (\`npx vitest run prisma/research-views --update\`).

**Views.** The schema \`research\`, for logins that are members of \`certifiable_analyst\`, who read nothing else:
\`CREATE ROLE charts LOGIN IN ROLE certifiable_analyst;\` and its password, as [the roles](decisions/0024-database-roles.md) are made. Each column's sentence is its comment in the
database, too. The dashboard *Certifiable · Business* asks them where Grafana has such a source of data.

**Exports.** \`certifiable export research --out FOLDER --actor NAME --reason TEXT [--format csv|parquet]\` writes the same rows, all as they stood at one instant, in an
order that is drawn, and \`dictionary.json\`, which says of each file what a row is, what its columns are, and its SHA-256. It is audited. Exports have what views have not:
${Object.entries(RESEARCH_IDS)
  .map(([name, says]) => `\`${name}\`, a ${says}`)
  .join('; ')}. They are HMAC-SHA-256 under a key that is drawn for the export and kept nowhere.

**Memory** hardly grows with rows: pages of 5,000 are read from a cursor and written, in Parquet 50,000 rows a group. The writing alone of a table of eight columns peaked, of 20,000, 200,000 and 2,000,000 rows, at 91, 111
and 193 MB as CSV and at 120, 337 and 359 MB as Parquet, in a process of its own each, on two cores that had eleven processes waiting for them. \`npm run bench:export\` types the whole command, of a tenth of the attempts and of all.

**What is left out.** Names, ids, addresses; what somebody wrote, be it an answer, a reason or a comment; files; who marked or acted; when anything was, but for the
period; attempts that go on; people whose erasure was ordered; and the criteria of case studies, since all points of both tests make the score that the public register
says beside a name.

**Small groups.** A period is as many whole months as it takes for ${RESEARCH_GROUP_MIN} candidates of an exam version, and never changes when it was told: what is not ${RESEARCH_GROUP_MIN} yet waits, so
that no two looks differ by fewer. Of longer limits and repeats nothing is said in a period where a group would be smaller.

**What somebody could still find out.** Rows of an export are of persons, though nobody is named: who knows how somebody answered finds their row. If all of a period failed, so did each of them. A
period shrinks by an erasure. So an export is given under an agreement, to somebody who is named in its reason, and is no open data.
`;

it('the dictionary is the table that the views are made of', async () => {
  const sections = RESEARCH_VIEWS.map(({ name, row, ids, columns }) => {
    const own = Object.keys(ids).map((id) => `| \`${id}\` | text | in exports alone: ${RESEARCH_IDS[id as keyof typeof RESEARCH_IDS]} | |`);
    const rows = columns.map(
      ({ name: column, type, says, of }) =>
        `| \`${column}\` | ${type} | ${says.replaceAll('|', '\\|')} | ${of.map((one) => `\`${one}\``).join(', ')} |`,
    );
    return [`## ${name}`, '', `${row}.`, '', '| column | type | what it says | made of |', '|---|---|---|---|', ...own, ...rows].join('\n');
  });
  await expect(`${HEAD}\n${sections.join('\n\n')}\n`).toMatchFileSnapshot('../docs/research-data.md');
});

it('every view and column says what it is', () => {
  for (const { row, columns } of RESEARCH_VIEWS) {
    expect(row.length).toBeGreaterThan(10);
    expect(columns.filter(({ says, of }) => says.length < 8 || of.length === 0)).toEqual([]);
  }
});
