import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tidings } from '../../domain/step.ts';
import { createNotificationActivities } from '../../activities/notification/activities.ts';
import { createLogger } from '../../platform/logging.ts';
import { connectDatabase } from '../../store/context.ts';
import type { NewNotice } from '../../store/notices.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createHerald, type HeraldDependencies } from '../../workers/herald.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { until } from '../support/pipeline.ts';
import { CANDIDATE_URL, PUBLIC_URL, testCredentials } from '../support/pools.ts';
import { submittedAttempt } from '../support/sitting.ts';

/** What candidates are told by way of the outbox, with the real store. */

let test: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
beforeAll(async () => {
  test = await createTestStore();
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 });
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
afterAll(async () => {
  await prisma?.$disconnect();
  await test?.close();
});

const logger = createLogger({ level: 'silent', service: 'test' });
const addresses = { publicUrl: PUBLIC_URL, candidateUrl: CANDIDATE_URL, mailing: true };

async function registered(): Promise<string> {
  const { attemptId } = await test.store.attempts.register({ subject: randomUUID(), name: 'Ada', email: 'ada@example.org', examId: 'small' });
  return attemptId;
}

/** While heralds run, so many of them. */
async function withHeralds<Result>(work: () => Promise<Result>, { store = test.store, count = 1 }: Partial<Heralds> = {}): Promise<Result> {
  const heralds = Array.from({ length: count }, () => createHerald({ ...addresses, store, logger }));
  const runs = heralds.map((herald) => herald.run());
  try {
    return await work();
  } finally {
    for (const herald of heralds) herald.stop();
    await Promise.all(runs);
  }
}

type Heralds = { readonly store: HeraldDependencies['store']; readonly count: number };

const deadline = '2027-01-01T00:00:00.000Z';
const REGISTERED: Tidings = { kind: 'step', step: { kind: 'registered', deadline } };
const SUBMITTED: Tidings = { kind: 'step', step: { kind: 'aptitude_submitted', round: 1, deadline } };

const kinds = async (attemptId: string) => (await test.store.notices.list(attemptId)).map(({ kind }) => kind);
const nothingLeft = () => until(async () => (await test.store.tidings.backlog()).count === 0 || 'something is still to be told');
const queue = (attemptId: string, tidings: Tidings) => test.store.tidings.queue({ attemptId, tidings });
const mailKinds = async (attemptId: string) =>
  (await prisma.mail.findMany({ where: { attemptId }, orderBy: { createdAt: 'asc' } })).map(({ kind }) => kind);

describe('the herald', () => {
  it('tells those of one attempt in their order, in the inbox and by mail, and nothing is left to tell', async () => {
    const attemptId = await registered();
    await queue(attemptId, SUBMITTED);
    await withHeralds(nothingLeft);
    expect(await kinds(attemptId)).toEqual(['registered', 'aptitude_submitted']);
    expect(await mailKinds(attemptId)).toEqual(['registered', 'aptitude_submitted']);
  });

  it('tells once, however many there are, whatever is queued again, and beside the activities of builds of before', async () => {
    const attempts = await Promise.all(Array.from({ length: 20 }, registered));
    const activities = createNotificationActivities({ ...addresses, store: test.store });
    await withHeralds(
      async () => {
        for (const attemptId of attempts) await Promise.all([queue(attemptId, REGISTERED), queue(attemptId, REGISTERED)]);
        await Promise.all(attempts.map((attemptId) => activities.notifyStep({ attemptId, step: { kind: 'registered', deadline } })));
        await nothingLeft();
        for (const attemptId of attempts) await queue(attemptId, REGISTERED);
        await nothingLeft();
      },
      { count: 3 },
    );
    for (const attemptId of attempts) {
      expect(await kinds(attemptId)).toEqual(['registered']);
      expect(await mailKinds(attemptId)).toEqual(['registered']);
    }
  });

  it('that fails over one attempt tells the others, and that one stays until it can be told', async () => {
    const [broken, sound] = [await registered(), await registered()];
    const notices = {
      ...test.store.notices,
      tell: (notice: NewNotice) =>
        notice.attemptId === broken ? Promise.reject(new Error('something is wrong with this one')) : test.store.notices.tell(notice),
    };
    await queue(broken, REGISTERED);
    await queue(sound, REGISTERED);
    await withHeralds(() => until(async () => (await kinds(sound)).length === 1 || 'not told'), { store: { ...test.store, notices } });
    expect(await kinds(broken)).toEqual([]);
    expect((await test.store.tidings.backlog()).count).toBe(1);
    await prisma.$executeRaw`UPDATE tidings SET next_try_at = clock_timestamp()`;
    await withHeralds(nothingLeft);
    expect(await kinds(broken)).toEqual(['registered']);
  });
});

describe('a registration and a submission', () => {
  it('are told of by what commits them, though no workflow hears of them, and once where one tells them too', async () => {
    const { attemptId } = await submittedAttempt(test.store);
    await withHeralds(nothingLeft);
    await queue(attemptId, REGISTERED);
    await queue(attemptId, SUBMITTED);
    await withHeralds(nothingLeft);
    expect(await kinds(attemptId)).toEqual(['registered', 'aptitude_submitted']);
  });

  it('say until when the test is begun, and when its result is promised', async () => {
    const { attemptId, submissionId } = await submittedAttempt(test.store);
    const { startBy, told, sittings } = (await test.store.attempts.read({ attemptId })).facts;
    const rows = await prisma.tidings.findMany({ where: { attemptId }, orderBy: { id: 'asc' }, select: { content: true } });
    const promised = (sittings.aptitude?.frozenAt ?? 0) + 7 * 86_400_000;
    const step = (kind: string, at: number, round = {}) => ({
      content: { kind: 'step', step: { kind, ...round, deadline: new Date(at).toISOString() } },
    });
    expect(rows).toEqual([step('registered', startBy), step('aptitude_submitted', promised, { round: 1 })]);
    expect({ told, sitting: sittings.aptitude }).toMatchObject({ told: true, sitting: { told: true, submissionId } });
    await withHeralds(nothingLeft);
  });
});

describe('a result', () => {
  const decision = async (tells: { tells?: true }) => {
    const { attemptId, submissionId } = await submittedAttempt(test.store);
    const score = { millipoints: 20_000, millipointsMax: 20_000 };
    return { attemptId, test: 'aptitude', round: 1, submissionId, passed: true, score, items: [], ...tells } as const;
  };

  it('is told of by what publishes it, once', async () => {
    const credentials = await testCredentials();
    const published = await decision({ tells: true });
    for (const _repeat of [1, 2]) expect(await test.store.decisions.publish(published, credentials)).toMatchObject({ result: 'published' });
    await withHeralds(nothingLeft);
    expect(await kinds(published.attemptId)).toEqual(['registered', 'aptitude_submitted', 'aptitude_passed']);
  });

  it('that an attempt of a build of before tells of itself is not', async () => {
    const published = await decision({});
    await test.store.decisions.publish(published, await testCredentials());
    await withHeralds(nothingLeft);
    expect(await kinds(published.attemptId)).toEqual(['registered', 'aptitude_submitted']);
  });
});
