import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '../../local/environment.ts';
import { runLongCommand } from '../../local/long-command.ts';
import { firstLoads } from '../../local/pages.ts';
import { freePort } from '../../local/ports.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { readCommandLine } from '../../platform/arguments.ts';
import { startBrowser } from '../support/browser.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import { median } from '../support/statistics.ts';
import { formatTable } from '../support/table.ts';

/**
 * `npm run lighthouse`: what Lighthouse says of every door as somebody opens it who is not signed in, of the register and of the page
 * that leads to them, on a desktop and on a simulated slow telephone. The last line is JSON. Exits 1 where a score is below 95.
 *
 * Lighthouse is no dependency: 114 packages and 176 MB for a command that is run now and then. It is got from npm at the first run, this
 * version, without install scripts, and kept beside the other tools.
 */

const USAGE = 'Usage: npm run lighthouse [-- --runs 3]';
const VERSION = '13.5.0';
const LEAST = 95;
const PAGES = ['/', '/exam', '/desk', '/console', '/register'] as const;
const DEVICES = { desktop: ['--preset=desktop'], phone: [] } as const;
const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const;

type Category = (typeof CATEGORIES)[number];
type Audit = { readonly id: string; readonly title: string; readonly score: number | null; readonly displayValue?: string };
type Report = {
  readonly audits: Readonly<Record<string, Audit>>;
  readonly categories: Readonly<Record<Category, { readonly score: number; readonly auditRefs: readonly { id: string; weight: number }[] }>>;
};
type Row = { readonly page: string; readonly device: string; readonly scores: Readonly<Record<Category, number>>; readonly lost: readonly string[] };

const say = (line: string) => console.error(line);

async function lighthouse(signal: AbortSignal): Promise<string> {
  const directory = join(cacheDirectory(), `lighthouse-${VERSION}`);
  const program = join(directory, 'node_modules', 'lighthouse', 'cli', 'index.js');
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  const args = ['install', '--prefix', directory, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', `lighthouse@${VERSION}`];
  await runLongCommand({ command: 'npm', args, progress: 'getting Lighthouse', timeoutSeconds: 600, log: say, signal });
  return program;
}

type Tool = { readonly program: string; readonly debuggingPort: number; readonly directory: string; readonly signal: AbortSignal };

async function look(url: string, { program, debuggingPort, directory, signal }: Tool, device: keyof typeof DEVICES): Promise<Report> {
  const file = join(directory, 'report.json');
  const options = ['--quiet', '--output=json', `--output-path=${file}`, `--port=${debuggingPort}`, '--no-enable-error-reporting'];
  const args = [program, url, ...options, `--only-categories=${CATEGORIES.join(',')}`, ...DEVICES[device]];
  await runLongCommand({ command: process.execPath, args, progress: `looking at ${url}`, timeoutSeconds: 240, log: say, signal });
  return JSON.parse(await readFile(file, 'utf8')) as Report;
}

/** What costs points, worst first, for whoever has to mend it. */
function lostBy({ audits, categories }: Report): readonly string[] {
  const weights = CATEGORIES.flatMap((category) => categories[category].auditRefs.filter(({ weight }) => weight > 0));
  return weights.flatMap(({ id }) => {
    const { score = null, title = id, displayValue = '' } = audits[id] ?? {};
    return score !== null && score < 0.9 ? [`${title} ${displayValue}`.trim()] : [];
  });
}

/** The median of several runs: what else the machine does costs a run points. */
async function rowOf(
  page: string,
  { url, tool, device, runs }: { url: string; tool: Tool; device: keyof typeof DEVICES; runs: number },
): Promise<Row> {
  const reports: Report[] = [];
  for (let run = 0; run < runs; run += 1) reports.push(await look(`${url}${page}`, tool, device));
  const scoreOf = (category: Category) => Math.round(median(reports.map(({ categories }) => categories[category].score)) * 100);
  const scores = Object.fromEntries(CATEGORIES.map((category) => [category, scoreOf(category)])) as Row['scores'];
  say(`${page} (${device}): ${CATEGORIES.map((category) => `${category} ${scores[category]}`).join(', ')}`);
  return { page, device, scores, lost: [...new Set(reports.flatMap(lostBy))] };
}

async function main(runs: number, signal: AbortSignal): Promise<void> {
  const program = await lighthouse(signal);
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-lighthouse-'));
  const rows: Row[] = [];
  await withEmbeddedStack({ pools: [], log: say, signal }, async ({ apiUrl }) => {
    const debuggingPort = await freePort({ purpose: 'the browser', log: say });
    const browser = await startBrowser({ args: [`--remote-debugging-port=${debuggingPort}`] });
    const tool = { program, debuggingPort, directory, signal };
    try {
      for (const page of PAGES) for (const device of ['desktop', 'phone'] as const) rows.push(await rowOf(page, { url: apiUrl, tool, device, runs }));
    } finally {
      await browser.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
  console.log(
    formatTable(rows, [
      { title: 'page', value: ({ page }) => page },
      { title: 'device', value: ({ device }) => device },
      ...CATEGORIES.map((category) => ({ title: category, value: ({ scores }: Row) => String(scores[category]), align: 'right' as const })),
      { title: 'costs points', value: ({ lost }) => lost.join('; ') },
    ]),
  );
  const least = Math.min(...rows.flatMap(({ scores }) => Object.values(scores)));
  console.log(JSON.stringify({ trial: 'lighthouse', version: VERSION, runs, least, firstLoads: await firstLoads(), rows }));
  if (least < LEAST) throw new Error(`${least} is the least score; ${LEAST} is asked for`);
}

const { values } = readCommandLine(USAGE, { options: { runs: { type: 'string', default: '3' } } });
await runUntilStopped((signal) => main(Number(values.runs), signal));
