import type { ExplainedAppeal, ExplainedItem, ExplainedMark, Explanation } from '../../domain/explanation.ts';
import { letterOfSeat } from '../../domain/feedback.ts';
import { pointsFromMillipoints } from '../../domain/points.ts';
import {
  APPEAL_ANSWER_WORDS,
  appealedWords,
  BASIS_WORDS,
  disputeWords,
  keyWords,
  ownSecondLookWords,
  ruleWords,
  secondLookWords,
  spreadWords,
  sumWords,
  verdictWords,
} from '../explanation-words.ts';
import { testTitleOf } from './feedback-report.ts';
import { dateText, percentText } from './format.ts';
import { plainTextOf } from './plain-text.ts';

/** Why a test was decided as it was, on paper. `audience` says how much: candidates are shown no grader and no key. */
export type ExplanationDocument = {
  readonly explanation: Explanation;
  readonly candidateName: string;
  readonly examTitle: string;
  readonly audience: 'candidate' | 'staff';
};

/** In the form of a feedback report, with the steps from the points to the verdict behind it. */
export function viewOfExplanation({ explanation, candidateName, examTitle, audience }: ExplanationDocument) {
  const { attemptId, test, decision, rules, items, supersedes } = explanation;
  const { score } = decision;
  return {
    heading: 'Why this score',
    issuerName: 'Certifiable, Inc.',
    attemptId,
    candidateName,
    examTitle,
    testTitle: testTitleOf(test),
    result: decision.passed ? 'Passed' : 'Not passed',
    points: points(score.millipoints),
    pointsMax: points(score.millipointsMax),
    percent: percentText(decision.basisPoints),
    passMark: percentText(rules.passMark),
    fileName: '',
    decidedOn: dateText(new Date(decision.decidedAt)),
    scope: 'Each part with its marks, then the sum against the pass mark. Nothing is rounded but the percentage that is shown.',
    answerLabel: audience === 'candidate' ? 'Your answer' : 'Answer',
    entries: items.map((item) => viewOfItem(item, { audience, appealed: supersedes?.appeal?.items.find(({ itemId }) => itemId === item.itemId) })),
    notes: notesOn(explanation, audience),
  };
}

type Audience = ExplanationDocument['audience'];
type Appealed = ExplainedAppeal['items'][number];

function viewOfItem(item: ExplainedItem, { audience, appealed }: { audience: Audience; appealed: Appealed | undefined }) {
  const { title, millipoints, millipointsMax, basis, answer, key, marks, spread, millipointsBefore } = item;
  const before = millipointsBefore === null ? '' : `; ${points(millipointsBefore)} before`;
  return {
    title,
    points: points(millipoints),
    outOf: `of ${points(millipointsMax)} ${millipointsMax === 1000 ? 'point' : 'points'}`,
    answer: answer ?? '',
    remarks: [
      { by: '', text: `Where the points come from: ${BASIS_WORDS[basis]}${before}.` },
      ...(audience === 'staff' && key ? [{ by: '', text: keyWords(key) }] : []),
      ...marks.map((mark) => ({
        by: graderOf(mark, audience),
        text: `${points(mark.millipoints)} of ${points(millipointsMax)}\n${plainTextOf(mark.reason)}`,
      })),
      ...(spread ? [{ by: '', text: `${spreadWords(spread)}.` }] : []),
      ...(appealed ? appealRemarks(appealed, audience) : []),
    ],
  };
}

function appealRemarks(appealed: Appealed, audience: Audience) {
  const { mark, text } = appealed;
  const by = mark ? { candidate: `grader ${letterOfSeat(mark.seat)}`, staff: mark.grader }[audience] : '';
  return [
    { by: audience === 'candidate' ? 'Your appeal' : 'The appeal', text: plainTextOf(text) },
    { by: '', text: `It was ${appealedWords(appealed, by)}.` },
  ];
}

const ROLE_WORDS: Readonly<Record<ExplainedMark['role'], string>> = { mark: '', adjudicate: ', who settled it', appeal: ', for the appeal' };

function graderOf({ seat, role, grader, recordedAt }: ExplainedMark, audience: Audience): string {
  const settled = ROLE_WORDS[role];
  switch (audience) {
    case 'candidate':
      return `Grader ${letterOfSeat(seat)}${settled}`;
    case 'staff':
      return `${grader}${settled}, ${new Date(recordedAt).toISOString()}`;
  }
}

function notesOn(explanation: Explanation, audience: Audience): readonly string[] {
  const { submission, supersedes, secondLook } = explanation;
  const disputed = disputeWords(explanation);
  // Which of its shares made that a second grader was asked says something of the first.
  const rules = ruleWords(explanation).filter(([rule]) => audience === 'staff' || rule !== 'second look');
  const handedIn = submission ? `Handed in ${new Date(submission.submittedAt).toISOString()}, ${submission.contentHash}.` : 'Nothing was handed in.';
  return [
    handedIn,
    ...(supersedes ? [supersedingWords(supersedes, audience)] : []),
    `Rules of ${explanation.examVersion}: ${rules.map(([rule, value]) => `${rule} ${value}`).join('; ')}.`,
    `Second look: ${audience === 'staff' ? secondLookWords(secondLook) : ownSecondLookWords(secondLook)}.`,
    ...(disputed === undefined ? [] : [`${disputed}.`]),
    `In thousandths of a point: ${sumWords(explanation)}.`,
    `${verdictWords(explanation)}.`,
  ];
}

function supersedingWords({ decisionId, correction, appeal }: NonNullable<Explanation['supersedes']>, audience: Audience): string {
  if (appeal) {
    const what = `It answers the appeal of ${new Date(appeal.filedAt).toISOString()}: ${APPEAL_ANSWER_WORDS[appeal.answer]}.`;
    return audience === 'candidate' ? what : `It takes the place of decision ${decisionId}. ${what}`;
  }
  if (audience === 'candidate' || !correction) return 'It takes the place of an earlier decision.';
  return `It takes the place of decision ${decisionId}: corrected by ${correction.by}, ${new Date(correction.at).toISOString()}: ${correction.reason}`;
}

/** Exact, to the thousandth: who works it out again comes to the same. */
const points = (millipoints: number) => String(pointsFromMillipoints(millipoints));
