import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { readArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { environmentFile } from './environments.ts';
import { smokeProblems } from './smoke-requests.ts';

/**
 * `node deploy/release/smoke.ts --environment NAME --minutes 5`: what anybody can see of an environment from outside answers as it
 * should, several times in a row. Nothing is written and no account is needed.
 */
const TIMES = 5;
const LOOK_SECONDS = 3;

await runCommand(async () => {
  const { environment, minutes } = readArguments(['environment', 'minutes']);
  const { publicUrl } = parse(await readFile(environmentFile(environment), 'utf8')) as { publicUrl: string };
  const until = Date.now() + Number(minutes) * 60_000;
  let [good, problems]: [number, string[]] = [0, []];
  while (Date.now() < until && good < TIMES) {
    problems = await smokeProblems(publicUrl);
    good = problems.length === 0 ? good + 1 : 0;
    if (good < TIMES) await pause(LOOK_SECONDS * 1000);
  }
  if (good < TIMES) throw new Error(`${publicUrl} is not well:\n${problems.join('\n')}`);
  console.log(`${publicUrl} answers as it should, ${TIMES} times in a row`);
});
