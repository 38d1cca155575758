import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Assessed, AssessmentReason } from '../domain/assessment.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { actBefore, recordAct } from './audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from './context.ts';
import { boxOf, openBytes, samplePlace, sealBytes } from './sealed-secrets.ts';

/** What went into the random draw: a secret that nobody is told, and which one it was. */
export type SamplingSecret = { readonly secret: Uint8Array; readonly generation: number };

export type FirstSeat = {
  readonly attemptId: string;
  readonly examVersionId: string;
  readonly grader: string;
  /** Their marks move away from the panel's, and nobody has settled that. */
  readonly isDrifting: boolean;
  readonly marks: readonly { readonly itemId: string; readonly millipoints: number }[];
};

type FirstMarkRow = { attempt_id: string; exam_version_id: string; grader: string; item_id: string; millipoints: number; drifting: boolean };

const SECRET_BYTES = 32;
const FIRST_GENERATION = 1;

/** Assessments of submissions whose first marks are in: one a submission, and never changed. */
export function createAssessmentStore(context: RecordContext) {
  const { prisma, clock } = context;
  const box = () => boxOf(context);
  async function read(submissionId: string): Promise<Assessed | undefined> {
    const row = await prisma.assessment.findUnique({ where: { submissionId } });
    return row ? assessedOf(row) : undefined;
  }

  return {
    /** What was found before; undefined before it is assessed. */
    read,

    /** The marks of the first seat. Throws a RangeError where they are not in: the workflow asks when they are. */
    async firstSeat(submissionId: string): Promise<FirstSeat> {
      const rows = await prisma.$queryRaw<FirstMarkRow[]>`
        SELECT s.attempt_id, a.exam_version_id, m.grader, m.item_id, m.millipoints, EXISTS (
          SELECT 1 FROM drift d WHERE d.grader = m.grader AND NOT EXISTS (SELECT 1 FROM drift_settlement x WHERE x.drift_id = d.id)) AS drifting
        FROM assignment t JOIN mark m ON m.assignment_id = t.id JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
          JOIN attempt a ON a.id = s.attempt_id
        WHERE t.submission_id = ${submissionId}::uuid AND t.seat = 1 ORDER BY m.item_id`;
      const [first] = rows;
      if (!first) throw new RangeError(`submission ${submissionId} has no first marks`);
      return {
        attemptId: first.attempt_id,
        examVersionId: first.exam_version_id,
        grader: first.grader,
        isDrifting: first.drifting,
        marks: rows.map(({ item_id: itemId, millipoints }) => ({ itemId, millipoints })),
      };
    },

    /**
     * By which a submission is drawn: of an earlier round of the same test, that one; else the newest of its exam version, made when it is first
     * asked for. So neither a reopening nor a new secret draws again what was drawn.
     */
    async samplingSecret({ submissionId, examVersionId }: { submissionId: string; examVersionId: string }): Promise<SamplingSecret> {
      const wanted = async () => {
        const [found] = await prisma.$queryRaw<SamplingSecret[]>`
          SELECT x.secret, x.generation FROM sampling_secret x
          WHERE x.exam_version_id = ${examVersionId}::uuid
          ORDER BY x.generation = (
            SELECT m.sampling_generation FROM submission b JOIN submission earlier ON earlier.sitting_id = b.sitting_id JOIN assessment m ON m.submission_id = earlier.id
            WHERE b.id = ${submissionId}::uuid ORDER BY earlier.round LIMIT 1) DESC NULLS LAST, x.generation DESC LIMIT 1`;
        return found && { ...found, secret: await openBytes(box(), found.secret, samplePlace(examVersionId, found.generation)) };
      };
      const known = await wanted();
      if (known) return known;
      await insertSecret(prisma, { examVersionId, generation: FIRST_GENERATION, at: await clock(), box: box() });
      const made = await wanted();
      if (!made) throw new RangeError(`exam version ${examVersionId} has no sampling secret`);
      return made;
    },

    /**
     * Gives an exam version its next secret, by which is drawn from now on whatever was not drawn before. `generation` is the number that it gets:
     * a repeat with the same finds it there and changes nothing. Audited. Throws a RangeError where it is not the next one.
     */
    replaceSecret({
      examVersionId,
      generation,
      ...by
    }: {
      examVersionId: string;
      generation: number;
      actor: string;
      reason: string;
    }): Promise<'replaced' | 'was_replaced'> {
      return inTransaction({ prisma }, async (tx) => {
        const act = { actionKey: `replace-sampling-secret:${examVersionId}:${generation}`, ...by };
        if (await actBefore(tx, act)) return 'was_replaced';
        const newest = await tx.samplingSecret.findFirst({ where: { examVersionId }, orderBy: { generation: 'desc' }, select: { generation: true } });
        const next = (newest?.generation ?? FIRST_GENERATION - 1) + 1;
        if (generation !== next) {
          // Somebody else with the same act may have committed since it was looked for.
          if (await actBefore(tx, act)) return 'was_replaced';
          throw new RangeError(`the next secret is ${next}, not ${generation}`);
        }
        const at = await nowBy(clock, tx);
        // At the same moment somebody else did, or the first draw made the first one.
        if (!(await insertSecret(tx, { examVersionId, generation, at, box: box() }))) return 'was_replaced';
        await recordAct(tx, act, { attemptId: null, action: 'replace_sampling_secret', details: { examVersionId, generation }, at });
        return 'replaced';
      });
    },

    /** Records an assessment once; a repeat changes nothing, and gets the one that stands, whatever model was asked meanwhile. */
    async record({
      submissionId,
      markingModelId,
      inputsHash,
      limit,
      samplingGeneration,
      assessed,
    }: {
      submissionId: string;
      markingModelId: string | undefined;
      inputsHash: string;
      limit: number;
      samplingGeneration: number;
      assessed: Assessed;
    }): Promise<Assessed> {
      await prisma.$executeRaw`
        INSERT INTO assessment (id, submission_id, marking_model_id, inputs_hash, probability, "limit", machine_check, sampling_generation, pooled_items, pooled_grader, reasons, opens, assessed_at)
        VALUES (${uuidv7()}::uuid, ${submissionId}::uuid, ${markingModelId ?? null}::uuid, ${inputsHash}, ${assessed.probability}, ${limit}, ${assessed.machineCheck},
          ${samplingGeneration}, ${assessed.pooled.items}, ${assessed.pooled.grader}, ${[...assessed.reasons]}::text[], ${assessed.reasons.length > 0}, ${await clock()})
        ON CONFLICT (submission_id) DO NOTHING`;
      return (await read(submissionId)) ?? assessed;
    },
  };
}

/** Nobody sees it: not who has it replaced either. Whether it was inserted. */
async function insertSecret(
  tx: Transaction,
  { examVersionId, generation, at, box }: { examVersionId: string; generation: number; at: Prisma.Sql | Date; box: SecretBox },
): Promise<boolean> {
  const secret = await sealBytes(box, randomBytes(SECRET_BYTES), samplePlace(examVersionId, generation));
  const inserted = await tx.$executeRaw`
    INSERT INTO sampling_secret (exam_version_id, generation, secret, created_at)
    VALUES (${examVersionId}::uuid, ${generation}::int, ${secret}, ${at}) ON CONFLICT DO NOTHING`;
  return inserted > 0;
}

function assessedOf({ probability, machineCheck, pooledItems, pooledGrader, reasons }: Prisma.AssessmentGetPayload<object>): Assessed {
  return { probability, machineCheck, pooled: { items: pooledItems, grader: pooledGrader }, reasons: reasons as AssessmentReason[] };
}
