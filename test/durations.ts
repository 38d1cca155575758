import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** `node test/durations.ts`, after .ci/run or a run of some files: writes down which files take long, as Vitest remembers each. */

const root = fileURLToPath(new URL('..', import.meta.url));
const file = `${root}test/durations.json`;
const worthKeepingSeconds = 3;

type Remembered = { readonly projects: Readonly<Record<string, { readonly files: Readonly<Record<string, { readonly duration: number }>> }>> };

const [remembered] = globSync('node_modules/.vite/vitest/*/results.json', { cwd: root });
if (remembered === undefined) throw new Error('no test has run here');
const { projects } = JSON.parse(await readFile(`${root}${remembered}`, 'utf8')) as Remembered;
const measured = Object.values(projects).flatMap(({ files }) => Object.entries(files));
const before = JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, number>>;
const now = { ...before, ...Object.fromEntries(measured.map(([name, { duration }]) => [name, Math.round(duration / 1000)])) };
const long = Object.entries(now)
  .filter(([name, seconds]) => seconds >= worthKeepingSeconds && globSync(name, { cwd: root }).length > 0)
  .toSorted(([a, secondsOfA], [b, secondsOfB]) => secondsOfB - secondsOfA || (a < b ? -1 : 1));
await writeFile(file, `${JSON.stringify(Object.fromEntries(long), null, 2)}\n`);
