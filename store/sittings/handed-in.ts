import { randomUUID } from 'node:crypto';
import type { Item, Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { readableResponse, type ResponseValue } from '../../domain/response.ts';
import type { Prisma, Upload } from '../../prisma/generated/client.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, nowBy } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';

/** What a candidate handed in: answers with the questions, or the file. */
export type HandedIn = {
  readonly submissionId: string;
  readonly test: Test;
  readonly round: number;
  readonly contentHash: string;
  readonly submittedAt: Date;
  readonly examTitle: string;
  readonly answers: readonly OwnAnswer[];
  readonly file: {
    readonly uploadId: string;
    readonly name: string;
    readonly mediaType: string;
    readonly sizeBytes: number;
    /** Not scanned for malware yet, or infected. */
    readonly isHeld: boolean;
  } | null;
};

/** Who reads: the candidate, what is their own; or somebody who may read everybody's, as what and why. */
type Reader =
  | { readonly subject: string }
  | { readonly subject?: undefined; readonly actor: string; readonly role: 'staff' | 'auditor'; readonly reason: string };

/** `text` is the answer as people read it; the response is null, and the text empty, where there is none. */
type OwnAnswer = { readonly itemId: string; readonly prompt: string; readonly response: ResponseValue | null; readonly text: string };

/** Reads one submission, and writes down who read which (design, section 3): without that entry nobody gets it. Refused as not found. */
export function readHandedIn(
  context: ExamContext,
  { attemptId, submissionId, ...reader }: Reader & { attemptId: string; submissionId: string },
): Promise<HandedIn> {
  return inTransaction(context, async (tx) => {
    const row = await tx.submission.findFirst({
      where: { id: submissionId, sitting: { attemptId, attempt: reader.subject === undefined ? {} : { candidate: { subject: reader.subject } } } },
      include: { sitting: { select: { test: true, attempt: { select: { examVersionId: true } }, uploads: true } } },
    });
    if (!row) throw new Refusal('not_found', 'There is no such submission.');
    const now = await nowBy(context.clock, tx);
    await recordAct(tx, actOf(submissionId, reader), { attemptId, action: 'read_submission', details: detailsOf(row, reader), at: now });
    const exam = await context.examVersions.contentOf(row.sitting.attempt.examVersionId, tx);
    const upload = row.sitting.uploads.find(({ id }) => id === row.uploadId);
    return {
      submissionId,
      test: row.sitting.test as Test,
      round: row.round,
      contentHash: row.contentHash,
      submittedAt: row.submittedAt,
      examTitle: exam.title,
      answers: row.content === null ? [] : answersTo(exam.items, row.content as Readonly<Record<string, ResponseValue>>),
      file: upload ? fileOf(upload) : null,
    };
  });
}

function actOf(submissionId: string, reader: Reader): AuditedAct {
  const actionKey = `read-submission:${submissionId}:${randomUUID()}`;
  return reader.subject === undefined
    ? { actionKey, actor: reader.actor, reason: reader.reason }
    : { actionKey, actor: reader.subject, reason: 'read by the candidate' };
}

function detailsOf({ id, round, sitting }: { id: string; round: number; sitting: { test: string } }, reader: Reader): Prisma.InputJsonObject {
  return reader.subject === undefined ? { submissionId: id, test: sitting.test, round, role: reader.role } : { submissionId: id };
}

function fileOf({ id, fileName, mediaType, sizeBytes, scanState }: Upload): HandedIn['file'] {
  return { uploadId: id, name: fileName, mediaType, sizeBytes, isHeld: scanState === 'pending' || scanState === 'infected' };
}

function answersTo(items: readonly Item[], content: Readonly<Record<string, ResponseValue>>): readonly OwnAnswer[] {
  return items.map((item) => {
    const response = content[item.id] ?? null;
    return { itemId: item.id, prompt: item.prompt, response, text: response === null ? '' : readableResponse(item, response) };
  });
}
