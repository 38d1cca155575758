import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { REJECTIONS } from '../../domain/upload.ts';
import { createLogger } from '../../platform/logging.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createHerald } from '../../workers/herald.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { until } from '../support/pipeline.ts';
import { CANDIDATE_URL, PUBLIC_URL, testCredentials } from '../support/pools.ts';
import { submittedAttempt } from '../support/sitting.ts';

/** Whoever believes that a file of theirs is taken hears of it when it is not, with the real store and herald. */

const DAY_SECONDS = 86_400;
let test: TestStore;
const { clock, advanceSeconds } = createShiftedClock();
beforeAll(async () => {
  test = await createTestStore({ clock });
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
afterAll(() => test?.close());

let attempt: { attemptId: string; subject: string };
beforeEach(async () => {
  const submitted = await submittedAttempt(test.store);
  const score = { millipoints: 20_000, millipointsMax: 20_000 };
  await test.store.decisions.publish({ ...submitted, test: 'aptitude', round: 1, passed: true, score, items: [] }, await testCredentials());
  await test.store.sittings.download(submitted);
  attempt = submitted;
});

async function announce(fileName: string): Promise<string> {
  const id = randomUUID();
  await test.store.uploads.announce({ id, ...attempt, fileName, mediaType: 'text/plain', sizeBytes: 1, sha256: id.replaceAll('-', '').repeat(2) });
  return id;
}

async function arrived(fileName: string): Promise<string> {
  const id = await announce(fileName);
  await test.store.uploads.arrived(id);
  return id;
}

async function taken(fileName: string, scan: 'pending' | 'clean' = 'pending'): Promise<string> {
  const id = await arrived(fileName);
  await test.store.uploads.complete(id, scan);
  return id;
}

const condemn = (uploadId: string) => test.store.uploads.condemn({ uploadId, finding: 'Win.Test' });
const submit = () => test.store.sittings.submit({ ...attempt, test: 'case_study' });
const pass14Days = () => advanceSeconds(15 * DAY_SECONDS);

const OF_EVERY_ATTEMPT = new Set(['registered', 'aptitude_submitted', 'case_study_submitted', 'case_study_timed_out']);

/** What the herald told, of files alone. */
async function told(): Promise<readonly { kind: string; body: string }[]> {
  const herald = createHerald({
    store: test.store,
    publicUrl: PUBLIC_URL,
    candidateUrl: CANDIDATE_URL,
    mailing: true,
    logger: createLogger({ level: 'silent', service: 'test' }),
  });
  const run = herald.run();
  await until(async () => (await test.store.tidings.backlog()).count === 0 || 'something is still to be told');
  herald.stop();
  await run;
  const notices = await test.store.notices.list(attempt.attemptId);
  return notices.filter(({ kind }) => !OF_EVERY_ATTEMPT.has(kind));
}

describe('an upload that was taken and is found infected later', () => {
  it('while the case study is open: its candidate is told that nothing counts, and until when to upload again', async () => {
    await condemn(await taken('mine.txt'));
    const { deadline } = (await test.store.attempts.read(attempt)).facts.sittings.case_study ?? { deadline: 0 };
    const year = String(new Date(deadline).getUTCFullYear());
    const [{ kind, body } = { kind: '', body: '' }, ...others] = await told();
    expect({ kind, others }).toEqual({ kind: 'upload_not_taken', others: [] });
    for (const words of ['“mine.txt”', 'malware was found', 'Nothing that you uploaded counts', 'upload your solution again', year]) {
      expect(body).toContain(words);
    }
  });

  it('leaves the one before, and says so', async () => {
    await taken('first.txt', 'clean');
    await condemn(await taken('second.txt'));
    expect(await told()).toMatchObject([
      { kind: 'upload_not_taken', body: expect.stringContaining('The complete file that you uploaded before it counts') },
    ]);
  });

  it('is none that anybody believes in once a later one is taken', async () => {
    const first = await taken('first.txt');
    await taken('second.txt', 'clean');
    await condemn(first);
    expect(await told()).toEqual([]);
  });

  it('after it was handed in: its candidate is told that staff look into it', async () => {
    const id = await taken('mine.txt');
    await submit();
    await condemn(id);
    expect(await told()).toMatchObject([{ kind: 'submitted_file_infected', body: expect.stringContaining('“mine.txt”') }]);
  });

  it('is not handed in once more when staff reopen the case study, nor does it make the one before superfluous', async () => {
    const sound = await taken('sound.txt', 'clean');
    const infected = await taken('infected.txt');
    await submit();
    await condemn(infected);
    const { facts } = await test.store.attempts.read(attempt);
    await test.store.sittings.reopen({
      attemptId: attempt.attemptId,
      test: 'case_study',
      deadline: new Date(facts.asOf + DAY_SECONDS * 1000),
      actionKey: randomUUID(),
      actor: 'staff',
      reason: 'infected',
    });
    advanceSeconds(DAY_SECONDS + 60);
    expect(await test.store.uploads.leftOver({ limit: 100 })).not.toContain(sound);
    await test.store.sittings.freezeAtTimeOut({ attemptId: attempt.attemptId, test: 'case_study' });
    const submissions = await test.store.sittings.submissions(attempt.attemptId);
    const handedIn = submissions.filter(({ test }) => test === 'case_study').map(({ contentHash }) => contentHash);
    expect(handedIn).toEqual([infected, sound].map((id) => `sha-256:${id.replaceAll('-', '').repeat(2)}`));
  });

  it('is told of past the deadline as well, when no freeze came yet', async () => {
    const id = await taken('mine.txt');
    pass14Days();
    await condemn(id);
    expect(await told()).toMatchObject([{ kind: 'upload_not_taken_late', body: expect.stringContaining('The time for the case study is over') }]);
  });
});

describe('an upload that arrived and is refused', () => {
  it.each(REJECTIONS)('for %s when nobody waits for the answer, is told of with the reason', async (reason) => {
    const uploadId = await arrived('mine.txt');
    if (reason === 'infected') await condemn(uploadId);
    else await test.store.uploads.reject({ uploadId, reason, isHeard: false });
    const [{ kind, body } = { kind: '', body: '' }] = await told();
    expect(kind).toBe('upload_not_taken');
    expect(body).toMatch(/cannot be taken: \w[^.]{10,}\. It does not count/);
  });

  it('past its deadline, is told of as late', async () => {
    const uploadId = await arrived('mine.txt');
    pass14Days();
    await test.store.uploads.reject({ uploadId, reason: 'damaged', isHeard: false });
    expect(await told()).toMatchObject([{ kind: 'upload_not_taken_late', body: expect.stringContaining('it is damaged') }]);
  });

  it('in the answer that its candidate waits for, is told of there alone', async () => {
    await test.store.uploads.reject({ uploadId: await arrived('mine.txt'), reason: 'damaged', isHeard: true });
    await test.store.uploads.condemn({ uploadId: await arrived('mine.txt'), finding: 'Win.Test', isHeard: true });
    expect(await told()).toEqual([]);
  });
});

describe('a file that its grader cannot read', () => {
  async function flagged(fileName: string, reason: string): Promise<string> {
    const uploadId = await taken(fileName, 'clean');
    await submit();
    const { submissionId } = (await test.store.attempts.read(attempt)).facts.sittings.case_study ?? { submissionId: null };
    const dueAt = new Date(Date.now() + 7 * DAY_SECONDS * 1000);
    await test.store.assignments.open({ submissionId: submissionId ?? '', purpose: 'mark', seats: [1], dueAt });
    const held = await test.store.assignments.claim({ grader: 'gil', designated: false });
    if (!held) throw new Error('there is nothing to claim');
    await test.store.assignments.flagFile({ assignmentId: held.id, grader: 'gil', fencingToken: held.fencingToken, reason });
    return uploadId;
  }

  async function reopen(): Promise<{ round: number; deadline: Date }> {
    const { facts } = await test.store.attempts.read(attempt);
    const deadline = new Date(facts.asOf + 2 * DAY_SECONDS * 1000);
    const act = { actionKey: randomUUID(), actor: 'staff', reason: 'looked at it' };
    return test.store.sittings.reopen({ attemptId: attempt.attemptId, test: 'case_study', deadline, ...act });
  }

  /** As the workflow does at every reopening. */
  const tellAsEver = ({ round, deadline }: { round: number; deadline: Date }) => {
    const step = { kind: 'reopened' as const, window: 'case_study' as const, round, deadline: deadline.toISOString() };
    return test.store.tidings.queue({ attemptId: attempt.attemptId, tidings: { kind: 'step', step } });
  };
  const ofReopenings = async () => (await told()).filter(({ kind }) => kind === 'reopened' || kind === 'file_unreadable');

  it('is told of with the reason, until when another may come and what happens else, once and not as a reopening like any other', async () => {
    await flagged('mine.pdf', 'Every page is blank.\r\n<b>Truly</b>');
    const reopened = await reopen();
    await tellAsEver(reopened);
    const [{ kind, body } = { kind: '', body: '' }, ...others] = await ofReopenings();
    expect({ kind, others }).toEqual({ kind: 'file_unreadable', others: [] });
    const words = [
      '“mine.pdf”',
      '“Every page is blank. <b>Truly</b>”',
      'upload it again',
      'If no other file comes',
      String(reopened.deadline.getUTCFullYear()),
    ];
    for (const word of words) expect(body).toContain(word);
    expect(body).not.toContain('gil');
    await tellAsEver(reopened);
    expect(await ofReopenings()).toHaveLength(1);
  });

  it('that staff found readable is no reason that anybody is told of', async () => {
    await flagged('mine.pdf', 'Every page is blank.');
    const act = { attemptId: attempt.attemptId, actionKey: randomUUID(), actor: 'staff', reason: 'it opens' };
    await test.store.assignments.dismissFileFlags(act);
    await tellAsEver(await reopen());
    expect(await ofReopenings()).toMatchObject([{ kind: 'reopened' }]);
  });

  it('and is handed in once more needs attention, which another file does not', async () => {
    const needsAttention = async () => (await test.store.attempts.story(attempt.attemptId)).standing?.needsAttention;
    const fileNotReplaced = async () => (await test.store.attempts.read(attempt)).facts.sittings.case_study?.fileNotReplaced;
    const first = await flagged('mine.pdf', 'Every page is blank.');
    expect([await needsAttention(), await fileNotReplaced()]).toEqual([true, undefined]);
    await reopen();
    expect([await needsAttention(), await fileNotReplaced()]).toEqual([false, undefined]);
    advanceSeconds(2 * DAY_SECONDS + 60);
    await test.store.sittings.freezeAtTimeOut({ attemptId: attempt.attemptId, test: 'case_study' });
    expect([await needsAttention(), await fileNotReplaced()]).toEqual([true, true]);
    expect((await test.store.sittings.submissions(attempt.attemptId)).at(-1)).toMatchObject({
      round: 2,
      contentHash: `sha-256:${first.replaceAll('-', '').repeat(2)}`,
    });

    await reopen();
    await taken('another.pdf', 'clean');
    await submit();
    expect([await needsAttention(), await fileNotReplaced()]).toEqual([false, undefined]);
  });
});
