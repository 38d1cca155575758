import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { partsOf } from '../../../domain/exam.ts';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import { markedTextOf, takenOf } from '../../../store/marked-scripts.ts';
import type { SeedRecord } from '../../../store/seeds/list.ts';
import type { Standardisation } from '../../../store/seeds/standardisation.ts';
import type { TrainedScript } from '../../../store/seeds/trained.ts';
import { STAFF_READERS, type Actor } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import { metGraderOf } from '../../met-grader.ts';
import { paramsOf, route, type Route } from '../../route.ts';
import { iso, isoOrNull, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { sendFileOf, SOLUTION } from '../assignments/file.ts';
import { viewOfAgreedMark, viewOfFile } from '../assignments/view.ts';
import { compared } from '../graders/compared.ts';
import { graderParams } from '../graders/schemas.ts';
import * as schemas from './schemas.ts';

const ofStaff = '/v1/staff/seeds';
const ofGrader = '/v1/staff/graders/:subject';
const tag = 'Staff';
type Key = Parameters<typeof nameOfKey>[0];

/** The natural key of an act: the same under the same Idempotency-Key. */
function actOf(actor: Actor, { name, reason, idempotency }: { name: string; reason: string; idempotency: Key }) {
  return { actor: actor.subject, reason, actionKey: `${name}:${nameOfKey(idempotency) ?? randomUUID()}` };
}

/** Seeds, and who is standardised by them (docs/decisions/0018). */
export function seedRoutes(services: Services): readonly Route[] {
  return [...readingRoutes(services), ...actingRoutes(services), ...confirmingRoutes(services), ...standardisationRoutes(services)];
}

function readingRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listSeeds',
      method: 'get',
      path: ofStaff,
      tag,
      summary: 'Scripts with agreed marks, the newest first, and how those who marked them agree with that',
      roles: STAFF_READERS,
      query: schemas.seedQuery,
      answers: { 200: { description: 'One page', body: schemas.seedList } },
    }).handledBy(async ({ query: { state, after, limit } }) => {
      const { rows, next } = pageOf(await store.seeds.list({ state, after, limit: limit + 1 }), limit, ({ id }) => id);
      return { status: 200, body: { seeds: rows.map(viewOf), next } };
    }),
    route({
      operationId: 'getGraderSeeds',
      method: 'get',
      path: `${ofGrader}/seeds`,
      tag,
      summary: 'How many seeds a grader marked among the real ones, and how far their marks agree with what is agreed',
      roles: STAFF_READERS,
      params: graderParams,
      answers: { 200: { description: 'By exam and test', body: schemas.seedAgreement } },
    }).handledBy(async ({ params: { subject } }) => {
      await store.graders.read(subject);
      return { status: 200, body: { exams: (await store.seeds.agreement(subject)).map(compared) } };
    }),
  ];
}

function actingRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'proposeSeed',
      method: 'post',
      path: ofStaff,
      tag,
      summary: 'Make a seed of a decided submission, with the marks that its decision rests on',
      description:
        'Where two designated graders marked it, it may be given to graders at once; else a designated grader confirms it first. Two must have agreed on every item, or a designated one settled it. Proposed before, it is that one.',
      roles: ['staff'],
      body: schemas.proposal,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'It stands', body: schemas.proposed }, 201: { description: 'Proposed', body: schemas.proposed } },
      refusals: ['not_found', 'seed_unfit', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, body: { attemptId, test, reason }, idempotency }) => {
      const act = actOf(actor, { name: `propose-seed:${attemptId}:${test}`, reason, idempotency });
      const { seedId, isNew } = await store.seeds.propose({ attemptId, test, act });
      return { status: isNew ? 201 : 200, body: { seedId } };
    }),
    route({
      operationId: 'endSeed',
      method: 'post',
      path: `${ofStaff}/:seedId/ending`,
      tag,
      summary: 'Give a seed to nobody any more; what was given for it counts no more',
      description: 'Whoever holds it may finish. One that was ended before stays as it was.',
      roles: ['staff'],
      params: schemas.seedParams,
      body: schemas.ending,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Ended' } },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { seedId }, body: { reason }, idempotency }) => {
      await store.seeds.end({ seedId, act: actOf(actor, { name: `end-seed:${seedId}`, reason, idempotency }) });
      return { status: 204 };
    }),
  ];
}

function confirmingRoutes({ store, storage }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listSeedsToConfirm',
      method: 'get',
      path: '/v1/seeds',
      tag: 'Graders',
      summary: 'Scripts that wait to be confirmed as seeds, and that you may confirm, the oldest first',
      roles: ['designated'],
      answers: { 200: { description: 'At most fifty', body: schemas.seedsToConfirm } },
    }).handledBy(async ({ actor }) => {
      const seeds = await store.seeds.toConfirm(actor.subject);
      return { status: 200, body: { seeds: seeds.map(({ proposedAt, ...seed }) => ({ ...seed, proposedAt: iso(proposedAt) })) } };
    }),
    route({
      operationId: 'getSeedScript',
      method: 'get',
      path: '/v1/seeds/:seedId',
      tag: 'Graders',
      summary: 'A script that waits to be confirmed as a seed, with the marks that are agreed',
      roles: ['designated'],
      params: schemas.seedParams,
      answers: { 200: { description: 'The script', body: schemas.seedScript } },
    }).handledBy(async ({ params: { seedId } }) => {
      const { submission, marks } = await store.seeds.script(seedId);
      const { exam, test } = submission;
      const items = partsOf(exam, { test, caseStudyId: takenOf(submission).caseStudyId }).flatMap((part) => {
        const mark = marks.find(({ itemId }) => itemId === part.id);
        if (!mark) return [];
        const text = markedTextOf(exam, submission, part.id);
        return [
          {
            ...viewOfAgreedMark(mark),
            title: part.title,
            modelAnswer: text?.modelAnswer ?? '',
            response: text?.answer ?? null,
            pointsMax: pointsFromMillipoints(part.millipoints),
          },
        ];
      });
      const file = submission.uploadId === null ? null : await viewOfFile(storage, submission, `/v1/seeds/${seedId}/file`);
      return { status: 200, body: { id: seedId, examId: exam.examId, test, items, file } };
    }),
    {
      operationId: 'getSeedSolution',
      method: 'get',
      path: '/v1/seeds/:seedId/file',
      tag: 'Graders',
      summary: 'The case study of a script that waits to be confirmed as a seed',
      roles: ['designated'],
      params: schemas.seedParams,
      answers: { 200: SOLUTION },
      handlers: [
        sendFileOf({ storage }, async (request) => {
          const { seedId } = paramsOf(schemas.seedParams, request);
          return (await store.seeds.script(seedId)).submission;
        }),
      ],
    },
    route({
      operationId: 'confirmSeed',
      method: 'post',
      path: '/v1/seeds/:seedId/confirmation',
      tag: 'Graders',
      summary: 'Confirm the agreed marks of a seed: from then on it is given to graders',
      description:
        'By a designated grader who did not propose it, did not write it, and is not in conflict with who did. Confirmed before, that stands.',
      roles: ['designated'],
      params: schemas.seedParams,
      body: schemas.confirmation,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Confirmed' } },
      refusals: ['seed_unfit', 'second_person_needed', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { seedId }, body: { reason }, idempotency }) => {
      await store.seeds.confirm({ seedId, act: actOf(actor, { name: `confirm-seed:${seedId}`, reason, idempotency }), email: actor.email });
      return { status: 204 };
    }),
  ];
}

function standardisationRoutes({ store, config }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listStandardisations',
      method: 'get',
      path: '/v1/staff/standardisations',
      tag,
      summary: 'How far each grader in training is, by exam and test, and whose qualification is proposed',
      roles: STAFF_READERS,
      query: schemas.standardisationQuery,
      answers: { 200: { description: 'By grader', body: schemas.standardisations } },
    }).handledBy(async ({ query: { proposed } }) => {
      const found = await store.seeds.standardisations({ proposed: proposed === 'true' });
      const standardisations = found.map(({ grader, state, ...standing }) => ({ grader, state, ...standingView(standing) }));
      return { status: 200, body: { standardisations } };
    }),
    route({
      operationId: 'getGraderTraining',
      method: 'get',
      path: `${ofGrader}/training`,
      tag,
      summary: 'What a grader gave in training beside what is agreed, the newest first, and how far they are',
      roles: STAFF_READERS,
      params: graderParams,
      answers: { 200: { description: 'At most fifty scripts', body: schemas.training } },
    }).handledBy(async ({ params: { subject } }) => {
      const exams = await store.seeds.standardisation({ grader: subject });
      const scripts = await store.seeds.trained(subject);
      return { status: 200, body: { exams: exams.map(standingView), scripts: scripts.map(trainedView) } };
    }),
    route({
      operationId: 'getOwnStandardisation',
      method: 'get',
      path: '/v1/graders/me/standardisation',
      tag: 'Graders',
      summary: 'How far you are in training, by exam and test, and what is asked',
      roles: ['grader', 'designated'],
      answers: { 200: { description: 'None before your first script in training', body: schemas.ownStandardisation } },
    }).handledBy(async ({ actor }) => {
      await store.graders.meet(metGraderOf(actor, config.NEW_GRADERS));
      const exams = await store.seeds.standardisation({ grader: actor.subject });
      return { status: 200, body: { exams: exams.map(standingView) } };
    }),
    route({
      operationId: 'grantQualification',
      method: 'post',
      path: `${ofGrader}/qualifications`,
      tag,
      summary: 'Grant what standardisation proposes: who was in training marks this exam and test from then on',
      description: 'Of somebody who is active already it is added to what they mark. For anything else there is the record itself.',
      roles: ['staff'],
      params: graderParams,
      body: schemas.grant,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Granted' } },
      refusals: ['not_standardised', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { subject }, body: { examId, test, reason }, idempotency }) => {
      const act = actOf(actor, { name: `grant-qualification:${subject}:${examId}:${test}`, reason, idempotency });
      await store.seeds.grant({ grader: subject, examId, test, act });
      return { status: 204 };
    }),
  ];
}

/** Basis points of the policy as the figures that kappa is told in. */
const asKappa = (basisPoints: number) => basisPoints / 10_000;

function standingView({ examId, test, scripts, needed, agreement, policy, isReached }: Omit<Standardisation, 'grader' | 'state'>) {
  const kappa = agreement.kappa ?? null;
  return {
    examId,
    test,
    scripts,
    needed,
    kappa,
    kappaNeeded: asKappa(policy.kappa),
    kappaLowAbove: asKappa(policy.kappaLowAbove),
    isReached,
  };
}

function trainedView({ completedAt, items, ...script }: TrainedScript): z.output<typeof schemas.training>['scripts'][number] {
  return {
    ...script,
    completedAt: iso(completedAt),
    items: items.map(({ itemId, title, millipointsMax, given, agreed }) => ({
      itemId,
      title,
      pointsMax: pointsFromMillipoints(millipointsMax),
      given: { points: pointsFromMillipoints(given.millipoints), reason: given.reason },
      agreed: { points: pointsFromMillipoints(agreed.millipoints), reason: agreed.reason },
    })),
  };
}

function viewOf({ marks, proposedAt, agreedAt, ending, ...seed }: SeedRecord): z.output<typeof schemas.seedList>['seeds'][number] {
  return {
    ...seed,
    agreedBy: [...seed.agreedBy],
    marks: marks.map(viewOfAgreedMark),
    proposedAt: iso(proposedAt),
    agreedAt: isoOrNull(agreedAt),
    ending: ending && { ...ending, at: iso(ending.at) },
  };
}
