import { z } from 'zod';
import { CARDINALITIES } from '../../../domain/exam.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { INTEGER_MAX, instant, points, uuid } from '../../schemas.ts';

/** As a candidate sees them: no key, no model answer, no scoring and no hint. */
const item = z
  .discriminatedUnion('type', [
    z.object({
      id: z.string(),
      type: z.literal('choice'),
      prompt: z.string(),
      points,
      cardinality: z.enum(CARDINALITIES).meta({ description: 'How many choices may be chosen: `single` one, `multiple` as many as you like' }),
      choices: z.array(z.object({ id: z.string(), text: z.string() })),
    }),
    z.object({ id: z.string(), type: z.literal('text'), prompt: z.string(), points }),
  ])
  .meta({ id: 'Item' });

/** Whether it fits its item the domain says, which knows the item; a text is saved in NFC. */
const value = z
  .union([z.string(), z.array(z.string())], { error: 'must be text, or a list of choice identifiers' })
  .meta({ description: `The identifiers of the chosen choices, or text. ${TEXTS.answer.description}` });
const sequence = z
  .number()
  .int()
  .min(1)
  .max(INTEGER_MAX)
  .meta({ description: 'Counts up with each save of this answer. A lower one than saved is refused, so a late save never undoes a later one' });

export const responseParams = z.object({ attemptId: uuid, itemId: text(TEXTS.key) });
export const responseInput = z.strictObject({ value, sequence }).meta({ id: 'ResponseInput' });
export const savedResponse = z.object({ itemId: z.string(), sequence, savedAt: instant }).meta({ id: 'SavedResponse' });

export const aptitudeTest = z
  .object({
    attemptId: uuid,
    items: z.array(item),
    responses: z.array(z.object({ itemId: z.string(), value, sequence, savedAt: instant })),
    startedAt: instant,
    deadline: instant,
    submittedAt: instant.nullable(),
    serverTime: instant.meta({ description: 'The clock that decides: show the time left as deadline minus this' }),
  })
  .meta({ id: 'AptitudeTest' });
