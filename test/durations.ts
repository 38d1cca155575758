import { readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `node test/durations.ts`, after .ci/run or a run with the same report: writes down which files take long. */

const root = fileURLToPath(new URL('..', import.meta.url));
const worthKeepingSeconds = 3;

type Report = { readonly testResults: readonly { readonly name: string; readonly startTime: number; readonly endTime: number }[] };

const { testResults } = JSON.parse(await readFile(`${root}build/test-results.json`, 'utf8')) as Report;
const long = testResults
  .map(({ name, startTime, endTime }) => ({ file: relative(root, name), seconds: Math.round((endTime - startTime) / 1000) }))
  .filter(({ seconds }) => seconds >= worthKeepingSeconds)
  .toSorted((a, b) => b.seconds - a.seconds || (a.file < b.file ? -1 : 1));
await writeFile(`${root}test/durations.json`, `${JSON.stringify(Object.fromEntries(long.map(({ file, seconds }) => [file, seconds])), null, 2)}\n`);
