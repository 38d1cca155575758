import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../../local/stack.ts';
import { createCast } from '../people/cast.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import { parseMetrics } from '../support/metrics-text.ts';
import { playOneAttempt, publishOneExam } from './one-attempt.ts';
import { readCommandLine } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';

/**
 * `npm run known-metrics`: the name of every metric that API and pools really tell, as Prometheus would scrape them, in the
 * file that rules and dashboards are held to. Some metrics appear with their first event only, failures above all: one
 * attempt is played to its certificate, and meanwhile PostgreSQL and Temporal go away for a moment.
 */

const FILE = fileURLToPath(new URL('../../deploy/helm/certifiable/monitoring/known-metrics.txt', import.meta.url));
const AWAY_SECONDS = 8;
const SETTLE_SECONDS = 3;

const USAGE = 'Usage: npm run known-metrics [-- --check]';

async function main(signal: AbortSignal): Promise<void> {
  const { values } = readCommandLine(USAGE, { options: { check: { type: 'boolean', default: false } } });
  const names = await withEmbeddedStack({ temporalKeepsData: true, log: console.error, signal }, (stack) => scrapedNames(stack, signal));
  const text = `${names.join('\n')}\n`;
  if (!values.check) {
    await writeFile(FILE, text);
    console.log(`${names.length} names written to ${FILE}`);
    return;
  }
  const missing = (await readFile(FILE, 'utf8')).split('\n').filter((name) => name !== '' && !names.includes(name));
  if (missing.length > 0) throw new Error(`nobody tells any more: ${missing.join(', ')}. Run npm run known-metrics.`);
  console.log('every known metric was scraped');
}

async function scrapedNames(stack: Stack, signal: AbortSignal): Promise<readonly string[]> {
  const names = new Set<string>();
  const scrape = async () => {
    for (const name of await scrapeAll(stack)) names.add(name);
  };
  const cast = createCast({ apiUrl: stack.apiUrl, issuerUrl: stack.issuerUrl, signal });
  await publishOneExam(cast);
  const outages = async () => {
    console.error(`Temporal goes away for ${AWAY_SECONDS} s, and PostgreSQL a bit later`);
    await stack.temporal.stop();
    await pause(AWAY_SECONDS * 1000, undefined, { signal });
    await scrape();
    await stack.temporal.start();
    await pause(SETTLE_SECONDS * 1000, undefined, { signal });
    await stack.postgres.kill();
    await pause(AWAY_SECONDS * 1000, undefined, { signal });
    await scrape();
    await stack.postgres.start();
  };
  const { certificate } = await playOneAttempt({ cast, whileGraded: outages, signal });
  const staff = cast({ subject: 'one-staff', name: 'Sam', roles: ['staff'] });
  const second = cast({ subject: 'another-staff', name: 'Lea', roles: ['staff'] });
  await second.confirmAct(await staff.suspendCertificate(certificate.id, 'a second look'));
  await pause(SETTLE_SECONDS * 1000, undefined, { signal });
  await scrape();
  return [...names].toSorted();
}

async function scrapeAll({ apiUrl, statusUrls }: Stack): Promise<readonly string[]> {
  const pages = Object.entries({ ...statusUrls, api: apiUrl }).filter(([name]) => !['issuer', 'mailbox'].includes(name));
  const names = pages.map(async ([, url]) => {
    const answer = await fetch(`${url}/metrics`);
    if (!answer.ok) throw new Error(`${url}/metrics answered ${answer.status}`);
    return parseMetrics(await answer.text()).map((sample) => sample.name);
  });
  return (await Promise.all(names)).flat();
}

await runUntilStopped(main);
