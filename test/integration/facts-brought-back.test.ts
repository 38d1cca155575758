import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptFacts } from '../../domain/attempt.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import type { Published, Regraded } from '../../store/decisions/publish.ts';
import type { AttemptRecord } from '../../store/attempt-rows.ts';
import type { Store } from '../../store/store.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { decidedScript } from '../support/decided.ts';
import { testCredentials } from '../support/pools.ts';
import { startedAttempt, submittedAttempt } from '../support/sitting.ts';

/** An attempt goes on from what its publication brings back, and a start shows what it wrote: both must be what a load would have found. */

let test: TestStore;
let store: Store;
let credentials: CredentialIssuer;
/** What publications brought back, and what a load found right after each. */
let compared: { readonly brought: AttemptFacts; readonly loaded: AttemptFacts }[];

beforeAll(async () => {
  test = await createTestStore();
  credentials = await testCredentials();
  const compare = async <Answer extends Published | Regraded>(publishing: Promise<Answer>): Promise<Answer> => {
    const published = await publishing;
    if (published.result === 'regraded') throw new TypeError('nothing is regraded here');
    const { facts: loaded } = await test.store.attempts.consumeFacts(published.facts.attemptId);
    compared.push({ brought: published.facts, loaded });
    return published;
  };
  const { decisions } = test.store;
  store = {
    ...test.store,
    decisions: {
      ...decisions,
      publish: (...request) => compare(decisions.publish(...request)),
      publishNotSubmitted: (...request) => compare(decisions.publishNotSubmitted(...request)),
    },
  };
  await store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
afterAll(() => test?.close());

const beside = ({ asOf: _time, ...facts }: AttemptFacts) => facts;

function expectTheSame(outcomes: readonly AttemptFacts['outcome'][]): void {
  expect(compared.map(({ loaded }) => loaded.outcome)).toEqual(outcomes);
  for (const { brought, loaded } of compared) {
    expect(beside(brought)).toEqual(beside(loaded));
    expect(brought.asOf).toBeLessThanOrEqual(loaded.asOf);
  }
}

describe('the facts that a publication brings back are those that a load finds', () => {
  it('after a pass, the offer of the case study, and the certificate', async () => {
    compared = [];
    await certifiedAttempt(store, { credentials });
    expectTheSame([null, 'certified']);
  });

  it('after a fail, with marks', async () => {
    compared = [];
    await decidedScript(store, {
      credentials,
      given: [
        { grader: randomUUID(), points: [0, 0] },
        { grader: randomUUID(), points: [0, 0] },
      ],
    });
    expectTheSame(['failed']);
  });

  it('after a test that ended with nothing handed in, and when it is published once more', async () => {
    compared = [];
    const { attemptId } = await submittedAttempt(store, { examId: 'small' });
    const decision = {
      attemptId,
      test: 'aptitude',
      round: 1,
      submissionId: null,
      passed: false,
      score: { millipoints: 0, millipointsMax: 1 },
      items: [],
    } as const;
    await store.decisions.publish(decision, credentials);
    await store.decisions.publish(decision, credentials);
    await store.decisions.publishNotSubmitted({ attemptId, test: 'aptitude', round: 1 }, credentials);
    expectTheSame(['failed', 'failed', 'failed']);
  });

  it('when the attempt was withdrawn or is of another round by then', async () => {
    compared = [];
    const { attemptId, subject } = await startedAttempt(store);
    const decision = {
      attemptId,
      test: 'aptitude',
      round: 2,
      submissionId: null,
      passed: false,
      score: { millipoints: 0, millipointsMax: 1 },
      items: [],
    } as const;
    expect((await store.decisions.publish(decision, credentials)).result).toBe('reopened');
    await store.attempts.withdraw({ attemptId, subject });
    expect((await store.decisions.publish({ ...decision, round: 1 }, credentials)).result).toBe('settled');
    expectTheSame([null, 'withdrawn']);
  });
});

describe('the attempt that a start brings back is the one that a read finds', () => {
  const read = (attemptId: string) => test.store.attempts.read({ attemptId });
  const beside = ({ facts: { asOf: _time, ...facts }, ...record }: AttemptRecord) => ({ ...record, facts });

  it('of the aptitude test, and a repeat brings none', async () => {
    const subject = randomUUID();
    const { attemptId } = await store.attempts.register({ subject, name: 'Ada', examId: 'small' });
    const { record } = await store.sittings.start({ attemptId, subject });
    if (!record) throw new Error('it brought nothing');
    expect(beside(record)).toEqual(beside(await read(attemptId)));
    expect(await store.sittings.start({ attemptId, subject })).toEqual({ attemptId, deliveryId: undefined });
  });

  it('of the case study, under an Idempotency-Key, whose repeat brings none', async () => {
    const { attemptId, subject, submissionId } = await submittedAttempt(store);
    const score = { millipoints: 20_000, millipointsMax: 20_000 };
    await store.decisions.publish({ attemptId, test: 'aptitude', round: 1, submissionId, passed: true, score, items: [] }, credentials);
    const request = { attemptId, subject, idempotency: { actor: subject, operation: 'download', key: 'once', requestHash: 'same' } };
    const { record, ...committed } = await store.sittings.download(request);
    if (!record) throw new Error('it brought nothing');
    expect(beside(record)).toEqual(beside(await read(attemptId)));
    expect(await store.sittings.download(request)).toEqual(committed);
  });
});
