import type { z } from 'zod';
import { formOf } from '../../../exams/form-of.ts';
import { parseExamForm } from '../../../exams/form.ts';
import type { ProposalRecord, ProposalSummary } from '../../../store/exam-proposals.ts';
import { personOf } from '../../person.ts';
import { validationFailed } from '../../problems.ts';
import { route, type Route } from '../../route.ts';
import { iso, isoOrNull, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const tag = 'Exams';
const proposals = '/v1/exam-proposals';
const settling = ['designated', 'staff'] as const;

/** An exam version is published by two persons: one proposes it, another reads and publishes it. */
export function proposalRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'checkExam',
      method: 'post',
      path: '/v1/exam-checks',
      tag,
      summary: 'Check an exam form: every mistake at its place, or what the form means with every default',
      description: 'Changes nothing.',
      roles: ['designated'],
      // The form's own parser checks it, since it reports more than a schema can.
      body: schemas.anyForm,
      documentedBody: schemas.examFormBody,
      bodyBytesMax: schemas.EXAM_BYTES_MAX,
      isReading: true,
      answers: { 200: { description: 'Nothing is wrong with it', body: schemas.checkedExam } },
    }).handledBy(async ({ body }) => ({ status: 200, body: { form: formOf(contentOf(body)) } })),
    route({
      operationId: 'listExamProposals',
      method: 'get',
      path: proposals,
      tag,
      summary: 'Exam versions that were proposed, and what became of them',
      roles: schemas.EXAM_READERS,
      query: schemas.proposalQuery,
      answers: { 200: { description: 'One page, newest first', body: schemas.proposalList } },
    }).handledBy(async ({ query: { limit, ...query } }) => {
      const { rows, next } = pageOf(await store.examProposals.list({ ...query, limit: limit + 1 }), limit, ({ id }) => id);
      return { status: 200, body: { proposals: rows.map(summaryOf), next } };
    }),
    route({
      operationId: 'proposeExam',
      method: 'post',
      path: proposals,
      tag,
      summary: 'Propose an exam version; somebody else publishes it',
      roles: ['designated'],
      body: schemas.proposalBody,
      documentedBody: schemas.documentedProposal,
      bodyBytesMax: schemas.EXAM_BYTES_MAX,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: {
        200: { description: 'You proposed this before, and it waits', body: schemas.examProposal },
        201: { description: 'Proposed', body: schemas.examProposal },
      },
      refusals: ['exam_version_changed', 'proposal_open', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, body: { form, reason } }) => {
      const { proposal, created } = await store.examProposals.propose({ content: contentOf(form), actor: actor.subject, reason });
      return { status: created ? 201 : 200, body: viewOf(proposal) };
    }),
    route({
      operationId: 'getExamProposal',
      method: 'get',
      path: `${proposals}/:proposalId`,
      tag,
      summary: 'A proposed version whole, with its keys',
      roles: schemas.EXAM_READERS,
      params: schemas.proposalParams,
      answers: { 200: { description: 'The proposal', body: schemas.examProposal } },
    }).handledBy(async ({ params: { proposalId } }) => ({ status: 200, body: viewOf(await store.examProposals.read(proposalId)) })),
    route({
      operationId: 'publishExamProposal',
      method: 'post',
      path: `${proposals}/:proposalId/publication`,
      tag,
      summary: 'Publish what somebody else proposed; a published version never changes',
      roles: settling,
      params: schemas.proposalParams,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Published', body: schemas.examProposal } },
      refusals: ['second_person_needed', 'proposal_settled', 'exam_version_changed', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { proposalId } }) => ({
      status: 200,
      body: viewOf(await store.examProposals.publish({ proposalId, person: personOf(actor) })),
    })),
    route({
      operationId: 'withdrawExamProposal',
      method: 'post',
      path: `${proposals}/:proposalId/withdrawal`,
      tag,
      summary: 'Withdraw what you or somebody else proposed',
      roles: settling,
      params: schemas.proposalParams,
      body: schemas.proposalWithdrawal,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Withdrawn', body: schemas.examProposal } },
      refusals: ['proposal_settled', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { proposalId }, body: { reason } }) => ({
      status: 200,
      body: viewOf(await store.examProposals.withdraw({ proposalId, actor: actor.subject, reason })),
    })),
  ];
}

function contentOf(form: unknown) {
  const parsed = parseExamForm(form);
  if (!parsed.ok) throw validationFailed(parsed.problems);
  return parsed.content;
}

function viewOf({ content, ...proposal }: ProposalRecord): z.output<typeof schemas.examProposal> {
  return { ...summaryOf(proposal), form: formOf(content) };
}

function summaryOf({ proposedAt, settledAt, ...proposal }: ProposalSummary): z.output<typeof schemas.examProposalSummary> {
  return { ...proposal, proposedAt: iso(proposedAt), settledAt: isoOrNull(settledAt) };
}
