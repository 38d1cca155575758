import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadedAttempt, startTestApi, type TestApi } from '../test/support/api.ts';
import type { OpenApiDocument } from './openapi.ts';

let api: TestApi;
let document: OpenApiDocument;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  document = (await api.withToken(undefined)('GET', '/openapi.json')).body as OpenApiDocument;
});
afterAll(() => api.close());

/** Functions of the clients that others have generated: a new operation gets a name, and none is ever renamed. */
const OPERATIONS: Readonly<Record<string, string>> = {
  listExams: 'GET /v1/exams',
  publishExam: 'POST /v1/exams',
  getExam: 'GET /v1/exams/{examId}',
  listExamVersions: 'GET /v1/exam-versions',
  getExamVersion: 'GET /v1/exam-versions/{examId}/{version}',
  retireExamVersion: 'POST /v1/exam-versions/{examId}/{version}/retirement',
  checkExam: 'POST /v1/exam-checks',
  listExamProposals: 'GET /v1/exam-proposals',
  proposeExam: 'POST /v1/exam-proposals',
  getExamProposal: 'GET /v1/exam-proposals/{proposalId}',
  publishExamProposal: 'POST /v1/exam-proposals/{proposalId}/publication',
  withdrawExamProposal: 'POST /v1/exam-proposals/{proposalId}/withdrawal',
  registerAttempt: 'POST /v1/attempts',
  listAttempts: 'GET /v1/attempts',
  getAttempt: 'GET /v1/attempts/{attemptId}',
  withdrawAttempt: 'POST /v1/attempts/{attemptId}/withdrawal',
  listSubmissions: 'GET /v1/attempts/{attemptId}/submissions',
  getSubmission: 'GET /v1/attempts/{attemptId}/submissions/{submissionId}',
  getSubmissionDocument: 'GET /v1/attempts/{attemptId}/submissions/{submissionId}/document',
  saveResponse: 'PUT /v1/attempts/{attemptId}/responses/{itemId}',
  startAptitudeTest: 'POST /v1/attempts/{attemptId}/aptitude-test',
  getAptitudeTest: 'GET /v1/attempts/{attemptId}/aptitude-test',
  submitAptitudeTest: 'POST /v1/attempts/{attemptId}/aptitude-test/submission',
  downloadCaseStudy: 'POST /v1/attempts/{attemptId}/case-study',
  getCaseStudy: 'GET /v1/attempts/{attemptId}/case-study',
  submitCaseStudy: 'POST /v1/attempts/{attemptId}/case-study/submission',
  listUploads: 'GET /v1/attempts/{attemptId}/uploads',
  createUpload: 'POST /v1/attempts/{attemptId}/uploads',
  getUploadServer: 'OPTIONS /v1/attempts/{attemptId}/uploads',
  getUploadOffset: 'HEAD /v1/attempts/{attemptId}/uploads/{uploadId}',
  sendUploadBytes: 'PATCH /v1/attempts/{attemptId}/uploads/{uploadId}',
  deleteUpload: 'DELETE /v1/attempts/{attemptId}/uploads/{uploadId}',
  listResults: 'GET /v1/attempts/{attemptId}/results',
  listOwnAppeals: 'GET /v1/attempts/{attemptId}/appeals',
  fileAppeal: 'POST /v1/attempts/{attemptId}/appeals',
  withdrawAppeal: 'POST /v1/attempts/{attemptId}/appeals/withdrawal',
  listAppeals: 'GET /v1/staff/appeals',
  recordAppealRefund: 'POST /v1/staff/appeals/{appealId}/refund',
  listOwnComplaints: 'GET /v1/attempts/{attemptId}/complaints',
  fileComplaint: 'POST /v1/attempts/{attemptId}/complaints',
  listComplaints: 'GET /v1/staff/complaints',
  answerComplaint: 'POST /v1/staff/complaints/{complaintId}/answer',
  explainResults: 'GET /v1/attempts/{attemptId}/results/explanation',
  getExplanationDocument: 'GET /v1/attempts/{attemptId}/results/{test}/explanation',
  getCertificate: 'GET /v1/attempts/{attemptId}/certificate',
  getCredential: 'GET /v1/attempts/{attemptId}/certificate/credential',
  getCertificateDocument: 'GET /v1/attempts/{attemptId}/certificate/document',
  getFeedbackReport: 'GET /v1/attempts/{attemptId}/results/{test}/report',
  listNotices: 'GET /v1/attempts/{attemptId}/notices',
  claimAssignment: 'POST /v1/assignments/claims',
  listAssignments: 'GET /v1/assignments',
  getQueue: 'GET /v1/assignments/queue',
  getAssignment: 'GET /v1/assignments/{assignmentId}',
  getSolution: 'GET /v1/assignments/{assignmentId}/file',
  extendLease: 'POST /v1/assignments/{assignmentId}/heartbeat',
  saveDraft: 'PUT /v1/assignments/{assignmentId}/draft',
  releaseAssignment: 'POST /v1/assignments/{assignmentId}/release',
  flagFile: 'POST /v1/assignments/{assignmentId}/file-flag',
  completeAssignment: 'POST /v1/assignments/{assignmentId}/completion',
  listComments: 'GET /v1/assignments/{assignmentId}/comments',
  addComment: 'POST /v1/assignments/{assignmentId}/comments',
  takeComment: 'PUT /v1/assignments/{assignmentId}/comments/{commentId}/use',
  retireOwnComment: 'POST /v1/assignments/{assignmentId}/comments/{commentId}/retirement',
  listGroups: 'GET /v1/assignments/{assignmentId}/groups',
  markGroup: 'PUT /v1/assignments/{assignmentId}/group-marks',
  takeGroupMark: 'PUT /v1/assignments/{assignmentId}/group-marks/{groupMarkId}/use',
  endGroupMark: 'DELETE /v1/group-marks/{groupMarkId}',
  listGroupMarks: 'GET /v1/staff/exams/{examId}/group-marks',
  listExamComments: 'GET /v1/staff/exams/{examId}/comments',
  addExamComment: 'POST /v1/staff/exams/{examId}/comments',
  retireComment: 'POST /v1/staff/comments/{commentId}/retirement',
  getGraderMails: 'GET /v1/graders/me/mails',
  updateGraderMails: 'PUT /v1/graders/me/mails',
  getGraderRecord: 'GET /v1/graders/me',
  getOwnAgreement: 'GET /v1/graders/me/agreement',
  getOwnPay: 'GET /v1/graders/me/pay',
  getOwnPayStatement: 'GET /v1/graders/me/pay-statements/{month}',
  getOwnPayDocument: 'GET /v1/graders/me/pay-statements/{month}/document',
  updateGraderRecord: 'PATCH /v1/graders/me',
  declareConflict: 'POST /v1/graders/me/conflicts',
  getGrader: 'GET /v1/staff/graders/{subject}',
  getGraderAgreement: 'GET /v1/staff/graders/{subject}/agreement',
  getItemQuality: 'GET /v1/staff/exams/{examId}/item-quality',
  proveLedgerConsistency: 'GET /v1/ledger/heads/{size}/consistency/{earlier}',
  listLedgerHeads: 'GET /v1/ledger/heads',
  getOwnLedgerProofs: 'GET /v1/attempts/{attemptId}/ledger',
  getLedgerTrail: 'GET /v1/staff/attempts/{attemptId}/ledger',
  decodePayloads: 'POST /v1/temporal/codec/decode',
  encodePayloads: 'POST /v1/temporal/codec/encode',
  getGraderPay: 'GET /v1/staff/graders/{subject}/pay',
  getPayStatement: 'GET /v1/staff/graders/{subject}/pay-statements/{month}',
  getPayDocument: 'GET /v1/staff/graders/{subject}/pay-statements/{month}/document',
  issuePayStatement: 'POST /v1/staff/graders/{subject}/pay-statements',
  correctPay: 'POST /v1/staff/graders/{subject}/pay-corrections',
  listPayRates: 'GET /v1/staff/pay-rates',
  addPayRate: 'POST /v1/staff/pay-rates',
  listDrifts: 'GET /v1/staff/drifts',
  proposeSeed: 'POST /v1/staff/seeds',
  listSeeds: 'GET /v1/staff/seeds',
  listSeedsToConfirm: 'GET /v1/seeds',
  getGraderTraining: 'GET /v1/staff/graders/{subject}/training',
  getOwnStandardisation: 'GET /v1/graders/me/standardisation',
  endSeed: 'POST /v1/staff/seeds/{seedId}/ending',
  getGraderSeeds: 'GET /v1/staff/graders/{subject}/seeds',
  getSeedScript: 'GET /v1/seeds/{seedId}',
  getSeedSolution: 'GET /v1/seeds/{seedId}/file',
  confirmSeed: 'POST /v1/seeds/{seedId}/confirmation',
  listStandardisations: 'GET /v1/staff/standardisations',
  grantQualification: 'POST /v1/staff/graders/{subject}/qualifications',
  settleDrift: 'POST /v1/staff/graders/{subject}/drifts/{driftId}/settlement',
  updateGrader: 'PATCH /v1/staff/graders/{subject}',
  recordConflict: 'POST /v1/staff/graders/{subject}/conflicts',
  endConflict: 'POST /v1/staff/graders/{subject}/conflicts/{conflictId}/ending',
  searchAttempts: 'POST /v1/staff/attempt-searches',
  listClaimedActs: 'GET /v1/staff/claimed-acts',
  confirmClaimedAct: 'POST /v1/staff/claimed-acts/{claimId}/confirmation',
  dismissClaimedAct: 'POST /v1/staff/claimed-acts/{claimId}/dismissal',
  listOverdue: 'GET /v1/staff/overdue',
  listPromiseForecasts: 'GET /v1/staff/promise-forecasts',
  getMarkingPlan: 'GET /v1/staff/marking-plan',
  listReports: 'GET /v1/reports',
  getReport: 'GET /v1/reports/{reportId}',
  getReportDocument: 'GET /v1/reports/{reportId}/document',
  expectCandidate: 'POST /v1/staff/candidates',
  expectGrader: 'POST /v1/staff/graders',
  getAttemptStory: 'GET /v1/staff/attempts/{attemptId}/story',
  readExplanation: 'POST /v1/staff/attempts/{attemptId}/explanation-reading',
  readExplanationDocument: 'POST /v1/staff/attempts/{attemptId}/results/{test}/explanation-reading',
  readSubmission: 'POST /v1/staff/attempts/{attemptId}/submissions/{submissionId}/reading',
  readSubmittedFile: 'POST /v1/staff/attempts/{attemptId}/submissions/{submissionId}/file-reading',
  listAllAttempts: 'GET /v1/staff/attempts',
  getAttemptRecord: 'GET /v1/staff/attempts/{attemptId}',
  listAllAssignments: 'GET /v1/staff/assignments',
  listGraders: 'GET /v1/staff/graders',
  getAttemptOfAssignment: 'GET /v1/staff/assignments/{assignmentId}/attempt',
  scaleAttempt: 'PUT /v1/staff/attempts/{attemptId}/accommodation',
  extendDeadline: 'POST /v1/staff/attempts/{attemptId}/extension',
  correctDeadline: 'POST /v1/staff/attempts/{attemptId}/deadline-correction',
  endAttempt: 'POST /v1/staff/attempts/{attemptId}/withdrawal',
  reopenTest: 'POST /v1/staff/attempts/{attemptId}/reopening',
  dismissFileFlags: 'POST /v1/staff/attempts/{attemptId}/file-flag-dismissal',
  reassignAssignment: 'POST /v1/staff/assignments/{assignmentId}/reassignment',
  listAccommodations: 'GET /v1/staff/candidates/{candidateId}/accommodations',
  recordAccommodation: 'POST /v1/staff/candidates/{candidateId}/accommodations',
  endAccommodation: 'POST /v1/staff/candidates/{candidateId}/accommodations/{accommodationId}/ending',
  getCertificateRecord: 'GET /v1/staff/certificates/{certificateId}',
  suspendCertificate: 'POST /v1/staff/certificates/{certificateId}/corrections',
  listCorrections: 'GET /v1/staff/corrections',
  settleCorrection: 'POST /v1/staff/corrections/{correctionId}/settlement',
  listRegrades: 'GET /v1/staff/regrades',
  openRegrade: 'POST /v1/staff/regrades',

  listPanels: 'GET /v1/staff/panels',
  getPanel: 'GET /v1/staff/panels/{panelId}',
  openPanel: 'POST /v1/staff/panels',
  addPanelist: 'POST /v1/staff/panels/{panelId}/panelists/{subject}',
  endPanelist: 'POST /v1/staff/panels/{panelId}/panelists/{subject}/ending',
  openRound: 'POST /v1/staff/panels/{panelId}/rounds/{round}',
  closeRound: 'POST /v1/staff/panels/{panelId}/rounds/{round}/closing',
  closePanel: 'POST /v1/staff/panels/{panelId}/closing',
  listOwnPanels: 'GET /v1/panels',
  getOwnPanel: 'GET /v1/panels/{panelId}',
  rateItem: 'PUT /v1/panels/{panelId}/rounds/{round}/ratings/{itemId}',
  getRegrade: 'GET /v1/staff/regrades/{regradeId}',
  listRegradedDecisions: 'GET /v1/staff/regrades/{regradeId}/changes',
  previewRegrade: 'POST /v1/staff/regrades/{regradeId}/preview',
  applyRegrade: 'POST /v1/staff/regrades/{regradeId}/application',
  cancelRegrade: 'POST /v1/staff/regrades/{regradeId}/cancellation',
  listSinks: 'GET /v1/staff/event-sinks',
  listSetAsideEvents: 'GET /v1/staff/events/aside',
  retryEvent: 'POST /v1/staff/event-sinks/{sink}/aside/{eventId}/retry',
  replayEvents: 'POST /v1/staff/event-sinks/{sink}/replay',
  createWebhook: 'POST /v1/staff/webhooks',
  rotateWebhookSecret: 'POST /v1/staff/webhooks/{sink}/secret',
  deleteWebhook: 'DELETE /v1/staff/webhooks/{sink}',
  listUndeliveredMails: 'GET /v1/staff/mails/undelivered',
  listProposedActs: 'GET /v1/staff/proposed-acts',
  getProposedAct: 'GET /v1/staff/proposed-acts/{actId}',
  confirmProposedAct: 'POST /v1/staff/proposed-acts/{actId}/confirmation',
  refuseProposedAct: 'POST /v1/staff/proposed-acts/{actId}/refusal',
  withdrawProposedAct: 'POST /v1/staff/proposed-acts/{actId}/withdrawal',
  breakGlass: 'POST /v1/staff/proposed-acts/{actId}/break-glass',
  reviewBrokenGlass: 'POST /v1/staff/proposed-acts/{actId}/review',
  listAcquaintances: 'GET /v1/staff/acquaintances',
  declareAcquaintance: 'POST /v1/staff/acquaintances',
  endAcquaintance: 'POST /v1/staff/acquaintances/{acquaintanceId}/ending',
  resendMail: 'POST /v1/staff/mails/{mailId}/resending',
  getRegisteredCertificate: 'GET /v1/register/certificates/{certificateId}',
  searchRegister: 'POST /v1/register/search',
  verifyCredential: 'POST /v1/register/verification',
  exportOwnData: 'GET /v1/candidates/me/data',
  readOwnErasure: 'GET /v1/candidates/me/erasure',
  askForErasure: 'POST /v1/candidates/me/erasure',
  withdrawErasure: 'DELETE /v1/candidates/me/erasure',
  listErasures: 'GET /v1/staff/erasures',
  readPrivacy: 'GET /v1/staff/candidates/{candidateId}/privacy',
  listRetentionPeriods: 'GET /v1/staff/retention-periods',
  listRetentionRuns: 'GET /v1/staff/retention-runs',
  setRetentionPeriod: 'POST /v1/staff/retention-periods',
  orderErasure: 'POST /v1/staff/candidates/{candidateId}/erasure',
  declineErasure: 'POST /v1/staff/candidates/{candidateId}/erasure/refusal',
  placeHold: 'POST /v1/staff/candidates/{candidateId}/hold',
  releaseHold: 'POST /v1/staff/candidates/{candidateId}/hold/release',
};

type Operation = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, { readonly headers: object }>>;
};

function operations(): readonly (Operation & { readonly place: string })[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Readonly<Record<string, Operation>>).map(([method, operation]) => ({
      ...operation,
      place: `${method.toUpperCase()} ${path}`,
    })),
  );
}

describe('the names of operations', () => {
  it('are those that clients were generated with', () => {
    expect(Object.fromEntries(operations().map(({ operationId, place }) => [operationId, place]))).toEqual(OPERATIONS);
  });

  it('are unique, short, and a verb with what it is done to', () => {
    const names = operations().map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+([A-Z][a-z]+){1,3}$/);
  });
});

describe('the document', () => {
  it('has its parts in the order of a candidate’s journey, then graders, staff and everybody', () => {
    const tags = ['Exams', 'Attempts', 'Aptitude test', 'Case study', 'Results', 'Assignments', 'Graders', 'Staff', 'Register'];
    expect(document.tags?.map(({ name }) => name)).toEqual(tags);
    expect(new Set(operations().flatMap((operation) => operation.tags))).toEqual(new Set(tags));
  });

  it('has no fault that a linter finds', async () => {
    expect(await faultsOf(document)).toEqual([]);
    const [[path, methods] = ['', {}]] = Object.entries(document.paths ?? {});
    const broken = { ...document, paths: { ...document.paths, '/v1/twice': methods } };
    expect(await faultsOf(broken), path).toContainEqual('Every operation must have a unique `operationId`.');
  });

  it('declares the media types that a body may be of', () => {
    const body = document.paths?.['/v1/register/verification']?.post?.requestBody as { content: object };
    expect(Object.keys(body.content)).toEqual(['application/json', 'application/pdf']);
    const bytes = document.paths?.['/v1/attempts/{attemptId}/uploads/{uploadId}']?.patch?.requestBody as { content: object };
    expect(Object.keys(bytes.content)).toEqual(['application/offset+octet-stream']);
  });

  it('declares when to come back wherever it says that one should, and how to authenticate', () => {
    for (const { place, responses } of operations()) {
      for (const [status, { headers }] of Object.entries(responses)) {
        const wanted = status === '429' || status === '503' ? ['Retry-After'] : status === '401' ? ['WWW-Authenticate'] : [];
        expect(Object.keys(headers), `${place} ${status}`).toEqual(expect.arrayContaining(['X-Request-Id', 'Cache-Control', ...wanted]));
      }
    }
  });
});

describe('an upload', () => {
  it('is answered with the headers that are declared, from the announcement to its end', async () => {
    const candidate = api.as('cleo', 'candidate');
    const uploads = `/v1/attempts/${await downloadedAttempt(api, candidate)}/uploads`;
    const resumable = { 'tus-resumable': '1.0.0' };
    const metadata = { filename: 'a.md', filetype: 'text/markdown', sha256: 'a'.repeat(64) };
    const encoded = Object.entries(metadata).map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`);
    // What an answer declares is compared with what it has by every call (test/support/declared-answers.ts).
    expect((await candidate('OPTIONS', uploads)).status).toBe(204);
    const created = await candidate('POST', uploads, undefined, { ...resumable, 'upload-length': '10', 'upload-metadata': encoded.join(',') });
    expect(created.status).toBe(201);
    const { pathname: upload } = new URL(created.headers.get('location') ?? '');
    const bytes = { ...resumable, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    expect((await candidate('PATCH', upload, 'abc', bytes)).status).toBe(204);
    expect((await candidate('HEAD', upload, undefined, resumable)).status).toBe(200);
    expect((await candidate('DELETE', upload, undefined, resumable)).status).toBe(204);
  });
});

async function faultsOf(one: OpenApiDocument): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: JSON.stringify(one), absoluteRef: 'openapi.json', config });
  return problems.map(({ message }) => message);
}

const run = promisify(execFile);
const { resolve } = createRequire(import.meta.url);
const build = fileURLToPath(new URL('../build', import.meta.url));

/** What somebody would write against the generated client; the compiler has to find the mistake in it. */
const CALLER = `import { defaults, getExam, listExams, saveResponse, type Item } from './client.ts';

export async function examsOf(baseUrl: string, token: string): Promise<readonly string[]> {
  const headers = { authorization: \`Bearer \${token}\` };
  defaults.baseUrl = baseUrl;
  const listed = await listExams({ headers });
  if (listed.status !== 200) throw new Error(listed.data.code);
  const first = await getExam('small', { version: 1 }, { headers });
  if (first.status !== 200) throw new Error(first.data.detail);
  return [...listed.data.exams.map(({ examVersion }) => examVersion), first.data.passMarkPercent];
}

export function mayTickSeveral(item: Item): boolean {
  return item.type === 'choice' && item.cardinality === 'multiple';
}

// @ts-expect-error -- a sequence is a number
export const wrong = () => saveResponse('attempt', 'item', { value: 'text', sequence: 'first' });
`;

/** The client's own code; lib.dom is its fetch. */
const TSCONFIG = {
  compilerOptions: {
    target: 'ES2024',
    lib: ['ES2024', 'DOM'],
    module: 'NodeNext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    allowImportingTsExtensions: true,
  },
  include: ['*.ts'],
};

describe('a client that is generated from the document', () => {
  it('compiles, refuses a wrong call, and speaks with the API', { timeout: 60_000 }, async () => {
    await mkdir(build, { recursive: true });
    const directory = await mkdtemp(join(build, 'client-'));
    try {
      await writeFile(join(directory, 'openapi.json'), JSON.stringify(document));
      await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(TSCONFIG));
      await writeFile(join(directory, 'caller.ts'), CALLER);
      const generator = resolve('oazapfts').replace(/index\.c?js$/, 'cli.js');
      await run(process.execPath, [generator, join(directory, 'openapi.json'), join(directory, 'client.ts')]);
      const compiled = await run(join(build, '../node_modules/.bin/tsc'), ['-p', directory]).catch((error: { stdout: string }) => error);
      expect(compiled.stdout).toBe('');
      const { examsOf } = (await import(pathToFileURL(join(directory, 'caller.ts')).href)) as {
        examsOf: (baseUrl: string, token: string) => Promise<readonly string[]>;
      };
      const token = await api.issuer.token({ subject: 'cleo', roles: ['candidate'] });
      expect(await examsOf(api.url, token)).toEqual(['small@1', '80.00']);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
