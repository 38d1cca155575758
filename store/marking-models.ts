import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import type { KeptAside } from '../domain/kept-aside.ts';
import type { MarkingModelEvidence } from '../domain/marking-evidence.ts';
import type { MarkingModel } from '../domain/marking-model.ts';
import type { ModelData } from '../domain/marking-refit.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { inTransaction, type RecordContext, type Transaction } from './context.ts';

export type MarkingModelRecord = {
  readonly version: number;
  readonly fittedBy: string;
  readonly fittedAt: Date;
  readonly scripts: number;
  readonly graders: number;
  /** Null where all marks were of one test, so that nothing could be judged, and of those that were fitted every week. */
  readonly evidence: MarkingModelEvidence | null;
  /** Null of those that were fitted before this was kept. */
  readonly data: ModelData | null;
  readonly keptAside: KeptAside | null;
  readonly active: boolean;
};

/** The model that is asked; its id is what assessments name. */
export type ActiveModel = {
  readonly id: string;
  readonly version: number;
  readonly model: MarkingModel;
  /** Whether it was fitted without what is kept aside. */
  readonly hasKeptAside: boolean;
};

/** Whether there is a model to ask. A transaction may be given. */
export async function hasActiveModel(prisma: Transaction): Promise<boolean> {
  return (await activeId(prisma)) !== undefined;
}

/** The version that is asked; undefined where none is. A transaction may be given. */
export async function activeVersion(prisma: Transaction): Promise<number | undefined> {
  const newest = await prisma.markingModelActivation.findFirst({
    orderBy: { position: 'desc' },
    select: { markingModel: { select: { version: true } } },
  });
  return newest?.markingModel?.version;
}

/** What is asked changes one act after the other, each knowing what the one before did. */
export async function lockActivations(tx: Transaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('marking_model_activation'))`;
}

async function activeId(prisma: Transaction): Promise<string | undefined> {
  const newest = await prisma.markingModelActivation.findFirst({ orderBy: { position: 'desc' }, select: { markingModelId: true } });
  return newest?.markingModelId ?? undefined;
}

/** Marking models: fitted versions, which never change, and who activated which of them when. */
export function createMarkingModelStore({ prisma, clock }: RecordContext) {
  let kept: { readonly id: string; readonly model: Promise<ActiveModel> } | undefined;

  async function load(id: string): Promise<ActiveModel> {
    const row = await prisma.markingModel.findUniqueOrThrow({ where: { id } });
    return { id, version: row.version, model: row.content as unknown as MarkingModel, hasKeptAside: row.keptAside !== null };
  }

  async function changeActive(markingModelId: string | null, { actor, reason }: { actor: string; reason: string }): Promise<void> {
    await inTransaction({ prisma }, async (tx) => {
      await lockActivations(tx);
      await tx.$executeRaw`
        INSERT INTO marking_model_activation (marking_model_id, activated_by, reason, activated_at)
        VALUES (${markingModelId}::uuid, ${actor}, ${reason}, ${await clock()})`;
    });
  }

  return {
    /** Undefined: everything is marked twice. Models are large: kept in memory while they are asked, and read once however many ask at once. */
    async active(): Promise<ActiveModel | undefined> {
      const id = await activeId(prisma);
      if (id === undefined) return undefined;
      if (kept?.id !== id) {
        const loading = { id, model: load(id) };
        kept = loading;
        loading.model.catch(() => {
          if (kept === loading) kept = undefined;
        });
      }
      return kept.model;
    },

    /** A new version; the same model again is the version that it was. Not asked before it is activated. */
    async add({
      model,
      evidence,
      data = null,
      keptAside = null,
      actor,
    }: {
      model: MarkingModel;
      evidence: MarkingModelEvidence | null;
      data?: ModelData | null;
      keptAside?: KeptAside | null;
      actor: string;
    }): Promise<{ version: number; created: boolean }> {
      const contentHash = createHash('sha256')
        .update(canonicalize(model) ?? '')
        .digest('hex');
      const inserted = await inTransaction({ prisma }, async (tx) => {
        // Two that are fitted at once have two numbers.
        await lockActivations(tx);
        return tx.$queryRaw<{ version: number }[]>`
          INSERT INTO marking_model (id, version, content, content_hash, evidence, data, kept_aside, fitted_by, fitted_at)
          SELECT ${uuidv7()}::uuid, coalesce(max(version), 0) + 1, ${JSON.stringify(model)}::jsonb, ${contentHash}, ${JSON.stringify(evidence)}::jsonb,
            ${data && JSON.stringify(data)}::jsonb, ${keptAside && JSON.stringify(keptAside)}::jsonb, ${actor}, ${await clock()}
          FROM marking_model
          ON CONFLICT (content_hash) DO NOTHING RETURNING version`;
      });
      const [row] = inserted;
      if (row) return { version: row.version, created: true };
      const existing = await prisma.markingModel.findUniqueOrThrow({ where: { contentHash }, select: { version: true } });
      return { version: existing.version, created: false };
    },

    /** Attempts that were assessed before keep what the model of then said. False when there is no such version. */
    async activate({ version, ...by }: { version: number; actor: string; reason: string }): Promise<boolean> {
      const row = await prisma.markingModel.findUnique({ where: { version }, select: { id: true } });
      if (!row) return false;
      await changeActive(row.id, by);
      return true;
    },

    /** From now on everything is marked twice. */
    deactivate: (by: { actor: string; reason: string }): Promise<void> => changeActive(null, by),

    /** All versions, the newest first. */
    async list(): Promise<readonly MarkingModelRecord[]> {
      const active = await activeId(prisma);
      const rows = await prisma.$queryRaw<(Omit<MarkingModelRecord, 'active'> & { id: string })[]>(Prisma.sql`
        SELECT id, version, fitted_by AS "fittedBy", fitted_at AS "fittedAt", (content->>'scripts')::int AS scripts,
          (SELECT count(*)::int FROM jsonb_object_keys(content->'graders')) AS graders, nullif(evidence, 'null'::jsonb) AS evidence,
          data, kept_aside AS "keptAside"
        FROM marking_model ORDER BY version DESC`);
      return rows.map(({ id, ...row }) => ({ ...row, active: id === active }));
    },

    /** Undefined when there is no such version. */
    async read(version: number): Promise<MarkingModel | undefined> {
      const row = await prisma.markingModel.findUnique({ where: { version }, select: { content: true } });
      return row?.content as unknown as MarkingModel | undefined;
    },
  };
}
