import type { Client } from '@temporalio/client';
import { buildQuery, readBuilds, type Build } from '../../platform/temporal/worker-deployments.ts';
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

/** What the server knows of every pool's builds. */
export async function readStatus(client: Client, pools: readonly TaskQueue[]): Promise<readonly PoolStatus[]> {
  return Promise.all(
    pools.map(async (pool) => {
      const builds = (await readBuilds(client, pool)).map(async (build) => {
        const open = pool === WORKFLOW_POOL ? await openOn(client, build.buildId) : undefined;
        return { ...build, open, verdict: verdictOf(build, open) };
      });
      return { pool, builds: await Promise.all(builds) };
    }),
  );
}

async function openOn(client: Client, buildId: string): Promise<OpenWork> {
  const attempts: Record<string, number> = {};
  let others = 0;
  let lastDueAt: Date | undefined;
  const query = `${buildQuery({ deploymentName: WORKFLOW_POOL, buildId })} AND ExecutionStatus = 'Running'`;
  for await (const { type, typedSearchAttributes } of client.workflow.list({ query, pageSize: 1000 })) {
    if (type !== ATTEMPT_WORKFLOW) {
      others += 1;
      continue;
    }
    const phase = typedSearchAttributes.get(CertPhase) ?? 'registered';
    attempts[phase] = (attempts[phase] ?? 0) + 1;
    const dueAt = typedSearchAttributes.get(CertDueAt);
    if (dueAt && !(lastDueAt && lastDueAt > dueAt)) lastDueAt = dueAt;
  }
  return { attempts, others, lastDueAt };
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
