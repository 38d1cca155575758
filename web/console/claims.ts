import { changesOfSettlement, effectsOf, problemOf, type Change, type Choice, type Problem, type Resolution } from './acts.ts';
import type { Story } from './story.ts';

/** Acts that were typed in the Temporal UI (ClaimedAct of the API), as far as the pure parts of the console read them. */
export type Claim = {
  readonly act: 'extend' | 'withdraw' | 'reassign' | 'reopen' | 'settle' | 'suspend';
  readonly terms: Readonly<Record<string, string>>;
  readonly claimedBy: string;
};

/** What confirming it would do to its attempt; undefined of what is on no attempt, or is done without a confirmation. */
function choiceOf({ act, terms: { deadline = '', assignmentId = '', grader } }: Claim): Choice | undefined {
  switch (act) {
    case 'extend':
    case 'reopen':
      return { act, deadline };
    case 'withdraw':
      return { act };
    case 'reassign':
      return { act, assignmentId, ...(grader === undefined ? {} : { grader }) };
    case 'settle':
    case 'suspend':
      return undefined;
  }
}

/** In the order in which people read it; the last one says whose act it will be. */
export function changesOfClaim(claim: Claim, story: Story | undefined): readonly Change[] {
  const choice = choiceOf(claim);
  const effects = choice === undefined ? settledBy(claim) : story === undefined ? [] : effectsOf(story, choice);
  return [...effects, { key: 'confirmedAsYours', values: { claimedBy: claim.claimedBy } }];
}

function settledBy({ act, terms }: Claim): readonly Change[] {
  return act === 'settle' ? changesOfSettlement(terms.resolution as Resolution) : [];
}

/** Why it will be refused as things stand now. */
export function problemOfClaim(claim: Claim, story: Story | undefined): Problem | undefined {
  const choice = choiceOf(claim);
  return choice === undefined || story === undefined ? undefined : problemOf(story, choice);
}
