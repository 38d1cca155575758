import { v7 as uuidv7 } from 'uuid';
import { examVersionName, type ExamContent } from '../domain/exam.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import { recordAct } from './audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from './context.ts';
import { hashOf, isPublishedAs, publishVersion } from './exam-versions.ts';
import type { Person } from './interests.ts';
import { isSamePerson } from './same-person.ts';

export const PROPOSAL_STATES = ['open', 'published', 'withdrawn'] as const;
type ProposalState = (typeof PROPOSAL_STATES)[number];

export type ProposalSummary = {
  readonly id: string;
  readonly examId: string;
  readonly version: number;
  readonly title: string;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly state: ProposalState;
  readonly settledBy: string | null;
  readonly settledAt: Date | null;
};
export type ProposalRecord = ProposalSummary & { readonly content: ExamContent };

const SUMMARY = {
  id: true,
  examId: true,
  version: true,
  title: true,
  reason: true,
  proposedBy: true,
  proposedAt: true,
  outcome: true,
  settledBy: true,
  settledAt: true,
} satisfies Prisma.ExamProposalSelect;

/** Exam versions that one person proposed and another publishes (design, section 3, *Separation of duties*). */
export function createExamProposalStore(context: RecordContext) {
  const { prisma } = context;
  return {
    /** Newest first. */
    async list({ after, limit }: { after?: string | undefined; limit: number }): Promise<readonly ProposalSummary[]> {
      const rows = await prisma.examProposal.findMany({
        where: after === undefined ? {} : { id: { lt: after } },
        orderBy: { id: 'desc' },
        take: limit,
        select: SUMMARY,
      });
      return rows.map(summaryOf);
    },

    /** Refused as not found. */
    read: (proposalId: string): Promise<ProposalRecord> => read(prisma, proposalId),

    /**
     * The same content again is the proposal that waits. Refused when this version is published with other content, or another proposal
     * of it waits.
     */
    propose: (request: { content: ExamContent; actor: string; reason: string }): Promise<{ proposal: ProposalRecord; created: boolean }> =>
      inTransaction(context, (tx) => propose(tx, context, request)),

    /** By another person than who proposed it. A repeat changes nothing. */
    publish: (request: { proposalId: string; person: Person }): Promise<ProposalRecord> =>
      inTransaction(context, (tx) => publish(tx, context, request)),

    /** By who proposed it, or by whoever would have published it. A repeat changes nothing. */
    withdraw: (request: { proposalId: string; actor: string; reason: string }): Promise<ProposalRecord> =>
      inTransaction(context, (tx) => withdraw(tx, context, request)),
  };
}

async function propose(
  tx: Transaction,
  { clock }: RecordContext,
  { content, actor, reason }: { content: ExamContent; actor: string; reason: string },
): Promise<{ proposal: ProposalRecord; created: boolean }> {
  const { examId, version, title } = content;
  if (await isPublishedAs(tx, { content }))
    throw new Refusal('exam_version_changed', `${examVersionName(content)} is published as it is here. Raise "version" to propose a new one.`);
  const contentHash = hashOf(content);
  const proposedAt = await nowBy(clock, tx);
  const id = uuidv7();
  const { count } = await tx.examProposal.createMany({
    data: [{ id, examId, version, title, content, contentHash, reason, proposedBy: actor, proposedAt }],
    skipDuplicates: true,
  });
  if (count > 0) {
    const details = { proposalId: id, examId, version, contentHash };
    await recordAct(tx, { actionKey: `propose-exam:${id}`, actor, reason }, { attemptId: null, action: 'propose_exam', details, at: proposedAt });
    return { proposal: await read(tx, id), created: true };
  }
  const open = await tx.examProposal.findFirstOrThrow({ where: { examId, version, outcome: null } });
  if (open.contentHash !== contentHash || open.proposedBy !== actor)
    throw new Refusal('proposal_open', `${open.proposedBy} has proposed ${examVersionName(content)}. It has to be published or withdrawn first.`);
  return { proposal: recordOf(open), created: false };
}

async function publish(
  tx: Transaction,
  { clock }: RecordContext,
  { proposalId, person }: { proposalId: string; person: Person },
): Promise<ProposalRecord> {
  const proposal = await lock(tx, proposalId);
  const actor = person.subject;
  if (proposal.state === 'published' && proposal.settledBy === actor) return proposal;
  refuseSettled(proposal);
  if (await isSamePerson(tx, person, proposal.proposedBy))
    throw new Refusal('second_person_needed', 'You proposed this version yourself. Somebody else has to read it and publish it.');
  const { content, examId, version, proposedBy } = proposal;
  await publishVersion(tx, { content, actor });
  const at = await nowBy(clock, tx);
  await settle(tx, { proposalId, outcome: 'published', actor, at });
  const details = { proposalId, examId, version, proposedBy };
  const act = { actionKey: `publish-exam:${proposalId}`, actor, reason: proposal.reason };
  await recordAct(tx, act, { attemptId: null, action: 'publish_exam', details, at });
  return read(tx, proposalId);
}

async function withdraw(
  tx: Transaction,
  { clock }: RecordContext,
  { proposalId, actor, reason }: { proposalId: string; actor: string; reason: string },
): Promise<ProposalRecord> {
  const proposal = await lock(tx, proposalId);
  if (proposal.state === 'withdrawn' && proposal.settledBy === actor) return proposal;
  refuseSettled(proposal);
  const at = await nowBy(clock, tx);
  await settle(tx, { proposalId, outcome: 'withdrawn', actor, at });
  const { examId, version, proposedBy } = proposal;
  const details = { proposalId, examId, version, proposedBy };
  const act = { actionKey: `withdraw-exam-proposal:${proposalId}`, actor, reason };
  await recordAct(tx, act, { attemptId: null, action: 'withdraw_exam_proposal', details, at });
  return read(tx, proposalId);
}

type Settling = { readonly proposalId: string; readonly outcome: Exclude<ProposalState, 'open'>; readonly actor: string; readonly at: Date };

async function settle(tx: Transaction, { proposalId, outcome, actor, at }: Settling): Promise<void> {
  await tx.examProposal.update({ where: { id: proposalId }, data: { outcome, settledBy: actor, settledAt: at }, select: { id: true } });
}

function refuseSettled({ state, settledBy }: ProposalSummary): void {
  if (state !== 'open') throw new Refusal('proposal_settled', `This proposal is ${state} already, by ${settledBy}. Nothing was changed.`);
}

async function lock(tx: Transaction, proposalId: string): Promise<ProposalRecord> {
  await tx.$executeRaw`SELECT 1 FROM exam_proposal WHERE id = ${proposalId}::uuid FOR UPDATE`;
  return read(tx, proposalId);
}

async function read(tx: Transaction, proposalId: string): Promise<ProposalRecord> {
  const row = await tx.examProposal.findUnique({ where: { id: proposalId } });
  if (!row) throw new Refusal('not_found', 'There is no such proposal.');
  return recordOf(row);
}

type SummaryRow = Prisma.ExamProposalGetPayload<{ select: typeof SUMMARY }>;

function recordOf({ content, contentHash: _contentHash, ...row }: Prisma.ExamProposalGetPayload<object>): ProposalRecord {
  return { ...summaryOf(row), content: content as unknown as ExamContent };
}

function summaryOf({ outcome, ...row }: SummaryRow): ProposalSummary {
  return { ...row, state: (outcome ?? 'open') as ProposalState };
}
