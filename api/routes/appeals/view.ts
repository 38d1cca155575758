import type { z } from 'zod';
import { isRefundOwed } from '../../../domain/appeal.ts';
import { promisedAt } from '../../../domain/attempt.ts';
import { examVersionName, type Policy } from '../../../domain/exam.ts';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import type { OwnAppealRecords } from '../../../store/appeals/appeals.ts';
import type { AppealRecord, ListedAppeal } from '../../../store/appeals/records.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { appealList, ownAppeals } from './schemas.ts';

type OwnAppeals = z.output<typeof ownAppeals>;
type Listed = z.output<typeof appealList>['appeals'][number];

export function ownViewOf({ appeals, appealable, policy }: OwnAppealRecords): OwnAppeals {
  return {
    appeals: appeals.map((record) => appealOf(record, record.state === 'open' ? promisedOf(record, policy) : null)),
    appealable: appealable && {
      test: appealable.test,
      until: iso(appealable.until),
      feeIsAsked: policy.appealFee === 'required',
      items: appealable.items.map(({ itemId, millipoints, millipointsMax }) => ({
        itemId,
        points: pointsFromMillipoints(millipoints),
        pointsMax: pointsFromMillipoints(millipointsMax),
      })),
    },
  };
}

export function listedViewOf(record: ListedAppeal): Listed {
  const { attemptId, examId, version, decisionId, answerDecisionId, needsAttention, dueAt, refund } = record;
  const { reference: refundReference = null, refundedBy = null, refundedAt = null } = refund ?? {};
  const examVersion = examVersionName({ examId, version });
  return {
    ...appealOf(record, dueAt),
    attemptId,
    examId,
    examVersion,
    decisionId,
    answerDecisionId,
    needsAttention,
    refundReference,
    refundedBy,
    refundedAt: refundedAt === null ? null : iso(new Date(refundedAt)),
  };
}

function promisedOf({ test, filedAt }: AppealRecord, policy: Policy): Date {
  return new Date(promisedAt(policy, test, filedAt.getTime()));
}

function appealOf(record: AppealRecord, promisedBy: Date | null): OwnAppeals['appeals'][number] {
  const { id, test, state, items, feeReference, filedAt, settledAt, refund } = record;
  return {
    id,
    test,
    state,
    items: items.map((item) => ({ ...item })),
    feeReference,
    filedAt: iso(filedAt),
    promisedBy: isoOrNull(promisedBy),
    settledAt: isoOrNull(settledAt),
    refund: isRefundOwed(record) ? (refund ? 'paid' : 'due') : null,
  };
}
