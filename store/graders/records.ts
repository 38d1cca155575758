import { keptLanguages, keptQualifications, languagesOf, qualificationsOf, type GraderState, type Qualification } from '../../domain/grader.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { watchStaffing } from '../assignments/staffing.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import type { ConflictSource } from './conflicts.ts';
import type { ConflictKind } from '../../domain/grader.ts';
import { endLeases } from './end-leases.ts';

/** What binds a grader. Null: every exam, every language, nothing said of hours. */
export type GraderRecord = {
  readonly subject: string;
  readonly designated: boolean;
  readonly state: GraderState;
  readonly qualifications: readonly Qualification[] | null;
  readonly languages: readonly string[] | null;
  readonly hoursAWeek: number | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
};

/** A conflict as staff see it. */
export type ConflictRecord = {
  readonly id: string;
  readonly kind: ConflictKind;
  readonly value: string;
  readonly source: ConflictSource;
  readonly declaredBy: string;
  readonly declaredAt: Date;
};

/** What staff change; what is left out stays. */
export type StaffChange = {
  readonly state?: GraderState | undefined;
  readonly qualifications?: readonly Qualification[] | null | undefined;
  readonly languages?: readonly string[] | null | undefined;
};

/** What graders change themselves. */
export type OwnChange = {
  readonly paused?: boolean | undefined;
  readonly languages?: readonly string[] | null | undefined;
  readonly hoursAWeek?: number | null | undefined;
};

/** Everybody who marks, by name of the issuer. */
export async function listGraders(
  { prisma }: RecordContext,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<readonly GraderRecord[]> {
  const where = after === undefined ? {} : { subject: { gt: after } };
  return (await prisma.grader.findMany({ where, orderBy: { subject: 'asc' }, take: limit })).map(recordOf);
}

/** One grader with the conflicts that stand, oldest first. Refused as not found. */
export async function readGrader(
  { prisma }: RecordContext,
  subject: string,
): Promise<GraderRecord & { readonly conflicts: readonly ConflictRecord[] }> {
  const row = await prisma.grader.findUnique({
    where: { subject },
    include: { conflicts: { where: { endedAt: null }, orderBy: { declaredAt: 'asc' } } },
  });
  if (!row) throw graderNotFound();
  return {
    ...recordOf(row),
    conflicts: row.conflicts.map(({ id, kind, value, source, declaredBy, declaredAt }) => ({
      id,
      kind: kind as ConflictKind,
      value,
      source: source as ConflictSource,
      declaredBy,
      declaredAt,
    })),
  };
}

/**
 * Staff change what binds a grader. Who is suspended or back in training loses what they hold at once, drafts kept; a qualification or a
 * language taken back counts from the next claim on.
 */
export async function changeGrader(
  context: RecordContext,
  { subject, change, act }: { subject: string; change: StaffChange; act: AuditedAct },
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const { now } = await lockGrader(tx, context, subject);
    const { state, qualifications, languages } = change;
    await refuseUnknownExams(tx, qualifications ?? []);
    const data = {
      ...(state === undefined ? {} : { state }),
      ...(qualifications === undefined ? {} : { qualifications: keptQualifications(qualifications) }),
      ...(languages === undefined ? {} : { languages: keptLanguages(languages) }),
    };
    if (!(await recordAct(tx, act, { attemptId: null, action: 'change_grader', details: { grader: subject, ...data }, at: now }))) return;
    await tx.grader.update({ where: { subject }, data, select: { subject: true } });
    if (state === 'suspended' || state === 'in_training') await endLeases(tx, { grader: subject, at: now, cause: 'suspended' });
  });
  await watchStaffing(context);
}

/** A mistyped exam would qualify for nothing, and nobody would hear of it. One that is only proposed is known: its graders are there before it is. */
async function refuseUnknownExams(tx: Transaction, qualifications: readonly Qualification[]): Promise<void> {
  if (qualifications.length === 0) return;
  const asked = [...new Set(qualifications.map(({ examId }) => examId))];
  const unknown = await tx.$queryRaw<{ examId: string }[]>`
    SELECT q.exam_id AS "examId" FROM unnest(${asked}::text[]) AS q(exam_id)
    WHERE NOT EXISTS (SELECT 1 FROM exam_version v WHERE v.exam_id = q.exam_id)
      AND NOT EXISTS (SELECT 1 FROM exam_proposal p WHERE p.exam_id = q.exam_id AND p.outcome IS NULL)`;
  if (unknown.length === 0) return;
  const names = asked
    .filter((exam) => unknown.some(({ examId }) => examId === exam))
    .map((exam) => `"${exam}"`)
    .join(', ');
  throw new Refusal(
    'exam_not_published',
    `No exam ${names} is published or proposed. Nothing was changed: check how it is written, or propose it first.`,
  );
}

/** A grader says what they offer. Who is neither active nor paused cannot pause or go on: staff decide that. */
export async function changeOwnRecord(context: RecordContext, { subject, change }: { subject: string; change: OwnChange }): Promise<void> {
  await inTransaction(context, async (tx) => {
    const { state } = await lockGrader(tx, context, subject);
    const { paused, languages, hoursAWeek } = change;
    if (paused !== undefined && state !== 'active' && state !== 'paused') throw graderNotActive(state);
    const data: Prisma.GraderUpdateInput = {
      ...(paused === undefined ? {} : { state: paused ? 'paused' : 'active' }),
      ...(languages === undefined ? {} : { languages: keptLanguages(languages) }),
      ...(hoursAWeek === undefined ? {} : { hoursAWeek }),
    };
    await tx.grader.update({ where: { subject }, data, select: { subject: true } });
  });
  await watchStaffing(context);
}

/** Holds a grader's record against claims and other changes until the transaction ends. Refused as not found. */
export async function lockGrader(tx: Transaction, { clock }: RecordContext, subject: string): Promise<{ state: GraderState; now: Date }> {
  const [row] = await tx.$queryRaw<{ state: GraderState; now: Date }[]>`
    SELECT state, ${await clock()} AS now FROM grader WHERE subject = ${subject} FOR UPDATE`;
  if (!row) throw graderNotFound();
  return row;
}

const STANDING: Readonly<Record<Exclude<GraderState, 'active'>, string>> = {
  in_training: 'Staff have not admitted you to marking yet: ask them.',
  paused: 'You paused: you may finish what you hold; say that you go on to be given more.',
  suspended: 'Staff suspended you from marking: what you held is offered to others, and your drafts are kept.',
};

export function graderNotActive(state: Exclude<GraderState, 'active'>): Refusal {
  return new Refusal('grader_not_active', STANDING[state], { state });
}

function graderNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such grader: nobody of this name has asked for work yet, or is expected.');
}

type Row = Omit<GraderRecord, 'state' | 'qualifications' | 'languages'> & { state: string; qualifications: string[]; languages: string[] };

function recordOf({ subject, designated, state, qualifications, languages, hoursAWeek, firstSeenAt, lastSeenAt }: Row): GraderRecord {
  return {
    subject,
    designated,
    state: state as GraderState,
    qualifications: qualificationsOf(qualifications),
    languages: languagesOf(languages),
    hoursAWeek,
    firstSeenAt,
    lastSeenAt,
  };
}
