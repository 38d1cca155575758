import { randomUUID } from 'node:crypto';
import { examVersionName } from '../../../domain/exam.ts';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import { formatBasisPoints } from '../../../domain/score.ts';
import type { ProposedStandard } from '../../../domain/standard-setting.ts';
import type { ListedPanel, OwnPanel, OwnPanelSummary, PanelRecord } from '../../../store/standard-setting/read.ts';
import { STAFF_READERS, type Actor } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import { metGraderOf } from '../../met-grader.ts';
import { route, type Route } from '../../route.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const tag = 'Exams';
const ofStaff = '/v1/staff/panels';
type Key = Parameters<typeof nameOfKey>[0];

/** The natural key of an act: the same under the same Idempotency-Key. */
function actOf(actor: Actor, { name, reason, idempotency }: { name: string; reason: string; idempotency: Key }) {
  return { actor: actor.subject, reason, actionKey: `${name}:${nameOfKey(idempotency) ?? randomUUID()}` };
}

/** Standard setting (docs/reporting.md): panels of staff, and what their experts rate. */
export function panelRoutes(services: Services): readonly Route[] {
  return [...readingRoutes(services), ...panelActs(services), ...roundActs(services), ...panelistRoutes(services)];
}

function readingRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listPanels',
      method: 'get',
      path: ofStaff,
      tag,
      summary: 'Panels of experts who rate the items of an exam version, the newest first',
      roles: STAFF_READERS,
      answers: { 200: { description: 'At most 200', body: schemas.panelList } },
    }).handledBy(async () => ({ status: 200, body: { panels: (await store.standardSetting.list()).map(listedView) } })),
    route({
      operationId: 'getPanel',
      method: 'get',
      path: `${ofStaff}/:panelId`,
      tag,
      summary: 'A panel: how far each expert is, and the standard that each closed round proposes',
      description: 'What somebody rates in a round that is open nobody reads but they themselves.',
      roles: STAFF_READERS,
      params: schemas.panelParams,
      answers: { 200: { description: 'The panel', body: schemas.panel } },
      refusals: ['not_found'],
    }).handledBy(async ({ params: { panelId } }) => ({ status: 200, body: panelView(await store.standardSetting.read(panelId)) })),
  ];
}

function panelActs({ store }: Services): readonly Route[] {
  const keyed = { takesIdempotencyKey: true, keysOfActs: store.idempotencyKeys } as const;
  return [
    route({
      operationId: 'openPanel',
      method: 'post',
      path: ofStaff,
      tag,
      summary: 'Open a panel of designated experts for one test of an exam version, with its first round',
      description: 'It proposes a pass mark for the next version; that of a published version never changes.',
      roles: ['staff'],
      body: schemas.newPanel,
      ...keyed,
      answers: { 201: { description: 'Opened', body: schemas.openedPanel }, 200: { description: 'Opened before', body: schemas.openedPanel } },
      refusals: ['exam_not_published', 'grader_unknown', 'panel_invalid', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, body: { reason, caseStudyId = null, ...panel }, idempotency }) => {
      const act = actOf(actor, { name: 'open-panel', reason, idempotency });
      const { panelId, isNew } = await store.standardSetting.openPanel({ ...panel, caseStudyId, act });
      return { status: isNew ? 201 : 200, body: { panelId } };
    }),
    route({
      operationId: 'addPanelist',
      method: 'post',
      path: `${ofStaff}/:panelId/panelists/:subject`,
      tag,
      summary: 'Add a designated expert to a panel: they rate, and count, in rounds that are opened from then on',
      description: 'Added before, that stands; who left does not come back.',
      roles: ['staff'],
      params: schemas.panelistParams,
      body: schemas.reasoned,
      ...keyed,
      answers: { 200: { description: 'In the panel', body: schemas.addedPanelist } },
      refusals: ['not_found', 'panel_closed', 'grader_unknown', 'panel_invalid', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { panelId, subject }, body: { reason }, idempotency }) => {
      const act = actOf(actor, { name: `add-panelist:${panelId}:${subject}`, reason, idempotency });
      return { status: 200, body: await store.standardSetting.addPanelist({ panelId, grader: subject, act }) };
    }),
    route({
      operationId: 'endPanelist',
      method: 'post',
      path: `${ofStaff}/:panelId/panelists/:subject/ending`,
      tag,
      summary: 'Somebody leaves a panel: they rate no more, and count in no round that is closed from then on',
      description: 'In rounds that were closed before they stay. Ended before, that stands.',
      roles: ['staff'],
      params: schemas.panelistParams,
      body: schemas.reasoned,
      ...keyed,
      answers: { 204: { description: 'Left' } },
      refusals: ['not_found', 'panel_closed', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { panelId, subject }, body: { reason }, idempotency }) => {
      const act = actOf(actor, { name: `end-panelist:${panelId}:${subject}`, reason, idempotency });
      await store.standardSetting.endPanelist({ panelId, grader: subject, act });
      return { status: 204 };
    }),
    route({
      operationId: 'closePanel',
      method: 'post',
      path: `${ofStaff}/:panelId/closing`,
      tag,
      summary: 'Close a panel with the standard of one of its rounds, or with none',
      description: 'No exam changes by it: whoever writes the next version may give it this pass mark. Closed before, that stands.',
      roles: ['staff'],
      params: schemas.panelParams,
      body: schemas.panelClosing,
      ...keyed,
      answers: { 204: { description: 'Closed' } },
      refusals: ['not_found', 'round_open', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { panelId }, body: { round, reason }, idempotency }) => {
      await store.standardSetting.closePanel({ panelId, round, act: actOf(actor, { name: `close-panel:${panelId}`, reason, idempotency }) });
      return { status: 204 };
    }),
  ];
}

function roundActs({ store }: Services): readonly Route[] {
  const keyed = { takesIdempotencyKey: true, keysOfActs: store.idempotencyKeys } as const;
  const path = `${ofStaff}/:panelId/rounds/:round`;
  return [
    route({
      operationId: 'openRound',
      method: 'post',
      path,
      tag,
      summary: 'Open the next round of a panel, which begins with everybody’s ratings of the round before',
      description: 'Opened before, that stands.',
      roles: ['staff'],
      params: schemas.roundParams,
      body: schemas.newRound,
      ...keyed,
      answers: { 204: { description: 'Open' } },
      refusals: ['not_found', 'panel_closed', 'panel_invalid', 'round_open', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { panelId, round }, body: { showsFacility, reason }, idempotency }) => {
      const act = actOf(actor, { name: `open-round:${panelId}:${round}`, reason, idempotency });
      await store.standardSetting.openRound({ panelId, round, showsFacility, act });
      return { status: 204 };
    }),
    route({
      operationId: 'closeRound',
      method: 'post',
      path: `${path}/closing`,
      tag,
      summary: 'Freeze the ratings of a round, and record its report',
      description:
        'Refused while somebody has not rated everything, and says who and what. From then on panelists see what the panel rated. Closed before, that stands.',
      roles: ['staff'],
      params: schemas.roundParams,
      body: schemas.reasoned,
      ...keyed,
      answers: { 200: { description: 'Closed', body: schemas.closedRound } },
      refusals: ['not_found', 'panel_closed', 'ratings_missing', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { panelId, round }, body: { reason }, idempotency }) => {
      const act = actOf(actor, { name: `close-round:${panelId}:${round}`, reason, idempotency });
      return { status: 200, body: await store.standardSetting.closeRound({ panelId, round, act }) };
    }),
  ];
}

function panelistRoutes({ store, config }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listOwnPanels',
      method: 'get',
      path: '/v1/panels',
      tag,
      summary: 'Panels that you are in, the newest first, and how far you are',
      roles: ['designated'],
      answers: { 200: { description: 'At most 200', body: schemas.ownPanelList } },
    }).handledBy(async ({ actor }) => {
      // Whoever looks here can be named from then on, also who never was at the desk.
      await store.graders.meet(metGraderOf(actor, config.NEW_GRADERS));
      const panels = await store.standardSetting.listOwn(actor.subject);
      return { status: 200, body: { panels: panels.map((panel) => ({ ...ownView(panel), items: panel.items })) } };
    }),
    route({
      operationId: 'getOwnPanel',
      method: 'get',
      path: '/v1/panels/:panelId',
      tag,
      summary: 'What you rate as a panelist, with your ratings; of rounds that are closed, what the panel rated',
      roles: ['designated'],
      params: schemas.panelParams,
      answers: { 200: { description: 'The items', body: schemas.ownPanel } },
      refusals: ['not_found'],
    }).handledBy(async ({ actor, params: { panelId } }) => ({
      status: 200,
      body: ownPanelView(await store.standardSetting.readOwn({ panelId, grader: actor.subject })),
    })),
    route({
      operationId: 'rateItem',
      method: 'put',
      path: '/v1/panels/:panelId/rounds/:round/ratings/:itemId',
      tag,
      summary: 'Save your rating of one item, as it is typed',
      description: 'A 200 means that it is durable. An older one than is saved is refused with what is.',
      roles: ['designated'],
      params: schemas.ratingParams,
      body: schemas.newRating,
      answers: { 200: { description: 'Saved', body: schemas.savedRating } },
      refusals: ['not_found', 'panel_closed', 'panel_invalid', 'round_closed', 'stale_sequence'],
    }).handledBy(async ({ actor, params, body }) => {
      const { savedAt } = await store.standardSetting.rate({ ...params, ...body, grader: actor.subject });
      return { status: 200, body: { sequence: body.sequence, savedAt: iso(savedAt) } };
    }),
  ];
}

type OfVersion = Pick<ListedPanel, 'id' | 'examId' | 'version' | 'title' | 'test' | 'caseStudyId'>;
const subjectView = ({ id, examId, version, title, test, caseStudyId }: OfVersion) => ({
  id,
  examVersion: examVersionName({ examId, version }),
  title,
  test,
  caseStudyId,
});

function listedView(panel: ListedPanel) {
  const { openedAt, closedAt, rounds, panelists, resultRound } = panel;
  return { ...subjectView(panel), openedAt: iso(openedAt), closedAt: isoOrNull(closedAt), rounds, panelists, resultRound };
}

export function standardView({ basisPoints, ...standard }: ProposedStandard) {
  return { ...standard, percent: formatBasisPoints(basisPoints) };
}

function panelView(panel: PanelRecord) {
  const { openedBy, reason, openedAt, closing, items, rounds, panelists } = panel;
  return {
    ...subjectView(panel),
    openedBy,
    reason,
    openedAt: iso(openedAt),
    closing: closing && { ...closing, at: iso(closing.at) },
    items,
    rounds: rounds.map(({ standard, openedAt: from, closedAt: until, ...round }) => ({
      ...round,
      openedAt: iso(from),
      closedAt: isoOrNull(until),
      standard: standard && standardView(standard),
    })),
    panelists: panelists.map(({ leftAt, ...panelist }) => ({ ...panelist, leftAt: isoOrNull(leftAt) })),
  };
}

function ownView(panel: Omit<OwnPanelSummary, 'items'>) {
  const { openedAt, closedAt, round, fromRound, isOpen, rated } = panel;
  return { ...subjectView(panel), openedAt: iso(openedAt), closedAt: isoOrNull(closedAt), round, fromRound, isOpen, rated };
}

function ownPanelView({ items, closedRound, resultRound, ...panel }: OwnPanel) {
  return {
    ...ownView(panel),
    resultRound,
    closedRound: closedRound && { number: closedRound.number, standard: standardView(closedRound.standard) },
    items: items.map(({ millipointsMax, choices, ...item }) => ({ ...item, points: pointsFromMillipoints(millipointsMax), choices: [...choices] })),
  };
}
