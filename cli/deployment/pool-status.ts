import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { buildOf, buildQuery, readBuilds, type Build } from '../../platform/temporal/worker-deployments.ts';
import { ATTEMPT_WORKFLOW } from '../../workflows/messages.ts';
import type { TaskQueue } from '../../workflows/queues.ts';
import { CertDueAt, CertPhase } from '../../workflows/search-attributes.ts';
import { formatCount } from '../command.ts';

/** The pool that runs workflows: only there does a build have to stay for what was begun on it. */
const WORKFLOW_POOL: TaskQueue = 'certification';
const SECOND = 1000;

/** What is open on a build: attempts by phase, and corrections of certificates. */
export type OpenWork = {
  readonly attempts: Readonly<Record<string, number>>;
  readonly others: number;
  /** The last of the deadlines that its attempts wait for now. */
  readonly lastDueAt: Date | undefined;
};

type Verdict = { readonly canRetire: boolean; readonly why: string };

export type BuildStatus = Build & { readonly open: OpenWork | undefined; readonly verdict: Verdict };

export type PoolStatus = { readonly pool: TaskQueue; readonly builds: readonly BuildStatus[] };

/** What the server knows of every pool's builds, or of one build in them. */
export async function readStatus(client: Client, pools: readonly TaskQueue[], buildId?: string): Promise<readonly PoolStatus[]> {
  return Promise.all(
    pools.map(async (pool) => {
      const open = pool === WORKFLOW_POOL ? await openByBuild(client, buildId) : undefined;
      const builds = (await readBuilds(client, pool)).filter((build) => buildId === undefined || build.buildId === buildId);
      return { pool, builds: builds.map((build) => withVerdict(build, open && (open.get(build.buildId) ?? NOTHING_OPEN))) };
    }),
  );
}

function withVerdict(build: Build, open: OpenWork | undefined): BuildStatus {
  return { ...build, open, verdict: verdictOf(build, open) };
}

const NOTHING_OPEN: OpenWork = { attempts: {}, others: 0, lastDueAt: undefined };

/** One listing for all builds: the server takes few of them a second, and after many releases a pool knows many builds. */
async function openByBuild(client: Client, buildId: string | undefined): Promise<ReadonlyMap<string, OpenWork>> {
  const pinned = buildQuery({ deploymentName: WORKFLOW_POOL, buildId });
  const open = new Map<string, OpenWork>();
  for await (const workflow of client.workflow.list({ query: `${pinned} AND ExecutionStatus = 'Running'`, pageSize: 1000 })) {
    const build = buildOf(workflow);
    open.set(build, withOne(open.get(build) ?? NOTHING_OPEN, workflow));
  }
  return open;
}

function withOne(open: OpenWork, { type, typedSearchAttributes }: WorkflowExecutionInfo): OpenWork {
  if (type !== ATTEMPT_WORKFLOW) return { ...open, others: open.others + 1 };
  const phase = typedSearchAttributes.get(CertPhase) ?? 'registered';
  const dueAt = typedSearchAttributes.get(CertDueAt);
  const isLast = dueAt !== undefined && !(open.lastDueAt && open.lastDueAt > dueAt);
  return {
    attempts: { ...open.attempts, [phase]: (open.attempts[phase] ?? 0) + 1 },
    others: open.others,
    lastDueAt: isLast ? dueAt : open.lastDueAt,
  };
}

/** Whether a build's workers may go: nothing is sent to it, and nothing that was begun on it is open. */
function verdictOf({ state }: Build, open: OpenWork | undefined): Verdict {
  const attempts = open ? attemptsIn(open) : 0;
  const no = (why: string) => ({ canRetire: false, why });
  switch (state) {
    case 'current':
      return no('new work goes to it');
    case 'ramping':
      return no('a share of new work goes to it');
    case 'draining':
    case 'drained':
    case 'inactive': {
      if (attempts > 0) {
        const due = open?.lastDueAt === undefined ? '' : `; the last of their present deadlines is ${timeOf(open.lastDueAt)}`;
        return no(`${counted(attempts, 'attempt')} open on it${due}`);
      }
      if (open !== undefined && open.others > 0) return no(`${counted(open.others, 'correction')} open on it: staff settle them`);
      if (state === 'draining') return no('the server has not seen yet that nothing is open on it; it looks every few minutes');
      return { canRetire: true, why: 'nothing goes to it and nothing is open on it' };
    }
  }
}

export function attemptsIn({ attempts }: OpenWork): number {
  return Object.values(attempts).reduce((sum, count) => sum + count, 0);
}

export function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? ' is' : 's are'}`;
}

/** What the server knows of a build's workers. A worker asks anew once a minute: a killed one looks alive for so long, but for its age. */
export function workersOf({ polling, lastPollAt }: Pick<Build, 'polling' | 'lastPollAt'>, now: Date): string {
  if (lastPollAt === undefined) return 'none';
  if (!polling) return `no poll since ${timeOf(lastPollAt)}`;
  return `polling, last ${Math.max(0, Math.round((now.getTime() - lastPollAt.getTime()) / SECOND))} s ago`;
}

/** "2026-11-25 17:03:21 UTC". */
export function timeOf(date: Date): string {
  return `${new Date(Math.floor(date.getTime() / SECOND) * SECOND).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
