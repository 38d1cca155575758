import { beginTakingAppeals, consumeFacts, consumeFactsOnceFree, readAttempt, readAttempts, type AttemptRecord } from '../attempt-rows.ts';
import { readAudit } from '../audit.ts';
import { bindTo, type RecordContext } from '../context.ts';
import type { ExamVersionStore } from '../exam-versions.ts';
import { accommodate, endAccommodation, listAccommodations, recordAccommodation } from './accommodations.ts';
import { correctDeadline, extend } from './deadlines.ts';
import { lapse, withdraw, withdrawByStaff } from './end.ts';
import { register } from './register.ts';
import { overdueByExam, searchAttempts } from './search.ts';
import { readStory } from './story.ts';

/** Attempts: registration, the windows that bind the candidate, and every way they end but by a decision. */
export function createAttemptStore(context: RecordContext, examVersions: ExamVersionStore) {
  const bind = bindTo({ ...context, examVersions });
  return {
    register: bind(register),
    read: (query: { attemptId: string; subject?: string | undefined }): Promise<AttemptRecord> => readAttempt(context.prisma, context.clock, query),
    list: bind(readAttempts),
    search: bind(searchAttempts),
    overdue: bind(overdueByExam),
    story: bind(readStory),
    consumeFacts: bind(consumeFacts),
    beginTakingAppeals: bind(beginTakingAppeals),
    consumeFactsOnceFree: bind(consumeFactsOnceFree),
    lapse: bind(lapse),
    withdraw: bind(withdraw),
    withdrawByStaff: bind(withdrawByStaff),
    extend: bind(extend),
    correctDeadline: bind(correctDeadline),
    accommodate: bind(accommodate),
    accommodations: bind(listAccommodations),
    recordAccommodation: bind(recordAccommodation),
    endAccommodation: bind(endAccommodation),
    audit: bind(readAudit),
  };
}

export type AttemptStore = ReturnType<typeof createAttemptStore>;
