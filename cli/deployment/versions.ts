import type { Command } from 'commander';
import { JSON_OPTION, poolsArgument, poolsNamed } from '../arguments.ts';
import { alignColumns, formatCount, printJson, type CommandContext } from '../command.ts';
import { attemptsIn, counted, readStatus, timeOf, workersOf, type BuildStatus, type OpenWork, type PoolStatus } from './pool-status.ts';

export function addVersions(deployment: Command, context: CommandContext): void {
  deployment
    .command('versions')
    .description('the builds of every pool: which gets new work, and which still has attempts open')
    .addArgument(poolsArgument())
    .option(...JSON_OPTION)
    .action(async (pools: readonly string[], { json }: { json?: true }) => {
      const status = await readStatus(await context.connections.temporal(), poolsNamed(pools));
      if (json) printJson(context, status.map(asJson));
      else for (const line of statusLines(status)) context.print(line);
    });
}

function statusLines(status: readonly PoolStatus[]): readonly string[] {
  const rows = status.flatMap(({ pool, builds }) =>
    builds.length === 0
      ? [[pool, 'no build is known: no worker of it has started yet']]
      : builds.map((build, index) => [index === 0 ? pool : '', ...cellsOf(build)]),
  );
  return alignColumns([['pool', 'build', 'state', 'since', 'workers', 'open', 'can be switched off'], ...rows]);
}

function cellsOf({ buildId, state, rampPercent, since, open, verdict, ...build }: BuildStatus): readonly string[] {
  return [
    buildId,
    rampPercent === undefined ? state : `${state} ${rampPercent} %`,
    since ? timeOf(since) : '',
    workersOf(build, new Date()),
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
