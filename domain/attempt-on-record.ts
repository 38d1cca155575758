import { windowSeconds, type Instant, type Outcome, type Window } from './attempt.ts';
import { TESTS, type Policy, type Test } from './exam.ts';
import { NOT_PASSED, OUTCOME_REASONS } from './outcome-reason.ts';
import {
  deadlinesOnRecord,
  firstDeadlinesOnRecord,
  firstPercents,
  percentsOnRecord,
  type AccommodationOnRecord,
  type WindowOnRecord,
} from './windows-on-record.ts';
import type { Extension } from './limit.ts';

/**
 * What stands in an attempt and its tests for whoever looks there, and follows from other records: deadlines above all. All of it is derived again from
 * what those say, so that whoever moves a deadline, opens a test or an attempt again, or gives it a pass that is not its own, is found by it.
 */

export type ExtensionOnRecord = {
  readonly id: string;
  readonly window: Window;
  readonly at: Instant;
  readonly extension: Extension;
};

/** Of an audit entry. Its details are as they were written, and may be anything. */
export type ActOnRecord = {
  readonly key: string;
  readonly action: string;
  readonly at: Instant;
  readonly details: Readonly<Record<string, unknown>>;
};

type SittingOnRecord = {
  readonly id: string;
  readonly test: Test;
  readonly round: number;
  readonly startedAt: Instant;
  readonly deadline: Instant;
  readonly frozenAt: Instant | null;
  /** What was handed in, a round each; a round in which nothing was has none. */
  readonly submissions: readonly { readonly round: number; readonly submittedAt: Instant }[];
};

type PassOnRecord = {
  readonly id: string;
  readonly attemptId: string;
  readonly candidateId: string;
  readonly examId: string;
  readonly passed: boolean;
  readonly supersedesId: string | null;
  readonly decidedAt: Instant;
};

export type AttemptOnRecord = {
  readonly id: string;
  readonly candidateId: string;
  readonly examId: string;
  readonly examVersionId: string;
  /** Its candidate was: the texts of acts are gone. */
  readonly isErased: boolean;
  readonly accommodationPercent: number;
  readonly registeredAt: Instant;
  readonly startBy: Instant;
  readonly downloadBy: Instant | null;
  readonly aptitudeDecisionId: string | null;
  readonly outcome: Outcome | null;
  readonly outcomeReason: string | null;
  readonly settledAt: Instant | null;
  readonly accommodations: readonly AccommodationOnRecord[];
  /** In their order. */
  readonly extensions: readonly ExtensionOnRecord[];
  readonly sittings: readonly SittingOnRecord[];
  readonly acts: readonly ActOnRecord[];
  /** The pass that counts, then what it superseded, and so on. */
  readonly passes: readonly PassOnRecord[];
  /** Its own that supersede none, oldest first. */
  readonly decisions: readonly {
    readonly test: Test;
    readonly round: number;
    readonly passed: boolean;
    readonly isSubmitted: boolean;
    readonly decidedAt: Instant;
  }[];
  readonly certifiedAt: readonly Instant[];
};

/** `stands` is not what the other records give. Null: nothing. */
export type DerivedFinding = {
  /** The table of the record, and which. */
  readonly kind: 'attempt' | 'sitting' | 'extension';
  readonly record: string;
  readonly attemptId: string;
  readonly of: string;
  readonly stands: string | null;
  readonly given: string | null;
  /** It stands later than it may: what a release of before the ledger promised is not held against it. */
  readonly isLater?: true;
};

/** What an attempt and its tests were when each was made: the first entry of each must be of that. */
export type FirstAttempt = {
  readonly startBy: Instant;
  readonly downloadBy: Instant | null;
  readonly aptitudeDecisionId: string | null;
  readonly percent: number;
};

/** Outages that were credited, by their ids: the details of the act that says so. */
export type OutagesOnRecord = ReadonlyMap<string, ActOnRecord['details']>;

export function derivedFindings(
  attempt: AttemptOnRecord,
  { policy, outages }: { policy: Policy; outages: OutagesOnRecord },
): readonly DerivedFinding[] {
  return [
    ...deadlineFindings(attempt, policy),
    ...attempt.sittings.flatMap((sitting) => sittingFindings(attempt, sitting)),
    ...attempt.extensions.flatMap((extension) => extensionFindings(attempt, { extension, outages })),
    ...outcomeFindings(attempt),
    ...reasonFindings(attempt),
  ];
}

export function firstAttempts(attempt: AttemptOnRecord, policy: Policy): readonly FirstAttempt[] {
  const { registeredAt, accommodations } = attempt;
  const isCarried = isCarriedOver(attempt);
  const window = windowOnRecord(attempt, { policy, window: isCarried ? 'offer' : 'start' });
  const percents = firstPercents({ registeredAt, accommodations });
  const passIds = isCarried ? attempt.passes.map(({ id }) => id) : [null];
  return firstDeadlinesOnRecord({ ...window, openedAt: registeredAt }).flatMap((startBy) =>
    percents.flatMap((percent) =>
      passIds.map((aptitudeDecisionId) => ({ startBy, downloadBy: isCarried ? startBy : null, aptitudeDecisionId, percent })),
    ),
  );
}

export function firstDeadlinesOf(attempt: AttemptOnRecord, { policy, test }: { policy: Policy; test: Test }): readonly Instant[] {
  return firstDeadlinesOnRecord(windowOnRecord(attempt, { policy, window: test }));
}

// Deadlines -----------------------------------------------------------------------------------------------------------------

const NAMES: Readonly<Record<Window, string>> = {
  start: 'the time to start',
  aptitude: 'the deadline of the aptitude test',
  offer: 'the time to download the case study',
  case_study: 'the deadline of the case study',
};

function deadlineFindings(attempt: AttemptOnRecord, policy: Policy): readonly DerivedFinding[] {
  const { id: record, accommodationPercent: percent, downloadBy } = attempt;
  const own = { kind: 'attempt', record, attemptId: record } as const;
  const percents = percentsOnRecord(attempt);
  return [
    ...(percents.includes(percent) ? [] : [{ ...own, of: 'the factor of its limits', stands: `${percent} %`, given: `${percents.join(' or ')} %` }]),
    ...deadlineFinding(own, { window: 'start', stands: attempt.startBy, given: startByOnRecord(attempt, policy) }),
    ...(attempt.passes.length === 0
      ? deadlineFinding(own, { window: 'offer', stands: downloadBy, given: [] })
      : deadlineFinding(own, {
          window: 'offer',
          stands: downloadBy,
          given: deadlinesOnRecord(windowOnRecord(attempt, { policy, window: 'offer' })),
        })),
    ...attempt.sittings.flatMap(({ id, test, deadline }) =>
      deadlineFinding(
        { kind: 'sitting', record: id, attemptId: record },
        { window: test, stands: deadline, given: deadlinesOnRecord(windowOnRecord(attempt, { policy, window: test })) },
      ),
    ),
  ];
}

/** A pass that is carried over opens the offer, and the time to start is then what that began as. */
function startByOnRecord(attempt: AttemptOnRecord, policy: Policy): readonly Instant[] {
  return isCarriedOver(attempt)
    ? firstAttempts(attempt, policy).map(({ startBy }) => startBy)
    : deadlinesOnRecord(windowOnRecord(attempt, { policy, window: 'start' }));
}

function deadlineFinding(
  record: Pick<DerivedFinding, 'kind' | 'record' | 'attemptId'>,
  { window, stands, given }: { window: Window; stands: Instant | null; given: readonly Instant[] },
): readonly DerivedFinding[] {
  if (stands === null ? given.length === 0 : given.includes(stands)) return [];
  const isLater = stands !== null && given.every((deadline) => stands > deadline);
  return [{ ...record, of: NAMES[window], stands: iso(stands), given: given.map(iso).join(' or ') || null, ...(isLater ? { isLater } : {}) }];
}

function windowOnRecord(attempt: AttemptOnRecord, { policy, window }: { policy: Policy; window: Window }): WindowOnRecord {
  return {
    openedAt: openedAt(attempt, window),
    seconds: windowSeconds(policy, window),
    accommodations: attempt.accommodations,
    extensions: attempt.extensions.filter((extension) => extension.window === window),
    closings: closingsOf(attempt, window),
  };
}

function openedAt(attempt: AttemptOnRecord, window: Window): Instant {
  switch (window) {
    case 'start':
      return attempt.registeredAt;
    case 'offer':
      return Math.max(attempt.registeredAt, firstPass(attempt)?.decidedAt ?? attempt.registeredAt);
    case 'aptitude':
    case 'case_study':
      return sittingOf(attempt, window)?.startedAt ?? attempt.registeredAt;
  }
}

function closingsOf(attempt: AttemptOnRecord, window: Window): readonly (Instant | undefined)[] {
  const settledAt = attempt.settledAt ?? undefined;
  switch (window) {
    case 'start':
      return [sittingOf(attempt, 'aptitude')?.startedAt ?? settledAt];
    case 'offer':
      return [sittingOf(attempt, 'case_study')?.startedAt ?? settledAt];
    case 'aptitude':
    case 'case_study': {
      const sitting = sittingOf(attempt, window);
      return Array.from({ length: sitting?.round ?? 0 }, (_, index) => closingOf(sitting, index + 1));
    }
  }
}

function closingOf(sitting: SittingOnRecord | undefined, round: number): Instant | undefined {
  const submitted = sitting?.submissions.find((submission) => submission.round === round)?.submittedAt;
  return submitted ?? (round === sitting?.round ? (sitting.frozenAt ?? undefined) : undefined);
}

function sittingOf({ sittings }: AttemptOnRecord, test: Test): SittingOnRecord | undefined {
  return sittings.find((sitting) => sitting.test === test);
}

/** What opened the case study: a regrade or a correction has put another decision in its place since, and opened nothing anew. */
function firstPass({ passes }: AttemptOnRecord) {
  return passes.findLast(({ passed }) => passed);
}

function isCarriedOver(attempt: AttemptOnRecord): boolean {
  const pass = firstPass(attempt);
  return pass !== undefined && pass.attemptId !== attempt.id;
}

// Tests ----------------------------------------------------------------------------------------------------------------------

function sittingFindings(attempt: AttemptOnRecord, sitting: SittingOnRecord): readonly DerivedFinding[] {
  const { id: record, test, round, deadline, frozenAt, submissions } = sitting;
  const own = { kind: 'sitting', record, attemptId: attempt.id } as const;
  const reopened = attempt.extensions.filter(({ window, extension }) => window === test && extension.kind === 'reopening').length;
  const submittedAt = submissions.find((submission) => submission.round === round)?.submittedAt;
  // Without a submission a test ends by its deadline, or with the attempt.
  const ends = submittedAt === undefined ? [null, deadline, attempt.settledAt] : [submittedAt];
  return [
    ...(round === reopened + 1 ? [] : [{ ...own, of: `the round of the ${test} test`, stands: String(round), given: String(reopened + 1) }]),
    ...(ends.includes(frozenAt) ? [] : [{ ...own, of: `the end of the ${test} test`, stands: iso(frozenAt), given: ends.map(iso).join(' or ') }]),
  ];
}

// What moved them ---------------------------------------------------------------------------------------------------------

function extensionFindings(
  attempt: AttemptOnRecord,
  { extension: granted, outages }: { extension: ExtensionOnRecord; outages: OutagesOnRecord },
): readonly DerivedFinding[] {
  if (isGranted(attempt, { granted, outages })) return [];
  const { id: record, window, extension } = granted;
  const stands = extension.kind === 'outage' ? `outage ${extension.outageId}` : `${extension.kind} until ${iso(extension.until)}`;
  return [{ kind: 'extension', record, attemptId: attempt.id, of: `what moved ${NAMES[window]}`, stands, given: null }];
}

function isGranted({ id, acts, isErased }: AttemptOnRecord, { granted, outages }: { granted: ExtensionOnRecord; outages: OutagesOnRecord }): boolean {
  const { window, at, extension } = granted;
  const isBy = (wanted: string, details: Readonly<Record<string, string | Instant>>) =>
    acts.some((act) => act.action === wanted && act.at === at && says(act, { details, isErased }));
  switch (extension.kind) {
    // It has no part in what is derived.
    case 'kept':
      return true;
    case 'outage': {
      const credit = outages.get(extension.outageId);
      const isCredited = acts.some(({ key }) => key === `outage:${extension.outageId}:${id}:${window}`);
      const isSame = isAt(credit?.from, extension.from) && isAt(credit?.to, extension.to) && Number(credit?.extraSeconds) === extension.extraSeconds;
      return isCredited && isSame;
    }
    case 'reopening':
      return isBy('reopen', { test: window, deadline: extension.until });
    case 'named':
      return isBy('extend', { window, to: extension.until });
    case 'correction':
      return isBy('correct_deadline', { window, to: extension.until });
  }
}

/** Of whoever was erased an act says no more than when it was. */
function says(act: ActOnRecord, { details, isErased }: { details: Readonly<Record<string, string | Instant>>; isErased: boolean }): boolean {
  return Object.entries(details).every(([name, value]) => {
    const said = act.details[name];
    return (isErased && said === undefined) || (typeof value === 'number' ? isAt(said, value) : said === value);
  });
}

function isAt(text: unknown, instant: Instant): boolean {
  return typeof text === 'string' && Date.parse(text) === instant;
}

// Outcomes ----------------------------------------------------------------------------------------------------------------

function outcomeFindings(attempt: AttemptOnRecord): readonly DerivedFinding[] {
  const { id: record, candidateId, examId, outcome, settledAt, passes } = attempt;
  const own = { kind: 'attempt', record, attemptId: record } as const;
  const [pass] = passes;
  const isOwn = pass === undefined || (pass.candidateId === candidateId && pass.examId === examId && (pass.passed || pass.supersedesId !== null));
  const settled = settlingsOf(attempt);
  return [
    ...(isOwn ? [] : [{ ...own, of: 'the pass of its aptitude test', stands: pass.id, given: null }]),
    ...(attempt.aptitudeDecisionId !== null && pass === undefined
      ? [{ ...own, of: 'the pass of its aptitude test', stands: attempt.aptitudeDecisionId, given: null }]
      : []),
    ...(settled === undefined || settled.includes(settledAt)
      ? []
      : [{ ...own, of: 'when it ended', stands: `${outcome ?? 'open'}, ${iso(settledAt)}`, given: settled.map(iso).join(' or ') || null }]),
  ];
}

/** When an attempt with this outcome ended, by what made it so; undefined where its other records do not say. */
function settlingsOf(attempt: AttemptOnRecord): readonly (Instant | null)[] | undefined {
  const { outcome, downloadBy, startBy, certifiedAt, decisions } = attempt;
  const last = lastOf(decisions);
  switch (outcome) {
    case null: {
      // With the case study, whatever it came to; with an aptitude test that did not lead to it.
      const endsWith: Readonly<Record<Test, boolean>> = { aptitude: attempt.aptitudeDecisionId === null, case_study: true };
      return [last !== undefined && endsWith[last.test] ? last.decidedAt : null];
    }
    case 'failed':
      return last && !last.passed ? [last.decidedAt] : [];
    case 'certified':
      return certifiedAt;
    case 'lapsed':
      return [attempt.aptitudeDecisionId === null ? startBy : downloadBy];
    case 'withdrawn':
      return undefined;
  }
}

function lastOf(decisions: AttemptOnRecord['decisions']): AttemptOnRecord['decisions'][number] | undefined {
  return TESTS.flatMap((test) => decisions.filter((decision) => decision.test === test)).at(-1);
}

function reasonFindings(attempt: AttemptOnRecord): readonly DerivedFinding[] {
  const { id: record, outcomeReason: stands } = attempt;
  const given = reasonsOf(attempt);
  if (given === undefined || given.includes(stands)) return [];
  return [
    {
      kind: 'attempt',
      record,
      attemptId: record,
      of: 'why it ended',
      stands: stands ?? 'nothing',
      given: given.map((reason) => reason ?? 'nothing').join(' or ') || null,
    },
  ];
}

/** In the words of the records; undefined where something else is named already. */
function reasonsOf(attempt: AttemptOnRecord): readonly (string | null)[] | undefined {
  const { outcome, settledAt, acts, decisions } = attempt;
  switch (outcome) {
    case null:
    case 'certified':
      return [null];
    case 'failed': {
      const last = lastOf(decisions);
      return last && [last.isSubmitted ? NOT_PASSED[last.test] : OUTCOME_REASONS.not_submitted];
    }
    case 'lapsed':
      return [attempt.aptitudeDecisionId === null ? OUTCOME_REASONS.not_started_in_time : OUTCOME_REASONS.not_downloaded_in_time];
    case 'withdrawn':
      if (acts.some(({ action, at }) => action === 'withdraw' && at === settledAt)) return [OUTCOME_REASONS.withdrawn_by_staff];
      return awaitsResult(attempt) ? [] : [OUTCOME_REASONS.withdrawn_by_candidate];
  }
}

/** What was handed in and is not decided: from then on a candidate withdraws no more. */
function awaitsResult({ sittings, decisions }: AttemptOnRecord): boolean {
  return sittings.some(
    ({ test, round, submissions }) =>
      submissions.some((submission) => submission.round === round) &&
      !decisions.some((decision) => decision.test === test && decision.round === round),
  );
}

function iso(instant: Instant | null): string {
  return instant === null ? 'none' : new Date(instant).toISOString();
}
