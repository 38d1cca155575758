import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Assessed, AssessmentReason } from '../domain/assessment.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext } from './context.ts';

/** What went into the random draw: a secret that nobody is told, and which one it was. */
export type SamplingSecret = { readonly secret: Uint8Array; readonly generation: number };

export type FirstSeat = {
  readonly attemptId: string;
  readonly examVersionId: string;
  readonly grader: string;
  readonly marks: readonly { readonly itemId: string; readonly millipoints: number }[];
};

const SECRET_BYTES = 32;

/** Assessments of submissions whose first marks are in: one a submission, and never changed. */
export function createAssessmentStore({ prisma, clock }: RecordContext) {
  async function read(submissionId: string): Promise<Assessed | undefined> {
    const row = await prisma.assessment.findUnique({ where: { submissionId } });
    return row ? assessedOf(row) : undefined;
  }

  return {
    /** What was found before; undefined before it is assessed. */
    read,

    /** The marks of the first seat. Throws a RangeError where they are not in: the workflow asks when they are. */
    async firstSeat(submissionId: string): Promise<FirstSeat> {
      const row = await prisma.submission.findUniqueOrThrow({
        where: { id: submissionId },
        relationLoadStrategy: 'join',
        select: {
          sitting: { select: { attemptId: true, attempt: { select: { examVersionId: true } } } },
          assignments: {
            where: { seat: 1 },
            select: { marks: { select: { itemId: true, millipoints: true, grader: true }, orderBy: { itemId: 'asc' } } },
          },
        },
      });
      const marks = row.assignments[0]?.marks ?? [];
      const [first] = marks;
      if (!first) throw new RangeError(`submission ${submissionId} has no first marks`);
      return { attemptId: row.sitting.attemptId, examVersionId: row.sitting.attempt.examVersionId, grader: first.grader, marks };
    },

    /** The newest secret of an exam version; made when it is first asked for. */
    async samplingSecret(examVersionId: string): Promise<SamplingSecret> {
      const newest = () => prisma.samplingSecret.findFirst({ where: { examVersionId }, orderBy: { generation: 'desc' } });
      const known = await newest();
      if (known) return known;
      await prisma.$executeRaw`
        INSERT INTO sampling_secret (exam_version_id, generation, secret, created_at)
        VALUES (${examVersionId}::uuid, 1, ${randomBytes(SECRET_BYTES)}, ${await clock()}) ON CONFLICT DO NOTHING`;
      const made = await newest();
      if (!made) throw new RangeError(`exam version ${examVersionId} has no sampling secret`);
      return made;
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
        INSERT INTO assessment (id, submission_id, marking_model_id, inputs_hash, probability, "limit", machine_check, sampling_generation, reasons, opens, assessed_at)
        VALUES (${uuidv7()}::uuid, ${submissionId}::uuid, ${markingModelId ?? null}::uuid, ${inputsHash}, ${assessed.probability}, ${limit}, ${assessed.machineCheck},
          ${samplingGeneration}, ${[...assessed.reasons]}::text[], ${assessed.reasons.length > 0}, ${await clock()})
        ON CONFLICT (submission_id) DO NOTHING`;
      return (await read(submissionId)) ?? assessed;
    },
  };
}

function assessedOf({ probability, machineCheck, reasons }: Prisma.AssessmentGetPayload<object>): Assessed {
  return { probability, machineCheck, reasons: reasons as AssessmentReason[] };
}
