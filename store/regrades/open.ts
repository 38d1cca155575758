import { v7 as uuidv7 } from 'uuid';
import type { ExamContent } from '../../domain/exam.ts';
import { checkRegrade, regradeProblemOf } from '../../domain/regrade.ts';
import { Refusal } from '../../domain/refusal.ts';
import { recordAct } from '../audit.ts';
import { inIdempotentTransaction, nowBy, type IdempotencyKey, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import type { Person } from '../interests.ts';
import { isAbout, type RegradeScope } from './scope.ts';

export type OpenRegrade = {
  /** Who opens it. */
  readonly person: Person;
  readonly reason: string;
  /** `versions` left out: every one that is published. */
  readonly scope: Omit<RegradeScope, 'versions'> & { readonly versions?: readonly number[] | undefined };
  readonly idempotency?: IdempotencyKey | undefined;
};

/**
 * Opens a regrade: nothing changes by it. Refused as `regrade_invalid` where it does not fit each of its versions, as `regrade_open` while another one of
 * the same item is not through, and as `conflict_of_interest` where an attempt of one's own is among those that it is about.
 */
export function openRegrade(context: ExamContext, request: OpenRegrade): Promise<{ readonly regradeId: string }> {
  return inIdempotentTransaction(context, request.idempotency, (tx) => openIn(tx, context, request));
}

async function openIn(tx: Transaction, context: ExamContext, { person, reason, scope: wanted }: OpenRegrade): Promise<{ regradeId: string }> {
  const { examId, test, caseStudyId, itemId, change, submittedFrom, submittedUntil } = wanted;
  const contents = await contentsOf(tx, context, wanted);
  const scope: RegradeScope = { ...wanted, versions: contents.map(({ version }) => version) };
  if (await isAbout(tx, scope, person)) throw ownRegrade();
  const at = await nowBy(context.clock, tx);
  const id = uuidv7();
  const { versions } = scope;
  const { count } = await tx.regrade.createMany({
    data: [
      {
        id,
        examId,
        versions: [...versions],
        test,
        caseStudyId,
        itemId,
        change,
        submittedFrom,
        submittedUntil,
        reason,
        openedBy: person.subject,
        openedAt: at,
      },
    ],
    skipDuplicates: true,
  });
  if (count === 0)
    throw new Refusal('regrade_open', `Another regrade of ${itemId} is not through yet. Apply or cancel that one first, or wait for its end.`);
  const details = { regradeId: id, examId, versions: [...versions], test, itemId, change: change.kind };
  await recordAct(tx, { actionKey: `open-regrade:${id}`, actor: person.subject, reason }, { attemptId: null, action: 'open_regrade', details, at });
  return { regradeId: id };
}

/** Those that are named, each of which must fit; or all in which there is something to be changed so. */
async function contentsOf(
  tx: Transaction,
  { examVersions }: ExamContext,
  { versions, ...regraded }: OpenRegrade['scope'],
): Promise<readonly ExamContent[]> {
  const { examId } = regraded;
  const rows = await tx.examVersion.findMany({
    where: { examId, ...(versions === undefined ? {} : { version: { in: [...versions] } }) },
    orderBy: { version: 'asc' },
    select: { id: true },
  });
  if (rows.length === 0 || (versions && rows.length < new Set(versions).size))
    throw new Refusal('exam_not_published', `Not every version of "${examId}" that is named is published.`);
  const contents = await Array.fromAsync(rows, ({ id }) => examVersions.contentOf(id, tx));
  const fitting = contents.filter((exam) => regradeProblemOf(exam, regraded) === undefined);
  const mustFit = versions === undefined ? fitting.length === 0 : fitting.length < contents.length;
  if (mustFit) for (const exam of contents) checkRegrade(exam, regraded);
  return fitting;
}

export function ownRegrade(): Refusal {
  return new Refusal('conflict_of_interest', 'An attempt of your own is among those that this is about. Somebody else of staff has to do it.');
}
