import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAssignments, refusalOf, refused, startTestApi, submittedAttempt, type Caller, type TestApi } from '../support/api.ts';
import { createShiftedClock } from '../support/clock.ts';

const time = createShiftedClock();
let api: TestApi;
let database: pg.Client;

beforeAll(async () => {
  api = await startTestApi({ clock: time.clock });
  await api.publish();
  database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await api?.close();
});

const sam = () => api.as('sam', 'staff');
const MARKS = ['t1', 't2'].map((itemId) => ({ itemId, points: 5, reason: '' }));
const keyed = () => ({ 'idempotency-key': randomUUID() });

let shiftedSeconds = 0;
function advance(seconds: number): void {
  time.advanceSeconds(seconds);
  shiftedSeconds += seconds;
}

/** By the clock of facts: PostgreSQL runs on this machine. */
const now = () => new Date(Date.now() + shiftedSeconds * 1000);
const month = (ahead = 0) => new Date(Date.UTC(now().getUTCFullYear(), now().getUTCMonth() + ahead, 1)).toISOString().slice(0, 7);

/** To the second day of the next month, so that nothing of a test falls into two. */
function toNextMonth(): void {
  const next = Date.UTC(now().getUTCFullYear(), now().getUTCMonth() + 1, 2);
  advance(Math.ceil((next - now().getTime()) / 1000));
}

async function setRate(perHour: string, piece: string): Promise<void> {
  const each = { mark: piece, adjudicate: piece };
  const body = { effectiveFrom: '2026-01-01T00:00:00Z', perHour, perPiece: { aptitude: each, case_study: each }, reason: 'agreed' };
  const { status } = await sam()('POST', '/v1/staff/pay-rates', body, keyed());
  expect(status).toBe(201);
}

async function claim(grader: Caller): Promise<{ id: string; fencingToken: number }> {
  const { submissionId } = await submittedAttempt(api.as(`candidate-${randomUUID()}`, 'candidate'));
  await openAssignments(api, submissionId);
  const { status, body } = await grader('POST', '/v1/assignments/claims');
  expect(status).toBe(200);
  return body;
}

/** So many seconds of work at it, with a heartbeat every four minutes. */
async function work(grader: Caller, { id, fencingToken }: { id: string; fencingToken: number }, seconds: number): Promise<void> {
  for (let rest = seconds; rest > 0; rest -= 240) {
    advance(Math.min(rest, 240));
    expect((await grader('POST', `/v1/assignments/${id}/heartbeat`, { fencingToken })).status).toBe(200);
  }
}

async function complete(grader: Caller, { id, fencingToken }: { id: string; fencingToken: number }): Promise<void> {
  expect((await grader('POST', `/v1/assignments/${id}/completion`, { fencingToken, marks: MARKS })).status).toBe(200);
}

const cents = (amount: string) => Math.round(Number(amount) * 100);

describe('a rate of pay', () => {
  it('that leaves something out is refused with what to write there', async () => {
    const rate = { effectiveFrom: '2026-01-01T00:00:00Z', perHour: '50.00', reason: 'agreed' };
    const fieldsOf = async (body: object) => (await sam()('POST', '/v1/staff/pay-rates', body, keyed())).body.fields;
    expect(await fieldsOf(rate)).toEqual([
      {
        path: 'perPiece',
        message: 'says for each test, "aptitude" and "case_study", what a piece is worth: {"mark": "12.34", "adjudicate": "12.34"}',
      },
    ]);
    expect(await fieldsOf({ ...rate, perHour: 50, perPiece: { aptitude: { mark: '1.00' } } })).toEqual([
      { path: 'perHour', message: 'is an amount with a point and two decimals, as "12.34"' },
      { path: 'perPiece.aptitude.adjudicate', message: 'is an amount with a point and two decimals, as "12.34"' },
      {
        path: 'perPiece.case_study',
        message: 'says what one of each is worth: {"mark": "12.34", "adjudicate": "12.34"}; "0.00" where none is paid by the piece',
      },
    ]);
  });
});

describe('a pay statement', () => {
  it(
    'has a line for each script with its stretches and its rate, is issued once its month is over, and never changes',
    { timeout: 120_000 },
    async () => {
      toNextMonth();
      await setRate('50.00', '12.34');
      const gil = api.as('gil', 'grader');
      const first = await claim(gil);
      await work(gil, first, 1800);
      advance(3000); // A pause, within the lease.
      await work(gil, first, 600);
      await complete(gil, first);
      const [ended, next] = [month(), month(1)];

      const pay = (await gil('GET', '/v1/graders/me/pay')).body;
      expect(pay.statements).toEqual([]);
      const [line] = pay.due.lines;
      expect(pay.due.lines).toHaveLength(1);
      expect(line.work).toMatchObject({
        assignmentId: first.id,
        test: 'aptitude',
        purpose: 'mark',
        isCompleted: true,
        rateVersion: 1,
        perHour: '50.00',
        piece: '12.34',
      });
      // The pause began and ended one stretch each; some seconds of the real clock are between.
      expect(line.work.stretches.length).toBe(2);
      expect(line.work.seconds).toBeGreaterThanOrEqual(1800 + 600 - 240);
      expect(line.work.seconds).toBeLessThan(1800 + 600 + 300);
      expect(cents(line.work.time)).toBe(Math.round((line.work.seconds * 5000) / 3600));
      expect(cents(line.amount)).toBe(cents(line.work.time) + 1234);

      const statements = '/v1/staff/graders/gil/pay-statements';
      expect(refusalOf(await sam()('POST', statements, { month: ended, reason: 'monthly' }))).toEqual(refused(409, 'month_not_over'));
      expect((await sam()('GET', `${statements}/${ended}`)).status).toBe(404);
      toNextMonth();
      const second = await claim(gil);
      await work(gil, second, 60);
      await complete(gil, second);
      const issued = await sam()('POST', statements, { month: ended, reason: 'monthly' });
      expect(issued.status).toBe(201);
      expect(issued.body).toMatchObject({ grader: 'gil', month: ended, currency: 'USD', total: line.amount, lines: [line] });

      // What is decided later changes nothing of it: neither a rate that holds from before, nor a correction.
      await setRate('60.00', '20.00');
      const key = keyed();
      for (let times = 0; times < 2; times += 1)
        expect((await sam()('POST', '/v1/staff/graders/gil/pay-corrections', { amount: '-0.07', reason: '=HYPERLINK("a")' }, key)).status).toBe(200);
      expect((await sam()('POST', statements, { month: ended, reason: 'again' })).body).toEqual(issued.body);
      expect((await gil('GET', `/v1/graders/me/pay-statements/${ended}`)).body).toEqual(issued.body);
      toNextMonth();
      const { body: later } = await sam()('POST', statements, { month: next, reason: 'monthly' });
      expect(later.lines).toMatchObject([
        { work: { assignmentId: second.id, rateVersion: 2, piece: '20.00' } },
        { amount: '-0.07', correction: { reason: '=HYPERLINK("a")' } },
      ]);
      expect(cents(later.total)).toBe(cents(later.lines[0].amount) - 7);
      expect((await gil('GET', '/v1/graders/me/pay')).body).toMatchObject({
        due: { total: '0.00', lines: [] },
        statements: [
          { month: next, total: later.total },
          { month: ended, total: line.amount },
        ],
      });

      const csv = await gil('GET', `/v1/graders/me/pay-statements/${next}/document`);
      expect(csv.headers.get('content-disposition')).toBe(`attachment; filename=pay-${next}.csv`);
      const rows = String(csv.body).trimEnd().split('\n');
      expect(rows).toHaveLength(3);
      expect(rows[0]).toBe('line,kind,assignment,test,purpose,handed_in,ended_at,stretches,seconds,rate_version,per_hour,time,piece,reason,amount');
      expect(rows[1]).toMatch(
        new RegExp(`^1,work,${second.id},aptitude,mark,yes,.*,2,60.00,${later.lines[0].work.time},20.00,,${later.lines[0].amount}$`),
      );
      expect(rows[2]).toMatch(/^2,correction,.*,"'=HYPERLINK\(""a""\)",-0\.07$/);
      for (const table of ['pay_rate', 'pay_correction', 'pay_statement', 'pay_line'])
        await expect(database.query(`DELETE FROM ${table}`)).rejects.toThrow(/append-only/);
    },
  );

  it('is a grader’s own and staff’s to read, and nobody issues or corrects their own', async () => {
    const both = api.as('gus', 'grader', 'staff');
    expect((await both('GET', '/v1/graders/me')).status).toBe(200);
    for (const [path, body] of [
      ['pay-statements', { month: '2026-01', reason: 'mine' }],
      ['pay-corrections', { amount: '100.00', reason: 'mine' }],
    ] as const)
      expect(refusalOf(await both('POST', `/v1/staff/graders/gus/${path}`, body))).toEqual(refused(403, 'conflict_of_interest'));
    expect((await api.as('other', 'grader')('GET', `/v1/graders/me/pay-statements/${month()}`)).status).toBe(404);
    expect((await api.as('other', 'grader')('GET', '/v1/staff/graders/gil/pay')).status).toBe(403);
  });

  it('is asked for in amounts to the cent, and nothing else', async () => {
    for (const amount of ['1', '1.234', '0.00', '1e3', '12,34'])
      expect(refusalOf(await sam()('POST', '/v1/staff/graders/gil/pay-corrections', { amount, reason: 'so' })), amount).toEqual(
        refused(422, 'validation_failed'),
      );
  });

  it('pays one script once, however many issue at once', async () => {
    const gwen = api.as('gwen', 'grader');
    const script = await claim(gwen);
    await complete(gwen, script);
    toNextMonth();
    const issue = () => sam()('POST', '/v1/staff/graders/gwen/pay-statements', { month: month(-1), reason: 'monthly' });
    const issued = await Promise.all([issue(), issue(), issue()]);
    expect(issued.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 200, 201]);
    expect(new Set(issued.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });
});

describe('a grader who is suspended in the middle of a script', () => {
  it('keeps the draft and what was worked, and the script goes on to somebody else', async () => {
    const [sue, sid] = [api.as('sue', 'grader'), api.as('sid', 'grader')];
    const held = await claim(sue);
    await work(sue, held, 240);
    const draft = [{ itemId: 't1', points: 3, reason: 'half of it', sequence: 1 }];
    expect((await sue('PUT', `/v1/assignments/${held.id}/draft`, { fencingToken: held.fencingToken, marks: draft })).status).toBe(200);
    expect((await sam()('PATCH', '/v1/staff/graders/sue', { state: 'suspended', reason: 'a complaint' })).status).toBe(200);

    const late = [{ itemId: 't2', points: 2, reason: 'as I was told', sequence: 1 }];
    for (const [method, path, body] of [
      ['POST', 'heartbeat', {}],
      ['PUT', 'draft', { marks: late }],
      ['POST', 'completion', { marks: MARKS }],
    ] as const)
      expect(refusalOf(await sue(method, `/v1/assignments/${held.id}/${path}`, { fencingToken: held.fencingToken, ...body }))).toEqual(
        refused(409, 'grader_not_active'),
      );
    const { rows } = await database.query<{ marks: { itemId: string }[] }>('SELECT marks FROM draft WHERE assignment_id = $1 AND grader = $2', [
      held.id,
      'sue',
    ]);
    expect(rows[0]?.marks.map(({ itemId }) => itemId).toSorted()).toEqual(['t1', 't2']);

    const taken = await sid('POST', '/v1/assignments/claims');
    expect(taken.body.id).toBe(held.id);
    expect(JSON.stringify(taken.body)).not.toContain('half of it');
    await complete(sid, taken.body);
    const pay = (await sue('GET', '/v1/graders/me/pay')).body;
    expect(pay.due.lines).toMatchObject([{ work: { assignmentId: held.id, isCompleted: false, piece: '0.00' } }]);
    expect(cents(pay.due.total)).toBeGreaterThanOrEqual(Math.round((240 * 6000) / 3600));
    // Admitted again, they are given other work, and not this.
    await sam()('PATCH', '/v1/staff/graders/sue', { state: 'active', reason: 'cleared' });
    expect((await claim(sue)).id).not.toBe(held.id);
  });
});
