import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from '../platform/arguments.ts';
import { describeFailure } from '../platform/failure.ts';
import { startStack, type Stack } from './stack.ts';
import { examplePeople, roles } from './tokens.ts';

/** `npm start`: the whole system on this machine, with its data in .certifiable/, until Ctrl-C. */

const dataDirectory = fileURLToPath(new URL('../.certifiable', import.meta.url));
const sampleExam = new URL('../exams/software-architect.json', import.meta.url);
const ports = { api: 8080, temporal: 7233, temporalUi: 8233, postgres: 54_329, issuer: 9400, mailbox: 8025, workers: 9464 };
const log = (line: string) => console.log(line);

async function main({ codec }: { codec: boolean }): Promise<number> {
  const stopping = stopSignal();
  try {
    const stack = await startStack({ dataDirectory, persistent: true, codec, ports, log, signal: stopping });
    await publishSampleExam(stack);
    console.log(links(stack));
    await aborted(stopping);
    log('stopping, in order');
    await stack.stop();
    log('stopped; your data is kept in .certifiable/');
    return 0;
  } catch (error) {
    if (stopping.aborted) {
      log('stopped before it was up');
      return 0;
    }
    console.error(describeFailure(error));
    return 1;
  }
}

/** Somebody who tries it needs something to take. One that was published before stays as it is. */
async function publishSampleExam(stack: Stack): Promise<void> {
  const response = await fetch(`${stack.apiUrl}/v1/exams`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await stack.token(examplePeople.designated)}`, 'content-type': 'application/json' },
    body: await readFile(sampleExam, 'utf8'),
  });
  if (response.ok) log(`the exam software-architect can be taken${response.status === 201 ? ': published from exams/software-architect.json' : ''}`);
  else log(`exams/software-architect.json was not published (${response.status}): ${await response.text()}`);
}

/** Ctrl-C once stops in order, also while it is still starting; twice ends at once, and the parts end with it. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function links({ apiUrl, temporalUrl, mailboxUrl, statusUrls }: Stack): string {
  const metrics = Object.entries(statusUrls).filter(([name]) => name !== 'issuer' && name !== 'mailbox');
  return [
    '',
    `  Exam room of candidates      ${apiUrl}/exam`,
    `  Desk of graders              ${apiUrl}/desk`,
    `  Console of staff             ${apiUrl}/console`,
    `  API, with a page to try it   ${apiUrl}/docs`,
    `  Public register              ${apiUrl}/register`,
    `  Mails that were sent         ${mailboxUrl}`,
    ...(temporalUrl === undefined ? [] : [`  Temporal UI                  ${temporalUrl}`]),
    ...metrics.map(([name, url], index) => `  ${index === 0 ? 'Metrics' : '       '}   ${url}/metrics   ${name}`),
    '',
    '  Sign in to the pages as      anybody that the issuer offers: one person of each role',
    `  A token for a role           npm run -s token -- staff      (${roles.join(', ')})`,
    '  Somebody else in that role   npm run -s token -- grader --subject grader-2 --name "Second Grader"',
    '  As an operator               npm run -s certifiable -- --help',
    '  Logs                         .certifiable/logs/',
    '',
    '  Ctrl-C stops it; data is kept in .certifiable/ (delete it to start afresh).',
    '',
  ].join('\n');
}

const { values } = readCommandLine('Usage: npm start [-- --codec]\n  --codec  what Temporal keeps is encrypted', {
  options: { codec: { type: 'boolean', default: false } },
});
process.exit(await main(values));
