import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerOf, refusalOf, refused, startTestApi, type TestApi } from '../../../test/support/api.ts';
import { decidedScript } from '../../../test/support/decided.ts';

let api: TestApi;
let attemptId: string;
let subject: string;

beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  const { store } = api.services;
  const given = [
    { grader: 'gil', points: [1, 0.5] },
    { grader: 'gwen', points: [4, 0.25] },
  ] as const;
  ({ attemptId } = await decidedScript(store, { given, credentials: await issuerOf(api.services) }));
  ({ subject } = await store.attempts.read({ attemptId }));
});
afterAll(() => api.close());

/** Which seat is whose is drawn. */
const pointsOf = (marks: readonly { points: number }[]) => marks.map(({ points }) => points).toSorted((a, b) => a - b);

const own = () => `/v1/attempts/${attemptId}/results/explanation`;
const reading = () => `/v1/staff/attempts/${attemptId}/explanation-reading`;

describe('why a test was decided as it was', () => {
  it('is told to the candidate, without graders and without keys', async () => {
    const { status, body } = await api.as(subject, 'candidate')('GET', own());
    expect(status).toBe(200);
    expect(body.decisions).toMatchObject([
      {
        test: 'aptitude',
        passed: false,
        percentage: '14.37',
        isCorrection: false,
        rules: { passMark: '80.00', tolerance: '20.00', adjudication: 'when-decisive', marking: 'double' },
        arithmetic: { fraction: '2875/20000', reached: '28750000', needed: '160000000' },
        disputes: { itemIds: ['t1'], isAdjudicated: false },
        secondLook: { taken: true, probability: null, limit: null },
      },
    ]);
    expect(body.decisions[0].items[2]).toEqual({
      itemId: 't1',
      title: 'Explain',
      points: 2.5,
      pointsMax: 5,
      basis: 'averaged',
      answer: 'an answer',
      spread: { points: 3, allowed: '10000000/10000', agrees: false },
      marks: [
        { grader: 'A', role: 'mark', points: expect.any(Number), reason: 'because' },
        { grader: 'B', role: 'mark', points: expect.any(Number), reason: 'because' },
      ],
    });
    expect(pointsOf(body.decisions[0].items[2].marks)).toEqual([1, 4]);
    expect(JSON.stringify(body)).not.toMatch(/gil|gwen|So and so|correct"|pointsByChoice|recordedAt/);
  });

  it('is read by staff with graders and keys, each reading audited', async () => {
    const { status, body } = await api.as('sam', 'staff')('POST', reading(), { reason: 'a complaint' });
    expect(status).toBe(200);
    const [, choices, text] = body.decisions[0].items;
    expect(text.key).toEqual({ correct: null, pointsByChoice: null, text: 'So and so' });
    expect(Object.fromEntries(text.marks.map((mark: { grader: string; points: number }) => [mark.grader, mark.points]))).toEqual({ gil: 1, gwen: 4 });
    expect(choices.key).toEqual({ correct: ['a', 'b'], pointsByChoice: { a: 2.5, b: 2.5, c: -2.5 }, text: null });
    expect(body.decisions[0].differences).toEqual([]);
    await api.as('audrey', 'auditor')('POST', reading(), { reason: 'the yearly audit' });
    const audit = await api.services.store.attempts.audit(attemptId);
    expect(audit.map(({ action, actor, details }) => [action, actor, (details as { role?: string }).role])).toEqual([
      ['read_explanation', subject, undefined],
      ['read_explanation', 'sam', 'staff'],
      ['read_explanation', 'audrey', 'auditor'],
    ]);
  });

  it('is a PDF for both, and the reading of it is audited as well', async () => {
    const entries = async () => (await api.services.store.attempts.audit(attemptId)).filter(({ action }) => action === 'read_explanation').length;
    const before = await entries();
    const answers = [
      await api.as(subject, 'candidate')('GET', `/v1/attempts/${attemptId}/results/aptitude/explanation`),
      await api.as('sam', 'staff')('POST', `/v1/staff/attempts/${attemptId}/results/aptitude/explanation-reading`, { reason: 'a complaint' }),
    ];
    for (const { status, headers, body } of answers) {
      expect(status).toBe(200);
      expect(headers.get('Content-Type')).toBe('application/pdf');
      expect(String(body)).toMatch(/^%PDF-/);
    }
    expect(await entries()).toBe(before + 2);
    const none = await api.as(subject, 'candidate')('GET', `/v1/attempts/${attemptId}/results/case_study/explanation`);
    expect(refusalOf(none)).toEqual(refused(404, 'not_found'));
  });

  it('is nobody else’s', async () => {
    expect(refusalOf(await api.as('stranger', 'candidate')('GET', own()))).toEqual(refused(404, 'not_found'));
    expect((await api.as('gil', 'grader')('GET', own())).status).toBe(403);
    expect((await api.as(subject, 'candidate')('POST', reading(), { reason: 'mine' })).status).toBe(403);
    expect((await api.as('sam', 'staff')('POST', reading(), {})).status).toBe(422);
  });
});
