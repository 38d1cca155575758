import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { readArguments } from './arguments.ts';
import { runCommand } from './command.ts';

/** `node deploy/release/check-version.ts --version 1.4.2`: fails unless the package and the chart say the version of the tag. */
await runCommand(async () => {
  const { version } = readArguments(['version']);
  const root = new URL('../../', import.meta.url);
  const manifest = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
  const chart = parse(await readFile(new URL('deploy/helm/certifiable/Chart.yaml', root), 'utf8')) as { version: string; appVersion: string };
  const said = { 'package.json': manifest.version, 'Chart.yaml, version': chart.version, 'Chart.yaml, appVersion': chart.appVersion };
  const wrong = Object.entries(said).filter(([, value]) => value !== version);
  if (wrong.length > 0) throw new Error(`the tag is v${version}, but ${wrong.map(([where, value]) => `${where} says ${value}`).join(', ')}`);
  console.log(`version ${version}, everywhere`);
});
