import { v7 as uuidv7 } from 'uuid';
import { CURRENCY, endOfMonth, type Cents, type Month } from '../../domain/pay.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from '../context.ts';
import { lockGrader } from '../graders/records.ts';
import { linesDue, settleUnpayable, type Line } from './lines.ts';

type StatementSummary = { readonly month: Month; readonly cents: Cents; readonly issuedBy: string; readonly issuedAt: Date };
export type Statement = StatementSummary & { readonly grader: string; readonly currency: string; readonly lines: readonly Line[] };

/** What is earned and on no statement yet, and the statements there are, the newest month first. */
export type Pay = { readonly due: readonly Line[]; readonly statements: readonly StatementSummary[] };

export async function readPay({ prisma, clock }: RecordContext, grader: string): Promise<Pay> {
  const due = await linesDue(prisma, { grader, before: await nowBy(clock, prisma) });
  const statements = await prisma.payStatement.findMany({ where: { grader }, orderBy: { month: 'desc' } });
  return { due, statements: statements.map(summaryOf) };
}

/** Refused as not found before it is issued. */
export async function readStatement({ prisma }: Pick<RecordContext, 'prisma'>, asked: { grader: string; month: Month }): Promise<Statement> {
  const found = await findStatement(prisma, asked);
  if (!found) throw new Refusal('not_found', 'There is no such statement: it may not be issued yet.');
  return found;
}

/**
 * Issues the statement of a month that is over, once: issued before, it is that one. It has all that ended by then and no statement had
 * before, so that what came in late is paid too, and never twice. Refused with `month_not_over`.
 */
export function issueStatement(
  context: RecordContext,
  { grader, month, act }: { grader: string; month: Month; act: AuditedAct },
): Promise<{ readonly statement: Statement; readonly isNew: boolean }> {
  return inTransaction(context, async (tx) => {
    // One after the other for each grader: two months at once would pay the same line.
    const { now } = await lockGrader(tx, context, grader);
    const before = await findStatement(tx, { grader, month });
    if (before) return { statement: before, isNew: false };
    const end = endOfMonth(month);
    if (now < end) throw new Refusal('month_not_over', `${month} is not over: its statement can be issued from ${end.toISOString()} on.`);
    const lines = await linesDue(tx, { grader, before: end });
    const cents = lines.reduce((sum, line) => sum + line.cents, 0);
    const id = uuidv7();
    await tx.payStatement.create({
      data: { id, grader, month, currency: CURRENCY, cents, issuedBy: act.actor, issuedAt: now },
      select: { id: true },
    });
    await tx.payLine.createMany({
      data: lines.map((line, position) => ({
        statementId: id,
        position,
        claimId: line.claimId,
        correctionId: line.correctionId,
        cents: line.cents,
        evidence: line.evidence as unknown as Prisma.InputJsonObject,
      })),
    });
    await settleUnpayable(tx, { grader, before: end });
    await recordAct(tx, act, { attemptId: null, action: 'issue_pay_statement', details: { grader, month, cents, lines: lines.length }, at: now });
    const statement = await findStatement(tx, { grader, month });
    if (!statement) throw new TypeError('what was issued is there');
    return { statement, isNew: true };
  });
}

/** An amount that the next statement has as a line of its own: what is issued never changes. A repeat of the act adds none. */
export function correctPay(context: RecordContext, { grader, cents, act }: { grader: string; cents: Cents; act: AuditedAct }): Promise<void> {
  return inTransaction(context, async (tx) => {
    const { now } = await lockGrader(tx, context, grader);
    if (!(await recordAct(tx, act, { attemptId: null, action: 'correct_pay', details: { grader, cents }, at: now }))) return;
    await tx.payCorrection.create({
      data: { id: uuidv7(), grader, cents, recordedBy: act.actor, reason: act.reason, recordedAt: now },
      select: { id: true },
    });
  });
}

async function findStatement(tx: Transaction, { grader, month }: { grader: string; month: Month }): Promise<Statement | undefined> {
  const row = await tx.payStatement.findUnique({
    where: { grader_month: { grader, month } },
    include: { lines: { orderBy: { position: 'asc' } } },
  });
  if (!row) return undefined;
  const lines = row.lines.map(({ claimId, correctionId, cents, evidence }) => ({ claimId, correctionId, cents, evidence }) as unknown as Line);
  return { ...summaryOf(row), grader, currency: row.currency, lines };
}

function summaryOf({ month, cents, issuedBy, issuedAt }: Omit<StatementSummary, 'cents'> & { readonly cents: bigint }): StatementSummary {
  return { month, cents: Number(cents), issuedBy, issuedAt };
}
