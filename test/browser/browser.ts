import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where distributions and installers put a Chromium that playwright-core can drive; it brings none. */
const EXECUTABLES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const executablePath = EXECUTABLES.find((path) => existsSync(path));

/** Undefined where a browser can be started; else why its tests are skipped. */
export const noBrowser =
  executablePath === undefined ? `there is no Chromium here (looked for ${EXECUTABLES.join(', ')}): these tests are skipped` : undefined;

export async function startBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(noBrowser);
  return chromium.launch({ executablePath });
}
