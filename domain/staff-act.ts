/** Acts of staff that reach a workflow as an Update: from the API, which knows who acts, or typed in the Temporal UI, which does not. */

export const STAFF_ACTS = ['extend', 'withdraw', 'reassign', 'reopen', 'settle', 'suspend'] as const;
export type StaffActKind = (typeof STAFF_ACTS)[number];

/** What each takes beside who acts and why; anything else that is typed with it counts for nothing. */
const TERMS: Readonly<Record<StaffActKind, readonly string[]>> = {
  extend: ['window', 'deadline'],
  withdraw: [],
  reassign: ['assignmentId', 'grader'],
  reopen: ['test', 'deadline'],
  settle: ['resolution', 'replacementHash'],
  suspend: ['certificateId'],
};

export type ActTerms = Readonly<Record<string, string>>;

export function termsOf(kind: StaffActKind, input: object): ActTerms {
  const given = Object.entries(input).filter(([name]) => TERMS[kind].includes(name));
  return Object.fromEntries(given.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/**
 * Whether an act that was only claimed waits until a second person confirms it: what favours somebody, or changes an outcome. Not
 * what takes work back to the pool: it can be put right, and favours nobody. Nobody suspends a certificate by hand (store/staff-acts.ts).
 */
export function needsConfirmation(kind: StaffActKind, terms: ActTerms): boolean {
  switch (kind) {
    case 'extend':
    case 'withdraw':
    case 'reopen':
    case 'settle':
      return true;
    case 'reassign':
      return terms.grader !== undefined;
    case 'suspend':
      return false;
  }
}
