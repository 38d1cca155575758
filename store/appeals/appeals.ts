import type { Appealable } from './appealable.ts';
import { appealableOf } from './appealable.ts';
import { answerAppeal } from './answer.ts';
import type { Policy } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { readAttempt } from '../attempt-rows.ts';
import { bindTo, type RecordContext } from '../context.ts';
import type { ExamContext, ExamVersionStore } from '../exam-versions.ts';
import { fileAppeal } from './file.ts';
import { listAppeals, readAppealsOf, type AppealRecord } from './records.ts';
import { recordRefund } from './refund.ts';
import { withdrawAppeal } from './withdraw.ts';

/** Appeals: filed and withdrawn by candidates, answered once by the marks that they get (docs/decisions/0020). */
export function createAppealStore(context: RecordContext, examVersions: ExamVersionStore) {
  const bind = bindTo({ ...context, examVersions });
  return {
    file: bind(fileAppeal),
    withdraw: bind(withdrawAppeal),
    answer: bind(answerAppeal),
    list: bind(listAppeals),
    recordRefund: bind(recordRefund),
    ofAttempt: (attemptId: string): Promise<readonly AppealRecord[]> => readAppealsOf(context.prisma, attemptId),
    own: bind(readOwn),
  };
}

/** What a candidate filed of an attempt, and what they may file: null where they may not, or have. */
export type OwnAppealRecords = {
  readonly appeals: readonly AppealRecord[];
  readonly appealable: Pick<Appealable, 'test' | 'items' | 'until'> | null;
  readonly policy: Policy;
};

/** Refused as not found. */
async function readOwn(context: ExamContext, { attemptId, subject }: { attemptId: string; subject: string }): Promise<OwnAppealRecords> {
  const attempt = await readAttempt(context.prisma, context.clock, { attemptId, subject });
  const { policy } = await context.examVersions.contentOf(attempt.examVersionId);
  const appeals = await readAppealsOf(context.prisma, attemptId);
  const appealable = await appealableOf(context.prisma, attempt, policy).catch((error: unknown) => {
    if (error instanceof Refusal) return null;
    throw error;
  });
  return { appeals, appealable: appeals.some(({ test }) => test === appealable?.test) ? null : appealable, policy };
}
