import { bindTo, type RecordContext } from '../context.ts';
import type { ExamVersionStore } from '../exam-versions.ts';
import { readExplanations } from './explanations.ts';
import { keepFeedback, readToCompose } from './feedback.ts';
import { publishDecision, publishGraded, publishNotSubmitted } from './publish.ts';
import { readReport, readResults } from './results.ts';

/** Decisions and what becomes of them: publication in one transaction, feedback, the certificate. */
export function createDecisionStore(context: RecordContext, examVersions: ExamVersionStore) {
  const bind = bindTo({ ...context, examVersions });
  return {
    publish: bind(publishDecision),
    publishGraded: bind(publishGraded),
    publishNotSubmitted: bind(publishNotSubmitted),
    keepFeedback: bind(keepFeedback),
    toCompose: bind(readToCompose),
    report: bind(readReport),
    results: bind(readResults),
    explanations: bind(readExplanations),
  };
}

export type DecisionStore = ReturnType<typeof createDecisionStore>;
