import type { z } from 'zod';
import type { ProposedAct } from '../../../store/proposed-acts.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type * as schemas from './schemas.ts';

export function viewOf(act: ProposedAct): z.output<typeof schemas.proposedAct> {
  const { id, operation, target, attemptId, reason, proposedBy, state, isBreakGlass, settledBy, settledReason, failure, reviewedBy, review } = act;
  return {
    id,
    operation,
    target,
    request: asJson(act.body),
    attemptId,
    reason,
    proposedBy,
    proposedAt: iso(act.proposedAt),
    expiresAt: iso(act.expiresAt),
    state,
    isBreakGlass,
    settledBy,
    settledReason,
    settledAt: isoOrNull(act.settledAt),
    answer: act.answer && { status: act.answer.status, body: asJson(act.answer.body) },
    failure,
    reviewedBy,
    review,
    reviewedAt: isoOrNull(act.reviewedAt),
  };
}

function asJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
