import type { Work } from '../../engine/cache.ts';
import type { Stage } from '../stage.ts';

/** One thing that happens to a cluster, with people in it. Throws if anything is not as it must be. */
export type Rehearsal = {
  /** As `--rehearse` takes it. */
  readonly name: string;
  /** What it needs beside the cluster is built, before the cluster is up. */
  readonly ready?: (work: Work) => Promise<unknown>;
  readonly play: (stage: Stage) => Promise<Outcome>;
};

export type Outcome = {
  /** Each time that somebody asked. */
  readonly requests: number;
  /** Those that were not answered well while nothing had been taken away; whoever asked did not repeat them, or had to. */
  readonly requestsFailed: number;
  /** Acknowledged and not kept. */
  readonly answersLost: number;
  /** By pool, those wanted at once. */
  readonly replicasMost?: Readonly<Record<string, number>>;
  /** Whatever else it found. */
  readonly shown: object;
};
