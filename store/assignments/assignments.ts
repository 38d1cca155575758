import { bindTo, type RecordContext } from '../context.ts';
import type { ExamVersionStore } from '../exam-versions.ts';
import { claimAssignment } from './claim.ts';
import { completeAssignment } from './complete.ts';
import { saveDraft } from './drafts.ts';
import { dismissFileFlags, flagFile } from './flag.ts';
import { readOwnAssignment } from './held.ts';
import { heartbeat, releaseAssignment } from './leases.ts';
import { readMarks } from './marks.ts';
import { openAssignments } from './open.ts';
import { readQueue } from './queue.ts';
import { attemptOfAssignment, listAssignments, listOwnClaims } from './read.ts';
import { reassign } from './reassign.ts';
import { watchStaffing } from './staffing.ts';
import { remind } from './remind.ts';
import { readUnderGrading } from './under-grading.ts';

/** Assignments: opened by the workflow, claimed under an expiring lease with a fencing token, completed once. */
export function createAssignmentStore(context: RecordContext, examVersions: ExamVersionStore) {
  const bind = bindTo({ ...context, examVersions });
  return {
    underGrading: bind(readUnderGrading),
    open: bind(openAssignments),
    claim: bind(claimAssignment),
    queue: bind(readQueue),
    read: bind(readOwnAssignment),
    listOwn: bind(listOwnClaims),
    heartbeat: bind(heartbeat),
    saveDraft: bind(saveDraft),
    release: bind(releaseAssignment),
    flagFile: bind(flagFile),
    dismissFileFlags: bind(dismissFileFlags),
    complete: bind(completeAssignment),
    marks: bind(readMarks),
    remind: bind(remind),
    watchStaffing: bind(watchStaffing),
    reassign: bind(reassign),
    listForStaff: bind(listAssignments),
    attemptOf: bind(attemptOfAssignment),
  };
}

export type AssignmentStore = ReturnType<typeof createAssignmentStore>;
