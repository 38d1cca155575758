import type { StandardisationPolicy, Test } from '../../domain/exam.ts';
import { keptQualifications, qualificationsOf, type GraderState } from '../../domain/grader.ts';
import { Refusal } from '../../domain/refusal.ts';
import { standingOf, type Standing } from '../../domain/seed.ts';
import { watchStaffing } from '../assignments/staffing.ts';
import { actBefore, recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { groupsOf, pairsOf } from '../graders/agreement.ts';
import { lockGrader } from '../graders/records.ts';
import { readSeedPairs } from './pairs.ts';

/** How far somebody is whose marks of an exam and test are compared with what is agreed, before they mark for real. */
export type Standardisation = Standing & {
  readonly grader: string;
  readonly state: GraderState;
  readonly examId: string;
  readonly test: Test;
  readonly policy: StandardisationPolicy;
};

/** Who is in training, by name, exam and test; those alone whose qualification is proposed. The policy of the newest version says what is asked. */
export async function listStandardisations(context: ExamContext, { proposed }: { proposed: boolean }): Promise<readonly Standardisation[]> {
  const graders = await context.prisma.grader.findMany({
    where: { state: 'in_training' },
    orderBy: { subject: 'asc' },
    select: { subject: true },
  });
  const found: Standardisation[] = [];
  for (const { subject } of graders) found.push(...(await standardisationsOf(context, context.prisma, { grader: subject, state: 'in_training' })));
  return proposed ? found.filter(({ isReached }) => isReached) : found;
}

/** Of one grader, by exam and test, whatever they may mark by now; none of who never was in training. */
export async function readStandardisation(context: ExamContext, { grader }: { grader: string }): Promise<readonly Standardisation[]> {
  const row = await context.prisma.grader.findUnique({ where: { subject: grader }, select: { state: true } });
  if (!row) throw new Refusal('not_found', 'There is no such grader.');
  const state = row.state as GraderState;
  return standardisationsOf(context, context.prisma, { grader, state });
}

async function standardisationsOf(
  { examVersions }: ExamContext,
  tx: Pick<Transaction, '$queryRaw'>,
  { grader, state }: { grader: string; state: GraderState },
): Promise<readonly Standardisation[]> {
  const pairs = await pairsOf(await readSeedPairs({ prisma: tx } as ExamContext, { grader, isInTraining: true }), examVersions);
  const found: Standardisation[] = [];
  for (const [{ row }, group] of groupsOf(pairs, ({ row: { exam_id: examId, test } }) => `${examId} ${test}`)) {
    const { seeds } = (await examVersions.newest(row.exam_id)).content.policy;
    if (!seeds) continue;
    const scripts = groupsOf(group, (pair) => pair.row.seed_id).map(([, ofOne]) => ofOne);
    const policy = seeds.standardisation;
    found.push({ grader, state, examId: row.exam_id, test: row.test, policy, ...standingOf(scripts, policy) });
  }
  return found;
}

type Grant = { readonly grader: string; readonly examId: string; readonly test: Test; readonly act: AuditedAct };

/**
 * Staff grant what standardisation proposes: who was in training is active from then on, and marks this exam and test alone; of anybody
 * else it is added. Refused with `not_standardised` where it is not reached, or no training of theirs counts.
 */
export async function grantQualification(context: ExamContext, { grader, examId, test, act }: Grant): Promise<void> {
  await inTransaction(context, async (tx) => {
    const { state, now } = await lockGrader(tx, context, grader);
    if (await actBefore(tx, act)) return;
    const standings = await standardisationsOf(context, tx, { grader, state });
    const standing = standings.find((one) => one.examId === examId && one.test === test);
    if (!standing?.isReached) {
      const { scripts, needed, agreement } = standing ?? { scripts: 0, needed: null, agreement: undefined };
      throw new Refusal('not_standardised', 'Their marks of seeds do not say so yet: too few, or too far from what is agreed.', {
        scripts,
        needed,
        kappa: agreement?.kappa?.value ?? null,
      });
    }
    const { qualifications } = await tx.grader.findUniqueOrThrow({ where: { subject: grader }, select: { qualifications: true } });
    const before = qualificationsOf(qualifications);
    const granted = state === 'in_training' ? [{ examId, test }] : before && [...before, { examId, test }];
    const data = { qualifications: keptQualifications(granted), ...(state === 'in_training' ? { state: 'active' } : {}) };
    await tx.grader.update({ where: { subject: grader }, data, select: { subject: true } });
    const { kappa } = standing.agreement;
    await recordAct(tx, act, {
      attemptId: null,
      action: 'grant_qualification',
      details: { grader, examId, test, scripts: standing.scripts, ...(kappa ? { kappa: { ...kappa } } : {}), ...data },
      at: now,
    });
  });
  await watchStaffing(context);
}
