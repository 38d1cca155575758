import { setTimeout as pause } from 'node:timers/promises';
import pMap from 'p-map';
import type { Stack } from '../../local/stack.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { peopleToBe } from '../../local/tokens.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { answerWorth, examIdOf, loadExam } from '../load/exams.ts';
import { createCast, type Cast } from '../people/cast.ts';
import type { ApiClient } from '../people/client.ts';
import { seededRandom } from '../people/random.ts';
import { startBrowser } from '../support/browser.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import { median, percentile, rounded } from '../support/statistics.ts';
import { formatTable } from '../support/table.ts';
import { createKeyboardGrader, type KeyboardGrader, type Loss, type Script } from './desk-grader.ts';

/**
 * `npm run desk`: the scripts of a cohort, each marked twice, by graders who work in real browsers with the keyboard alone, while tabs are
 * killed, networks cut, and the API is gone for half a minute. What the pages show after each accident, and what is recorded at the end,
 * is compared with what was typed. The last line is JSON. Exits 1 where anything is lost.
 */

const USAGE = 'Usage: npm run desk [-- --scripts 20 --seed 1 --faults 40]';
const API_GONE_SECONDS = 30;
const CANDIDATES_AT_ONCE = 4;
const ITEMS = ['c1', 'c2', 't1', 't2'];
const POINTS_MAX = 5;

type Options = {
  readonly scripts: number;
  readonly seed: number;
  /** Percent of the texts in the middle of which something happens. */ readonly faults: number;
};

const say = (line: string) => console.error(line);

async function handIn(cast: Cast, number: number): Promise<string> {
  const candidate = cast({ subject: `desk-candidate-${number}`, name: `Candidate ${number}`, roles: ['candidate'] });
  const { id } = await candidate.register(examIdOf('exam-day'));
  await candidate.startAptitudeTest(id);
  const worth = number % (POINTS_MAX + 1);
  for (const itemId of ITEMS) await candidate.saveResponse(id, itemId, { value: answerWorth(itemId, worth), sequence: 1 });
  await candidate.submitAptitudeTest(id);
  return id;
}

type Marked = Script & { readonly grader: string };
type Played = { readonly marked: readonly Marked[]; readonly losses: readonly Loss[]; readonly recorded: readonly string[] };

/** Until every script has its result. */
async function markAll({
  graders,
  isOver,
  onMarked,
}: {
  graders: ReadonlyMap<string, KeyboardGrader>;
  isOver: () => Promise<boolean>;
  onMarked: (marked: Marked) => void;
}) {
  let over = false;
  await Promise.all(
    [...graders].map(async ([grader, { markNext }]) => {
      while (!over) {
        const script = await markNext();
        if (script) onMarked({ ...script, grader });
        else over ||= await isOver();
      }
    }),
  );
}

async function loseApi({ processes }: Stack, signal: AbortSignal): Promise<void> {
  say(`the API is killed, and gone for ${API_GONE_SECONDS} s`);
  await processes['api']?.kill();
  await pause(API_GONE_SECONDS * 1000, undefined, { signal });
  await processes['api']?.start();
  say('the API is back');
}

async function play(stack: Stack, { scripts, seed, faults }: Options, signal: AbortSignal): Promise<Played> {
  const cast = createCast({ ...stack, signal });
  const dana = { subject: 'desk-publisher', name: 'Dana', roles: ['grader', 'designated'] } as const;
  await cast(dana).publishExam({ ...loadExam('exam-day'), policy: { marking: 'double' } });
  const attemptIds: string[] = [];
  await pMap(
    Array.from({ length: scripts }, (_, number) => number),
    async (number) => attemptIds.push(await handIn(cast, number)),
    { concurrency: CANDIDATES_AT_ONCE },
  );
  say(`${scripts} scripts are handed in`);

  const browser = await startBrowser();
  const staff = cast({ subject: 'desk-staff', name: 'Sam', roles: ['staff'] });
  const marked: Marked[] = [];
  let outage: Promise<void> | undefined;
  try {
    const people = peopleToBe.filter(({ roles }) => roles.includes('grader'));
    const graders = new Map<string, KeyboardGrader>();
    for (const person of people) {
      const random = seededRandom(String(seed), person.subject);
      graders.set(person.subject, await createKeyboardGrader({ browser, url: stack.apiUrl, person, random, faultProbability: faults / 100 }));
    }
    await markAll({
      graders,
      isOver: async () =>
        (await Promise.all(attemptIds.map((id) => staff.story(id)))).every(({ attempt: { phase } }) => phase !== 'aptitude_grading'),
      onMarked(one) {
        marked.push(one);
        say(
          `${one.grader} has marked a script: ${one.keys} keys, ${one.seconds.toFixed(1)} s${one.faults.length > 0 ? ` (${one.faults.join(', ')})` : ''}`,
        );
        if (marked.length === scripts) outage = loseApi(stack, signal);
      },
    });
    await outage;
    const losses = [...graders.values()].flatMap((grader) => grader.losses);
    const recorded = await recordedMarks(attemptIds, staff);
    return { marked, losses, recorded };
  } finally {
    await browser.close();
  }
}

/** As the records have them: what a person typed stands there once, word for word. */
async function recordedMarks(attemptIds: readonly string[], staff: ApiClient): Promise<readonly string[]> {
  const stories = await Promise.all(attemptIds.map((id) => staff.story(id)));
  return stories.flatMap(({ assignments }) => assignments.flatMap(({ marks }) => marks.map(keyOf)));
}

const keyOf = ({ itemId, points, reason }: { itemId: string; points: number; reason: string }) => JSON.stringify([itemId, points, reason]);

function report({ marked, losses, recorded }: Played, { scripts, seed }: Options): void {
  const typed = marked.flatMap(({ typed: marks }) => marks.map(keyOf));
  const missing = typed.filter((one) => recorded.filter((other) => other === one).length !== 1);
  const quiet = marked.filter(({ faults }) => faults.length === 0);
  const broken = marked.filter(({ faults }) => faults.length > 0);
  const rows = [
    { what: 'without an accident', of: quiet },
    { what: 'with one or more', of: broken },
  ].filter(({ of }) => of.length > 0);
  console.log(
    formatTable(rows, [
      { title: 'scripts', value: ({ what }) => what },
      { title: 'count', value: ({ of }) => String(of.length), align: 'right' },
      { title: 'keys, median', value: ({ of }) => String(median(of.map(({ keys }) => keys))), align: 'right' },
      { title: 'seconds, median', value: ({ of }) => median(of.map(({ seconds }) => seconds)).toFixed(1), align: 'right' },
      {
        title: 'seconds, p90',
        value: ({ of }) =>
          percentile(
            of.map(({ seconds }) => seconds),
            90,
          ).toFixed(1),
        align: 'right',
      },
    ]),
  );
  for (const loss of losses) console.log(`LOST  ${JSON.stringify(loss)}`);
  for (const one of missing) console.log(`LOST  typed and not recorded once: ${one}`);
  const faults = marked.flatMap((one) => one.faults);
  const count = (fault: string) => faults.filter((one) => one === fault).length;
  const figures = {
    trial: 'desk',
    scripts,
    seed,
    marked: marked.length,
    graders: new Set(marked.map(({ grader }) => grader)).size,
    networksCut: count('network'),
    tabsKilled: count('tab'),
    tabsKilledOffline: count('network and tab'),
    apiGoneSeconds: API_GONE_SECONDS,
    charactersTyped: marked.flatMap((one) => one.typed).reduce((sum, { points, reason }) => sum + String(points).length + reason.length, 0),
    lostDrafts: losses.length,
    lostMarks: missing.length,
    secondsPerScript: quiet.length === 0 ? null : rounded(median(quiet.map(({ seconds }) => seconds)), 1),
    keysPerScript: quiet.length === 0 ? null : median(quiet.map(({ keys }) => keys)),
  };
  console.log(JSON.stringify(figures));
  if (losses.length + missing.length > 0) throw new Error('what was typed is lost');
  if (marked.length !== 2 * scripts) throw new Error(`${marked.length} marks were handed in; ${2 * scripts} were asked for`);
}

const { values } = readCommandLine(USAGE, {
  options: { scripts: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' }, faults: { type: 'string', default: '40' } },
});
const options = wholeNumbers(USAGE, values);
await runUntilStopped((signal) =>
  withEmbeddedStack({ log: say, signal }, async (stack) => {
    report(await play(stack, options, signal), options);
  }),
);
