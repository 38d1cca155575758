import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JSONWebKeySet } from 'jose';
import { TEST_NAMES, type Test } from '../../domain/exam.ts';
import type { ExamForm } from '../../exams/form.ts';
import type { Stack } from '../../local/stack.ts';
import { verifyReceipt } from '../../publication/receipts.ts';
import { attemptWorkflowId } from '../../workflows/messages.ts';
import { demoAnswers } from './cast.ts';
import type { DemoEnd } from './play.ts';
import { formatTable } from '../support/table.ts';

/** What the demo prints when everybody is through. */

const TEXT_WIDTH = 96;
const FEEDBACK_ENTRIES = 3;
/** Of "12.25 of 25". */
const PLACE_WIDTH = 12;

export function outcomeTable(ends: readonly DemoEnd[]): string {
  return formatTable(ends, [
    { title: 'candidate', value: ({ candidate }) => candidate.name },
    { title: 'what happens', value: ({ candidate, attemptNumber }) => (attemptNumber === 1 ? candidate.story : '… second attempt') },
    { title: 'aptitude %', value: (end) => percentageOf(end, 'aptitude') ?? (end.attemptNumber > 1 ? 'kept' : ''), align: 'right' },
    { title: 'case study %', value: (end) => percentageOf(end, 'case_study') ?? '', align: 'right' },
    { title: 'outcome', value: ({ attempt }) => attempt.outcome ?? attempt.phase },
  ]);
}

function percentageOf({ decisions }: DemoEnd, test: Test): string | undefined {
  return decisions.find((decision) => decision.test === test)?.percentage;
}

/** Those that did not end as the demo's script says. */
export function surprises(ends: readonly DemoEnd[]): readonly string[] {
  return ends.flatMap(({ candidate, attemptNumber, attempt }) => {
    const expected = candidate.outcomes[attemptNumber - 1];
    return attempt.outcome === expected ? [] : [`${candidate.name} should be ${expected ?? 'nowhere'}, but is ${attempt.outcome ?? attempt.phase}`];
  });
}

/** What one candidate who failed is told: the beginning of it, of a case study if there is one, since people wrote that. */
export function feedbackOfOne(ends: readonly DemoEnd[]): string {
  const failed = ends.filter(({ attempt, decisions }) => attempt.outcome === 'failed' && decisions.length > 0);
  const end = failed.find(({ decisions }) => decisions.at(-1)?.test === 'case_study') ?? failed[0];
  const decision = end?.decisions.at(-1);
  if (!end || !decision) return '';
  const entries = decision.feedback
    .slice(0, FEEDBACK_ENTRIES)
    .flatMap(({ title, points, pointsMax, remarks }) => [
      `  ${`${points} of ${pointsMax}`.padStart(PLACE_WIDTH)}  ${title.split('\n')[0] ?? ''}`,
      ...remarks.map((remark) => wrapped(remark, ' '.repeat(PLACE_WIDTH + 4))),
    ]);
  const more = decision.feedback.length - FEEDBACK_ENTRIES;
  return [
    `What ${end.candidate.name} is told about the ${TEST_NAMES[decision.test]} (${decision.percentage} %):`,
    ...entries,
    ...(more > 0 ? [`${' '.repeat(PLACE_WIDTH + 4)}… and ${more} more`] : []),
  ].join('\n');
}

function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line === undefined || indent.length + line.length + word.length >= TEXT_WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.map((line) => indent + line).join('\n');
}

/** Verifies one receipt as anybody could: the signature by the published keys, the hash by the answers. Throws when either doesn't hold. */
export async function verifiedReceipt(end: DemoEnd, { apiUrl, form }: { apiUrl: string; form: ExamForm }): Promise<string> {
  const submissions = await end.journey.api.submissions(end.journey.attemptId);
  const submission = submissions.find(({ test }) => test === 'aptitude');
  if (!submission) throw new Error(`${end.candidate.name} has no receipt of the aptitude test`);
  const keys = (await (await fetch(new URL('/.well-known/jwks.json', apiUrl))).json()) as JSONWebKeySet;
  const claims = await verifyReceipt(submission.receipt, keys);
  const answerTo = demoAnswers(form, end.candidate);
  const answers = Object.fromEntries(form.aptitudeTest.items.map((item) => [item.id, answerTo(item)]));
  const ownHash = `sha-256:${createHash('sha256')
    .update(canonicalize(answers) ?? '')
    .digest('hex')}`;
  if (claims.contentHash !== ownHash) throw new Error(`the receipt of ${end.candidate.name} is not for the answers that were saved`);
  return [
    `The receipt of ${end.candidate.name}, verified:`,
    `  signature    holds, by the keys at /.well-known/jwks.json`,
    `  content      ${claims.contentHash.slice(0, 24)}… is the hash of the ${Object.keys(answers).length} answers as they were given`,
    `  time         ${claims.submittedAt}`,
  ].join('\n');
}

/** What the demo is played on: the embedded stack, or servers of which only API and issuer are known. */
export type DemoServers = Pick<Stack, 'apiUrl' | 'issuerUrl' | 'temporalUrl' | 'statusUrls'> & {
  readonly temporalAddress: string | undefined;
  readonly mailboxUrl: string | undefined;
};

/** Where to look while the stack is up. */
export function openLinks({ apiUrl, temporalUrl, mailboxUrl, statusUrls }: DemoServers, attemptId?: string): string {
  const workflows = temporalUrl === undefined ? undefined : `${temporalUrl}/namespaces/default/workflows`;
  return [
    `  Exam room of candidates      ${apiUrl}/exam`,
    `  Desk of graders              ${apiUrl}/desk`,
    `  Console of staff             ${apiUrl}/console`,
    `  API, with a page to try it   ${apiUrl}/docs`,
    `  Public register              ${apiUrl}/register`,
    ...(mailboxUrl === undefined ? [] : [`  Mails that were sent         ${mailboxUrl}`]),
    ...(workflows === undefined ? [] : [`  Temporal UI, all attempts    ${workflows}`]),
    ...(workflows === undefined || attemptId === undefined ? [] : [`  … and one of them            ${workflows}/${attemptWorkflowId(attemptId)}`]),
    ...(statusUrls['delivery'] === undefined ? [] : [`  Metrics: backlogs            ${statusUrls['delivery']}/metrics`]),
  ].join('\n');
}
