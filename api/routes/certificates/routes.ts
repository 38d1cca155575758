import { v4 as randomUuid, v5 as namedUuid } from 'uuid';
import type { z } from 'zod';
import type { Replacement } from '../../../domain/correction.ts';
import { millipointsFromPoints } from '../../../domain/points.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { formatBasisPoints } from '../../../domain/score.ts';
import type { CorrectionRecord } from '../../../store/corrections/records.ts';
import { STAFF_READERS } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import { route, type EffectPart, type Route } from '../../route.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const tag = 'Staff';
/** 500 corrected points. */
const SETTLEMENT_BYTES_MAX = 256 * 1024;
const acting = ['staff'] as const;
/** Of the ids of corrections that are opened under an Idempotency-Key: the same key names the same one. */
const CORRECTION_NAMESPACE = '6f2a1f0e-6a0b-4b56-9d3e-2a0f8f3f1c55';

/** Certificates as staff see them, and the doubts about them. */
export function certificateRoutes({ store, corrections }: Services): readonly Route[] {
  return [
    route({
      operationId: 'getCertificateRecord',
      method: 'get',
      path: '/v1/staff/certificates/:certificateId',
      tag,
      summary: 'A certificate with its corrections',
      roles: STAFF_READERS,
      params: schemas.certificateParams,
      answers: { 200: { description: 'The certificate', body: schemas.staffCertificate } },
    }).handledBy(async ({ params: { certificateId } }) => {
      const { id, attemptId, number, name, examTitle, basisPoints, issuedAt, status, replacesId } = await store.certificates.read(certificateId);
      const all = await store.corrections.list({ certificateId });
      const score = formatBasisPoints(basisPoints);
      const certificate = { id, attemptId, number, name, examTitle, score, issuedAt: iso(issuedAt), status, replaces: replacesId };
      return { status: 200, body: { ...certificate, corrections: all.map(viewOf) } };
    }),
    route({
      operationId: 'suspendCertificate',
      method: 'post',
      path: '/v1/staff/certificates/:certificateId/corrections',
      tag,
      summary: 'Suspend a certificate, because it may have been issued by mistake',
      description: 'Its holder and those who asked to be told are told. Settle it as soon as the doubt is looked into.',
      roles: acting,
      params: schemas.certificateParams,
      body: schemas.suspension,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 201: { description: 'Suspended', body: schemas.correctionState } },
      refusals: ['wrong_phase', 'unavailable', 'idempotency_key_reused'],
    }).handledBy(
      async ({ actor, params: { certificateId }, body: { reason }, idempotency }) => {
        await store.certificates.read(certificateId);
        const key = nameOfKey(idempotency);
        const correctionId = key === undefined ? randomUuid() : namedUuid(key, CORRECTION_NAMESPACE);
        return { status: 201, body: await corrections.open({ correctionId, certificateId, actor: actor.subject, reason }) };
      },
      async ({ params: { certificateId } }) => {
        const { status } = await store.certificates.read(certificateId);
        if (status !== 'valid') throw new Refusal('wrong_phase', `The certificate is ${status} already.`, { status });
        return [{ what: 'certificate_status', from: status, to: 'suspended' }];
      },
    ),
    route({
      operationId: 'listCorrections',
      method: 'get',
      path: '/v1/staff/corrections',
      tag,
      summary: 'Corrections, newest first',
      roles: STAFF_READERS,
      query: schemas.correctionQuery,
      answers: { 200: { description: 'At most 500', body: schemas.correctionList } },
    }).handledBy(async ({ query: { open } }) => ({ status: 200, body: { corrections: (await store.corrections.list({ open })).map(viewOf) } })),
    route({
      operationId: 'settleCorrection',
      method: 'post',
      path: '/v1/staff/corrections/:correctionId/settlement',
      tag,
      summary: 'Settle a correction: reinstate the certificate, revoke it, or issue a corrected one in its place',
      roles: acting,
      params: schemas.correctionParams,
      body: schemas.settlement,
      bodyBytesMax: SETTLEMENT_BYTES_MAX,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Settled', body: schemas.correctionState } },
      refusals: ['wrong_phase', 'marks_invalid', 'unavailable', 'idempotency_key_reused'],
    }).handledBy(
      async ({ actor, params: { correctionId }, body, idempotency }) => {
        const { resolution, reason } = body;
        const proposed =
          resolution === 'replaced' ? { replacementHash: await store.corrections.propose({ correctionId, replacement: replacementOf(body) }) } : {};
        const input = { resolution, ...proposed, actor: actor.subject, reason };
        return { status: 200, body: await corrections.settle({ correctionId, input, actKey: nameOfKey(idempotency) }) };
      },
      async ({ params: { correctionId }, body }) => {
        const { resolution: settled } = await store.corrections.read(correctionId);
        if (settled !== null) throw new Refusal('wrong_phase', `The correction is settled already: ${settled}.`);
        if (body.resolution !== 'replaced')
          return [{ what: 'certificate_status', from: 'suspended', to: body.resolution === 'revoked' ? 'revoked' : 'valid' }];
        return effectOf(await store.corrections.preview({ correctionId, replacement: replacementOf(body) }));
      },
    ),
  ];
}

/** Of a certificate that is revoked, and of the one in its place. */
function effectOf({ from, to }: Awaited<ReturnType<Services['store']['corrections']['preview']>>): readonly EffectPart[] {
  const scores = [from, to].map(({ basisPoints }) => formatBasisPoints(basisPoints));
  return [
    { what: 'certificate_status', from: 'suspended', to: 'revoked' },
    ...(from.name === to.name ? [] : [{ what: 'certificate_name' as const, from: from.name, to: to.name }]),
    ...(from.basisPoints === to.basisPoints ? [] : [{ what: 'certificate_score' as const, from: scores[0] ?? null, to: scores[1] ?? null }]),
  ];
}

function replacementOf({ name, points }: Extract<z.output<typeof schemas.settlement>, { resolution: 'replaced' }>): Replacement {
  const corrected = points?.map((correction) => ({
    test: correction.test,
    itemId: correction.itemId,
    millipoints: millipointsFromPoints(correction.points) ?? 0, // the schema took no other amount
  }));
  return { ...(name === undefined ? {} : { name }), ...(corrected === undefined ? {} : { points: corrected }) };
}

function viewOf(correction: CorrectionRecord): z.output<typeof schemas.correctionList>['corrections'][number] {
  return { ...correction, openedAt: iso(correction.openedAt), resolvedAt: isoOrNull(correction.resolvedAt) };
}
