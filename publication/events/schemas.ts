import { z } from 'zod';
import { COMPLAINT_MATTERS } from '../../domain/complaint.ts';
import type { EventData, EventType } from '../../domain/events.ts';
import { TESTS } from '../../domain/exam.ts';

const id = z.uuid();
const test = z.enum(TESTS);
const round = z.number().int().min(1).describe('Raised when staff reopen the test or correct its result, and when an appeal is answered');
const ofTest = { attemptId: id, test, round };
const ofDecision = z.strictObject({ ...ofTest, decisionId: id });
const ofAppeal = { appealId: id, attemptId: id };
const ofComplaint = { complaintId: id, attemptId: id };
const ofCertificate = z.strictObject({ certificateId: id });

type Described<Type extends EventType> = { readonly summary: string; readonly data: z.ZodType<EventData[Type]> };

/** What each kind of event means and carries: the source of the JSON Schemas and of the AsyncAPI document. */
export const EVENT_SCHEMAS: { readonly [Type in EventType]: Described<Type> } = {
  'attempt.registered': { summary: 'A candidate was registered for an exam', data: z.strictObject({ attemptId: id, examId: z.string() }) },
  'attempt.submitted': {
    summary: 'A test was handed in, or what was saved when its time was over',
    data: z.strictObject({ ...ofTest, submissionId: id, contentHash: z.string().describe('"sha-256:" and the hash in hexadecimal') }),
  },
  'attempt.graded': { summary: 'Every response of a submission has its settled points', data: z.strictObject({ ...ofTest, submissionId: id }) },
  'attempt.decided': { summary: 'A test was decided; a later decision supersedes', data: ofDecision },
  'attempt.published': { summary: 'The candidate can see the decision', data: ofDecision },
  'attempt.erased': {
    summary: 'What was personal in an attempt is erased: whoever copied anything of it erases that, too',
    data: z.strictObject({ attemptId: id }),
  },
  'attempt.data_expired': {
    summary: 'The answers or the files of an attempt were kept for as long as they are kept: whoever copied them erases that, too',
    data: z.strictObject({ attemptId: id, kind: z.enum(['answers', 'uploads']) }),
  },
  'appeal.filed': {
    summary: 'A candidate appealed a result',
    data: z.strictObject({ ...ofAppeal, test, decisionId: id.describe('The one that it is of') }),
  },
  'appeal.withdrawn': { summary: 'A candidate took an appeal back', data: z.strictObject(ofAppeal) },
  'appeal.answered': {
    summary: 'An appeal was answered by a decision that supersedes',
    data: z.strictObject({ ...ofAppeal, test, decisionId: id.describe('The one that takes its place') }),
  },
  'appeal.fee_refund_due': {
    summary: 'An appeal was right, at least in part: what was paid for it elsewhere is to be paid back',
    data: z.strictObject({ ...ofAppeal, feeReference: z.string().describe('Of the payment, as the candidate gave it') }),
  },
  'appeal.fee_refunded': { summary: 'What was paid for an appeal was paid back', data: z.strictObject(ofAppeal) },
  'complaint.filed': {
    summary: 'A candidate complained of something that is no result',
    data: z.strictObject({ ...ofComplaint, about: z.enum(COMPLAINT_MATTERS) }),
  },
  'complaint.answered': { summary: 'A complaint was answered', data: z.strictObject(ofComplaint) },
  'duties.glass_broken': {
    summary: 'One person of staff did alone, and at once, what takes two; somebody else reviews it',
    data: z.strictObject({ actId: id, operation: z.string().describe('The operation of the API that was done') }),
  },
  'ledger.head_signed': {
    summary: 'A head of the ledger of all records was signed: whoever keeps it can tell later that no record of before was changed',
    data: z.strictObject({
      size: z.int().describe('How many entries it counts'),
      root: z.string().describe('The root of the tree of these (RFC 9162), in hexadecimal'),
      jws: z.string().describe('What was signed, as a compact JWS; the keys are at /.well-known/jwks.json'),
    }),
  },
  'certificate.issued': { summary: 'A certificate was issued', data: z.strictObject({ certificateId: id, attemptId: id }) },
  'certificate.imported': { summary: 'A certificate of the old system was taken over', data: ofCertificate },
  'certificate.suspended': { summary: 'A certificate does not count while a doubt about it is looked into', data: ofCertificate },
  'certificate.reinstated': { summary: 'The doubt was unfounded: the certificate counts again', data: ofCertificate },
  'certificate.erased': {
    summary: 'A certificate no longer says whose it is: whoever copied the name erases that, too. Its status stays',
    data: ofCertificate,
  },
  'certificate.revoked': {
    summary: 'A certificate no longer counts',
    data: z.strictObject({ certificateId: id, replacedBy: id.describe('The certificate that took its place').optional() }),
  },
};

export const EVENT_TYPES = Object.keys(EVENT_SCHEMAS) as readonly EventType[];

/** The JSON Schema (2020-12) of the data of a kind of event. */
export function dataSchemaOf(type: EventType): Record<string, unknown> {
  return z.toJSONSchema(EVENT_SCHEMAS[type].data, { target: 'draft-2020-12' });
}
