import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLongCommand } from '../../local/long-command.ts';
import { Failure } from '../../platform/failure.ts';
import { runTool, saidBy } from '../check/run-tool.ts';
import type { Work } from './cache.ts';
import type { Doors } from './doors.ts';

/** The people of the trials, sent to a compose project by the commands that are for people, too. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MINUTES = 60;
/** The demo's limits are seconds, and this machine runs the whole system in containers of one processor and less. */
const DEMO_LIMITS_TIMES = '5';

/** Throws unless each of them ended as the demo's script says. */
export async function sendDemo({ apiUrl, issuerUrl }: Doors, work: Work): Promise<void> {
  await runLongCommand({
    command: process.execPath,
    args: [join(ROOT, 'trials/demo/demo.ts'), '--api', apiUrl, '--issuer', issuerUrl, '--limits', DEMO_LIMITS_TIMES],
    progress: 'the demo’s people',
    timeoutSeconds: 15 * MINUTES,
    ...work,
  });
  work.log('the demo’s people: each ended as their script says');
}

export type CohortOutcome = {
  readonly matching: number;
  readonly expected: number;
  readonly requests: number;
  /** Those of them that were answered only when they were repeated. */
  readonly repeated: number;
  readonly seconds: number;
};

/** Throws unless everybody ended as the folder expects. */
export async function sendCohort({ apiUrl, issuerUrl }: Doors, { directory, signal, log }: Work & { directory: string }): Promise<CohortOutcome> {
  const run = await runTool({
    command: process.execPath,
    args: [join(ROOT, 'trials/cohort/cohort.ts'), directory, '--api', apiUrl, '--issuer', issuerUrl, '--json'],
    timeoutSeconds: 15 * MINUTES,
    signal,
  });
  if (run.code !== 0) throw new Failure(`the cohort did not end as expected:\n${saidBy(run).slice(-4000)}`);
  const { comparison, ...told } = JSON.parse(run.stdout) as Omit<CohortOutcome, 'matching' | 'expected'> & {
    comparison: Pick<CohortOutcome, 'matching' | 'expected'>;
  };
  const outcome = { ...comparison, requests: told.requests, repeated: told.repeated, seconds: told.seconds };
  log(
    `the cohort: ${outcome.matching} of ${outcome.expected} as expected in ${outcome.seconds} s; ${outcome.requests} requests, ${outcome.repeated} of them repeated`,
  );
  return { matching: outcome.matching, expected: outcome.expected, requests: outcome.requests, repeated: outcome.repeated, seconds: outcome.seconds };
}

/** The folder, if a cohort lies there; says plainly what is left out otherwise. */
export async function cohortFolder(directory: string | undefined, log: (line: string) => void): Promise<string | undefined> {
  if (directory === undefined) {
    log('SKIPPED: the cohort, since no folder of one was named');
    return undefined;
  }
  return access(join(directory, 'candidates.jsonl')).then(
    () => directory,
    () => {
      log(`SKIPPED: the cohort, since there is none in ${directory}`);
      return undefined;
    },
  );
}
