import type { z } from 'zod';
import type { AuditAction } from '../../../domain/audit-action.ts';
import type { Test } from '../../../domain/exam.ts';
import { shortageInWords, type Shortage } from '../../../domain/grader.ts';
import type { AttemptRecord } from '../../../store/attempt-rows.ts';
import type { AttemptStore } from '../../../store/attempts/attempts.ts';
import type { AssignmentStore } from '../../../store/assignments/assignments.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { viewOf } from '../attempts/read.ts';
import type * as schemas from './schemas.ts';

/** An attempt as staff see it. */
export async function staffViewOf(services: Services, record: AttemptRecord) {
  const { unstaffed: unstaffedAssignments = 0, held: heldAssignments = 0 } = record.facts.assignments;
  return { ...(await viewOf(services, record)), candidateId: record.candidateId, heldAssignments, unstaffedAssignments };
}

/** What was done, by whom and why; of an act that was typed in the Temporal UI its details say so. */
export function viewOfAudit({ actor, action, reason, details, at }: AuditRow): z.output<typeof schemas.auditEntry> {
  return { actor, action: action as AuditAction, reason, details: details as Record<string, unknown>, at: iso(at) };
}

type AuditRow = Awaited<ReturnType<AttemptStore['audit']>>[number];

export type LeaseRow = Awaited<ReturnType<AssignmentStore['listForStaff']>>[number];

/** An assignment: who holds it until when. */
export function viewOfLease(row: LeaseRow): z.output<typeof schemas.staffAssignmentList>['assignments'][number] {
  const { sitting } = row.submission;
  return {
    id: row.id,
    attemptId: sitting.attemptId,
    test: sitting.test as Test,
    purpose: row.purpose as 'mark' | 'adjudicate',
    seat: row.seat,
    state: row.state as 'open' | 'held' | 'completed' | 'void',
    holder: row.holder,
    reservedFor: row.reservedFor,
    unstaffedSince: row.state === 'open' ? isoOrNull(row.unstaffedSince) : null,
    unstaffedBecause: row.state === 'open' && row.unstaffedSince !== null ? shortageInWords((row.unstaffedBecause ?? {}) as Shortage) : null,
    leaseExpiresAt: isoOrNull(row.leaseExpiresAt),
    fencingToken: row.fencingToken,
    dueAt: iso(row.dueAt),
    completedAt: isoOrNull(row.completedAt),
    reminders: row.reminders.map(({ percent, remindedAt }) => ({ percent, remindedAt: iso(remindedAt) })),
  };
}
