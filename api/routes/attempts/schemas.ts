import { z } from 'zod';
import { OUTCOMES, PHASES, WINDOWS } from '../../../domain/attempt.ts';
import { OUTCOME_REASON_CODES } from '../../../domain/outcome-reason.ts';
import { TEXTS } from '../../../domain/text.ts';
import { text } from '../../../publication/text.ts';
import { attemptParams, instant, next, page, test, uuid } from '../../schemas.ts';

export const registration = z.strictObject({ examId: text(TEXTS.key) }).meta({ id: 'Registration' });

/** What is waited for, for programs. */
export const WAITING_CODES = [
  'start_aptitude_test',
  'submit_aptitude_test',
  'download_case_study',
  'submit_case_study',
  'grade_aptitude_test',
  'grade_case_study',
  'publish_result',
  'look_into_file',
  'answer_appeal',
  'register_again',
  'close_window',
] as const;

const waitingFor = z
  .object({
    whom: z.enum(['candidate', 'graders', 'certifiable']),
    code: z.enum(WAITING_CODES).meta({ description: 'Stable; `what` is for people' }),
    what: z.string(),
    until: instant.nullable().meta({ description: 'The deadline, or when the result is promised' }),
  })
  .nullable()
  .meta({ description: 'Null once the attempt is over' });

const limit = z
  .object({
    window: z.enum(WINDOWS),
    openedAt: instant,
    limitSeconds: z.number().int().meta({ description: 'Before any accommodation' }),
    accommodationPercent: z.number().int().meta({ description: 'By which this limit is scaled' }),
    extensions: z
      .array(
        z.object({
          kind: z.enum(['extension', 'correction', 'reopening', 'outage']),
          deadline: instant.nullable().meta({ description: 'As it was named; null for an outage' }),
          seconds: z.number().int().nullable().meta({ description: 'What an outage gives back; null for a deadline that was named' }),
        }),
      )
      .meta({ description: 'As they were granted. A correction and a reopening set aside what was named before them' }),
    deadline: instant,
  })
  .nullable()
  .meta({ description: 'What binds the candidate now, and what it is computed from; null while the candidate has nothing to do' });

/** Where am I, what waits for whom, until when. */
export const attemptView = z
  .object({
    id: uuid,
    examId: z.string(),
    examVersion: z.string(),
    phase: z.enum(PHASES),
    outcome: z.enum(OUTCOMES).nullable(),
    outcomeReason: z.string().nullable().meta({ description: 'For people' }),
    outcomeReasonCode: z
      .enum(OUTCOME_REASON_CODES)
      .nullable()
      .meta({ description: 'Stable. Null while there is no outcome, and where it needs no reason' }),
    waitingFor,
    deadlines: z.object({
      start: instant.nullable(),
      aptitudeTest: instant.nullable(),
      download: instant.nullable(),
      caseStudy: instant.nullable(),
    }),
    accommodationPercent: z.number().int().meta({ description: '150 is one and a half times each limit' }),
    limit,
    registeredAt: instant,
    settledAt: instant.nullable(),
    grading: z
      .object({
        test,
        submittedAt: instant,
        promisedBy: instant,
        expectedBy: instant.nullable().meta({
          description: 'As you were last told, from what waits and who marks it. Later than promised where we are behind; null where we cannot say',
        }),
      })
      .nullable(),
    serverTime: instant,
  })
  .meta({ id: 'Attempt' });

export const attemptList = z.object({ attempts: z.array(attemptView), next });
export const attemptQuery = z.strictObject(page);

export const submission = z
  .object({
    submissionId: uuid,
    test,
    round: z.number().int(),
    cause: z.enum(['submitted', 'timed_out']),
    contentHash: z
      .string()
      .meta({ description: 'SHA-256 of the canonical JSON (RFC 8785) of the answers, or of the file', example: 'sha-256:9f86d081884c7d65…' }),
    submittedAt: instant,
    receipt: z.string().meta({ description: 'A JWS that proves what was handed in and when; keys at /.well-known/jwks.json' }),
    expectedBy: instant.nullable().meta({
      description:
        'When the result was expected as this was handed in; the attempt has what was said since. Null for what was handed in before dates were told',
    }),
  })
  .meta({ id: 'Submission' });

export const submissionList = z.object({ submissions: z.array(submission) });

export const submissionParams = attemptParams.extend({ submissionId: uuid });

export const handedIn = z
  .object({
    submissionId: uuid,
    test,
    round: z.number().int(),
    contentHash: z.string(),
    submittedAt: instant,
    answers: z
      .array(
        z.object({
          itemId: z.string(),
          prompt: z.string(),
          response: z
            .union([z.array(z.string()), z.string()])
            .nullable()
            .meta({ description: 'Chosen ids, or text; null where nothing was saved' }),
          text: z.string().meta({ description: 'The same for people' }),
        }),
      )
      .meta({ description: 'In the order of the test; none of a case study, which is a file' }),
    file: z.object({ name: z.string(), mediaType: z.string(), sizeBytes: z.number().int() }).nullable(),
  })
  .meta({ id: 'HandedIn' });
