import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortageInWords, type Shortage } from '../../domain/grader.ts';
import type { Store } from '../../store/store.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { submittedAttempt } from '../support/sitting.ts';

/** Work that waits while nobody could take it: each reason is found by the watch over staffing, told at once, and over with its cause. */

const { clock, advanceSeconds } = createShiftedClock();
let test: TestStore;
let store: Store;
beforeAll(async () => {
  test = await createTestStore({ clock });
  ({ store } = test);
});
afterAll(() => test?.close());

let acts = 0;
const act = () => ({ actor: 'sam', reason: 'because', actionKey: `act-${(acts += 1)}` });
const DAY_SECONDS = 86_400;

/** An exam of its own, in a language, with a script that waits for more than a moment; and those of its graders who count. */
async function waiting({
  examId,
  language,
  purpose = 'mark',
  graders,
}: {
  examId: string;
  language?: string;
  purpose?: 'mark' | 'adjudicate';
  graders: readonly string[];
}) {
  await store.examVersions.publish({ content: { ...smallExam({}, examId), ...(language === undefined ? {} : { language }) }, actor: 'test' });
  for (const grader of graders) await store.graders.meet({ subject: grader, designated: purpose === 'adjudicate' });
  for (const { subject } of await store.graders.list({ limit: 100 })) {
    const test = graders.includes(subject) ? 'aptitude' : 'case_study';
    await store.graders.change({ subject, change: { qualifications: [{ examId, test }] }, act: act() });
  }
  const attempt = await submittedAttempt(store, { examId });
  const dueAt = new Date(Date.now() + 30 * DAY_SECONDS * 1000);
  const open = (seats: readonly number[], of: 'mark' | 'adjudicate' = 'mark') =>
    store.assignments.open({ submissionId: attempt.submissionId, purpose: of, seats, ...(of === 'mark' ? {} : { itemIds: ['t1'] }), dueAt });
  await open([1]);
  const watched = async (): Promise<Shortage | undefined> => {
    advanceSeconds(180);
    await store.assignments.watchStaffing();
    const { unstaffed = 0, unstaffedBecause } = (await store.attempts.read({ attemptId: attempt.attemptId })).facts.assignments;
    return unstaffed === 0 ? undefined : unstaffedBecause;
  };
  return { ...attempt, open, watched };
}

describe('work for which nobody is left', () => {
  it('since all of a language’s graders are on holiday is told to staff, until one is back', async () => {
    const { watched } = await waiting({ examId: 'german', language: 'de', graders: ['dora', 'emil'] });
    await store.graders.meet({ subject: 'eve', designated: false });
    await store.graders.change({
      subject: 'eve',
      change: { languages: ['en'], qualifications: [{ examId: 'german', test: 'aptitude' }] },
      act: act(),
    });
    expect(await watched()).toBeUndefined();
    for (const subject of ['dora', 'emil']) await store.graders.changeOwn({ subject, change: { paused: true } });
    const shortage = await watched();
    expect(shortage).toEqual({ not_active: 2, other_language: 1 });
    expect(shortageInWords(shortage ?? {})).toBe('of 3 graders: 2 in training, paused or suspended, 1 of other languages');
    await store.graders.changeOwn({ subject: 'emil', change: { paused: false } });
    expect(await watched()).toBeUndefined();
  });

  it('since the one who could mark it wrote it is told to staff, and never given to them', async () => {
    const { subject, watched } = await waiting({ examId: 'own', graders: ['frida'] });
    for (const grader of ['frida', 'dora', 'emil', 'eve']) await store.graders.changeOwn({ subject: grader, change: { paused: true } });
    await store.graders.meet({ subject, designated: false });
    await store.graders.change({ subject, change: { qualifications: [{ examId: 'own', test: 'aptitude' }] }, act: act() });
    expect(await watched()).toMatchObject({ own_work: 1 });
    expect(await store.assignments.claim({ grader: subject, designated: false })).toBeUndefined();
    await store.graders.changeOwn({ subject: 'frida', change: { paused: false } });
    expect(await watched()).toBeUndefined();
  });

  it('since the only designated one marked it is told to staff at once', async () => {
    const { open, watched } = await waiting({ examId: 'dispute', purpose: 'adjudicate', graders: ['gus'] });
    const held = await store.assignments.claim({ grader: 'gus', designated: true });
    if (!held) throw new TypeError('there is one to mark');
    const marks = held.itemIds.map((itemId) => ({ itemId, points: 5, reason: '' }));
    await store.assignments.complete({ assignmentId: held.id, grader: 'gus', fencingToken: held.fencingToken, marks });
    await open([3], 'adjudicate');
    expect(await watched()).toMatchObject({ involved: 1 });
    await store.graders.meet({ subject: 'hana', designated: true });
    expect(await watched()).toBeUndefined();
  });
});
