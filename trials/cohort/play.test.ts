import { expect, it } from 'vitest';
import type { Cast } from '../people/cast.ts';
import type { ApiClient } from '../people/client.ts';
import { createHeadcount } from '../people/headcount.ts';
import type { CohortCandidate } from './data.ts';
import { playCohort } from './play.ts';

const client = (answers: Partial<ApiClient>) => answers as ApiClient;

it('ends at once when a grader is refused what none expects, though candidates wait for their results', async () => {
  const attempt = (phase: string) => async () => ({ id: 'one', phase }) as Awaited<ReturnType<ApiClient['attempt']>>;
  let waits: () => void;
  const candidateWaits = new Promise<void>((resolve) => (waits = resolve));
  const cast: Cast = ({ roles }) =>
    client(
      roles.includes('candidate')
        ? {
            register: attempt('registered'),
            startAptitudeTest: async () => ({ items: [] }) as unknown as Awaited<ReturnType<ApiClient['startAptitudeTest']>>,
            submitAptitudeTest: async () => ({}) as Awaited<ReturnType<ApiClient['submitAptitudeTest']>>,
            attempt: async () => {
              waits();
              return attempt('aptitude_grading')();
            },
          }
        : { claim: () => candidateWaits.then(() => Promise.reject(new Error('500 internal'))) },
    );
  async function* candidates() {
    yield { candidate: 'C1', responses: {}, aptitudeMarks: [], caseStudyMarks: [], caseStudySolution: '' } as unknown as CohortCandidate;
  }
  const played = playCohort({
    cast,
    examId: 'exam',
    candidates: candidates(),
    headcount: createHeadcount(),
    seed: undefined,
    pace: { arrival: () => 0, reading: () => 0 },
    onResult: () => undefined,
    onFailure: () => undefined,
    onMarked: () => undefined,
    signal: new AbortController().signal,
  });
  await expect(played).rejects.toThrow('500 internal');
});
