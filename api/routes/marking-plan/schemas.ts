import { z } from 'zod';
import { instant } from '../../schemas.ts';

const share = z.number().meta({ description: 'From 0 to 1' });

const policy = z
  .object({
    policy: z.enum(['single', 'double', 'random', 'band', 'risk']),
    machineCheck: z.boolean(),
    limit: z.number().nullable().meta({ description: 'Of `risk` where a limit was given, not a share: above it a second seat opens' }),
    shareMarkedTwice: share,
    adjudicatedShare: share,
    wrongShare: share.meta({ description: 'Decisions by one mark that both would have turned, of all decisions' }),
    wrongShareLow: share.meta({ description: 'Of its 95 % interval' }),
    wrongShareHigh: share,
    hoursPerAttempt: z.number(),
    costPerAttempt: z.number(),
  })
  .meta({ id: 'MarkingPolicyOutcome' });

export const markingPlan = z
  .object({
    activeVersion: z.number().int().nullable().meta({ description: 'Of the marking model; null: everything is marked twice' }),
    followsBetter: z.boolean().meta({ description: 'Whether versions that are better on what is kept aside are activated by themselves' }),
    fit: z
      .object({
        endedAt: instant,
        marksUntil: instant,
        version: z.number().int().nullable().meta({ description: 'Null: too little was marked twice' }),
        isNew: z.boolean().meta({ description: 'False: the same marks gave that version before, or there is none' }),
        words: z.array(z.string()).meta({ description: 'What was found, one fact a line, in English' }),
      })
      .nullable()
      .meta({ description: 'The last weekly fit' }),
    plan: z
      .object({
        madeAt: instant,
        marksUntil: instant,
        scripts: z.number().int(),
        decisions: z.number().int().meta({ description: 'Each script twice: from either mark' }),
        machineCheckHelps: z.boolean(),
        policies: z.array(policy),
      })
      .nullable()
      .meta({ description: 'The last plan; null where there is none, or too little was marked twice' }),
  })
  .meta({ id: 'MarkingPlan' });
