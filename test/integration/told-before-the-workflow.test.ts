import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ring } from '../../platform/temporal/ring.ts';
import { attemptBell } from '../../workflows/bells.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createCandidate, startPipeline, until, type Pipeline } from '../support/pipeline.ts';

/** What staff do to an attempt of which no workflow knows yet: Temporal may be away for hours, while candidates go on. */

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ exams: [smallExam()], away: ['certification'] });
});
afterAll(() => pipeline?.stop());

const by = (actionKey: string) => ({ actor: 'sam', reason: 'granted', actionKey: `${actionKey}:${Math.random()}` });

describe('an act of staff before the workflow looks', () => {
  it('is told to the candidate at once, and not again once the workflow is there', async () => {
    const { store } = pipeline;
    const candidate = createCandidate(pipeline);
    await candidate.register();
    const { attemptId } = candidate;
    const told = async () => (await store.notices.list(attemptId)).map(({ occasion }) => occasion);
    const { candidateId } = await store.attempts.read({ attemptId });

    await store.attempts.accommodate({ attemptId, percent: 150, ...by('accommodate') });
    await candidate.start();
    const accommodation = { candidateId, examId: null, kind: 'extra_time' as const, percent: 200, validUntil: null, evidence: null };
    await store.attempts.recordAccommodation({ ...accommodation, ...by('record') });
    const grown = (await store.attempts.read({ attemptId })).facts.sittings.aptitude?.deadline ?? 0;
    const moved = (window: string, deadline: number) => `deadline_moved:${window}:${new Date(deadline).toISOString()}`;
    // The deadline to start by, the two factors and the deadline that grew; each is written as its tidings are taken, in any order.
    const kinds = async () =>
      (await told()).map((occasion) =>
        occasion
          .split(':')
          .slice(0, occasion.startsWith('deadline_moved') ? 2 : 1)
          .join(':'),
      );
    const wanted = ['accommodated', 'accommodated', 'deadline_moved:aptitude', 'deadline_moved:start', 'registered'];
    await until(async () => (await told()).length >= wanted.length || `told of ${(await kinds()).join(', ')}`);
    expect((await kinds()).toSorted()).toEqual(wanted);
    const before = await told();
    expect(before).toContain(moved('aptitude', grown));

    await pipeline.bringUp(['certification']);
    await candidate.answer({ t1: 'an answer' });
    await candidate.submit();
    await until(async () => (await told()).includes('aptitude_submitted:1') || 'not told yet');
    expect((await told()).toSorted()).toEqual([...before, 'aptitude_submitted:1'].toSorted());
  });

  it('is told once while the workflow looks, too', async () => {
    const { store } = pipeline;
    const candidate = createCandidate(pipeline);
    await candidate.register();
    const { attemptId } = candidate;
    await until(async () => (await pipeline.handle(attemptId).describe()).status.name === 'RUNNING' || 'no workflow');
    await candidate.start();
    await until(async () => (await pipeline.handle(attemptId).describe()).searchAttributes['CertPhase']?.[0] === 'aptitude_test' || 'not there yet');
    const { deliveryId } = await store.attempts.accommodate({ attemptId, percent: 150, ...by('accommodate') });
    expect(deliveryId).toBeDefined();
    await ring(pipeline.client, attemptBell({ attemptId, fact: 'deadline_moved' }));
    const deadline = (await store.attempts.read({ attemptId })).facts.sittings.aptitude?.deadline ?? 0;
    await until(async () => Number((await pipeline.handle(attemptId).describe()).searchAttributes['CertDueAt']?.[0]) === deadline || 'not seen yet');
    await candidate.answer({ t1: 'an answer' });
    await candidate.submit();
    const told = async () => (await store.notices.list(attemptId)).map(({ kind }) => kind);
    await until(async () => (await told()).includes('aptitude_submitted') || 'not told yet');
    expect((await told()).toSorted()).toEqual(['accommodated', 'aptitude_submitted', 'deadline_moved', 'registered']);
  });
});
