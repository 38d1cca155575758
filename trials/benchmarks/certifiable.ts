import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inheritedEnvironment } from '../../local/environment.ts';

export type RunOfCommand = { readonly seconds: number; readonly processorSeconds: number; readonly peakMegabytes: number; readonly printed: string };

const COMMAND = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const USED = 'used: ';
/** Written by the command itself at its end. */
const TELLING = `data:text/javascript,process.on('exit',()=>{const{userCPUTime:u,systemCPUTime:s,maxRSS}=process.resourceUsage();process.stderr.write('\\n${USED}'+JSON.stringify({processorSeconds:(u+s)/1e6,peakMegabytes:Math.round(maxRSS/1024)}))})`;
const PRINTED_MAX = 100_000_000;

/** `certifiable` as somebody types it, from then until it is over. */
export async function runCertifiable(
  args: readonly string[],
  { databaseUrl, signal }: { readonly databaseUrl?: string; readonly signal: AbortSignal },
): Promise<RunOfCommand> {
  const startedAt = performance.now();
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', TELLING, COMMAND, ...args], {
    env: { ...inheritedEnvironment(), ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) },
    maxBuffer: PRINTED_MAX,
    signal,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const used = stderr.split('\n').find((line) => line.startsWith(USED));
  if (used === undefined) throw new Error(`the command did not say what it used: ${stderr}`);
  return { seconds, ...(JSON.parse(used.slice(USED.length)) as Pick<RunOfCommand, 'processorSeconds' | 'peakMegabytes'>), printed: stdout };
}
