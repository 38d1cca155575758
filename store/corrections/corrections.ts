import { bindTo, type RecordContext } from '../context.ts';
import type { ExamVersionStore } from '../exam-versions.ts';
import { openCorrection } from './open.ts';
import { previewReplacement } from './preview.ts';
import { proposeReplacement } from './propose.ts';
import { listCorrections, readCorrection, type CorrectionRecord } from './records.ts';
import { resolveCorrection } from './resolve.ts';
import { decisionsBehind } from './standing-decisions.ts';

/**
 * Doubts about certificates. One transaction a step: the certificate's status, its bits in the signed lists, the audit and
 * the event, all or nothing, under the lock of the certificate's row.
 */
export function createCorrectionStore(context: RecordContext, examVersions: ExamVersionStore) {
  const bind = bindTo({ ...context, examVersions });
  return {
    open: bind(openCorrection),
    propose: bind(proposeReplacement),
    preview: bind(previewReplacement),
    resolve: bind(resolveCorrection),
    decisionsBehind: bind(decisionsBehind),
    read: (correctionId: string): Promise<CorrectionRecord> => readCorrection(context.prisma, correctionId),
    list: bind(listCorrections),
  };
}

export type CorrectionStore = ReturnType<typeof createCorrectionStore>;
