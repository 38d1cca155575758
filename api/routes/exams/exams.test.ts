import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExamForm, type ExamForm } from '../../../exams/form.ts';
import { refusalOf, refused, startTestApi, type TestApi } from '../../../test/support/api.ts';

let api: TestApi;
let form: ExamForm;
beforeAll(async () => {
  api = await startTestApi();
  form = JSON.parse(await readFile(new URL('../../../exams/software-architect.json', import.meta.url), 'utf8')) as ExamForm;
});
afterAll(() => api.close());

const examIds = async () =>
  (await api.as('cleo', 'candidate')('GET', '/v1/exams')).body.exams.map((exam: { examVersion: string }) => exam.examVersion);

describe('an exam', () => {
  it('is published by a designated grader, once, and found with its newest version', async () => {
    const dana = api.as('dana', 'designated');
    expect(await dana('POST', '/v1/exams', form)).toMatchObject({ status: 201, body: { examVersion: 'software-architect@3' } });
    expect(await dana('POST', '/v1/exams', form)).toMatchObject({ status: 200, body: { examVersion: 'software-architect@3' } });
    expect((await dana('POST', '/v1/exams', { ...form, version: 12 })).status).toBe(201);
    expect(await examIds()).toEqual(['software-architect@12']);
  });

  it('tells candidates its limits and its pass mark, and no question or key', async () => {
    const { status, body } = await api.as('cleo', 'candidate')('GET', '/v1/exams/software-architect');
    expect(status).toBe(200);
    expect(body).toEqual({
      examId: 'software-architect',
      version: 12,
      examVersion: 'software-architect@12',
      title: form.title,
      passMarkPercent: '80.00',
      limits: { startSeconds: 31_536_000, aptitudeTestSeconds: 5400, offerSeconds: 2_592_000, caseStudySeconds: 1_209_600 },
      resultPromiseSeconds: { aptitude: 604_800, caseStudy: 604_800 },
      aptitudeTest: { itemCount: form.aptitudeTest.items.length, points: form.aptitudeTest.items.reduce((sum, item) => sum + item.points, 0) },
    });
  });

  it('never changes once published', async () => {
    expect(refusalOf(await api.as('dana', 'designated')('POST', '/v1/exams', { ...form, title: 'Another' }))).toEqual(
      refused(409, 'exam_version_changed'),
    );
  });

  it('published while its form meant double stays that: the same form again changes nothing, and one that asks for risk is another', async () => {
    const dana = api.as('dana', 'designated');
    const older = { ...form, examId: 'older', policy: {} };
    const parsed = parseExamForm(older);
    if (!parsed.ok || !parsed.formerContent) throw new Error('the form says something of marking');
    await api.services.store.examVersions.publish({ content: parsed.formerContent, actor: 'dana' });
    expect(await dana('POST', '/v1/exams', older)).toMatchObject({ status: 200, body: { examVersion: 'older@3' } });
    expect((await api.services.store.examVersions.newest('older')).content.policy).not.toHaveProperty('risk');
    expect(refusalOf(await dana('POST', '/v1/exams', { ...older, policy: { marking: 'risk' } }))).toEqual(refused(409, 'exam_version_changed'));
    // Nor the other way: what was published by risk is not had by a form that asks for double.
    expect((await dana('POST', '/v1/exams', { ...older, version: 4 })).status).toBe(201);
    expect(refusalOf(await dana('POST', '/v1/exams', { ...older, version: 4, policy: { marking: 'double' } }))).toEqual(
      refused(409, 'exam_version_changed'),
    );
  });

  it('is refused with every problem and its place, and nothing is published', async () => {
    const before = await examIds();
    const answer = await api.as('dana', 'designated')('POST', '/v1/exams', { ...form, examId: 'Broken Id', version: 0, surplus: 1 });
    expect(refusalOf(answer)).toEqual(refused(422, 'validation_failed'));
    expect(answer.body.fields.map((field: { path: string }) => field.path).sort()).toEqual(['examId', 'surplus', 'version']);
    expect(await examIds()).toEqual(before);
  });

  it('may be larger than other bodies, up to its own limit', async () => {
    const large = { ...form, version: 13, caseStudies: form.caseStudies.map((study) => ({ ...study, brief: 'x'.repeat(600_000) })) };
    expect((await api.as('dana', 'designated')('POST', '/v1/exams', large)).status).toBe(201);
    const tooLarge = { ...form, version: 14, title: 'x'.repeat(5 * 1024 * 1024) };
    expect(refusalOf(await api.as('dana', 'designated')('POST', '/v1/exams', tooLarge))).toEqual(refused(413, 'payload_too_large'));
  });

  it('that nobody published is not found', async () => {
    const cleo = api.as('cleo', 'candidate');
    expect(refusalOf(await cleo('GET', '/v1/exams/unknown'))).toEqual(refused(404, 'exam_not_published'));
    expect(refusalOf(await cleo('POST', '/v1/attempts', { examId: 'unknown' }))).toEqual(refused(404, 'exam_not_published'));
  });
});
