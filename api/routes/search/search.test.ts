import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openAssignments,
  refusalOf,
  refused,
  registeredAttempt,
  startTestApi,
  submittedAttempt,
  type Caller,
  type TestApi,
} from '../../../test/support/api.ts';

let api: TestApi;
let staff: Caller;
beforeAll(async () => {
  api = await startTestApi({ environment: { TEMPORAL_UI_URL: 'https://temporal.example.org/ui/' } });
  await api.publish();
  staff = api.as('sam', 'staff');
});
afterAll(() => api.close());

const search = async (asked: object, caller = staff) => (await caller('POST', '/v1/staff/attempt-searches', asked)).body;
const idsOf = ({ attempts }: { attempts: { id: string }[] }) => attempts.map(({ id }) => id);

async function registered(subject: string, name: string, email: string): Promise<string> {
  const { services } = api;
  return (await services.store.attempts.register({ subject, name, email, examId: 'small' })).attemptId;
}

describe('staff find an attempt', () => {
  it('by what they type of a name, an address or a subject, while they type it, whatever the accents, dashes and blanks', async () => {
    const zoe = await registered('auth0|zz-77', 'Zoë Anne-Marie O’Möller', 'zoe.moeller@Studio.example');
    await registered('auth0|zz-78', 'Zola Meyer', 'zola@other.example');
    for (const text of [
      'zoë',
      'ZOE',
      'möl',
      'o`MOLLER',
      'anne–marie',
      'marie zo',
      'zoe  o',
      'zoe.moe',
      'O’Möller, Zoë',
      'zoë anne-marie,',
      'studio.ex',
      'AUTH0|zz-77',
      'zoe.moeller@studio.example',
      zoe,
    ])
      expect(idsOf(await search({ text })), text).toEqual([zoe]);
    expect(idsOf(await search({ text: 'zo' }))).toHaveLength(2);
    expect(idsOf(await search({ text: 'zoe meyer' }))).toEqual([]);
    const [found] = (await search({ text: 'zoë' })).attempts;
    expect(found).toMatchObject({
      phase: 'registered',
      candidate: { subject: 'auth0|zz-77', name: 'Zoë Anne-Marie O’Möller', email: 'zoe.moeller@Studio.example' },
      dueAt: found.waitingFor.until,
      needsAttention: false,
    });
  });

  it('by a page after another, none twice and none left out, in each order', async () => {
    for (let count = 0; count < 5; count += 1) await registered(`paged-${count}`, `Pagina Numero${count % 2}`, `p${count}@pages.example`);
    for (const asked of [{ text: 'pagina' }, { text: 'num' }, { order: 'due' }, {}, { dueFrom: '2020-01-01T00:00:00Z' }]) {
      const all = idsOf(await search({ ...asked, limit: 100 }));
      const paged: string[] = [];
      let after: string | null | undefined;
      do {
        const page = await search({ ...asked, limit: 2, ...(after ? { after } : {}) });
        paged.push(...idsOf(page));
        after = page.next;
      } while (after);
      expect(paged, JSON.stringify(asked)).toEqual(all);
      expect(new Set(paged).size).toBe(all.length);
    }
  });

  it('by all that they ask at once; what is past its promise calls for attention', async () => {
    const { attemptId, submissionId } = await submittedAttempt(api.as('late', 'candidate'));
    await openAssignments(api, submissionId);
    const grading = { phase: 'aptitude_grading', examId: 'small', version: 1 };
    expect(idsOf(await search(grading))).toEqual([attemptId]);
    expect(await search({ ...grading, needsAttention: true })).toMatchObject({ attempts: [], isPartial: true });
    await api.services.store.assignments.remind({ submissionId, percent: 80 });
    expect((await search({ ...grading, needsAttention: true })).attempts).toEqual([]);
    await api.services.store.assignments.remind({ submissionId, percent: 100 });
    expect(await search({ ...grading, needsAttention: true })).toMatchObject({ attempts: [{ id: attemptId, needsAttention: true }] });
    expect(idsOf(await search({ ...grading, outcome: 'failed' }))).toEqual([]);
    expect(idsOf(await search({ ...grading, dueUntil: new Date().toISOString() }))).toEqual([]);
  });

  it('and are told what is wrong with what they ask', async () => {
    for (const [asked, field] of [
      [{ text: ' ' }, 'text'],
      [{ version: 1 }, 'version'],
      [{ after: 'x' }, 'after'],
      [{ phase: 'nowhere' }, 'phase'],
      [{ dueFrom: 'tomorrow' }, 'dueFrom'],
      [{ limit: 101 }, 'limit'],
    ] as const) {
      const answer = await staff('POST', '/v1/staff/attempt-searches', asked);
      expect({ ...refusalOf(answer), field: answer.body.fields[0].path }).toEqual({ ...refused(422, 'validation_failed'), field });
    }
  });
});

describe('an attempt with all that happened', () => {
  it('is one read, without what was answered, and leads to its workflow', async () => {
    const { attemptId, submissionId } = await submittedAttempt(api.as('story', 'candidate'));
    await openAssignments(api, submissionId);
    await staff('PUT', `/v1/staff/attempts/${attemptId}/accommodation`, { percent: 150, reason: 'Dyslexia' });
    const { status, body } = await api.as('audrey', 'auditor')('GET', `/v1/staff/attempts/${attemptId}/story`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      attempt: { id: attemptId, phase: 'aptitude_grading' },
      candidate: { subject: 'story' },
      needsAttention: false,
      temporalUrl: `https://temporal.example.org/ui/namespaces/default/workflows/attempt-${attemptId}`,
      sittings: [{ test: 'aptitude', round: 1 }],
      submissions: [{ submissionId, test: 'aptitude', cause: 'submitted', file: null }],
      assignments: [{ submissionId, state: 'open', claims: [], marks: [] }],
      decisions: [],
      certificates: [],
      audit: [{ actor: 'sam', action: 'accommodate' }],
    });
    const absent = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
    expect(refusalOf(await staff('GET', `/v1/staff/attempts/${absent}/story`))).toEqual(refused(404, 'not_found'));
  });
});

describe('the overdue', () => {
  it('are none while every promise holds', async () => {
    await registeredAttempt(api.as('in-time', 'candidate'));
    expect((await staff('GET', '/v1/staff/overdue')).body).toEqual({ exams: [] });
  });
});
