import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeJwt } from 'jose';
import { Liquid } from 'liquidjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ExamContent } from '../domain/exam.ts';
import { composeFeedback } from '../domain/feedback.ts';
import { viewOfExplanation } from '../publication/documents/explanation.ts';
import { viewOf } from '../publication/documents/feedback-report.ts';
import { REPLY_KINDS, REPLY_SCHEMAS } from '../publication/events/commands.ts';
import { dataSchemaOf, EVENT_TYPES } from '../publication/events/schemas.ts';
import { templateDirectory } from '../publication/mail/render.ts';
import { issuerOf, publishDecision, startTestApi, submittedAttempt, type TestApi } from '../test/support/api.ts';
import { certifiedAttempt } from '../test/support/certified.ts';
import { createAnswerCheck } from '../test/support/declared-answers.ts';
import { note, noteExample, noteOperations, noteSchema, READERS, type FieldsSent, type Reader } from '../test/support/fields-sent.ts';
import { routesOf } from './routes.ts';
import { smallExam } from '../trials/people/small-exam.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
});
afterAll(() => api.close());

const repository = fileURLToPath(new URL('..', import.meta.url));

describe('every field that leaves us', () => {
  it('has its row in docs/who-sees-what.md, with whom it reaches', async () => {
    const fields = await fieldsSent();
    const sent = [...fields].map(([field, readers]) => rowOf(field, readers)).toSorted();
    const reviewed = readFileSync(`${repository}/docs/who-sees-what.md`, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    // As text, so that a failure shows whole rows.
    const [stale, missing] = [reviewed.filter((row) => !sent.includes(row)), sent.filter((row) => !reviewed.includes(row))];
    expect(missing.join('\n'), 'sent without a row: review it, then add it').toBe('');
    expect(stale.join('\n'), 'rows of what is not sent so').toBe('');
    expect(new Set(reviewed).size).toBe(reviewed.length);
    expect(fields.size).toBeGreaterThan(200);
  });

  it('is seen in each kind of source: an operation, a component, an event, a reply, a mail, a page, a document', async () => {
    const fields = await fieldsSent();
    const samples: readonly [string, readonly Reader[]][] = [
      ['CaseStudy.caseStudy.rubric[].title', ['candidate']],
      ['GET /v1/staff/attempts: next', ['staff', 'auditor']],
      ['Assignment.responses[].modelAnswer', ['grader', 'designated']],
      ['event attempt.submitted: contentHash', ['events', 'broker']],
      ['reply accepted: receipt', ['broker']],
      ['mail: downloadBy', ['candidate', 'mail']],
      ['register page certificate: name', ['verifier']],
      ['certificate (PDF): qrCode', ['candidate']],
      ['credential: credentialSubject.result[].value', ['candidate']],
    ];
    for (const [field, readers] of samples) expect([...(fields.get(field) ?? [])].toSorted(), field).toEqual([...readers].toSorted());
  });
});

describe('an answer with a field that its route does not declare', () => {
  it('fails every test of the API that asks for it', () => {
    const body = { examVersion: 'small@1' };
    const headers = new Headers({ 'x-request-id': 'a', 'cache-control': 'no-store' });
    const check = createAnswerCheck(routesOf(api.services));
    check({ method: 'POST', path: '/v1/exams', status: 201, body, headers });
    expect(() => check({ method: 'POST', path: '/v1/exams', status: 201, body: { ...body, key: 'a' }, headers })).toThrow('does not declare');
    expect(() => check({ method: 'GET', path: '/v1/exams?x=1', status: 200, body: { exams: [body] }, headers })).toThrow('does not declare');
    for (const other of [new Headers(), new Headers([...headers, ['etag', '"a"']])])
      expect(() => check({ method: 'POST', path: '/v1/exams', status: 201, body, headers: other })).toThrow('answers the headers');
  });
});

describe('what is for graders alone', () => {
  it('is in nothing that a candidate is sent from registration to result', async () => {
    const exam = await api.publish(examWithSecrets());
    const sent: string[] = [];
    const candidate = api.as('secrets', 'candidate');
    const see = async (path: string, method = 'GET', body?: object): Promise<string> => {
      const answer = await candidate(method, path, body);
      sent.push(JSON.stringify(answer.body));
      return JSON.stringify(answer.body);
    };
    await see('/v1/exams/secrets');
    const { attemptId, submissionId } = await submittedAttempt(candidate, 'secrets');
    const own = `/v1/attempts/${attemptId}`;
    await see(`${own}/aptitude-test`);
    await decided({ exam, attemptId, submissionId });
    await see(`${own}/case-study`, 'POST');
    expect(await see(`${own}/case-study`)).toContain('Criterion shown');
    for (const path of ['', '/results', '/results/explanation', '/results/aptitude/report', '/notices', '/submissions', '/uploads'])
      await see(`${own}${path}`);
    expect(sent.join('\n')).toContain('Prompt shown');
    expect(sent.join('\n')).not.toMatch(/secret:/);
  });
});

/** Each text that candidates must not read says so. */
function examWithSecrets(): ExamContent {
  const exam = smallExam({}, 'secrets');
  return {
    ...exam,
    items: exam.items.map((item) => (item.type === 'text' ? { ...item, prompt: 'Prompt shown', modelAnswer: 'secret: model answer' } : item)),
    caseStudies: exam.caseStudies.map((caseStudy) => ({
      ...caseStudy,
      rubric: caseStudy.rubric.map((criterion) => ({ ...criterion, title: 'Criterion shown', description: 'secret: model solution' })),
    })),
  };
}

/** As the workflow does it: feedback first, then the decision. */
async function decided({ exam, attemptId, submissionId }: { exam: ExamContent; attemptId: string; submissionId: string }): Promise<void> {
  const ofTest = { attemptId, test: 'aptitude', round: 1 } as const;
  const items = exam.items.map(({ id, millipoints }) => ({ itemId: id, millipoints: 4000, millipointsMax: millipoints, basis: 'single' }) as const);
  const entries = composeFeedback({ exam, taken: ofTest, items, reasons: [], adjudicationSeat: 3 });
  await api.services.store.decisions.keepFeedback({ ...ofTest, entries });
  await publishDecision(api, { attemptId, submissionId, test: 'aptitude', passed: true });
}

function rowOf(field: string, readers: ReadonlySet<Reader>): string {
  return `| \`${field}\` | ${READERS.map((reader) => (readers.has(reader) ? '●' : ' ')).join(' | ')} |`;
}

async function fieldsSent(): Promise<FieldsSent> {
  const fields: FieldsSent = new Map();
  noteOperations(fields, (await api.withToken(undefined)('GET', '/openapi.json')).body);
  noteEvents(fields);
  noteTemplates(fields);
  await noteDocuments(fields);
  return fields;
}

function noteEvents(fields: FieldsSent): void {
  for (const type of EVENT_TYPES) noteSchema(fields, { schema: dataSchemaOf(type), prefix: `event ${type}:`, readers: ['events', 'broker'] });
  for (const kind of REPLY_KINDS) {
    const schema = z.toJSONSchema(REPLY_SCHEMAS[kind].data) as Parameters<typeof noteSchema>[1]['schema'];
    noteSchema(fields, { schema, prefix: `reply ${kind}:`, readers: ['broker'] });
  }
}

/** The variables of templates are what their readers are told. */
function noteTemplates(fields: FieldsSent): void {
  const told = (root: string, file: string) => {
    const engine = new Liquid({ root, extname: '.liquid' });
    return engine.globalVariablesSync(engine.parseFileSync(file));
  };
  for (const file of readdirSync(templateDirectory, { recursive: true }).map(String)) {
    if (!/^\w\w\/.*\.liquid$/.test(file)) continue;
    const readers: readonly Reader[] = file.includes('.notice.') || file.includes('.subject.') ? ['candidate', 'mail'] : ['mail'];
    for (const name of told(templateDirectory, file)) note(fields, `mail: ${name}`, readers);
  }
  const pages = `${repository}/api/routes/register/templates`;
  for (const file of readdirSync(pages)) {
    for (const name of told(pages, file)) note(fields, `register page ${file.replace('.liquid', '')}: ${name}`, ['verifier']);
  }
  const certificate = readFileSync(`${repository}/publication/documents/templates/certificate.typ`, 'utf8');
  for (const [, name = ''] of certificate.matchAll(/\bdata\.(\w+)/g)) note(fields, `certificate (PDF): ${name}`, ['candidate']);
}

/** Documents that no operation's schema describes. */
async function noteDocuments(fields: FieldsSent): Promise<void> {
  const credentials = await issuerOf(api.services);
  const { attemptId, subject } = await certifiedAttempt(api.services.store, { credentials, name: 'Ada Example' });
  const candidate = api.as(subject, 'candidate');
  const credential = JSON.parse((await candidate('GET', `/v1/attempts/${attemptId}/certificate/credential`)).body);
  noteExample(fields, { example: credential, prefix: 'credential:', readers: ['candidate'] });
  const { submissions } = (await candidate('GET', `/v1/attempts/${attemptId}/submissions`)).body;
  noteExample(fields, { example: decodeJwt(submissions[0].receipt), prefix: 'receipt:', readers: ['candidate'] });
  const [explanation] = await api.services.store.decisions.explanations({ attemptId, subject });
  if (!explanation) throw new Error('nothing is decided');
  for (const [audience, readers] of [
    ['candidate', ['candidate']],
    ['staff', ['staff', 'auditor']],
  ] as const) {
    const example = viewOfExplanation({ explanation, candidateName: 'Ada Example', examTitle: 'A small exam', audience });
    noteExample(fields, { example, prefix: 'explanation (PDF):', readers });
  }
  const report = viewOf({
    attemptId,
    candidateName: 'Ada Example',
    examTitle: 'A small exam',
    test: 'aptitude',
    passed: false,
    millipoints: 1000,
    millipointsMax: 2000,
    basisPoints: 5000,
    passMark: 8000,
    fileName: null,
    decidedAt: new Date(0),
    entries: [
      {
        itemId: 't1',
        title: 'Explain',
        points: 1,
        pointsMax: 2,
        answer: 'Mine.',
        remarks: ['Read on.'],
        graderRemarks: [{ grader: 'A', remark: 'Read on.' }],
      },
    ],
  });
  noteExample(fields, { example: report, prefix: 'feedback report (page and PDF):', readers: ['candidate'] });
  const { pathname } = new URL(credential.credentialStatus[0].statusListCredential);
  for (const path of ['/issuer', '/achievements/small', '/.well-known/jwks.json', pathname]) {
    const { status, body } = await api.withToken(undefined)('GET', path);
    expect(status, path).toBe(200);
    noteExample(fields, { example: body, prefix: `GET ${path.replace(/\/\w+\/\d+$/, '/…')}:`, readers: ['verifier'] });
  }
}
