import { z } from 'zod';
import { CONFLICT_KINDS } from '../../../domain/grader.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { instant, next, page, reason, uuid } from '../../schemas.ts';
import { conflict } from '../graders/schemas.ts';

export const acquaintanceParams = z.object({ acquaintanceId: uuid });
export const acquaintanceQuery = z.strictObject({ ...page, by: text(TEXTS.subject, 'Who said so; left out, anybody').optional() });
export const newAcquaintance = conflict;
export const acquaintanceEnding = z.strictObject({ reason }).meta({ id: 'AcquaintanceEnding' });

export const acquaintance = z
  .object({
    id: uuid,
    subject: z.string().meta({ description: 'Who said so' }),
    kind: z.enum(CONFLICT_KINDS),
    value: z.string(),
    declaredAt: instant,
  })
  .meta({ id: 'Acquaintance' });
export const acquaintanceList = z.object({ acquaintances: z.array(acquaintance), next });
