import { z } from 'zod';
import { ERASURE_STATES } from '../../../domain/erasure.ts';
import { RETENTION_DAYS_MAX, RETENTION_KINDS } from '../../../domain/retention.ts';
import { ERASURE_OBSTACLE_CODES } from '../../../store/privacy/obstacles.ts';
import { instant, next, page, reason, uuid } from '../../schemas.ts';

export const candidateParams = z.object({ candidateId: uuid });

const state = z.enum(ERASURE_STATES).meta({
  description: 'asked: it waits for staff. ordered: it is done once `dueAt` is past. done: it is. declined and withdrawn: it is not done',
});
const keepsRegister = z.boolean().meta({ description: 'The public register, and with it the certificate, goes on to say the name' });

const erasureParts = {
  id: uuid,
  state,
  keepsRegister,
  askedAt: instant.nullable(),
  dueAt: instant.nullable().meta({ description: 'Not before then: what has to be kept for a time is kept' }),
  doneAt: instant.nullable(),
  declinedBecause: z.string().nullable(),
};

const row = z.record(z.string(), z.unknown()).meta({ description: 'Instants are UTC, points thousandths' });
export const ownData = z
  .object({
    format: z.literal('certifiable-personal-data/1'),
    madeAt: instant,
    sections: z.array(z.object({ name: z.string(), what: z.string(), rows: z.array(row) })),
    files: z
      .array(z.object({ uploadId: uuid, attemptId: uuid, name: z.string(), mediaType: z.string(), sizeBytes: z.int(), sha256: z.string() }))
      .meta({ description: 'What you uploaded; the file itself is at the submission it was handed in with' }),
    withheld: z.array(z.string()).meta({ description: 'What is kept and not here, and why' }),
  })
  .meta({ id: 'OwnData' });

export const ownErasure = z.object({ erasure: z.object(erasureParts).meta({ id: 'OwnErasure' }).nullable() });

export const erasureRequest = z
  .strictObject({ keepsRegister: z.boolean().default(false).meta({ description: 'Whether the public register is to go on saying your name' }) })
  .meta({ id: 'ErasureRequest' });

const erasure = z.object({ ...erasureParts, candidate: uuid, settledBy: z.string().nullable() }).meta({ id: 'Erasure' });

const hold = z
  .object({
    id: uuid,
    reason: z.string(),
    placedBy: z.string(),
    placedAt: instant,
    releasedBy: z.string().nullable(),
    releasedReason: z.string().nullable(),
    releasedAt: instant.nullable(),
  })
  .meta({ id: 'RetentionHold' });

export const erasures = z.object({ erasures: z.array(erasure), next });
export const erasurePage = z.strictObject(page);

export const candidatePrivacy = z.object({
  erasure: erasure.nullable(),
  obstacles: z.array(z.enum(ERASURE_OBSTACLE_CODES)).meta({ description: 'What stands in the way of an erasure now' }),
  holds: z.array(hold),
});

export const erasureOrder = z
  .strictObject({
    reason,
    keepsRegister: keepsRegister.optional().meta({ description: 'Absent: as the candidate asked, else false' }),
    importedCertificates: z
      .array(uuid)
      .max(50)
      .default([])
      .meta({ description: 'Certificates of another system that are theirs: these name no candidate' }),
  })
  .meta({ id: 'ErasureOrder' });

export const orderedErasure = z.object({ erasure });
export const because = z.strictObject({ reason });
export const heldCandidate = z.object({ hold });

const kind = z.enum(RETENTION_KINDS).meta({
  description:
    'uploads: the files of case studies. answers: everything else that was handed in, and what was remarked on it. person: everything of whoever holds no certificate',
});
const days = z
  .int()
  .min(0)
  .max(RETENTION_DAYS_MAX)
  .nullable()
  .meta({ description: 'From the end of the attempt on; null: until somebody asks for its erasure' });
export const newRetentionPeriod = z.strictObject({ kind, days, reason }).meta({ id: 'NewRetentionPeriod' });
const retentionPeriod = z
  .object({ kind, days, keepsRegister, reason: z.string(), proposedBy: z.string(), setBy: z.string(), setAt: instant })
  .meta({ id: 'RetentionPeriod' });
export const retentionPeriods = z.object({ periods: z.array(retentionPeriod) });
export const retentionRuns = z.object({
  days: z.int().meta({ description: 'Of how many days they are told' }),
  runs: z.array(
    z
      .object({
        orderedAt: instant,
        kind,
        days: z.int().meta({ description: 'Of the period that was over' }),
        ordered: z.int().meta({ description: 'Attempts of which it was ordered to be erased; of the kind `person` persons' }),
        done: z.int(),
        takenBack: z.int().meta({ description: 'Before it was begun: the period holds no more' }),
      })
      .meta({ id: 'RetentionRun' }),
  ),
});
export const setPeriod = z.object({ period: retentionPeriod });
