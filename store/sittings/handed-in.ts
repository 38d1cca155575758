import { randomUUID } from 'node:crypto';
import type { Item, Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { readableResponse, type ResponseValue } from '../../domain/response.ts';
import { recordAct } from '../audit.ts';
import { inTransaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';

/** What a candidate handed in, for themselves: answers with the questions, or the file. */
export type HandedIn = {
  readonly submissionId: string;
  readonly test: Test;
  readonly round: number;
  readonly contentHash: string;
  readonly submittedAt: Date;
  readonly examTitle: string;
  readonly answers: readonly OwnAnswer[];
  readonly file: { readonly uploadId: string; readonly name: string; readonly mediaType: string; readonly sizeBytes: number } | null;
};

/** `text` is the answer as people read it; the response is null, and the text empty, where there is none. */
type OwnAnswer = { readonly itemId: string; readonly prompt: string; readonly response: ResponseValue | null; readonly text: string };

/** Reads one submission of the candidate's own, and writes down that it was read (design, section 3). Refused as not found. */
export function readHandedIn(
  context: ExamContext,
  { attemptId, subject, submissionId }: { attemptId: string; subject: string; submissionId: string },
): Promise<HandedIn> {
  return inTransaction(context, async (tx) => {
    const row = await tx.submission.findFirst({
      where: { id: submissionId, sitting: { attemptId, attempt: { candidate: { subject } } } },
      include: { sitting: { select: { test: true, attempt: { select: { examVersionId: true } }, uploads: true } } },
    });
    if (!row) throw new Refusal('not_found', 'There is no such submission.');
    const [{ now }] = await tx.$queryRaw<[{ now: Date }]>`SELECT ${await context.clock()} AS now`;
    const act = { actionKey: `read-submission:${submissionId}:${randomUUID()}`, actor: subject, reason: 'read by the candidate' };
    await recordAct(tx, act, { attemptId, action: 'read_submission', details: { submissionId }, at: now });
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
      file: upload ? { uploadId: upload.id, name: upload.fileName, mediaType: upload.mediaType, sizeBytes: upload.sizeBytes } : null,
    };
  });
}

function answersTo(items: readonly Item[], content: Readonly<Record<string, ResponseValue>>): readonly OwnAnswer[] {
  return items.map((item) => {
    const response = content[item.id] ?? null;
    return { itemId: item.id, prompt: item.prompt, response, text: response === null ? '' : readableResponse(item, response) };
  });
}
