import { z } from 'zod';
import { examVersionName, type ExamContent } from '../../../domain/exam.ts';
import { pointsFromMillipoints, sumOf } from '../../../domain/points.ts';
import { formatBasisPoints } from '../../../domain/score.ts';
import { formOf } from '../../../exams/form-of.ts';
import { parseExamForm } from '../../../exams/form.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { ROLES } from '../../actor.ts';
import { validationFailed } from '../../problems.ts';
import { route, type Route } from '../../route.ts';
import { iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { proposalRoutes } from './proposals.ts';
import * as schemas from './schemas.ts';
import { examFacts, examList, examParams, examQuery, publishedExam } from './schemas.ts';

const tag = 'Exams';

export function examRoutes(services: Services): readonly Route[] {
  return [...takingRoutes(services), ...versionRoutes(services), ...proposalRoutes(services)];
}

function takingRoutes({ store, config }: Services): readonly Route[] {
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
      summary: 'Publish an exam version at once, where one person may; else propose it',
      description: 'Takes the exam form (docs/exam-form.md). The same form again changes nothing; a published version never changes.',
      roles: ['designated'],
      // The form's own parser checks it, since it reports more than a schema can.
      body: z.unknown(),
      documentedBody: schemas.examFormBody,
      bodyBytesMax: schemas.EXAM_BYTES_MAX,
      answers: { 201: { description: 'Published', body: publishedExam }, 200: { description: 'Published before, unchanged', body: publishedExam } },
      refusals: ['exam_version_changed', 'second_person_needed'],
    }).handledBy(async ({ actor, body }) => {
      const parsed = parseExamForm(body);
      if (!parsed.ok) throw validationFailed(parsed.problems);
      const { content, formerContent } = parsed;
      if (config.EXAM_PUBLICATION === 'two-persons' && !(await store.examVersions.isPublished({ content, formerContent })))
        throw new Refusal(
          'second_person_needed',
          'Two persons publish an exam version here: propose it (POST /v1/exam-proposals, or the console), and somebody else publishes it.',
        );
      const { examVersion, created } = await store.examVersions.publish({ content, formerContent, actor: actor.subject });
      return { status: created ? 201 : 200, body: { examVersion } };
    }),
  ];
}

/** What was published, with its keys: for who writes exams, staff and auditors. */
function versionRoutes({ store }: Services): readonly Route[] {
  const path = '/v1/exam-versions';
  return [
    route({
      operationId: 'listExamVersions',
      method: 'get',
      path,
      tag,
      summary: 'Every version of every exam that was published',
      roles: schemas.EXAM_READERS,
      answers: { 200: { description: 'By exam, the newest first', body: schemas.examVersionList } },
    }).handledBy(async () => {
      const versions = await store.examVersions.versions();
      return {
        status: 200,
        body: {
          versions: versions.map(({ publishedAt, retirement, ...version }) => ({
            ...version,
            publishedAt: iso(publishedAt),
            retirement: retirement && { retiredBy: retirement.retiredBy, reason: retirement.reason, retiredAt: iso(retirement.retiredAt) },
          })),
        },
      };
    }),
    route({
      operationId: 'getExamVersion',
      method: 'get',
      path: `${path}/:examId/:version`,
      tag,
      summary: 'A published version whole, with its keys, as the form that means it',
      roles: schemas.EXAM_READERS,
      params: schemas.versionParams,
      answers: { 200: { description: 'The form, with every default', body: schemas.publishedForm } },
      refusals: ['exam_not_published'],
    }).handledBy(async ({ params }) => ({ status: 200, body: { form: formOf((await store.examVersions.published(params)).content) } })),
    route({
      operationId: 'retireExamVersion',
      method: 'post',
      path: `${path}/:examId/:version/retirement`,
      tag,
      summary: 'Let nobody register for this version any more',
      description:
        'Attempts at it go on. Whoever registers from then on gets the newest version that is not retired; without one the exam cannot be taken.',
      roles: ['designated'],
      params: schemas.versionParams,
      body: schemas.retirement,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Retired, or retired before' } },
      refusals: ['exam_not_published', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { examId, version }, body: { reason } }) => {
      await store.examVersions.retire({ examId, version, actor: actor.subject, reason });
      return { status: 204 };
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
