import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { sourceWords } from '../../domain/report-source.ts';
import { RESEARCH_IDS, type ResearchId, type ResearchRow, type ResearchView } from '../../store/research.ts';
import { JSON_OPTION } from '../arguments.ts';
import { alignColumns, CommandError, formatCount, printJson, type CommandContext } from '../command.ts';
import { TABLE_FORMATS, writeTable, type Cell, type FileColumn, type Page, type TableFormat, type WrittenTable } from './table-files.ts';

const NOTES = `
Finished attempts, their results, the points of each item and the marks, a file each, and dictionary.json, which says what every column is. Nobody is named:
attempts and candidates have pseudonyms, made by a key of this one export that is kept nowhere. docs/research-data.md says what is left out, and what somebody
could still find out. It is audited who made it and why.`;

type Options = { readonly out: string; readonly format: TableFormat; readonly actor: string; readonly reason: string; readonly json?: true };

export function addExportResearch(group: Command, context: CommandContext): void {
  group
    .command('research')
    .description('write what exams showed into a new folder, without anybody in it')
    .requiredOption('--out <folder>', 'which must not be there yet')
    .addOption(new Option('--format <format>', 'of the files').choices(TABLE_FORMATS).default('csv'))
    .requiredOption('--actor <name>', 'who makes it')
    .requiredOption('--reason <text>', 'why, and for whom')
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async ({ out, format, json, ...by }: Options) => {
      const { research } = await context.connections.stores();
      await mkdir(out, { mode: 0o700 }).catch((error: unknown) => {
        throw new CommandError(`${out} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
      });
      await research.recordExport({ ...by, key: randomUUID() });
      const pseudonymOf = pseudonyms();
      const tables: Table[] = [];
      const source = await research.read(async ({ view, rows }) => {
        const file = `${view.name}.${format}`;
        const columns = columnsOf(view);
        const written = await writeTable(join(out, file), { format, columns, pages: pagesOf(rows, pseudonymOf) });
        tables.push({ file, row: view.row, columns, ...written });
      });
      await writeFile(
        join(out, 'dictionary.json'),
        `${JSON.stringify({ format: 'certifiable-research/1', asOf: source.asOf, tables }, undefined, 2)}\n`,
        {
          mode: 0o600,
        },
      );
      const words = sourceWords(source);
      if (words !== undefined) context.printError(words);
      if (json) printJson(context, { ...source, tables: tables.map(({ columns: _columns, ...table }) => table) });
      else for (const line of told(tables)) context.print(line);
    });
}

type Table = WrittenTable & { readonly file: string; readonly row: string; readonly columns: readonly FileColumn[] };

function columnsOf(view: ResearchView): readonly FileColumn[] {
  const ids = idsOf(view).map((name) => ({ name, type: 'text', says: RESEARCH_IDS[name] }) as const);
  return [...ids, ...view.columns.map(({ name, type, says }) => ({ name, type, says }))];
}

function idsOf({ ids }: Pick<ResearchView, 'ids'>): readonly ResearchId[] {
  return Object.keys(ids) as readonly ResearchId[];
}

/** 128 bits: no two people share one. Of attempts and of people apart, so that nothing is known of one by the other. */
function pseudonyms(): (kind: ResearchId, id: string) => string {
  const key = randomBytes(32);
  return (kind, id) => createHmac('sha256', key).update(`${kind}:${id}`).digest('base64url').slice(0, 22);
}

async function* pagesOf(pages: AsyncIterable<readonly ResearchRow[]>, pseudonymOf: ReturnType<typeof pseudonyms>): AsyncGenerator<Page> {
  for await (const rows of pages)
    yield rows.map(({ ids, cells }): readonly Cell[] => [...Object.entries(ids).map(([kind, id]) => pseudonymOf(kind as ResearchId, id)), ...cells]);
}

function told(tables: readonly Table[]): readonly string[] {
  return alignColumns(
    tables.map(({ file, rows, bytes, sha256 }) => [file, `${formatCount(rows)} rows`, `${formatCount(bytes)} bytes`, `sha-256 ${sha256}`]),
  );
}
