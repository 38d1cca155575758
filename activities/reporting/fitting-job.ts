import {
  alikePairs,
  compareModels,
  fitOnSplit,
  judgeByFolds,
  type AlikePair,
  type KeptAside,
  type ModelComparison,
} from '../../domain/kept-aside.ts';
import { TooFewMarks, type MarkedScript } from '../../domain/marking-fit.ts';
import type { MarkingModel } from '../../domain/marking-model.ts';
import { planOf } from '../../domain/marking-policies.ts';
import type { ModelData, PlanOutcome } from '../../domain/marking-refit.ts';
import { modelDataOf } from '../../store/model-data.ts';

/** What takes minutes of processor time, and so runs in a thread of its own. */
export type FittingJob =
  | { readonly kind: 'fit'; readonly scripts: readonly MarkedScript[]; readonly active: MarkingModel | undefined }
  | { readonly kind: 'plan'; readonly scripts: readonly MarkedScript[] };

export type Fitted = {
  readonly kind: 'fitted';
  readonly model: MarkingModel;
  readonly data: ModelData;
  readonly keptAside: KeptAside;
  /** With the active model. */
  readonly comparison: ModelComparison | null;
  readonly alike: readonly AlikePair[];
};

type TooFew = { readonly kind: 'too_few'; readonly why: string };

export type FittingResult = Fitted | PlanOutcome;

export function workOn(job: FittingJob): FittingResult {
  try {
    return job.kind === 'fit' ? fit(job.scripts, job.active) : plan(job.scripts);
  } catch (error) {
    if (error instanceof TooFewMarks) return { kind: 'too_few', why: error.message } satisfies TooFew;
    throw error;
  }
}

function fit(scripts: readonly MarkedScript[], active: MarkingModel | undefined): Fitted {
  const { model, keptAside, split } = fitOnSplit(scripts);
  return {
    kind: 'fitted',
    model,
    data: modelDataOf(split.fitted),
    keptAside,
    comparison: active ? compareModels(model, active, split.keptAside) : null,
    alike: alikePairs(scripts),
  };
}

function plan(scripts: readonly MarkedScript[]): PlanOutcome {
  const judged = judgeByFolds(scripts);
  if (judged.length === 0) throw new TooFewMarks('no script was marked by two graders');
  return { kind: 'planned', plan: planOf(judged) };
}
