import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { progressOf, sentenceOf, type Application } from './argo-application.ts';
import { readArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { releaseOf } from './environment-file.ts';
import { environmentFile } from './environments.ts';

/**
 * `node deploy/release/wait-for-sync.ts --environment NAME --url ARGO_CD --token-file FILE --minutes 30`: until Argo CD says that the
 * environment runs the build of its file and is healthy. Fails when it says that it went wrong, or when the time is over.
 */
const LOOK_SECONDS = 10;

await runCommand(async () => {
  const { environment, url, minutes, 'token-file': tokenFile } = readArguments(['environment', 'url', 'token-file', 'minutes']);
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const { buildId } = releaseOf(await readFile(environmentFile(environment), 'utf8'));
  const until = Date.now() + Number(minutes) * 60_000;
  let said = '';
  while (Date.now() < until) {
    const application = await load(`${url}/api/v1/applications/certifiable-${environment}?refresh=normal`, token);
    const progress = application ? progressOf(application, buildId) : 'waiting';
    const sentence = application ? sentenceOf(application) : 'Argo CD does not answer';
    if (sentence !== said) console.log(sentence);
    said = sentence;
    if (progress === 'done') return;
    if (progress !== 'waiting') throw new Error(progress.failed);
    await pause(LOOK_SECONDS * 1000);
  }
  throw new Error(`${environment} does not run build ${buildId} after ${minutes} min: ${said}`);
});

/** Undefined while it cannot be reached: it may be restarting itself. Throws when it refuses us: waiting would not help. */
async function load(address: string, token: string): Promise<Application | undefined> {
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  if (answer === undefined || answer.status >= 500) return undefined;
  if (!answer.ok) throw new Error(`Argo CD answers ${answer.status} for ${new URL(address).pathname}`);
  return (await answer.json()) as Application;
}
