import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import { buildQuery, readBuilds, type Build } from '../platform/temporal/worker-deployments.ts';
import { ATTEMPT_WORKFLOW } from '../workflows/messages.ts';
import { TASK_QUEUES, type TaskQueue } from '../workflows/queues.ts';
import { CertDueAt, CertPhase } from '../workflows/search-attributes.ts';
import { checkBuildId, poolsNamed, runTemporalTool, temporalTool, type TemporalToolContext } from './temporal-tool.ts';
import { alignColumns, formatCount, ToolError } from './tool.ts';

const USAGE = `Usage:
  npm run versions                                       the builds of every pool: which gets new work, which still has attempts open
  npm run versions -- --json                             the same for a program
  npm run versions -- --can-retire BUILD_ID [POOL …]     exit code 0 when its workers can be switched off, 1 when they cannot yet

promote, move and replay belong to it: docs/changing-workflows.md.`;

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

export type Verdict = { readonly canRetire: boolean; readonly why: string };

export type BuildStatus = Build & { readonly open: OpenWork | undefined; readonly verdict: Verdict };

/** Runs the command to its exit code. */
export function runVersions(args: readonly string[], context: TemporalToolContext): Promise<number> {
  return runTemporalTool(context, async () => {
    const { json, buildId, pools } = readArguments(args);
    const status = await readStatus(context.client, pools);
    if (buildId !== undefined) return sayWhetherToRetire(status, buildId, context);
    if (json) context.print(JSON.stringify(status.map(asJson), undefined, 2));
    else for (const line of statusLines(status)) context.print(line);
    return 0;
  });
}

export type PoolStatus = { readonly pool: TaskQueue; readonly builds: readonly BuildStatus[] };

/** What the server knows of every pool's builds. */
export async function readStatus(client: Client, pools: readonly TaskQueue[] = TASK_QUEUES): Promise<readonly PoolStatus[]> {
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
export function verdictOf({ state }: Build, open: OpenWork | undefined): Verdict {
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

function sayWhetherToRetire(status: readonly PoolStatus[], buildId: string, { print }: TemporalToolContext): number {
  const found = status.flatMap(({ pool, builds }) => builds.filter((build) => build.buildId === buildId).map((build) => ({ pool, ...build })));
  if (found.length === 0) throw new ToolError(`no pool knows a build ${buildId}: "npm run versions" lists them`);
  const holding = found.filter(({ verdict }) => !verdict.canRetire);
  for (const { pool, verdict } of holding) print(`${pool}: ${verdict.why}`);
  print(
    holding.length === 0 ? `${buildId} can be switched off in ${found.map(({ pool }) => pool).join(', ')}` : `${buildId} cannot be switched off yet`,
  );
  return holding.length === 0 ? 0 : 1;
}

function statusLines(status: readonly PoolStatus[]): readonly string[] {
  const rows = status.flatMap(({ pool, builds }) =>
    builds.length === 0
      ? [[pool, 'no build is known: no worker of it has started yet']]
      : builds.map((build, index) => [index === 0 ? pool : '', ...cellsOf(build)]),
  );
  return alignColumns([['pool', 'build', 'state', 'since', 'workers', 'open', 'can be switched off'], ...rows]);
}

function cellsOf({ buildId, state, rampPercent, since, polling, open, verdict }: BuildStatus): readonly string[] {
  return [
    buildId,
    rampPercent === undefined ? state : `${state} ${rampPercent} %`,
    since ? timeOf(since) : '',
    polling ? 'polling' : 'none',
    open ? phasesOf(open) : '',
    verdict.canRetire ? 'yes' : `no: ${verdict.why}`,
  ];
}

function phasesOf({ attempts, others }: OpenWork): string {
  const phases = Object.entries(attempts).map(([phase, count]) => `${formatCount(count)} ${phase}`);
  return [...phases, ...(others > 0 ? [counted(others, 'correction')] : [])].join(', ') || '–';
}

function asJson({ pool, builds }: PoolStatus) {
  return {
    pool,
    builds: builds.map(({ open, verdict, ...build }) => ({
      ...build,
      ...(open ? { open: { ...open, total: attemptsIn(open) + open.others } } : {}),
      ...verdict,
    })),
  };
}

function attemptsIn({ attempts }: OpenWork): number {
  return Object.values(attempts).reduce((sum, count) => sum + count, 0);
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? ' is' : 's are'}`;
}

/** "2026-11-25 17:03:21 UTC". */
function timeOf(date: Date): string {
  return `${new Date(Math.floor(date.getTime() / SECOND) * SECOND).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, 'can-retire': { type: 'string' } },
    });
    const buildId = values['can-retire'];
    return { json: values.json, buildId: buildId === undefined ? undefined : checkBuildId(buildId, USAGE), pools: poolsNamed(positionals, USAGE) };
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
}

if (import.meta.main) process.exitCode = await temporalTool(runVersions);
