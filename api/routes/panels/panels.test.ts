import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'csv-parse/sync';
import pg from 'pg';
import { connectCommandStores } from '../../../cli/stores.ts';
import { rowsOf } from '../../../domain/report-tables.ts';
import { issuerOf, refusalOf, refused, startTestApi, type Caller, type TestApi } from '../../../test/support/api.ts';
import { decidedCaseStudy, decidedScript } from '../../../test/support/decided.ts';
import { runCommand } from '../../../test/support/command.ts';
import { recordPanel } from '../../../test/support/recorded-panel.ts';
import { recordReport } from '../../../test/support/recorded-report.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';

const ITEMS = ['c1', 'c2', 't1', 't2'] as const;
const EXPERTS = ['ada', 'ben', 'cas'] as const;

let api: TestApi;
let sam: Caller;
let experts: Readonly<Record<(typeof EXPERTS)[number], Caller>>;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  await api.publish(smallExam({}, 'taken'));
  for (const subject of [...EXPERTS, 'dee']) await api.services.store.graders.meet({ subject, designated: true });
  await api.services.store.graders.meet({ subject: 'eve', designated: false });
  sam = api.as('sam', 'staff');
  experts = { ada: api.as('ada', 'designated'), ben: api.as('ben', 'designated'), cas: api.as('cas', 'designated') };
});
afterAll(() => api?.close());

const toOpen = { examId: 'small', version: 1, test: 'aptitude', panelists: EXPERTS, reason: 'a new version comes' };
const reason = 'as agreed';

async function opened(body: object = {}): Promise<string> {
  const answer = await sam('POST', '/v1/staff/panels', { ...toOpen, ...body });
  expect(answer.status).toBe(201);
  return answer.body.panelId;
}

type ToRate = { panelId: string; round?: number; itemId: string; percent: number; sequence?: number };
const rate = (who: Caller, { panelId, round = 1, itemId, percent, sequence = 1 }: ToRate) =>
  who('PUT', `/v1/panels/${panelId}/rounds/${round}/ratings/${itemId}`, { percent, sequence });
async function rateAll(
  who: Caller,
  { panelId, percents, ...rest }: { panelId: string; percents: readonly number[]; round?: number; sequence?: number },
) {
  for (const [place, percent] of percents.entries())
    expect((await rate(who, { panelId, itemId: ITEMS[place] ?? '', percent, ...rest })).status).toBe(200);
}
const close = (panelId: string, round = 1) => sam('POST', `/v1/staff/panels/${panelId}/rounds/${round}/closing`, { reason });
const openRound = (panelId: string, round: number, showsFacility = false) =>
  sam('POST', `/v1/staff/panels/${panelId}/rounds/${round}`, { showsFacility, reason });
const panelOf = async (panelId: string) => (await sam('GET', `/v1/staff/panels/${panelId}`)).body;
const own = (who: Caller, panelId: string) => who('GET', `/v1/panels/${panelId}`);

describe('a panel', () => {
  it('is opened with its first round, and its experts find the items with their keys', async () => {
    const panelId = await opened();
    expect(await panelOf(panelId)).toMatchObject({
      examVersion: 'small@1',
      test: 'aptitude',
      items: 4,
      closing: null,
      rounds: [{ number: 1, showsFacility: false, closedAt: null, reportId: null, standard: null }],
      panelists: EXPERTS.map((grader) => ({ grader, fromRound: 1, rated: 0, leftAt: null })),
    });
    expect((await experts.ada('GET', '/v1/panels')).body.panels).toContainEqual(
      expect.objectContaining({ id: panelId, rated: 0, items: 4, isOpen: true }),
    );
    const { body } = await own(experts.ada, panelId);
    expect(body.items.map(({ itemId }: { itemId: string }) => itemId)).toEqual(ITEMS);
    expect(body.items[0]).toMatchObject({ points: 5, prompt: 'One of them', modelAnswer: null, rating: null, facility: null, closed: null });
    expect(body.items[0].choices[0]).toEqual({ id: 'a', text: 'a', isKey: true });
    expect(body.items[2]).toMatchObject({ choices: [], modelAnswer: 'So and so' });
    expect((await sam('GET', '/v1/staff/panels')).body.panels).toContainEqual(expect.objectContaining({ id: panelId, rounds: 1, panelists: 3 }));
  });

  it('of a case study has its criteria', async () => {
    const panelId = await opened({ test: 'case_study', caseStudyId: 'two' });
    const { body } = await own(experts.ben, panelId);
    expect(body.items).toEqual([
      expect.objectContaining({ itemId: 'k1', points: 10, prompt: 'Structure', modelAnswer: 'Parts and their duties' }),
      expect.objectContaining({ itemId: 'k2' }),
    ]);
  });

  it('may have in it whoever looked for theirs, though they never were at the desk', async () => {
    const fay = api.as('fay', 'designated');
    expect((await fay('GET', '/v1/panels')).body.panels).toEqual([]);
    const panelId = await opened({ panelists: ['fay'] });
    expect((await fay('GET', '/v1/panels')).body.panels).toEqual([expect.objectContaining({ id: panelId })]);
  });

  it('is opened once under one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [first, second] = [await sam('POST', '/v1/staff/panels', toOpen, headers), await sam('POST', '/v1/staff/panels', toOpen, headers)];
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
  });

  it.each([
    ['a version that is not published', { version: 9 }, 404, 'exam_not_published'],
    ['nobody', { panelists: [] }, 422, 'validation_failed'],
    ['somebody twice', { panelists: ['ada', 'ada'] }, 422, 'validation_failed'],
    ['somebody who never signed in', { panelists: ['ada', 'zoe'] }, 422, 'grader_unknown'],
    ['somebody who is no designated expert', { panelists: ['ada', 'eve'] }, 422, 'panel_invalid'],
    ['a case study without its name', { test: 'case_study' }, 422, 'validation_failed'],
    ['a case study that there is not', { test: 'case_study', caseStudyId: 'nine' }, 422, 'panel_invalid'],
    ['the aptitude test with a case study', { caseStudyId: 'one' }, 422, 'validation_failed'],
  ] as const)('of %s is refused', async (_name, body, status, code) => {
    expect(refusalOf(await sam('POST', '/v1/staff/panels', { ...toOpen, ...body }))).toEqual(refused(status, code));
  });

  it('is as if it were not there to an expert who is not in it, or no more', async () => {
    const panelId = await opened();
    const dee = api.as('dee', 'designated');
    expect((await dee('GET', '/v1/panels')).body.panels).toEqual([]);
    expect(refusalOf(await own(dee, panelId))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await rate(dee, { panelId, itemId: 'c1', percent: 50 }))).toEqual(refused(404, 'not_found'));
    expect((await sam('POST', `/v1/staff/panels/${panelId}/panelists/cas/ending`, { reason })).status).toBe(204);
    expect(refusalOf(await own(experts.cas, panelId))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await rate(experts.cas, { panelId, itemId: 'c1', percent: 50 }))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await sam('POST', `/v1/staff/panels/${panelId}/panelists/dee/ending`, { reason }))).toEqual(refused(404, 'not_found'));
  });
});

describe('a rating', () => {
  let panelId: string;
  beforeEach(async () => {
    panelId = await opened();
  });

  it('is saved as it is typed, once for each sequence number, and a second tab learns of a newer one', async () => {
    const [first] = [await rate(experts.ada, { panelId, itemId: 'c1', percent: 50 })];
    expect(first.status).toBe(200);
    expect((await rate(experts.ada, { panelId, itemId: 'c1', percent: 50 })).body).toEqual(first.body);
    expect((await rate(experts.ada, { panelId, itemId: 'c1', percent: 55, sequence: 2 })).status).toBe(200);
    const late = await rate(experts.ada, { panelId, itemId: 'c1', percent: 60, sequence: 2 });
    expect(refusalOf(late)).toEqual(refused(409, 'stale_sequence'));
    expect(late.body.current).toMatchObject({ percent: 55, sequence: 2 });
    expect((await own(experts.ada, panelId)).body.items[0].rating).toEqual({ percent: 55, sequence: 2 });
  });

  it('of two tabs at once is one of the two, and whole', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_none, place) => rate(experts.ada, { panelId, itemId: 'c1', percent: place, sequence: 1 + (place % 4) })),
    );
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const { rating } = (await own(experts.ada, panelId)).body.items[0];
    expect(rating.sequence).toBe(4);
    expect(rating.percent % 4).toBe(3);
  });

  it.each([0, 100])('of %s per cent is taken', async (percent) => {
    expect((await rate(experts.ada, { panelId, itemId: 'c1', percent })).status).toBe(200);
  });

  it.each([-1, 101, 50.5, '50', null])('of %s is refused', async (percent) => {
    expect(refusalOf(await rate(experts.ada, { panelId, itemId: 'c1', percent: percent as number }))).toEqual(refused(422, 'validation_failed'));
  });

  it('of an item or round that there is not is not found', async () => {
    expect(refusalOf(await rate(experts.ada, { panelId, itemId: 'k1', percent: 50 }))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await rate(experts.ada, { panelId, itemId: 'c1', percent: 50, round: 2 }))).toEqual(refused(404, 'not_found'));
  });

  it('is nobody else’s to read while the round is open, staff’s neither', async () => {
    await rate(experts.ada, { panelId, itemId: 'c1', percent: 37 });
    expect(JSON.stringify(await panelOf(panelId))).not.toContain('percent');
    const { items } = (await own(experts.ben, panelId)).body;
    expect(items.map(({ rating, closed }: { rating: unknown; closed: unknown }) => [rating, closed])).toEqual(items.map(() => [null, null]));
    expect((await panelOf(panelId)).panelists).toContainEqual({ grader: 'ada', fromRound: 1, leftAt: null, rated: 1 });
  });
});

describe('a round', () => {
  it('is not closed while something is not rated, and says who lacks what; closed, it is frozen', async () => {
    const panelId = await opened();
    await rateAll(experts.ada, { panelId, percents: [60, 70, 80, 90] });
    await rateAll(experts.ben, { panelId, percents: [60, 70] });
    const early = await close(panelId);
    expect(refusalOf(early)).toEqual(refused(409, 'ratings_missing'));
    expect(early.body.detail).toContain('ben 2, cas 4');
    expect(early.body.missing).toEqual([
      { grader: 'ben', itemIds: ['t1', 't2'] },
      { grader: 'cas', itemIds: [...ITEMS] },
    ]);
    await rateAll(experts.ben, { panelId, percents: [60, 70, 60, 50], sequence: 2 });
    await sam('POST', `/v1/staff/panels/${panelId}/panelists/cas/ending`, { reason: 'is ill' });
    const [closed, again] = [await close(panelId), await close(panelId)];
    expect(closed.status).toBe(200);
    expect(again.body).toEqual(closed.body);
    const late = await rate(experts.ada, { panelId, itemId: 'c1', percent: 1, sequence: 9 });
    expect(refusalOf(late)).toEqual(refused(409, 'round_closed'));
    expect(late.body.detail).toContain('next round');
    expect((await rate(experts.ada, { panelId, itemId: 'c1', percent: 60 })).status).toBe(200);
    expect((await own(experts.ada, panelId)).body.items[0].rating.percent).toBe(60);
  });

  it('of two closings and saves at once counts each save that was acknowledged', async () => {
    const panelId = await opened({ panelists: ['ada'] });
    await rateAll(experts.ada, { panelId, percents: [10, 10, 10, 10] });
    const answers = await Promise.all([
      ...ITEMS.map((itemId) => rate(experts.ada, { panelId, itemId, percent: 90, sequence: 2 })),
      close(panelId),
      close(panelId),
      ...ITEMS.map((itemId) => rate(experts.ada, { panelId, itemId, percent: 90, sequence: 2 })),
    ]);
    const { items } = (await own(experts.ada, panelId)).body;
    const closedAt90 = items.filter(({ closed }: { closed: { own: number } }) => closed.own === 0.9).length;
    const acknowledged = new Set(
      answers.flatMap(({ status }, place) => (status === 200 && place !== 4 && place !== 5 ? [ITEMS[place > 5 ? place - 6 : place]] : [])),
    );
    expect(acknowledged.size).toBe(closedAt90);
    expect(answers[4]?.body).toEqual(answers[5]?.body);
  });

  it('shows the panel, once it is closed, to its experts without names, and its report to staff', async () => {
    const panelId = await opened();
    await rateAll(experts.ada, { panelId, percents: [60, 70, 80, 90] });
    await rateAll(experts.ben, { panelId, percents: [80, 70, 60, 50] });
    await rateAll(experts.cas, { panelId, percents: [70, 70, 70, 70] });
    const { reportId } = (await close(panelId)).body;
    const { body } = await own(experts.ada, panelId);
    // 75, 65 and 70 % of 20 points.
    const standard = {
      exact: '7/10',
      percent: '70.00',
      points: 14,
      error: expect.objectContaining({ share: expect.closeTo(0.05 / Math.sqrt(3), 12) }),
    };
    expect(body).toMatchObject({ isOpen: false, closedRound: { number: 1, standard } });
    expect(body.items[0].closed).toEqual({ own: 0.6, mean: expect.closeTo(0.7, 12), lowest: 0.6, highest: 0.8 });
    expect(JSON.stringify(body)).not.toMatch(/"(ben|cas|ada)"/);
    expect((await panelOf(panelId)).rounds[0]).toMatchObject({ reportId, standard });

    const report = (await sam('GET', `/v1/reports/${reportId}`)).body;
    expect(report).toMatchObject({
      kind: 'standard-setting',
      examVersion: 'small@1',
      round: 1,
      panelists: 3,
      itemCount: 4,
      points: 20,
      candidates: 0,
      standard,
    });
    expect(rowsOf(report.tables, 'consequences')).toEqual([]);
    expect(rowsOf(report.tables, 'panelists').map(({ grader, cutPoints }) => [grader, cutPoints])).toEqual([
      ['ada', 15],
      ['ben', 13],
      ['cas', 14],
    ]);
    const csv = await sam('GET', `/v1/reports/${reportId}/document?table=panelists`);
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename=standard-setting-panelists-small-1-round-1.csv');
    expect((parse(String(csv.body)) as readonly string[][]).map(([grader]) => grader)).toEqual(['grader', ...EXPERTS]);
    expect((await sam('GET', '/v1/reports?kind=standard-setting')).body.reports).toContainEqual(expect.objectContaining({ id: reportId }));

    for (const expert of [experts.ada, api.as('dee', 'designated')]) {
      expect(refusalOf(await expert('GET', `/v1/reports/${reportId}`))).toEqual(refused(404, 'not_found'));
      expect((await expert('GET', '/v1/reports?kind=standard-setting')).body.reports).toEqual([]);
    }
    // Who is of staff and sits in the panel, too, reads no finding about themselves.
    expect(JSON.stringify((await api.as('ada', 'staff', 'designated')('GET', `/v1/reports/${reportId}`)).body)).not.toContain('"ada"');
  });

  it('begins with the ratings of the one before, is compared with it, and may show how candidates did', async () => {
    const panelId = await opened({ panelists: ['ada', 'ben'] });
    expect(refusalOf(await openRound(panelId, 2))).toEqual(refused(409, 'round_open'));
    await rateAll(experts.ada, { panelId, percents: [60, 70, 80, 90] });
    await rateAll(experts.ben, { panelId, percents: [80, 70, 60, 50] });
    await close(panelId);
    expect(refusalOf(await openRound(panelId, 3))).toEqual(refused(422, 'panel_invalid'));
    expect(refusalOf(await openRound(panelId, 2, true))).toEqual(refused(422, 'panel_invalid'));
    await recordReport(api.services.store, { examId: 'small' });
    expect([(await openRound(panelId, 2, true)).status, (await openRound(panelId, 2, true)).status]).toEqual([204, 204]);
    const { body } = await own(experts.ada, panelId);
    expect(body).toMatchObject({ round: 2, isOpen: true, rated: 4 });
    expect(body.items[0]).toMatchObject({ rating: { percent: 60, sequence: 0 }, closed: { own: 0.6 } });
    await rateAll(experts.ben, { panelId, round: 2, percents: [62, 70, 80, 90] });
    const { reportId } = (await close(panelId, 2)).body;
    const { tables } = (await sam('GET', `/v1/reports/${reportId}`)).body;
    expect(rowsOf(tables, 'rounds').map(({ round, cutShare, ratingsChanged }) => [round, cutShare, ratingsChanged])).toEqual([
      [1, 0.7, null],
      [2, 0.7525, 3],
    ]);
    expect((await panelOf(panelId)).rounds.map(({ showsFacility }: { showsFacility: boolean }) => showsFacility)).toEqual([false, true]);
  });

  it('of one expert tells no error, and of somebody who left before it was closed nothing', async () => {
    const panelId = await opened({ panelists: ['ada', 'ben'] });
    await rateAll(experts.ada, { panelId, percents: [60, 60, 60, 60] });
    await rateAll(experts.ben, { panelId, percents: [0, 0, 0, 0] });
    await sam('POST', `/v1/staff/panels/${panelId}/panelists/ben/ending`, { reason });
    const { reportId } = (await close(panelId)).body;
    const report = (await sam('GET', `/v1/reports/${reportId}`)).body;
    expect([report.panelists, report.standard]).toEqual([1, { exact: '3/5', percent: '60.00', points: 12 }]);
  });

  it('of a panel that everybody left is not closed, but the panel is', async () => {
    const panelId = await opened({ panelists: ['ada'] });
    await sam('POST', `/v1/staff/panels/${panelId}/panelists/ada/ending`, { reason });
    expect(refusalOf(await close(panelId))).toEqual(refused(409, 'ratings_missing'));
    expect((await sam('POST', `/v1/staff/panels/${panelId}/closing`, { round: null, reason })).status).toBe(204);
  });
});

describe('an expert who is added to a panel', () => {
  const add = (panelId: string, subject: string, who = sam) =>
    who('POST', `/v1/staff/panels/${panelId}/panelists/${subject}`, { reason: 'knows the field' });

  it('rates and counts in rounds that are opened from then on, and in no other', async () => {
    const panelId = await opened({ panelists: ['ada'] });
    expect([(await add(panelId, 'dee')).body, (await add(panelId, 'dee')).body]).toEqual([{ fromRound: 2 }, { fromRound: 2 }]);
    expect((await add(panelId, 'ada')).body).toEqual({ fromRound: 1 });
    expect((await panelOf(panelId)).panelists).toContainEqual({ grader: 'dee', fromRound: 2, leftAt: null, rated: 0 });
    const dee = api.as('dee', 'designated');
    expect((await own(dee, panelId)).body).toMatchObject({ round: 1, fromRound: 2, isOpen: false });
    expect((await dee('GET', '/v1/panels')).body.panels).toContainEqual(expect.objectContaining({ id: panelId, fromRound: 2, isOpen: false }));
    const early = await rate(dee, { panelId, itemId: 'c1', percent: 50 });
    expect(refusalOf(early)).toEqual(refused(422, 'panel_invalid'));
    expect(early.body.detail).toContain('from round 2 on');

    await rateAll(experts.ada, { panelId, percents: [60, 60, 60, 60] });
    const first = (await close(panelId)).body.reportId;
    expect((await sam('GET', `/v1/reports/${first}`)).body).toMatchObject({ panelists: 1, standard: { exact: '3/5' } });
    await openRound(panelId, 2);
    expect((await own(dee, panelId)).body).toMatchObject({ round: 2, isOpen: true, rated: 0 });
    const missing = await close(panelId, 2);
    expect(missing.body.missing).toEqual([{ grader: 'dee', itemIds: [...ITEMS] }]);
    await rateAll(dee, { panelId, round: 2, percents: [80, 80, 80, 80] });
    const second = (await sam('GET', `/v1/reports/${(await close(panelId, 2)).body.reportId}`)).body;
    expect([second.panelists, second.standard.exact]).toEqual([2, '7/10']);
    // The first round is told as it was closed.
    expect(rowsOf(second.tables, 'rounds').map(({ panelists, cutShare, ratingsChanged }) => [panelists, cutShare, ratingsChanged])).toEqual([
      [1, 0.6, null],
      [2, 0.7, 0],
    ]);
  });

  it('is somebody who can be named, is not the one who adds, and has not left; of a closed panel nobody', async () => {
    const panelId = await opened({ panelists: ['ada', 'cas'] });
    await sam('POST', `/v1/staff/panels/${panelId}/panelists/cas/ending`, { reason });
    for (const [subject, status, code] of [
      ['zoe', 422, 'grader_unknown'],
      ['eve', 422, 'panel_invalid'],
      ['cas', 422, 'panel_invalid'],
    ] as const)
      expect(refusalOf(await add(panelId, subject)), subject).toEqual(refused(status, code));
    expect(refusalOf(await add(panelId, 'dee', api.as('dee', 'staff', 'designated')))).toEqual(refused(403, 'conflict_of_interest'));
    for (const role of ['designated', 'auditor'] as const)
      expect(refusalOf(await add(panelId, 'ben', api.as('ina', role)))).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await add(randomUUID(), 'ben'))).toEqual(refused(404, 'not_found'));
    await sam('POST', `/v1/staff/panels/${panelId}/closing`, { round: null, reason });
    expect(refusalOf(await add(panelId, 'ben'))).toEqual(refused(409, 'panel_closed'));
    expect((await panelOf(panelId)).panelists.map(({ grader }: { grader: string }) => grader)).toEqual(['ada', 'cas']);
  });

  it('by two at once, or while the round is closed and the next one opened, is in it once and from a round that was opened after', async () => {
    const panelId = await opened({ panelists: ['ada'] });
    await rateAll(experts.ada, { panelId, percents: [60, 60, 60, 60] });
    const answers = await Promise.all([
      add(panelId, 'ben'),
      close(panelId).then(() => openRound(panelId, 2)),
      add(panelId, 'ben'),
      add(panelId, 'ben'),
    ]);
    const rounds = answers.filter((_answer, place) => place !== 1).map(({ body }) => body.fromRound);
    expect(new Set(rounds).size).toBe(1);
    const { panelists } = await panelOf(panelId);
    expect(panelists.filter(({ grader }: { grader: string }) => grader === 'ben')).toEqual([expect.objectContaining({ fromRound: rounds[0] })]);
    const { body } = await own(experts.ben, panelId);
    expect(body.isOpen).toBe(rounds[0] === 2);
  });
});

describe('a panel that is closed', () => {
  it('has the standard of a closed round, and takes nothing more', async () => {
    const panelId = await opened({ panelists: ['ada'] });
    const closePanel = (round: number | null) => sam('POST', `/v1/staff/panels/${panelId}/closing`, { round, reason });
    expect(refusalOf(await closePanel(1))).toEqual(refused(409, 'round_open'));
    expect(refusalOf(await closePanel(7))).toEqual(refused(404, 'not_found'));
    await rateAll(experts.ada, { panelId, percents: [60, 70, 80, 90] });
    await close(panelId);
    await openRound(panelId, 2);
    expect([(await closePanel(1)).status, (await closePanel(null)).status]).toEqual([204, 204]);
    expect((await panelOf(panelId)).closing).toMatchObject({ by: 'sam', round: 1, reason });
    expect((await own(experts.ada, panelId)).body).toMatchObject({ isOpen: false, resultRound: 1 });
    expect(refusalOf(await rate(experts.ada, { panelId, round: 2, itemId: 'c1', percent: 1 }))).toEqual(refused(409, 'panel_closed'));
    expect(refusalOf(await close(panelId, 2))).toEqual(refused(409, 'panel_closed'));
    expect(refusalOf(await openRound(panelId, 3))).toEqual(refused(409, 'panel_closed'));
    expect(refusalOf(await sam('POST', `/v1/staff/panels/${panelId}/panelists/ada/ending`, { reason }))).toEqual(refused(409, 'panel_closed'));
  });
});

it('the command says what the report of a panel’s round has', async () => {
  const { panelId, reportId } = await recordPanel(api.services.store, { examId: 'small' });
  const stores = connectCommandStores({ DATABASE_URL: api.services.config.DATABASE_URL, DATABASE_POOL_SIZE: 1 });
  const { printed, exitCode } = await runCommand(['report', 'standard-setting', '--panel', panelId, '--json'], { stores });
  const { content } = await api.services.store.reports.read(reportId);
  expect([exitCode, JSON.parse(printed.join('\n'))]).toEqual([0, JSON.parse(JSON.stringify(content))]);
  for (const args of [
    ['--panel', panelId, '--round', '2'],
    ['--panel', randomUUID()],
  ])
    expect((await runCommand(['report', 'standard-setting', ...args], { stores })).exitCode).toBe(1);
  await stores.close();
});

it('what was rated in a closed round nobody changes, past the API neither', async () => {
  const { panelId } = await recordPanel(api.services.store, { examId: 'small', panelists: ['ada'] });
  const database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
  for (const change of [
    'UPDATE standard_rating SET percent = 1 WHERE panel_id = $1 AND round = 1',
    "INSERT INTO standard_rating VALUES ($1, 1, 'ada', 'new', 1, 1, now())",
    "UPDATE standard_panelist SET from_round = 2, added_by = 'x', added_reason = 'x', added_at = now() WHERE panel_id = $1",
    'DELETE FROM standard_rating WHERE panel_id = $1',
    'UPDATE standard_round SET closed_at = NULL WHERE panel_id = $1 AND number = 1',
    'DELETE FROM standard_panelist WHERE panel_id = $1',
    "UPDATE standard_panel SET test = 'case_study' WHERE id = $1",
  ])
    await expect(database.query(change, [panelId]), change).rejects.toThrow(/append-only|frozen/);
  await database.end();
});

describe('what a standard would have meant', () => {
  it('counts those who were decided at that very test, and changes nothing for them', async () => {
    const { store } = api.services;
    const credentials = await issuerOf(api.services);
    // Both choices right are 10 points; the texts bring 0 to 10 more.
    for (let index = 0; index < 11; index += 1)
      await decidedScript(store, {
        credentials,
        examId: 'taken',
        chosen: { c1: ['a'], c2: ['a', 'b'] },
        given: [{ grader: 'g', points: [Math.min(5, index), Math.max(0, index - 5)] }],
      });
    await decidedCaseStudy(store, { credentials, examId: 'taken', given: [{ grader: 'g', points: [10, 10] }] });
    const panelId = await opened({ examId: 'taken', panelists: ['ada', 'ben'] });
    await rateAll(experts.ada, { panelId, percents: [70, 70, 70, 70] });
    await rateAll(experts.ben, { panelId, percents: [60, 60, 60, 60] });
    const { reportId } = (await close(panelId)).body;
    const report = (await sam('GET', `/v1/reports/${reportId}`)).body;
    // 12 are decided at the test: 10, 11, … 20 of 20 points, and one more with 20; the standard is 13 points, its error one point.
    expect(report.candidates).toBe(12);
    expect(
      rowsOf(report.tables, 'consequences').map(({ standard, wouldPass, newlyPassed, newlyFailed }) => [
        standard,
        wouldPass,
        newlyPassed,
        newlyFailed,
      ]),
    ).toEqual([
      ['now', 6, 0, 0],
      ['one_error_below', 10, 4, 0],
      ['proposed', 9, 3, 0],
      ['one_error_above', 8, 2, 0],
    ]);
    const ofCaseStudy = await opened({ examId: 'taken', test: 'case_study', caseStudyId: 'one', panelists: ['ada'] });
    for (const itemId of ['k1', 'k2']) await rate(experts.ada, { panelId: ofCaseStudy, itemId, percent: 50 });
    const other = (await sam('GET', `/v1/reports/${(await close(ofCaseStudy)).body.reportId}`)).body;
    expect([other.candidates, other.standard.exact]).toEqual([0, '1/2']);
  });
});
