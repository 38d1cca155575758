import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What a program prints, both ways. Throws with all that it said if it fails. */
export async function run(command: string, args: readonly string[], cwd?: string): Promise<{ stdout: string; stderr: string }> {
  try {
    return await execute(command, args, { maxBuffer: 64 * 1024 * 1024, ...(cwd === undefined ? {} : { cwd }) });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = [stdout, stderr].map((text) => text.trim()).filter((text) => text !== '');
    throw new Error(`${command} ${args.slice(0, 2).join(' ')}: ${said.join('\n') || (error as Error).message}`, { cause: error });
  }
}
