import type { Rendering } from './manifests.ts';
import type { Schemas } from './schemas/assemble.ts';
import type { ToolName } from '../../local/tools/catalogue.ts';

/** One thing that is checked. It is told everything it needs, and says what it looked at and what is wrong. */
export type Check = {
  readonly name: string;
  /** Installed before it runs. */
  readonly tools: readonly ToolName[];
  readonly run: (project: Project) => Promise<CheckResult>;
};

export type CheckResult = {
  /** How many of what, such as 12 manifests. A check that finds nothing to look at fails: it would never fail again. */
  readonly count: number;
  readonly what: string;
  readonly problems: readonly string[];
  /** Why nothing is known: what it asks cannot be asked from here. Said, and not counted as passed. */
  readonly unknown?: string;
};

export type Project = {
  /** Absolute path of the repository. */
  readonly root: string;
  readonly tool: (executable: string) => string;
  /** The chart with each of its values files, then every folder of kustomize; rendered once. */
  readonly renderings: () => Promise<readonly Rendering[]>;
  readonly schemas: () => Promise<Schemas>;
  readonly signal: AbortSignal | undefined;
};
