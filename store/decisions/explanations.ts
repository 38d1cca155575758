import { randomUUID } from 'node:crypto';
import { explain, type Explanation } from '../../domain/explanation.ts';
import { attemptNotFound } from '../attempt-rows.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, nowBy } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { readDecisionRecords } from './records.ts';

/** Who reads: the candidate, what is their own; or somebody who may read everybody's, as what and why. */
export type ExplanationReader =
  | { readonly subject: string }
  | { readonly subject?: undefined; readonly actor: string; readonly role: 'staff' | 'auditor' | 'operator'; readonly reason: string };

/** Why each test of an attempt was decided as it was, the oldest decision first. It holds answers, so the reading is audited. Refused as not found. */
export function readExplanations(
  context: ExamContext,
  { attemptId, ...reader }: ExplanationReader & { attemptId: string },
): Promise<readonly Explanation[]> {
  return inTransaction(context, async (tx) => {
    const own = reader.subject === undefined ? {} : { candidate: { subject: reader.subject } };
    if (!(await tx.attempt.findFirst({ where: { id: attemptId, ...own }, select: { id: true } }))) throw attemptNotFound();
    const records = await readDecisionRecords(tx, context, attemptId);
    const details = { decisions: records.map(({ decision }) => decision.id), ...(reader.subject === undefined ? { role: reader.role } : {}) };
    await recordAct(tx, actOf(attemptId, reader), { attemptId, action: 'read_explanation', details, at: await nowBy(context.clock, tx) });
    return records.map(explain);
  });
}

function actOf(attemptId: string, reader: ExplanationReader): AuditedAct {
  const actionKey = `read-explanation:${attemptId}:${randomUUID()}`;
  return reader.subject === undefined
    ? { actionKey, actor: reader.actor, reason: reader.reason }
    : { actionKey, actor: reader.subject, reason: 'read by the candidate' };
}
