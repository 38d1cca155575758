import type { z } from 'zod';
import { amountFromCents, CURRENCY } from '../../../domain/pay.ts';
import type { Line } from '../../../store/pay/lines.ts';
import type { RateRecord } from '../../../store/pay/rates.ts';
import type { Pay, Statement } from '../../../store/pay/statements.ts';
import { iso } from '../../schemas.ts';
import { perPieceView, type pay, type payLine, type payRate, type payStatement } from './schemas.ts';

export function viewOfPay({ due, statements }: Pay): z.output<typeof pay> {
  return {
    currency: CURRENCY,
    due: {
      total: amountFromCents(due.reduce((sum, { cents }) => sum + cents, 0)),
      seconds: due.reduce((sum, { evidence }) => sum + (evidence.kind === 'work' ? evidence.seconds : 0), 0),
      lines: due.map(viewOfLine),
    },
    statements: statements.map(({ month, cents, issuedAt }) => ({ month, total: amountFromCents(cents), issuedAt: iso(issuedAt) })),
  };
}

export function viewOfStatement({ grader, month, currency, cents, issuedAt, lines }: Statement): z.output<typeof payStatement> {
  return { grader, month, currency, total: amountFromCents(cents), issuedAt: iso(issuedAt), lines: lines.map(viewOfLine) };
}

function viewOfLine({ cents, evidence }: Line): z.output<typeof payLine> {
  const amount = amountFromCents(cents);
  switch (evidence.kind) {
    case 'correction':
      return { amount, work: null, correction: { reason: evidence.reason, recordedAt: evidence.recordedAt } };
    case 'work': {
      const { kind: _kind, perHour, timeCents, pieceCents, stretches, ...work } = evidence;
      const amounts = { perHour: amountFromCents(perHour), time: amountFromCents(timeCents), piece: amountFromCents(pieceCents) };
      return { amount, work: { ...work, stretches: [...stretches], ...amounts }, correction: null };
    }
  }
}

export function viewOfRate({ perHour, perPiece, effectiveFrom, recordedAt, ...rate }: RateRecord): z.output<typeof payRate> {
  return {
    ...rate,
    effectiveFrom: iso(effectiveFrom),
    perHour: amountFromCents(perHour),
    perPiece: perPieceView(perPiece),
    recordedAt: iso(recordedAt),
  };
}

const COLUMNS = [
  'line',
  'kind',
  'assignment',
  'test',
  'purpose',
  'handed_in',
  'ended_at',
  'stretches',
  'seconds',
  'rate_version',
  'per_hour',
  'time',
  'piece',
  'reason',
  'amount',
] as const;

/** A line of the statement a row, after a row of column names (RFC 4180). The amounts add up to the statement's total. */
export function rowsOf({ lines }: Statement): readonly (readonly string[])[] {
  const rows = lines.map((line, index): Partial<Record<(typeof COLUMNS)[number], string>> => {
    const { amount, work, correction } = viewOfLine(line);
    const common = { line: String(index + 1), amount };
    if (correction) return { ...common, kind: 'correction', ended_at: correction.recordedAt, reason: correction.reason };
    if (!work) throw new TypeError('a line is of work or a correction');
    return {
      ...common,
      kind: 'work',
      assignment: work.assignmentId,
      test: work.test,
      purpose: work.purpose,
      handed_in: work.isCompleted ? 'yes' : 'no',
      ended_at: work.endedAt,
      stretches: work.stretches.map(({ startedAt, endedAt }) => `${startedAt}/${endedAt}`).join(' '),
      seconds: String(work.seconds),
      rate_version: String(work.rateVersion),
      per_hour: work.perHour,
      time: work.time,
      piece: work.piece,
    };
  });
  return [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column] ?? ''))];
}
