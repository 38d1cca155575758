import { z } from 'zod';
import { OUTCOMES, WINDOWS } from '../../../domain/attempt.ts';
import { AUDIT_ACTIONS } from '../../../domain/audit-action.ts';
import { GRADER_STATES } from '../../../domain/grader.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { givenInstant, instant, next, page, reason, test, uuid } from '../../schemas.ts';
import { attemptView } from '../attempts/schemas.ts';

export const attemptQuery = z.strictObject({
  ...page,
  open: z
    .stringbool()
    .optional()
    .meta({ override: { type: 'boolean', description: 'Only those that are under way' } }),
});

export const staffAttempt = attemptView
  .extend({
    candidateId: uuid,
    heldAssignments: z.number().int().meta({ description: 'Given to nobody, since a grader could not read the file: staff must act' }),
    unstaffedAssignments: z.number().int().meta({ description: 'Open ones that nobody who marks could take: staff must find another grader' }),
  })
  .meta({ id: 'StaffAttempt' });

export const auditEntry = z
  .object({ actor: z.string(), action: z.enum(AUDIT_ACTIONS), reason: z.string(), details: z.record(z.string(), z.unknown()), at: instant })
  .meta({ id: 'AuditEntry' });

export const staffAttemptDetails = staffAttempt.extend({ audit: z.array(auditEntry) }).meta({ id: 'StaffAttemptDetails' });
export const staffAttemptList = z.object({ attempts: z.array(staffAttempt), next });

export const assignmentQuery = z.strictObject({
  ...page,
  state: z.enum(['open', 'held', 'completed', 'void']).optional(),
  attemptId: uuid.optional(),
});

export const graderQuery = z.strictObject({ ...page, after: text(TEXTS.subject, 'The `next` of the page before').optional() });
export const graderList = z.object({
  graders: z.array(z.object({ subject: z.string(), designated: z.boolean(), state: z.enum(GRADER_STATES), lastSeenAt: instant })),
  next: z.string().nullable(),
});

export const staffAssignment = z
  .object({
    id: uuid,
    attemptId: uuid,
    test,
    purpose: z.enum(['mark', 'adjudicate']),
    seat: z.number().int(),
    state: z.enum(['open', 'held', 'completed', 'void']).meta({ description: 'Held: a grader could not read the file, and staff are to act' }),
    holder: z.string().nullable(),
    reservedFor: z.string().nullable(),
    unstaffedSince: instant.nullable().meta({ description: 'Since when nobody who marks could take it' }),
    unstaffedBecause: z.string().nullable().meta({
      description: 'Why, as it was then',
      example: 'of 7 graders: 4 not qualified for this exam and test, 3 in conflict with the candidate',
    }),
    leaseExpiresAt: instant.nullable(),
    fencingToken: z.number().int(),
    dueAt: instant,
    completedAt: instant.nullable(),
    reminders: z.array(z.object({ percent: z.number().int(), remindedAt: instant })),
  })
  .meta({ id: 'StaffAssignment' });

export const staffAssignmentList = z.object({ assignments: z.array(staffAssignment), next });
export const assignmentAttempt = z.object({ attemptId: uuid, candidateId: uuid, candidateSubject: z.string(), examVersion: z.string() });

export const accommodation = z.strictObject({ percent: z.number().int().min(100).max(1000), reason }).meta({ id: 'Accommodation' });
export const extension = z.strictObject({ window: z.enum(WINDOWS), deadline: givenInstant, reason }).meta({ id: 'Extension' });
export const deadlineCorrection = z.strictObject({ window: z.enum(WINDOWS), deadline: givenInstant, reason }).meta({ id: 'DeadlineCorrection' });
export const staffWithdrawal = z.strictObject({ reason }).meta({ id: 'StaffWithdrawal' });
export const reopening = z.strictObject({ test, deadline: givenInstant, reason }).meta({ id: 'Reopening' });
export const reassignment = z
  .strictObject({
    grader: text(TEXTS.subject, 'The subject of the grader who is to take it; without one it goes back to the pool').optional(),
    reason,
  })
  .meta({ id: 'Reassignment' });

export const fileFlagDismissal = z.strictObject({ reason }).meta({ id: 'FileFlagDismissal' });

export const extended = z.object({ deadline: instant });
export const withdrawn = z.object({ outcome: z.enum(OUTCOMES) });
export const reopened = z.object({ round: z.number().int(), deadline: instant });
export const reassigned = z.object({ assignmentId: uuid });
