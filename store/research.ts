import { Prisma } from '../prisma/generated/client.ts';
import { RESEARCH_VIEWS, researchSelect, type ResearchId, type ResearchView } from '../prisma/research-views.ts';
import { recordAct } from './audit.ts';
import { openReportSource } from './report-source.ts';
import type { ReportSource } from '../domain/report-source.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from './context.ts';

export { RESEARCH_IDS, type ResearchId, type ResearchView } from '../prisma/research-views.ts';

/** Whose row it is, as the records have them: never to be told, but by a pseudonym. */
export type ResearchRow = {
  readonly ids: Readonly<Partial<Record<ResearchId, string>>>;
  readonly cells: readonly (string | number | boolean | Date | null)[];
};

export type ResearchTable = { readonly view: ResearchView; readonly rows: AsyncIterable<readonly ResearchRow[]> };

const PAGE = 5000;
const HOUR_MILLISECONDS = 3_600_000;

/** Hands out every table as it stood at one instant, page by page, in an order that says nothing of when. Holds no lock that a write would wait for. */
export async function readResearch(
  context: Pick<RecordContext, 'prisma' | 'replica'>,
  use: (table: ResearchTable) => Promise<void>,
): Promise<ReportSource> {
  const { prisma, ...source } = await openReportSource(context);
  await prisma.$transaction(
    async (tx) => {
      for (const view of RESEARCH_VIEWS) await use({ view, rows: pagesOf(tx, view) });
    },
    { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead, maxWait: 10_000, timeout: 6 * HOUR_MILLISECONDS },
  );
  return source;
}

async function* pagesOf(tx: Transaction, view: ResearchView): AsyncGenerator<readonly ResearchRow[]> {
  // Named for its table: a statement that PostgreSQL remembers by its text must always have the same columns.
  const cursor = Prisma.raw(`"research_${view.name}"`);
  const select = Prisma.raw(researchSelect(view, { withIds: true }));
  await tx.$executeRaw`DECLARE ${cursor} NO SCROLL CURSOR FOR SELECT * FROM (${select}) r ORDER BY random()`;
  const ids = Object.keys(view.ids) as readonly ResearchId[];
  const columns = view.columns.map(({ name }) => name);
  for (;;) {
    const rows = await tx.$queryRaw<Readonly<Record<string, never>>[]>`FETCH ${PAGE_SIZE} FROM ${cursor}`;
    if (rows.length > 0)
      yield rows.map((row) => ({ ids: Object.fromEntries(ids.map((id) => [id, row[id]])), cells: columns.map((column) => row[column] ?? null) }));
    if (rows.length < PAGE) break;
  }
  await tx.$executeRaw`CLOSE ${cursor}`;
}

const PAGE_SIZE = Prisma.raw(String(PAGE));

export type ResearchExport = { readonly key: string; readonly actor: string; readonly reason: string };

/** Writes down who had rows written out, and why: before the first of them is. */
export function recordResearchExport(context: RecordContext, { key, actor, reason }: ResearchExport): Promise<void> {
  return inTransaction(context, async (tx) => {
    const at = await nowBy(context.clock, tx);
    await recordAct(tx, { actionKey: `export-research:${key}`, actor, reason }, { attemptId: null, action: 'export_research', details: {}, at });
  });
}
