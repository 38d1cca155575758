import { bindTo, type StoreContext } from '../context.ts';
import type { ExamVersionStore } from '../exam-versions.ts';
import { readResponses, saveResponse } from './autosave.ts';
import { downloadCaseStudy } from './download.ts';
import { createExamLookUp } from './exam-look-up.ts';
import { freezeAtTimeOut, freezeOverdue, submit } from './freeze.ts';
import { readHandedIn } from './handed-in.ts';
import { reopenSitting } from './reopen.ts';
import { startAptitudeTest } from './start.ts';
import { readSubmissions } from './submissions.ts';

/** Sittings: starting a test, autosave, the one freeze, the case study's download, reopening. */
export function createSittingStore(context: StoreContext, examVersions: ExamVersionStore) {
  const { examOf, rememberExam } = createExamLookUp({ ...context, examVersions });
  const bind = bindTo({ ...context, examVersions, examOf, rememberExam });
  return {
    examOf,
    start: bind(startAptitudeTest),
    download: bind(downloadCaseStudy),
    saveResponse: bind(saveResponse),
    responses: bind(readResponses),
    submit: bind(submit),
    freezeAtTimeOut: bind(freezeAtTimeOut),
    freezeOverdue: bind(freezeOverdue),
    submissions: bind(readSubmissions),
    handedIn: bind(readHandedIn),
    reopen: bind(reopenSitting),
  };
}
