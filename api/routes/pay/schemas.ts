import { z } from 'zod';
import { amountFromCents, centsFromAmount, CURRENCY, PIECES, type Cents, type PieceKind } from '../../../domain/pay.ts';
import type { Test } from '../../../domain/exam.ts';
import { givenInstant, instant, reason, test, uuid } from '../../schemas.ts';
import { graderParams } from '../graders/schemas.ts';

/** Money is text in JSON: exact, and no client reads it as a float by accident. */
const amount = z.string().meta({ description: 'To the cent, with a point and two decimals', example: '12.34' });
const purpose = z.enum(['mark', 'adjudicate']);
const month = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month, such as 2026-11')
  .meta({ description: 'Of the calendar, in UTC', example: '2026-11' });

const AMOUNT_RULE = 'is an amount with a point and two decimals, as "12.34"';
const given = z
  .string({ error: AMOUNT_RULE })
  .max(12, AMOUNT_RULE)
  .transform((text, context): Cents => {
    const cents = centsFromAmount(text);
    if (cents === undefined) context.addIssue({ code: 'custom', message: AMOUNT_RULE });
    return cents ?? 0;
  })
  .meta({ description: 'To the cent, with a point and two decimals', example: '12.34' });
const givenRate = given.refine((cents) => cents >= 0, { message: 'is not negative' });

export const ownParams = z.object({ month });
export const staffParams = graderParams.extend({ month });

const work = z.object({
  assignmentId: uuid,
  test,
  purpose,
  isCompleted: z.boolean().meta({ description: 'Handed in; else given back, lost or withdrawn: then the time alone is paid' }),
  endedAt: instant,
  stretches: z.array(z.object({ startedAt: instant, endedAt: instant })).meta({ description: 'Worked without a pause of more than five minutes' }),
  seconds: z.number().int(),
  rateVersion: z.number().int(),
  perHour: amount,
  time: amount,
  piece: amount,
});

export const payLine = z
  .object({
    amount,
    work: work.nullable(),
    correction: z.object({ reason: z.string(), recordedAt: instant }).nullable(),
  })
  .meta({ id: 'PayLine' });

const summary = { month, total: amount, issuedAt: instant };

export const pay = z
  .object({
    currency: z.literal(CURRENCY),
    due: z.object({ total: amount, seconds: z.number().int(), lines: z.array(payLine) }).meta({ description: 'Earned, and on no statement yet' }),
    statements: z.array(z.object(summary)),
  })
  .meta({ id: 'Pay' });

export const payStatement = z.object({ grader: z.string(), currency: z.string(), ...summary, lines: z.array(payLine) }).meta({ id: 'PayStatement' });

export const issuing = z.strictObject({ month, reason }).meta({ id: 'PayStatementIssuing' });
export const correction = z
  .strictObject({ amount: given.refine((cents) => cents !== 0, { message: 'is not nothing' }), reason })
  .meta({ id: 'PayCorrection' });

const PIECES_RULE = 'says what one of each is worth: {"mark": "12.34", "adjudicate": "12.34"}; "0.00" where none is paid by the piece';
const TESTS_RULE = 'says for each test, "aptitude" and "case_study", what a piece is worth: {"mark": "12.34", "adjudicate": "12.34"}';
const perPiece = <Amount extends z.ZodType>(of: Amount) => {
  const pieces = z.strictObject({ mark: of, adjudicate: of }, { error: PIECES_RULE });
  return z.strictObject({ aptitude: pieces, case_study: pieces }, { error: TESTS_RULE });
};

export const newRate = z
  .strictObject({ effectiveFrom: givenInstant, perHour: givenRate, perPiece: perPiece(givenRate), reason })
  .meta({ id: 'NewPayRate' });

export const payRate = z
  .object({
    version: z.number().int(),
    effectiveFrom: instant,
    perHour: amount,
    perPiece: perPiece(amount),
    recordedBy: z.string(),
    reason: z.string(),
    recordedAt: instant,
  })
  .meta({ id: 'PayRate' });
export const payRates = z.object({ currency: z.literal(CURRENCY), rates: z.array(payRate) });

export function perPieceView(perPieceCents: Readonly<Record<Test, Readonly<Record<PieceKind, Cents>>>>): z.output<typeof payRate>['perPiece'] {
  const view = { aptitude: { mark: '', adjudicate: '' }, case_study: { mark: '', adjudicate: '' } };
  for (const piece of PIECES) view[piece.test][piece.purpose] = amountFromCents(perPieceCents[piece.test][piece.purpose]);
  return view;
}
