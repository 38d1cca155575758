import { z } from 'zod';
import { RISK_REASONS } from '../../../domain/promise-forecast.ts';
import { instant, test } from '../../schemas.ts';

const hours = z.number().int().meta({ description: 'Whole hours a week' });
const share = z.number().meta({ description: 'From 0 to 1' });

const risk = z
  .object({
    from: instant.meta({ description: 'What is handed in from then on would be late' }),
    why: z.enum(RISK_REASONS).meta({
      description:
        'Nothing was counted of late; nobody who may mark is there; those who are offer no hours; more waits than they do in time; more comes than they do; likewise of disputes; each works too few hours a week for one script to be done in time',
    }),
    hoursMoreAWeek: hours
      .nullable()
      .meta({ description: 'So many hours more a week would do, offered by whoever may mark this; null where hours would not help' }),
    designatedHoursMoreAWeek: hours.nullable().meta({ description: 'Of designated graders, for disputes' }),
    riskLimit: z
      .object({
        limitPercent: z.number(),
        shareMarkedTwice: share,
        wrongShare: share,
      })
      .nullable()
      .meta({
        description:
          'The lowest limit of the policy `risk` by which the hours that are offered would do, measured on what was assessed of late; wrong is what the marking model expects. Null where none does, or too little was assessed',
      }),
  })
  .meta({ id: 'PromiseRisk' });

export const promiseForecasts = z.object({
  forecasts: z.array(
    z
      .object({
        examId: z.string(),
        language: z.string().nullable(),
        test,
        countedAt: instant,
        underGrading: z.number().int(),
        submissionsAWeek: z.number().meta({ description: 'Of late' }),
        graders: z.number().int().meta({ description: 'Who may mark it and are there' }),
        hoursAWeek: z.number().meta({ description: 'What these offer, other exams included' }),
        hoursAhead: z.number().meta({ description: 'Of work before what is handed in now' }),
        usualMinutes: z.number().int().meta({ description: 'That a script takes in the middle, without pauses' }),
        resultInHours: z
          .number()
          .int()
          .nullable()
          .meta({ description: 'From submission to result, of what is handed in now; null where that cannot be said' }),
        promisedInHours: z.number().int(),
        risk: risk.nullable().meta({ description: 'Null: for the next eight weeks the promise holds' }),
      })
      .meta({ id: 'PromiseForecast' }),
  ),
});
