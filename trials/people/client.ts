import { createHash } from 'node:crypto';
import { DetailedError, Upload } from 'tus-js-client';
import type { z } from 'zod';
import type { newAppeal, ownAppeals } from '../../api/routes/appeals/schemas.ts';
import type { aptitudeTest } from '../../api/routes/aptitude-test/schemas.ts';
import type { assignmentView } from '../../api/routes/assignments/schemas.ts';
import type { attemptView, submission } from '../../api/routes/attempts/schemas.ts';
import type { caseStudyView } from '../../api/routes/case-study/schemas.ts';
import type { certificate, noticeList, resultList } from '../../api/routes/results/schemas.ts';
import type { proposedAct } from '../../api/routes/proposed-acts/schemas.ts';
import type { staffAssignmentList } from '../../api/routes/staff/schemas.ts';
import type { attemptStory } from '../../api/routes/story/schemas.ts';
import type { SubmittedMark } from '../../domain/marking.ts';
import { ProblemError, sendForBytes, sendJson, type HttpOptions, type Method } from './http.ts';

/** The REST API as people use it: one client a person. Bodies are typed by the schemas that the API validates with. */

export type Attempt = z.output<typeof attemptView>;
export type AptitudeTest = z.output<typeof aptitudeTest>;
export type CaseStudy = z.output<typeof caseStudyView>;
export type Submission = z.output<typeof submission>;
export type Decision = z.output<typeof resultList>['decisions'][number];
export type Certificate = z.output<typeof certificate>;
export type Notice = z.output<typeof noticeList>['notices'][number];
export type StaffAssignment = z.output<typeof staffAssignmentList>['assignments'][number];
export type Assignment = z.output<typeof assignmentView>;
export type OwnAppeals = z.output<typeof ownAppeals>;
export type OwnAppeal = OwnAppeals['appeals'][number];
export type ProposedAct = z.output<typeof proposedAct>;
export type Story = z.output<typeof attemptStory>;

/** One thing to be marked in an assignment. */
export type ToMark = { readonly itemId: string; readonly title: string; readonly pointsMax: number };

export function toMarkIn(assignment: Assignment): readonly ToMark[] {
  switch (assignment.test) {
    case 'aptitude':
      return assignment.responses.map(({ itemId, prompt, pointsMax }) => ({ itemId, title: prompt, pointsMax }));
    case 'case_study':
      return assignment.criteria.map(({ itemId, title, pointsMax }) => ({ itemId, title, pointsMax }));
  }
}

/** How often tus repeats what failed, each time from where the server has the file. */
const TUS_RETRY_MILLISECONDS = [200, 500, 1000, 2000, 5000, 10_000, 20_000];

export type ApiClient = ReturnType<typeof createApiClient>;

export function createApiClient(options: HttpOptions) {
  /** The body is what the API's schema of that route says; it validates what it sends. */
  async function ask<Body>(method: Method, path: string, body?: unknown): Promise<Body> {
    return (await sendJson(options, method, path, body)) as Body;
  }

  return {
    publishExam: (form: unknown) => ask<{ examVersion: string }>('POST', '/v1/exams', form),
    proposeExam: (form: unknown) => ask<{ id: string }>('POST', '/v1/exam-proposals', { form, reason: 'For a trial.' }),
    publishExamProposal: (proposalId: string) => ask<unknown>('POST', `/v1/exam-proposals/${proposalId}/publication`),

    // Candidates
    register: (examId: string) => ask<Attempt>('POST', '/v1/attempts', { examId }),
    attempt: (attemptId: string) => ask<Attempt>('GET', `/v1/attempts/${attemptId}`),
    startAptitudeTest: (attemptId: string) => ask<AptitudeTest>('POST', `/v1/attempts/${attemptId}/aptitude-test`),
    saveResponse: (attemptId: string, itemId: string, answer: { value: string | readonly string[]; sequence: number }) =>
      ask<unknown>('PUT', `/v1/attempts/${attemptId}/responses/${encodeURIComponent(itemId)}`, answer),
    submitAptitudeTest: (attemptId: string) => ask<Submission>('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`),
    downloadCaseStudy: (attemptId: string) => ask<CaseStudy>('POST', `/v1/attempts/${attemptId}/case-study`),
    upload: (attemptId: string, file: { name: string; mediaType: string; content: string }) =>
      upload(options, `/v1/attempts/${attemptId}/uploads`, file),
    submitCaseStudy: (attemptId: string) => ask<Submission>('POST', `/v1/attempts/${attemptId}/case-study/submission`),
    withdraw: (attemptId: string) => ask<Attempt>('POST', `/v1/attempts/${attemptId}/withdrawal`),
    results: async (attemptId: string) => (await ask<{ decisions: readonly Decision[] }>('GET', `/v1/attempts/${attemptId}/results`)).decisions,
    appeals: (attemptId: string) => ask<OwnAppeals>('GET', `/v1/attempts/${attemptId}/appeals`),
    fileAppeal: (attemptId: string, appeal: z.input<typeof newAppeal>) => ask<OwnAppeals>('POST', `/v1/attempts/${attemptId}/appeals`, appeal),
    submissions: async (attemptId: string) =>
      (await ask<{ submissions: readonly Submission[] }>('GET', `/v1/attempts/${attemptId}/submissions`)).submissions,
    certificate: (attemptId: string) => ask<Certificate>('GET', `/v1/attempts/${attemptId}/certificate`),
    credential: (attemptId: string) => ask<object>('GET', `/v1/attempts/${attemptId}/certificate/credential`),
    /** Waits until it is rendered. */
    certificatePdf: (attemptId: string) => sendForBytes(options, `/v1/attempts/${attemptId}/certificate/document`),
    notices: async (attemptId: string) => (await ask<{ notices: readonly Notice[] }>('GET', `/v1/attempts/${attemptId}/notices`)).notices,

    // Graders
    /** Undefined when there is nothing for this person at the moment, what they gave back included. */
    claim: () =>
      ask<Assignment | undefined>('POST', '/v1/assignments/claims').catch((error: unknown) => {
        if (error instanceof ProblemError && error.code === 'only_given_back') return undefined;
        throw error;
      }),
    saveDraft: (assignmentId: string, draft: { fencingToken: number; marks: readonly (SubmittedMark & { sequence: number })[] }) =>
      ask<unknown>('PUT', `/v1/assignments/${assignmentId}/draft`, draft),
    heartbeat: (assignmentId: string, fencingToken: number) => ask<unknown>('POST', `/v1/assignments/${assignmentId}/heartbeat`, { fencingToken }),
    release: (assignmentId: string, fencingToken: number) => ask<unknown>('POST', `/v1/assignments/${assignmentId}/release`, { fencingToken }),
    complete: (assignmentId: string, completion: { fencingToken: number; marks: readonly SubmittedMark[] }) =>
      ask<unknown>('POST', `/v1/assignments/${assignmentId}/completion`, completion),

    // Staff
    /** These wait until somebody else confirms them. */
    suspendCertificate: (certificateId: string, reason: string) =>
      ask<ProposedAct>('POST', `/v1/staff/certificates/${certificateId}/corrections`, { reason }),
    orderErasure: (candidateId: string, reason: string) => ask<ProposedAct>('POST', `/v1/staff/candidates/${candidateId}/erasure`, { reason }),
    settleCorrection: (correctionId: string, settlement: { resolution: 'reinstated' | 'revoked'; reason: string }) =>
      ask<ProposedAct>('POST', `/v1/staff/corrections/${correctionId}/settlement`, settlement),
    /** As the second person; returns what the act answered. */
    confirmAct: async <Body>({ id }: ProposedAct): Promise<Body> => {
      const { answer } = await ask<ProposedAct>('POST', `/v1/staff/proposed-acts/${id}/confirmation`);
      return JSON.parse(answer?.body ?? 'null') as Body;
    },
    openAssignments: async () =>
      (await ask<{ assignments: readonly StaffAssignment[] }>('GET', '/v1/staff/assignments?state=open&limit=100')).assignments,
    story: (attemptId: string) => ask<Story>('GET', `/v1/staff/attempts/${attemptId}/story`),
    attemptOfAssignment: (assignmentId: string) =>
      ask<{ attemptId: string; candidateSubject: string }>('GET', `/v1/staff/assignments/${assignmentId}/attempt`),
  };
}

/** Uploads a file by tus, resuming where it broke. Throws a ProblemError for a refusal. */
async function upload(
  { baseUrl, token, signal }: HttpOptions,
  path: string,
  { name, mediaType, content }: { name: string; mediaType: string; content: string },
): Promise<void> {
  const bytes = Buffer.from(content);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const authorization = `Bearer ${await token()}`;
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const sending = new Upload(bytes, {
      endpoint: new URL(path, baseUrl).href,
      headers: { authorization },
      metadata: { filename: name, filetype: mediaType, sha256 },
      retryDelays: TUS_RETRY_MILLISECONDS,
      // It would take the upload for lost, and begin another. What is thrown is tried again.
      onAfterResponse: (request, response) => {
        const status = response.getStatus();
        if (request.getMethod() === 'HEAD' && (status === 429 || status >= 500)) throw new Error(`the upload cannot be asked about: ${status}`);
      },
      onSuccess: () => settle(resolve),
      onError: (error) => settle(() => reject(problemOfUpload(error, `tus ${path}`))),
    });
    const abort = () => void sending.abort().finally(() => settle(() => reject(signal?.reason as Error)));
    const settle = (end: () => void) => {
      signal?.removeEventListener('abort', abort);
      end();
    };
    signal?.addEventListener('abort', abort, { once: true });
    sending.start();
  });
}

function problemOfUpload(error: Error, request: string): Error {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (!response) return error;
  const { code, detail } = readProblem(response.getBody());
  return new ProblemError({ request, status: response.getStatus(), code: code ?? 'unknown', detail: detail ?? error.message });
}

function readProblem(body: string): { code?: string; detail?: string } {
  try {
    return JSON.parse(body) as { code?: string; detail?: string };
  } catch {
    return {};
  }
}
