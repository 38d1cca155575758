import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import type { MarkingModelEvidence } from '../domain/marking-evidence.ts';
import type { MarkingModel } from '../domain/marking-model.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext, Transaction } from './context.ts';

export type MarkingModelRecord = {
  readonly version: number;
  readonly fittedBy: string;
  readonly fittedAt: Date;
  readonly scripts: number;
  readonly graders: number;
  /** Null where all marks were of one test, so that nothing could be judged. */
  readonly evidence: MarkingModelEvidence | null;
  readonly active: boolean;
};

/** The model that is asked; its id is what assessments name. */
export type ActiveModel = { readonly id: string; readonly version: number; readonly model: MarkingModel };

/** Whether there is a model to ask. A transaction may be given. */
export async function hasActiveModel(prisma: Transaction): Promise<boolean> {
  return (await activeId(prisma)) !== undefined;
}

async function activeId(prisma: Transaction): Promise<string | undefined> {
  const newest = await prisma.markingModelActivation.findFirst({ orderBy: { position: 'desc' }, select: { markingModelId: true } });
  return newest?.markingModelId ?? undefined;
}

/** Marking models: fitted versions, which never change, and who activated which of them when. */
export function createMarkingModelStore({ prisma, clock }: RecordContext) {
  let cached: ActiveModel | undefined;

  async function changeActive(markingModelId: string | null, { actor, reason }: { actor: string; reason: string }): Promise<void> {
    await prisma.$executeRaw`
      INSERT INTO marking_model_activation (marking_model_id, activated_by, reason, activated_at)
      VALUES (${markingModelId}::uuid, ${actor}, ${reason}, ${await clock()})`;
  }

  return {
    /** Undefined: everything is marked twice. Models are large, and kept in memory while they are asked. */
    async active(): Promise<ActiveModel | undefined> {
      const id = await activeId(prisma);
      if (id === undefined) return undefined;
      if (cached?.id !== id) {
        const row = await prisma.markingModel.findUniqueOrThrow({ where: { id } });
        cached = { id, version: row.version, model: row.content as unknown as MarkingModel };
      }
      return cached;
    },

    /** A new version; the same model again is the version that it was. Not asked before it is activated. */
    async add({
      model,
      evidence,
      actor,
    }: {
      model: MarkingModel;
      evidence: MarkingModelEvidence | null;
      actor: string;
    }): Promise<{ version: number; created: boolean }> {
      const contentHash = createHash('sha256')
        .update(canonicalize(model) ?? '')
        .digest('hex');
      const inserted = await prisma.$queryRaw<{ version: number }[]>`
        INSERT INTO marking_model (id, version, content, content_hash, evidence, fitted_by, fitted_at)
        SELECT ${uuidv7()}::uuid, coalesce(max(version), 0) + 1, ${JSON.stringify(model)}::jsonb, ${contentHash}, ${JSON.stringify(evidence)}::jsonb, ${actor},
          ${await clock()}
        FROM marking_model
        ON CONFLICT (content_hash) DO NOTHING RETURNING version`;
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
          (SELECT count(*)::int FROM jsonb_object_keys(content->'graders')) AS graders, nullif(evidence, 'null'::jsonb) AS evidence
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
