import pg from 'pg';
import { readArguments, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { register } from '../people/candidates.ts';
import { createCast } from '../people/cast.ts';
import { publishExam } from '../people/exams.ts';
import { createHeadcount } from '../people/headcount.ts';
import { forEachAtMost } from '../people/streams.ts';
import { playExamDay, untilNoFactWaits } from './exam-day.ts';
import { examIdOf, loadExam } from './exams.ts';
import { whileGraded } from './graders.ts';
import { checkLedger, createLedger } from './ledger.ts';
import { createMeter } from './meter.ts';

/**
 * An exam day on a system that runs elsewhere (deploy/cluster/rehearsals/exam-day.ts): all register, then the day comes. The last line is JSON:
 * what was acknowledged is looked for in PostgreSQL at the end.
 */
const USAGE =
  'Usage: node trials/load/exam-day-main.ts --api URL --issuer URL --database URL --candidates N --peak-seconds N --work-seconds N --graders N --seed TEXT';

const AT_ONCE = 16;
const text = { type: 'string' } as const;

await runUntilStopped(async (signal) => {
  const { values } = readArguments({
    options: { api: text, issuer: text, database: text, candidates: text, 'peak-seconds': text, 'work-seconds': text, graders: text, seed: text },
  });
  const { api: apiUrl, issuer: issuerUrl, database: databaseUrl, seed } = values;
  if (apiUrl === undefined || issuerUrl === undefined || databaseUrl === undefined || seed === undefined) throw new Error(USAGE);
  const { candidates = '', 'peak-seconds': peak = '', 'work-seconds': work = '', graders: staff = '' } = values;
  const numbers = wholeNumbers(USAGE, { candidates, 'peak-seconds': peak, 'work-seconds': work, graders: staff });
  const [meter, ledger] = [createMeter(), createLedger()];
  const asked = { requests: 0, repeated: 0 };
  const cast = createCast({
    apiUrl,
    issuerUrl,
    signal,
    onAnswer: (answer) => {
      meter.record(answer);
      ledger.record(answer);
      asked.requests += answer.tries;
      asked.repeated += answer.tries - 1;
    },
  });
  const database = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const context = { options: { graders: numbers.graders, seed }, database, cast, headcount: createHeadcount(), signal };
  meter.stage('registering');
  await publishExam(cast, loadExam('exam-day'), { subject: 'load-examiner', name: 'Load Examiner' });
  const journeys = await registered(context, numbers.candidates);
  for (const { attemptId } of journeys) ledger.attempts.add(attemptId);
  await untilNoFactWaits(context);
  console.log('the exam day begins');
  meter.stage('exam day');
  const { 'peak-seconds': peakSeconds, 'work-seconds': workSeconds } = numbers;
  const examDay = await whileGraded(context, () => playExamDay(context, { journeys, peakSeconds, workSeconds }));
  await untilNoFactWaits(context);
  const checks = await checkLedger(database, ledger);
  await database.end();
  console.log(JSON.stringify({ examDay, ...asked, operations: meter.figures(), checks }));
});

async function registered(
  { cast, headcount }: { cast: ReturnType<typeof createCast>; headcount: ReturnType<typeof createHeadcount> },
  count: number,
) {
  // People of their own each time: whoever sat this exam before has an attempt under way.
  const run = Date.now().toString(36);
  const journeys: Awaited<ReturnType<typeof register>>[] = [];
  await forEachAtMost(numbered(count), AT_ONCE, async (index) => {
    const api = cast({ subject: `exam-day-${run}-candidate-${index}`, name: `Candidate ${index}`, roles: ['candidate'] });
    journeys.push(await register({ api, examId: examIdOf('exam-day'), headcount }));
  });
  return journeys;
}

async function* numbered(count: number): AsyncGenerator<number> {
  for (let index = 0; index < count; index += 1) yield index;
}
