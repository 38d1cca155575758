import canonicalize from 'canonicalize';
import { phaseOf, type AttemptFacts } from '../../domain/attempt.ts';
import { Refusal } from '../../domain/refusal.ts';
import { normalisedResponse, problemOfResponse, type ResponseProblem, type ResponseValue } from '../../domain/response.ts';
import { readAttempt } from '../attempt-rows.ts';
import type { RecordContext } from '../context.ts';
import type { ExamLookUp } from './exam-look-up.ts';
import { freezeOverdue, type FreezeContext } from './freeze.ts';

export type SavedResponse = { readonly itemId: string; readonly value: ResponseValue; readonly sequence: number; readonly savedAt: Date };

type ResponseToSave = {
  readonly attemptId: string;
  readonly subject: string;
  readonly itemId: string;
  readonly value: ResponseValue;
  readonly sequence: number;
};

type Acknowledged = Pick<SavedResponse, 'sequence' | 'savedAt'>;

export const RESPONSE_PROBLEMS: Readonly<Record<ResponseProblem, string>> = {
  unknown_item: 'is not an item of this test',
  expected_choices: 'must be a list of choice identifiers',
  expected_text: 'must be text',
  choice_not_offered: 'names a choice that this item does not offer',
  choice_repeated: 'names a choice twice',
  too_many_choices: 'names several choices, and this item takes one: name one alone',
  text_too_long: 'is too long: 20,000 characters at most',
  text_unreadable: 'has a character that no text has, that turns text around, or that controls a machine: take it out, and it is saved',
};

/**
 * Saves the current answer to one item: one statement that shares the sitting's lock with nothing but other saves, so
 * that a freeze either holds the answer or refuses it. Refused when a later sequence number is saved already.
 */
export async function saveResponse(context: FreezeContext & { readonly examOf: ExamLookUp }, request: ResponseToSave): Promise<Acknowledged> {
  const { prisma, clock, examOf } = context;
  const { attemptId, subject, itemId, sequence } = request;
  const value = normalisedResponse(request.value);
  const exam = await examOf(attemptId);
  const problem = problemOfResponse(
    exam.items.find((item) => item.id === itemId),
    value,
  );
  const now = await clock();
  const rows = problem
    ? []
    : await prisma.$queryRaw<{ saved_at: Date }[]>`
        WITH open AS (
          SELECT s.id FROM sitting s JOIN attempt a ON a.id = s.attempt_id JOIN candidate c ON c.id = a.candidate_id
          WHERE s.attempt_id = ${attemptId}::uuid AND s.test = 'aptitude' AND c.subject = ${subject}
            AND s.frozen_at IS NULL AND s.deadline > ${now}
          FOR SHARE OF s
        )
        INSERT INTO response (sitting_id, item_id, value, sequence, saved_at)
        SELECT id, ${itemId}, ${JSON.stringify(value)}::jsonb, ${sequence}, ${now} FROM open
        ON CONFLICT (sitting_id, item_id) DO UPDATE
          SET value = excluded.value, sequence = excluded.sequence, saved_at = excluded.saved_at
          WHERE response.sequence < excluded.sequence
        RETURNING saved_at`;
  const [saved] = rows;
  if (saved) return { sequence, savedAt: saved.saved_at };
  return explainUnsaved(context, { ...request, value }, problem);
}

/** Why a response was not saved; a repeat of the newest answer is acknowledged again. */
async function explainUnsaved(context: FreezeContext, request: ResponseToSave, problem: ResponseProblem | undefined): Promise<Acknowledged> {
  const { attemptId, subject, itemId } = request;
  const { facts } = await readAttempt(context.prisma, context.clock, { attemptId, subject });
  if (problem) {
    throw new Refusal('response_invalid', `"${itemId}" ${RESPONSE_PROBLEMS[problem]}.`, {
      fields: [{ path: problem === 'unknown_item' ? 'itemId' : 'value', message: RESPONSE_PROBLEMS[problem] }],
    });
  }
  const sittingId = await openSitting(context, facts);
  return acknowledgeRepeat(context, sittingId, request);
}

/** The sitting that takes answers still. A deadline that has passed freezes it first, and is refused like all the rest. */
async function openSitting(context: FreezeContext, facts: AttemptFacts): Promise<string> {
  const sitting = facts.sittings.aptitude;
  if (!sitting) throw new Refusal('wrong_phase', 'The aptitude test has not been started.', { phase: phaseOf(facts) });
  if (facts.outcome === 'withdrawn') throw new Refusal('wrong_phase', 'The attempt is withdrawn.', { phase: 'withdrawn' });
  const late = sitting.frozenAt === null && facts.asOf >= sitting.deadline;
  if (late || sitting.frozenAt === sitting.deadline) {
    if (late) await freezeOverdue(context, { attemptId: facts.attemptId, test: 'aptitude' });
    throw new Refusal('deadline_passed', 'The time is up. What was saved in time has been submitted.', {
      deadline: new Date(sitting.deadline).toISOString(),
    });
  }
  if (sitting.frozenAt !== null) throw new Refusal('wrong_phase', 'The test is submitted: answers can no longer change.', { phase: phaseOf(facts) });
  return sitting.sittingId;
}

async function acknowledgeRepeat({ prisma }: RecordContext, sittingId: string, { itemId, value, sequence }: ResponseToSave): Promise<Acknowledged> {
  const current = await prisma.response.findUniqueOrThrow({ where: { sittingId_itemId: { sittingId, itemId } } });
  if (current.sequence === sequence && isSameResponse(current.value as ResponseValue, value)) return { sequence, savedAt: current.savedAt };
  throw new Refusal('stale_sequence', 'A newer answer is saved already, perhaps from another tab or device.', {
    current: { value: current.value, sequence: current.sequence, savedAt: current.savedAt.toISOString() },
  });
}

/** Answers of before may have been saved as they were typed. */
function isSameResponse(one: ResponseValue, other: ResponseValue): boolean {
  return canonicalize(normalisedResponse(one)) === canonicalize(normalisedResponse(other));
}

/** The answers saved so far, by item. */
export async function readResponses({ prisma }: RecordContext, sittingId: string): Promise<readonly SavedResponse[]> {
  const rows = await prisma.response.findMany({ where: { sittingId }, orderBy: { itemId: 'asc' } });
  return rows.map(({ itemId, value, sequence, savedAt }) => ({ itemId, value: value as ResponseValue, sequence, savedAt }));
}
