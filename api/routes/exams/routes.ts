import { z } from 'zod';
import { examVersionName, type ExamContent } from '../../../domain/exam.ts';
import { pointsFromMillipoints, sumOf } from '../../../domain/points.ts';
import { formatBasisPoints } from '../../../domain/score.ts';
import { examForm, parseExamForm } from '../../../exams/form.ts';
import { ROLES } from '../../actor.ts';
import { validationFailed } from '../../problems.ts';
import { route, type Route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { examFacts, examList, examParams, examQuery, publishedExam } from './schemas.ts';

const EXAM_BYTES_MAX = 5 * 1024 * 1024;
const tag = 'Exams';

export function examRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listExams',
      method: 'get',
      path: '/v1/exams',
      tag,
      summary: 'The exams that can be taken',
      roles: ROLES,
      answers: { 200: { description: 'The newest version of every exam', body: examList } },
    }).handledBy(async () => {
      const exams = await store.examVersions.list();
      return { status: 200, body: { exams: exams.map((exam) => ({ ...exam, examVersion: examVersionName(exam) })) } };
    }),
    route({
      operationId: 'getExam',
      method: 'get',
      path: '/v1/exams/:examId',
      tag,
      summary: 'What to know of an exam before registering, or of the version that an attempt has',
      roles: ROLES,
      params: examParams,
      query: examQuery,
      answers: { 200: { description: 'Its limits and its pass mark', body: examFacts } },
      refusals: ['exam_not_published'],
    }).handledBy(async ({ params: { examId }, query: { version } }) => {
      const { content } = await (version === undefined ? store.examVersions.newest(examId) : store.examVersions.published({ examId, version }));
      return { status: 200, body: factsOf(content) };
    }),
    route({
      operationId: 'publishExam',
      method: 'post',
      path: '/v1/exams',
      tag,
      summary: 'Publish an exam version',
      description: 'Takes the exam form (docs/exam-form.md). The same form again changes nothing; a published version never changes.',
      roles: ['designated'],
      // The form's own parser checks it, since it reports more than a schema can.
      body: z.unknown(),
      documentedBody: examForm.meta({ id: 'ExamForm' }),
      bodyBytesMax: EXAM_BYTES_MAX,
      answers: { 201: { description: 'Published', body: publishedExam }, 200: { description: 'Published before, unchanged', body: publishedExam } },
      refusals: ['exam_version_changed'],
    }).handledBy(async ({ actor, body }) => {
      const parsed = parseExamForm(body);
      if (!parsed.ok) throw validationFailed(parsed.problems);
      const { content, formerContent } = parsed;
      const { examVersion, created } = await store.examVersions.publish({ content, formerContent, actor: actor.subject });
      return { status: created ? 201 : 200, body: { examVersion } };
    }),
  ];
}

function factsOf(exam: ExamContent): z.output<typeof examFacts> {
  const { examId, version, title, policy, items } = exam;
  return {
    examId,
    version,
    examVersion: examVersionName(exam),
    title,
    passMarkPercent: formatBasisPoints(policy.passMark),
    limits: {
      startSeconds: policy.startWindowSeconds,
      aptitudeTestSeconds: policy.aptitudeLimitSeconds,
      offerSeconds: policy.offerWindowSeconds,
      caseStudySeconds: policy.caseStudyLimitSeconds,
    },
    resultPromiseSeconds: { aptitude: policy.resultPromiseSeconds.aptitude, caseStudy: policy.resultPromiseSeconds.case_study },
    aptitudeTest: { itemCount: items.length, points: pointsFromMillipoints(sumOf(items.map((item) => item.millipoints))) },
  };
}
