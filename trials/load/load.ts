import { loadavg } from 'node:os';
import pg from 'pg';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { createCast } from '../people/cast.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import { lookedAgain } from '../support/looked-again.ts';
import { createHeadcount } from '../people/headcount.ts';
import type { LoadContext } from './context.ts';
import { playExamDay, untilAllDecided, untilNoFactWaits } from './exam-day.ts';
import { loadExam } from './exams.ts';
import { candidatesOfKill, drain, killOne, type Drain, type Kill } from './faults.ts';
import { whileGraded } from './graders.ts';
import { checkLedger, createLedger, type Check } from './ledger.ts';
import { createMeter, type Meter } from './meter.ts';
import { openAttempts } from './open.ts';
import { LOAD_USAGE, readLoadOptions, type LoadOptions } from './options.ts';
import { formatReport, isAllThere, jsonOf, machine, type LoadReport } from './report.ts';
import { startWatch, type Watch } from './watch.ts';
import { stopSignal } from '../../local/stop-signal.ts';

/** `npm run load`: load on the real API and workers of an embedded stack. Exits 1 when anything acknowledged is not found. */

const DRAINED_BY = [1, 2] as const;
const KILLED = ['certification-2', 'grading-auto-2'] as const;

type Exit = 0 | 1 | 2 | 130;

async function main(): Promise<Exit> {
  let options: LoadOptions | undefined;
  try {
    options = readLoadOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${LOAD_USAGE}`);
    return 2;
  }
  if (!options) {
    console.log(LOAD_USAGE);
    return 0;
  }
  const signal = stopSignal();
  try {
    const report = await measured(options, signal);
    console.log(formatReport(report));
    console.log(JSON.stringify(jsonOf(report)));
    return isAllThere(report.checks) ? 0 : 1;
  } catch (error) {
    console.error(signal.aborted ? 'stopped; nothing is left running' : error);
    return signal.aborted ? 130 : 1;
  }
}

function measured(options: LoadOptions, signal: AbortSignal): Promise<LoadReport> {
  const log = (line: string) => console.log(line);
  const [loadAverageBefore = 0] = loadavg();
  log(
    `${machine()}; load average before ${loadAverageBefore.toFixed(1)}\nseed ${options.seed}; Temporal's dev server keeps its workflows in memory, PostgreSQL is without fsync`,
  );
  const pools = [...TASK_QUEUES, 'certification', 'grading-auto', 'delivery', 'events'] as const;
  return withEmbeddedStack({ pools, log, signal }, async (stack) => {
    const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 4 });
    try {
      return { loadAverageBefore, ...(await runLoad({ stack, options, database, log, signal })) };
    } finally {
      await database.end();
    }
  });
}

type Measured = Omit<LoadReport, 'loadAverageBefore'>;
type Given = Pick<LoadContext, 'stack' | 'options' | 'database' | 'log' | 'signal'>;

async function runLoad({ stack, options, database, log, signal: stop }: Given): Promise<Measured> {
  const ending = new AbortController();
  const signal = AbortSignal.any([stop, ending.signal]);
  const meter = createMeter();
  const ledger = createLedger();
  const { apiUrl, issuerUrl } = stack;
  const cast = createCast({
    apiUrl,
    issuerUrl,
    signal,
    onAnswer: (answer) => {
      meter.record(answer);
      ledger.record(answer);
    },
  });
  const context: LoadContext = { stack, options, database, cast, headcount: createHeadcount(), ledger, log, signal };
  try {
    const examiner = cast({ subject: 'load-examiner', name: 'Load Examiner', roles: ['grader', 'designated'] });
    for (const exam of ['exam-day', 'standing-aptitude', 'standing-case-study'] as const) await examiner.publishExam(loadExam(exam));
    return await playStages(context, meter, startWatch(context));
  } catch (error) {
    ending.abort(error);
    throw error;
  }
}

async function playStages(context: LoadContext, meter: Meter, watch: Watch): Promise<Measured> {
  const { options, ledger } = context;
  const stage = async (name: string) => {
    await watch.stage(name);
    meter.stage(name);
  };

  await stage('opening');
  const openedFrom = watch.seconds();
  const coming = options.peak + KILLED.length * candidatesOfKill(options.perSecond) + DRAINED_BY.length * options.backlog;
  const waiting = [...(await openAttempts(context, { examDay: coming, standing: Math.max(0, options.open - coming) }))];
  await untilNoFactWaits(context);
  const opened = { attempts: ledger.attempts.size, seconds: watch.seconds() - openedFrom };

  await stage('exam day');
  const examDay = await whileGraded(context, () => playExamDay(context, { journeys: waiting.splice(0, options.peak), ...options }));

  const kills: Kill[] = [];
  for (const name of KILLED) {
    await stage(`${name} killed`);
    kills.push(await whileGraded(context, () => killOne(context, name, waiting)));
    await whileGraded(context, () => untilAllDecided(context));
  }

  const drains: Drain[] = [];
  for (const workers of DRAINED_BY) {
    await stage(`drain by ${workers}`);
    drains.push(await drain(context, { pool: 'certification', workers, journeys: waiting.splice(0, options.backlog) }));
  }

  await stage('the rest');
  await whileGraded(context, () => untilAllDecided(context));
  await untilNoFactWaits(context);
  const checks = [...(await checkLedger(context.database, ledger)), ...(await checkRunning(context)), ...(await checkRecords(context))];
  return { opened, examDay, kills, drains, operations: meter.figures(), looks: await watch.stop(), checks };
}

/** All of them, as `certifiable records recompute` and `records audit` do. */
async function checkRecords({ stack, log }: LoadContext): Promise<readonly Check[]> {
  const began = performance.now();
  const { decisions, entries, problems } = await lookedAgain(stack);
  for (const problem of problems) log(problem);
  const seconds = Math.round((performance.now() - began) / 1000);
  const mebibytes = Math.round(process.memoryUsage().rss / 1024 ** 2);
  log(`${decisions} decisions decided again and ${entries} entries of the ledger checked in ${seconds} s, with ${mebibytes} MiB`);
  return [
    {
      what: 'decisions that follow from their records, and records that are as the ledger has them',
      acknowledged: decisions,
      found: decisions - problems.length,
    },
  ];
}

/** Every attempt has its workflow: none of them ends within the run, since a failed one stays open for an appeal. */
async function checkRunning({ stack, ledger, database }: LoadContext): Promise<readonly Check[]> {
  const temporal = createTemporalClient(readTemporalConfig({ TEMPORAL_ADDRESS: stack.temporalAddress }));
  try {
    const { rows } = await database.query<{ submitted: number; decided: number }>(
      `SELECT (SELECT count(*)::int FROM submission b JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
               WHERE a.exam_id = 'load-exam-day') AS submitted,
              (SELECT count(*)::int FROM decision d JOIN attempt a ON a.id = d.attempt_id WHERE a.exam_id = 'load-exam-day') AS decided`,
    );
    const { count } = await temporal.workflow.count(`WorkflowType = 'certificationAttempt' AND ExecutionStatus = 'Running'`);
    return [
      { what: 'results of the exam day', acknowledged: rows[0]?.submitted ?? 0, found: rows[0]?.decided ?? 0 },
      { what: 'workflows that wait in Temporal', acknowledged: ledger.attempts.size, found: count },
    ];
  } finally {
    await temporal.connection.close();
  }
}

process.exit(await main());
