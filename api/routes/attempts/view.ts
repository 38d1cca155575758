import type { z } from 'zod';
import { phaseOf, promisedAt, testUnderGrading, testUnderWay, type AttemptFacts, type Phase } from '../../../domain/attempt.ts';
import { examVersionName, TEST_NAMES, type Policy, type Test } from '../../../domain/exam.ts';
import { bindingOf, type Extension, type Limit } from '../../../domain/limit.ts';
import { codeOfOutcomeReason, OUTCOME_REASONS } from '../../../domain/outcome-reason.ts';
import type { AttemptRecord } from '../../../store/attempt-rows.ts';
import { openWindowOf } from '../../../store/limits.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { attemptView, WAITING_CODES } from './schemas.ts';

export type AttemptView = z.output<typeof attemptView>;

type WaitingCode = (typeof WAITING_CODES)[number];

/** An attempt for people: where it stands, what waits for whom, until when. Instants are PostgreSQL's. */
export function viewOfAttempt(record: AttemptRecord, policy: Policy): AttemptView {
  const { facts } = record;
  const phase = phaseOf(facts);
  const outcomeReason = record.isPassedSince ? OUTCOME_REASONS.aptitude_test_passed_since : record.outcomeReason;
  return {
    id: facts.attemptId,
    examId: record.examId,
    examVersion: examVersionName(record),
    phase,
    outcome: facts.outcome,
    outcomeReason,
    outcomeReasonCode: outcomeReason === null ? null : codeOfOutcomeReason(outcomeReason),
    waitingFor: record.isPassedSince ? REGISTER_AGAIN : waitingFor(facts, phase, policy),
    deadlines: {
      start: facts.sittings.aptitude || facts.aptitudePassed ? null : iso(facts.startBy),
      aptitudeTest: isoOrNull(facts.sittings.aptitude?.deadline ?? null),
      download: isoOrNull(facts.downloadBy),
      caseStudy: isoOrNull(facts.sittings.case_study?.deadline ?? null),
    },
    accommodationPercent: record.accommodationPercent,
    limit: limitOf(record, policy),
    registeredAt: iso(record.registeredAt),
    settledAt: isoOrNull(record.settledAt),
    grading: gradingOf(record, phase, policy),
    serverTime: iso(facts.asOf),
  };
}

function limitOf(record: AttemptRecord, policy: Policy): AttemptView['limit'] {
  const open = openWindowOf(record, policy);
  if (!open) return null;
  const { window, limit, deadline } = open;
  return {
    window,
    openedAt: iso(limit.openedAt),
    limitSeconds: limit.seconds,
    accommodationPercent: bindingOf(limit).percent,
    extensions: limit.extensions.map((extension) => extensionOf(extension, limit)),
    deadline: iso(deadline),
  };
}

function extensionOf(extension: Extension, { openedAt }: Limit): NonNullable<AttemptView['limit']>['extensions'][number] {
  switch (extension.kind) {
    case 'outage': {
      const { from, to, extraSeconds } = extension;
      return { kind: 'outage', deadline: null, seconds: Math.round((to - Math.max(from, openedAt)) / 1000) + extraSeconds };
    }
    case 'named':
    case 'kept':
      return { kind: 'extension', deadline: iso(extension.until), seconds: null };
    case 'correction':
    case 'reopening':
      return { kind: extension.kind, deadline: iso(extension.until), seconds: null };
  }
}

/** The attempt is over, and the pass that a regrade made of its test is the candidate's to go on from. */
const REGISTER_AGAIN: AttemptView['waitingFor'] = {
  whom: 'candidate',
  code: 'register_again',
  what: 'register again: the aptitude test is passed, and carried over',
  until: null,
};

function waitingFor(facts: AttemptFacts, phase: Phase, policy: Policy): AttemptView['waitingFor'] {
  switch (phase) {
    case 'registered':
      return candidate(facts, { code: 'start_aptitude_test', what: 'start the aptitude test' }, facts.startBy);
    case 'aptitude_test':
      return candidate(facts, { code: 'submit_aptitude_test', what: 'submit the aptitude test' }, facts.sittings.aptitude?.deadline ?? null);
    case 'case_study_offered':
      return candidate(facts, { code: 'download_case_study', what: 'download the case study' }, facts.downloadBy);
    case 'case_study':
      return candidate(
        facts,
        { code: 'submit_case_study', what: 'upload and submit the solution of the case study' },
        facts.sittings.case_study?.deadline ?? null,
      );
    case 'aptitude_grading':
    case 'case_study_grading':
      return grading(facts, policy);
    case 'failed':
      return answer(facts, policy);
    case 'certified':
    case 'lapsed':
    case 'withdrawn':
      return null;
  }
}

function answer({ appeal }: AttemptFacts, policy: Policy): AttemptView['waitingFor'] {
  if (appeal?.state !== 'open') return null;
  const until = iso(promisedAt(policy, appeal.test, appeal.filedAt));
  return { whom: 'graders', code: 'answer_appeal', what: `answer the appeal of the ${TEST_NAMES[appeal.test]}`, until };
}

/** Past the deadline it is our turn: what was saved is submitted, or the attempt lapses. */
function candidate(facts: AttemptFacts, awaited: { code: WaitingCode; what: string }, until: number | null): AttemptView['waitingFor'] {
  if (until !== null && facts.asOf >= until) {
    return { whom: 'certifiable', code: 'close_window', what: 'close the window: its time is up', until: null };
  }
  return { whom: 'candidate', ...awaited, until: isoOrNull(until) };
}

const GRADING_CODES: Readonly<Record<Test, WaitingCode>> = { aptitude: 'grade_aptitude_test', case_study: 'grade_case_study' };

function grading(facts: AttemptFacts, policy: Policy): AttemptView['waitingFor'] {
  const test = testUnderWay(facts);
  const sitting = facts.sittings[test];
  if (sitting?.frozenAt == null || sitting.submissionId === null) {
    return { whom: 'certifiable', code: 'publish_result', what: 'publish the result', until: null };
  }
  if (sitting.fileHeld === 'infected' || (facts.assignments.held ?? 0) > 0) {
    return { whom: 'certifiable', code: 'look_into_file', what: 'look into the file that was handed in', until: null };
  }
  return {
    whom: 'graders',
    code: GRADING_CODES[test],
    what: `grade the ${TEST_NAMES[test]}`,
    until: iso(promisedAt(policy, test, sitting.frozenAt)),
  };
}

function gradingOf({ facts, expectedBy }: AttemptRecord, phase: Phase, policy: Policy): AttemptView['grading'] {
  const test = testUnderGrading(phase);
  if (test === undefined) return null;
  const sitting = facts.sittings[test];
  if (sitting?.frozenAt == null || sitting.submissionId === null) return null;
  return {
    test,
    submittedAt: iso(sitting.frozenAt),
    promisedBy: iso(promisedAt(policy, test, sitting.frozenAt)),
    expectedBy: isoOrNull(expectedBy[test]),
  };
}
