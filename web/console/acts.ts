import type { Assignment, Certificate, Story, Test, Window } from './story.ts';

/**
 * What staff may do to an attempt as it stands, and what each act will change, to be read before it is done. The API has the last word:
 * it refuses what has become impossible meanwhile, and changes nothing then.
 */

export const ACTS = ['extend', 'correct', 'accommodate', 'withdraw', 'reopen', 'dismissFlag', 'reassign', 'suspend'] as const;
export type Act = (typeof ACTS)[number];

/** What is chosen for an act, but its reason. */
export type Choice =
  | { readonly act: 'extend' | 'correct'; readonly deadline: string }
  | { readonly act: 'accommodate'; readonly percent: number }
  | { readonly act: 'withdraw' | 'dismissFlag' }
  | { readonly act: 'reopen'; readonly deadline: string }
  | { readonly act: 'reassign'; readonly assignmentId: string; /** Left out: back to the pool. */ readonly grader?: string }
  | { readonly act: 'suspend'; readonly certificateId: string };

export type Resolution = 'reinstated' | 'revoked' | 'replaced';

/** One change, by its key in texts/LANGUAGE.json, with what stands in it. Instants and lists are formatted where they are shown. */
export type Change = {
  readonly key:
    | 'deadlineMoves'
    | 'deadlineStays'
    | 'windowsScale'
    | 'endsWithoutResult'
    | 'cannotBeUndone'
    | 'mayRegisterAgain'
    | 'workIsVoid'
    | 'holdersLose'
    | 'marksStay'
    | 'marksCountNoMore'
    | 'goesOn'
    | 'promiseAnew'
    | 'holderLoses'
    | 'draftStays'
    | 'goesTo'
    | 'goesToPool'
    | 'fileIsReadable'
    | 'heldGoesOn'
    | 'certificateSuspended'
    | 'holderAndWatchersTold'
    | 'settleSoon'
    | 'candidateReads'
    | 'certificateReinstated'
    | 'certificateRevoked'
    | 'certificateReplaced'
    | 'confirmedAsYours'
    | 'audited';
  readonly values?: Readonly<Record<string, string | number | readonly string[]>>;
  /** Hard to take back, or somebody loses something. */
  readonly grave?: true;
};

/** Why a choice will be refused, by its key in the texts. */
export type Problem = { readonly key: 'notOffered' | 'notLater' | 'notEarlier' | 'past' | 'percentOutOfBounds' | 'alreadyHolds' };

const PERCENT = { min: 100, max: 1000 };

/** The acts that an attempt's phase leaves; none of a verdict on who may do them. */
export function actsOn(story: Story): readonly Act[] {
  const { limit, outcome, grading } = story.attempt;
  const offered: Readonly<Record<Act, boolean>> = {
    extend: limit !== null,
    correct: limit !== null,
    accommodate: outcome === null,
    withdraw: outcome === null,
    reopen: outcome === null && grading !== null,
    dismissFlag: story.assignments.some(isHeld),
    reassign: story.assignments.some(isOpen),
    suspend: standing(story) !== undefined,
  };
  return ACTS.filter((act) => offered[act]);
}

/** What is wrong with a choice; undefined where the API is likely to take it. */
export function problemOf(story: Story, choice: Choice): Problem | undefined {
  if (!actsOn(story).includes(choice.act)) return { key: 'notOffered' };
  const { limit, serverTime } = story.attempt;
  switch (choice.act) {
    case 'extend':
      return limit !== null && isBefore(choice.deadline, limit.deadline) ? { key: 'notLater' } : undefined;
    case 'correct':
      if (!isBefore(serverTime, choice.deadline)) return { key: 'past' };
      return limit !== null && !isBefore(choice.deadline, limit.deadline) ? { key: 'notEarlier' } : undefined;
    case 'reopen':
      return isBefore(serverTime, choice.deadline) ? undefined : { key: 'past' };
    case 'accommodate':
      return Number.isInteger(choice.percent) && choice.percent >= PERCENT.min && choice.percent <= PERCENT.max
        ? undefined
        : { key: 'percentOutOfBounds' };
    case 'reassign': {
      const assignment = story.assignments.find(({ id }) => id === choice.assignmentId);
      if (!assignment || !isOpen(assignment)) return { key: 'notOffered' };
      return choice.grader !== undefined && choice.grader === assignment.holder ? { key: 'alreadyHolds' } : undefined;
    }
    case 'suspend':
      return standing(story)?.id === choice.certificateId ? undefined : { key: 'notOffered' };
    case 'withdraw':
    case 'dismissFlag':
      return undefined;
  }
}

/** What an act will change, in the order in which people read it; the last one says that it is audited. */
export function changesOf(story: Story, choice: Choice): readonly Change[] {
  return [...effectsOf(story, choice), { key: 'audited' }];
}

/** The same, whoever the audit names for it. */
export function effectsOf(story: Story, choice: Choice): readonly Change[] {
  const { limit, grading } = story.attempt;
  switch (choice.act) {
    case 'extend':
    case 'correct':
      return limit === null ? [] : [moved(limit.window, limit.deadline, choice.deadline)];
    case 'accommodate':
      return scaled(story, choice.percent);
    case 'withdraw':
      return [
        { key: 'endsWithoutResult', grave: true },
        ...workLost(story.assignments),
        ...(hasMarks(story.assignments) ? [{ key: 'marksCountNoMore' as const }] : []),
        { key: 'cannotBeUndone', grave: true },
        { key: 'mayRegisterAgain' },
      ];
    case 'reopen':
      return grading === null ? [] : reopened(story, grading.test, choice.deadline);
    case 'dismissFlag':
      return [{ key: 'fileIsReadable' }, { key: 'heldGoesOn', values: { count: story.assignments.filter(isHeld).length } }];
    case 'reassign':
      return reassigned(
        story.assignments.find(({ id }) => id === choice.assignmentId),
        choice.grader,
      );
    case 'suspend':
      return [{ key: 'certificateSuspended', grave: true }, { key: 'holderAndWatchersTold', grave: true }, { key: 'settleSoon' }];
  }
}

function moved(window: Window, from: string, to: string): Change {
  return { key: 'deadlineMoves', values: { window, from, to }, ...(isBefore(to, from) ? { grave: true as const } : {}) };
}

/** The window under way grows and never shrinks; every later one is scaled from its start. */
function scaled({ attempt: { limit } }: Story, percent: number): readonly Change[] {
  const later: Change = { key: 'windowsScale', values: { percent } };
  if (limit === null) return [later];
  const own = new Date(Date.parse(limit.openedAt) + (limit.limitSeconds * percent * 1000) / 100).toISOString();
  return [
    isBefore(limit.deadline, own) ? moved(limit.window, limit.deadline, own) : { key: 'deadlineStays', values: { deadline: limit.deadline } },
    later,
  ];
}

function reopened(story: Story, test: Test, deadline: string): readonly Change[] {
  const ofTest = story.assignments.filter((assignment) => assignment.test === test);
  return [
    { key: 'goesOn', values: { test, deadline } },
    ...flagsTold(ofTest),
    ...workLost(ofTest),
    ...(hasMarks(ofTest) ? [{ key: 'marksStay' as const }] : []),
    { key: 'promiseAnew' },
  ];
}

/** Whoever handed in what graders could not read is told why. */
function flagsTold(assignments: readonly Assignment[]): readonly Change[] {
  const unsettled = assignments.flatMap(({ fileFlags }) => fileFlags).filter(({ settledAt }) => settledAt === null);
  const reasons = [...new Set(unsettled.map(({ reason }) => `“${reason}”`))];
  return reasons.length === 0 ? [] : [{ key: 'candidateReads', values: { reasons } }];
}

const SETTLEMENTS: Readonly<Record<Resolution, Change>> = {
  reinstated: { key: 'certificateReinstated' },
  revoked: { key: 'certificateRevoked', grave: true },
  replaced: { key: 'certificateReplaced', grave: true },
};

/** What settling the doubt about a certificate changes. */
export function changesOfSettlement(resolution: Resolution): readonly Change[] {
  return [SETTLEMENTS[resolution], { key: 'holderAndWatchersTold', grave: true }];
}

function workLost(assignments: readonly Assignment[]): readonly Change[] {
  const open = assignments.filter((assignment) => isOpen(assignment) || isHeld(assignment));
  const holders = [...new Set(open.flatMap(({ holder }) => holder ?? []))];
  return [
    ...(open.length === 0 ? [] : [{ key: 'workIsVoid' as const, values: { count: open.length } }]),
    ...(holders.length === 0 ? [] : [{ key: 'holdersLose' as const, values: { holders }, grave: true as const }]),
  ];
}

function reassigned(assignment: Assignment | undefined, grader: string | undefined): readonly Change[] {
  const holder = assignment?.holder ?? null;
  return [
    ...(holder === null ? [] : [{ key: 'holderLoses' as const, values: { holder }, grave: true as const }, { key: 'draftStays' as const }]),
    grader === undefined ? { key: 'goesToPool' } : { key: 'goesTo', values: { grader } },
  ];
}

export function isOpen({ state }: Pick<Assignment, 'state'>): boolean {
  return state === 'open';
}

/** A grader could not read the file, and staff have not looked at it yet. */
function isHeld({ state }: Pick<Assignment, 'state'>): boolean {
  return state === 'held';
}

function hasMarks(assignments: readonly Assignment[]): boolean {
  return assignments.some(({ marks }) => marks.length > 0);
}

/** The others have been replaced. */
export function newestEdition<Edition extends Pick<Certificate, 'edition'>>(certificates: readonly Edition[]): Edition | undefined {
  return certificates.toSorted((one, other) => other.edition - one.edition)[0];
}

/** The newest edition, where it is valid. */
function standing({ certificates }: Story): Certificate | undefined {
  const newest = newestEdition(certificates);
  return newest?.status === 'valid' ? newest : undefined;
}

function isBefore(one: string, other: string): boolean {
  return Date.parse(one) < Date.parse(other);
}
