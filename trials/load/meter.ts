import type { Answer } from '../people/http.ts';
import { percentile, rounded } from '../support/statistics.ts';

/** How long the API took, by stage of the run and by what people did. */

const OPERATIONS = ['register', 'start', 'autosave', 'submit', 'download', 'claim', 'claim, nothing there', 'complete', 'status', 'other'] as const;
export type Operation = (typeof OPERATIONS)[number];

export type OperationFigures = {
  readonly stage: string;
  readonly operation: Operation;
  readonly count: number;
  /** Over the whole stage. */
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Requests that had to be repeated before they were answered. */
  readonly repeated: number;
};

export function operationOf({ method, path, status }: Pick<Answer, 'method' | 'path' | 'status'>): Operation {
  const route = `${method} ${path.replace(/\?.*$/, '')}`;
  if (route === 'POST /v1/attempts') return 'register';
  if (/^GET \/v1\/attempts\/[^/]+$/.test(route)) return 'status';
  if (/^PUT \/v1\/attempts\/[^/]+\/responses\/[^/]+$/.test(route)) return 'autosave';
  if (/^POST \/v1\/attempts\/[^/]+\/aptitude-test$/.test(route)) return 'start';
  if (/^POST \/v1\/attempts\/[^/]+\/case-study$/.test(route)) return 'download';
  if (/^POST \/v1\/attempts\/[^/]+\/(aptitude-test|case-study)\/submission$/.test(route)) return 'submit';
  if (route === 'POST /v1/assignments/claims') return status === 204 ? 'claim, nothing there' : 'claim';
  if (/^POST \/v1\/assignments\/[^/]+\/completion$/.test(route)) return 'complete';
  return 'other';
}

type Recorded = { milliseconds: number[]; repeated: number };

type Stage = { readonly name: string; readonly startedAt: number; endedAt: number; readonly operations: Map<Operation, Recorded> };

/** `now` tells milliseconds. */
export function createMeter(now: () => number = () => performance.now()) {
  const stages: Stage[] = [];
  let current: Stage | undefined;
  return {
    /** What is recorded from now on belongs to this stage. */
    stage(name: string): void {
      current = { name, startedAt: now(), endedAt: now(), operations: new Map<Operation, Recorded>() };
      stages.push(current);
    },
    record(answer: Answer): void {
      if (!current) return;
      current.endedAt = now();
      const operation = operationOf(answer);
      const recorded = current.operations.get(operation) ?? { milliseconds: [], repeated: 0 };
      recorded.milliseconds.push(answer.milliseconds);
      if (answer.tries > 1) recorded.repeated += 1;
      current.operations.set(operation, recorded);
    },
    figures(): readonly OperationFigures[] {
      return stages.flatMap((stage) =>
        OPERATIONS.flatMap((operation) => {
          const recorded = stage.operations.get(operation);
          return recorded && operation !== 'other' ? [figuresOf(stage, operation, recorded)] : [];
        }),
      );
    },
  };
}

export type Meter = ReturnType<typeof createMeter>;

function figuresOf({ name, startedAt, endedAt }: Stage, operation: Operation, { milliseconds, repeated }: Recorded): OperationFigures {
  const at = (percent: number) => rounded(percentile(milliseconds, percent), 1);
  const count = milliseconds.length;
  const perSecond = rounded((count * 1000) / Math.max(1, endedAt - startedAt), 1);
  return { stage: name, operation, count, perSecond, p50: at(50), p95: at(95), p99: at(99), max: at(100), repeated };
}
