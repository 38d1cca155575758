import { startOnce } from '../../platform/temporal/ring.ts';
import type { ItemChange } from '../../domain/regrade.ts';
import { regradeStart, regradeWorkflowId } from '../../workflows/regrade-messages.ts';
import { decidedScript } from './decided.ts';
import { until, type Pipeline } from './pipeline.ts';

/** A regrade that one person opened and another applied, as the API's requests do; its workflow is not begun by that. */
export async function appliedRegrade(
  { store }: Pick<Pipeline, 'store'>,
  { examId, itemId = 'c1', change = { kind: 'key', correct: ['b'] } }: { examId: string; itemId?: string; change?: ItemChange },
): Promise<string> {
  const scope = { examId, test: 'aptitude', caseStudyId: null, itemId, change, submittedFrom: null, submittedUntil: null } as const;
  const { regradeId } = await store.regrades.open({ person: { subject: 'staff-1', email: undefined }, reason: 'a wrong key', scope });
  const { previewHash } = await store.regrades.preview({ regradeId });
  await store.regrades.apply({ regradeId, person: { subject: 'staff-2', email: undefined }, reason: 'it was wrong', previewHash: previewHash ?? '' });
  return regradeId;
}

export async function untilThrough({ store }: Pick<Pipeline, 'store'>, regradeId: string): Promise<void> {
  await until(async () => {
    const { state } = await store.regrades.read(regradeId);
    return state === 'applied' || `the regrade is ${state}`;
  });
}

const given = [1, 2].map((number) => ({ grader: `regraded-${number}`, points: [2, 2] as const }));

/** One control flow of the regrade's workflow, played for real. A history of each is replayed in CI. */
export const REGRADE_SHAPES = [
  {
    name: 'regrade-applied',
    /** Of a script without choices: full points for one of them make the result better. Returns the id of the workflow. */
    async play(pipeline: Pipeline): Promise<string> {
      await decidedScript(pipeline.store, { given, credentials: pipeline.credentials() });
      const regradeId = await appliedRegrade(pipeline, { examId: 'small', change: { kind: 'full_points' } });
      await startOnce(pipeline.client, regradeStart(regradeId));
      await untilThrough(pipeline, regradeId);
      return regradeWorkflowId(regradeId);
    },
  },
];
