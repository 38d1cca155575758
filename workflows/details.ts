import type { AttemptPlan } from '../activities/certification/activities.ts';
import type { AttemptFacts, Phase } from '../domain/attempt.ts';
import type { AppealFacts } from '../domain/appeal.ts';
import { TEST_NAMES } from '../domain/exam.ts';
import { shownLine } from '../domain/text.ts';
import type { Waiting } from './waiting.ts';

const phaseWords: Readonly<Record<Phase, string>> = {
  registered: 'registered, not started',
  aptitude_test: 'sitting the aptitude test',
  aptitude_grading: 'aptitude test being graded',
  case_study_offered: 'case study offered',
  case_study: 'working on the case study',
  case_study_grading: 'case study being graded',
  certified: 'certified',
  failed: 'failed',
  lapsed: 'lapsed',
  withdrawn: 'withdrawn',
};

function utc(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Enough to know an act by; the audit has the whole of it. */
const QUOTED_LENGTH_MAX = 500;

/**
 * What somebody wrote, to stand within one line of the Markdown below: no line break, no mark-up and no link of theirs can
 * pass for something that happened.
 */
export function quoted(text: string): string {
  const line = shownLine(text);
  const short = line.length > QUOTED_LENGTH_MAX ? `${line.slice(0, QUOTED_LENGTH_MAX).toWellFormed()}…` : line;
  return short.replaceAll(/[\\`*_[\]<>|~&#!]/g, '\\$&').replaceAll(/:(?=\/\/)|\.(?<=www\.)/gi, '\\$&');
}

/** Who acted: whoever the API knows, or whom somebody claimed to be who typed it. */
export function byWhom(act: { readonly actor: string }, result: object): string {
  return 'claimed' in result ? asClaimed(act) : `by ${quoted(act.actor)}`;
}

export function asClaimed({ actor }: { readonly actor: string }): string {
  return `as claimed by ${quoted(actor)}, typed in the Temporal UI`;
}

/** A mark that is not its submission's last rings nobody, so between the first and the last there is no count to show. */
function marksInWords({ opened, completed }: AttemptFacts['assignments']): string {
  return completed === opened ? `all ${opened} are in` : `${opened} are asked for; the last of them goes on from here`;
}

function appealInWords({ state, test, itemIds, filedAt }: AppealFacts): string {
  return `**${state}**: ${itemIds.length} of the parts of the ${TEST_NAMES[test]}, filed ${utc(filedAt)}`;
}

/** The Markdown that staff read in the Temporal UI: where it stands, what it waits for and until when, what happened. */
export function renderDetails(view: {
  readonly phase: Phase;
  readonly facts: AttemptFacts;
  readonly plan: AttemptPlan;
  readonly waiting: Waiting | undefined;
  readonly happened: readonly string[];
  readonly needsAttention: boolean;
}): string {
  const { phase, facts, plan, waiting, happened, needsAttention } = view;
  const rows = [
    ['stands at', `**${phaseWords[phase]}**${needsAttention ? ' – **needs attention**' : ''}`],
    ['waits for', waiting ? waiting.for : 'nothing more'],
    ['until', waiting ? utc(waiting.until) : '–'],
    ['exam', plan.examVersion],
    ['marking', `${plan.policy.risk ? 'risk' : plan.policy.marking}, adjudication ${plan.policy.adjudication}`],
  ];
  if (facts.claims !== undefined)
    rows.push(['to be confirmed', `**${facts.claims}** typed in the Temporal UI, by somebody else of staff, through the API`]);
  if (facts.appeal) rows.push(['appeal', appealInWords(facts.appeal)]);
  if (facts.assignments.opened > 0) rows.push(['marks', marksInWords(facts.assignments)]);
  const table = ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)];
  const story = happened.map((line) => `- ${line}`);
  return [...table, ...(story.length > 0 ? ['', '#### What happened', ...story] : [])].join('\n');
}
