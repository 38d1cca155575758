import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { withDemoPolicy } from '../../exams/demo-policy.ts';
import type { ExamForm } from '../../exams/form.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { readCommandLine, refuseCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { describeFailure } from '../../platform/failure.ts';
import { backlogOf } from '../../platform/temporal/task-queues.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { createCast, type Cast } from '../people/cast.ts';
import { DEMO_CANDIDATES, DEMO_GRADERS, DEMO_STAFF } from './cast.ts';
import { checkedCertificate } from './certificate.ts';
import { playDemo, type DemoEnd } from './play.ts';
import { feedbackOfOne, openLinks, outcomeTable, surprises, verifiedReceipt, type DemoServers } from './report.ts';
import { demoBlock, demoLine, secondsOf, type DemoScene } from './view.ts';
import { startDisplay } from '../support/display.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import { publishExam } from '../people/exams.ts';
import { createHeadcount } from '../people/headcount.ts';
import { stopSignal } from '../../local/stop-signal.ts';

/**
 * `npm run demo`: a whole exam day in about a minute, on a stack of its own that is gone afterwards. `-- --independent` has
 * a certificate of it checked by verifiers that we did not write as well (they need Python, or Java with Maven).
 * `-- --api URL --issuer URL` plays it on servers that run, with tokens of a local issuer that their API trusts.
 */
const USAGE = `Usage: npm run demo [-- options]

  --independent   checks a certificate by verifiers that we did not write as well (they need Python, or Java with Maven)
  --api URL       plays on the API of a stack that runs; without it, one is started for this alone
  --issuer URL    with --api: the local issuer whose tokens that API takes
  --limits TIMES  every limit so many times as long, for servers that are slower (default: 1)`;

const { values: options } = readCommandLine(USAGE, {
  options: {
    independent: { type: 'boolean', default: false },
    api: { type: 'string' },
    issuer: { type: 'string' },
    limits: { type: 'string', default: '1' },
  },
});
const { limits } = wholeNumbers(USAGE, { limits: options.limits });
if ((options.api === undefined) !== (options.issuer === undefined)) refuseCommandLine(USAGE, ['--api and --issuer go together']);

const LINE_SECONDS = 3;
const LOOK_MILLISECONDS = 1000;
/** The longest limit of the demo's policy is 25 s: without a move for so long something is broken. */
const STALLED_SECONDS = 60 * limits;

type Scene = { -readonly [Key in keyof DemoScene]: DemoScene[Key] };
type Event = DemoScene['events'][number];

async function main(): Promise<number> {
  const stop = stopSignal();
  console.log(`Certifiable: ${DEMO_CANDIDATES.length} candidates and ${DEMO_GRADERS.length} graders, with every limit in seconds.\n`);
  try {
    const startedAt = Date.now();
    if (options.api !== undefined && options.issuer !== undefined) return await demonstrateElsewhere(options.api, options.issuer, stop);
    const { links, problems } = await withEmbeddedStack({ log: logUnlessDetail, signal: stop }, (stack) => demonstrate(stack, stop));
    console.log(`\nThese were open while it ran, and are closed now ("npm start" keeps them up):\n${links}`);
    console.log(`\nEverything is stopped, and nothing is left behind. The demo took ${secondsOf({ startedAt })} s.`);
    for (const problem of problems) console.error(problem);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (stop.aborted) {
      console.log('Stopped; nothing is left running.');
      return 130;
    }
    console.error(describeFailure(error));
    return 1;
  }
}

/** One line a part is for those who start the stack itself. */
function logUnlessDetail(line: string): void {
  if (!line.startsWith('  ') && !line.startsWith('applied migration')) console.log(line);
}

async function demonstrateElsewhere(apiUrl: string, issuerUrl: string, stop: AbortSignal): Promise<number> {
  const servers = { apiUrl, issuerUrl, temporalAddress: undefined, temporalUrl: undefined, mailboxUrl: undefined, statusUrls: {} };
  const { problems } = await demonstrate(servers, stop);
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

type Demonstrated = { readonly links: string; readonly problems: readonly string[] };

async function demonstrate(stack: DemoServers, stop: AbortSignal): Promise<Demonstrated> {
  const ending = new AbortController();
  const signal = AbortSignal.any([stop, ending.signal]);
  const { apiUrl, issuerUrl } = stack;
  const cast = createCast({ apiUrl, issuerUrl, signal });
  const form = await publishDemoExam(cast);
  console.log(`\nOpen while it runs:\n${openLinks(stack)}\n`);

  const events: Event[] = [];
  const scene: Scene = { startedAt: Date.now(), headcount: createHeadcount(), marked: 0, adjudicated: 0, open: 0, held: 0, backlogs: [], events };
  const display = startDisplay({ output: process.stdout, block: () => demoBlock(scene), line: () => demoLine(scene), lineSeconds: LINE_SECONDS });
  const watching = watch(scene, { stack, cast, ending, signal });
  try {
    const ends = await playDemo({
      cast,
      form,
      headcount: scene.headcount,
      tell: (who, what) => events.push({ seconds: secondsOf(scene), who, what }),
      onMarked: (purpose) => {
        scene.marked += 1;
        if (purpose === 'adjudicate') scene.adjudicated += 1;
      },
      signal,
    });
    display.stop();
    return await report(ends, { stack, cast, form, signal });
  } catch (error) {
    ending.abort(error);
    throw ending.signal.reason;
  } finally {
    display.stop();
    ending.abort();
    await watching;
  }
}

async function publishDemoExam(cast: Cast): Promise<ExamForm> {
  const file = new URL('../../exams/software-architect.json', import.meta.url);
  const form = withDemoPolicy(JSON.parse(await readFile(file, 'utf8')) as ExamForm, limits);
  await publishExam(cast, form, { subject: 'demo-dana', name: 'Dana' });
  return form;
}

/** Keeps what only staff and Temporal can tell up to date. A failed look is repeated with the next. */
async function watch(
  scene: Scene,
  { stack, cast, ending, signal }: { stack: DemoServers; cast: Cast; ending: AbortController; signal: AbortSignal },
): Promise<void> {
  const { temporalAddress } = stack;
  const temporal = temporalAddress === undefined ? undefined : createTemporalClient(readTemporalConfig({ TEMPORAL_ADDRESS: temporalAddress }));
  const staff = cast({ ...DEMO_STAFF, subject: 'demo-watch' });
  while (!signal.aborted) {
    try {
      if (temporal) scene.backlogs = await Promise.all(TASK_QUEUES.map((queue) => backlogOf(temporal, queue)));
      const open = await staff.openAssignments();
      scene.open = open.length;
      scene.held = open.filter(({ holder }) => holder !== null).length;
    } catch {
      // It shows what it showed before.
    }
    if (scene.headcount.secondsSinceMove() > STALLED_SECONDS)
      ending.abort(new Error(`nothing has moved for ${STALLED_SECONDS} s: ${demoLine(scene)}`));
    await pause(LOOK_MILLISECONDS, undefined, { signal }).catch(() => {});
  }
  await temporal?.connection.close();
}

async function report(
  ends: readonly DemoEnd[],
  { stack, cast, form, signal }: { stack: DemoServers; cast: Cast; form: ExamForm; signal: AbortSignal },
): Promise<Demonstrated> {
  const certified = ends.find(({ attempt }) => attempt.outcome === 'certified');
  const receipt = certified ? [await verifiedReceipt(certified, { apiUrl: stack.apiUrl, form })] : [];
  const certificate = certified ? [await checkedCertificate(certified, { stack, cast, independent: options.independent, signal })] : [];
  console.log(`\n${[outcomeTable(ends), feedbackOfOne(ends), ...receipt, ...certificate].join('\n\n')}`);
  return { links: openLinks(stack, certified?.journey.attemptId), problems: surprises(ends) };
}

process.exit(await main());
