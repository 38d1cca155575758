import { connectionsOf, type Connections } from '../../cli/connections.ts';
import { runCertifiable } from '../../cli/program.ts';

export type Ran = { readonly exitCode: number; readonly printed: readonly string[]; readonly errors: readonly string[] };

/** Runs `certifiable ARGS` within the test, on what the test has connected. */
export async function runCommand(args: readonly string[], connected: Parameters<typeof connectionsOf>[0]): Promise<Ran> {
  return runCommandOn(args, connectionsOf(connected));
}

export async function runCommandOn(args: readonly string[], connections: Connections): Promise<Ran> {
  const printed: string[] = [];
  const errors: string[] = [];
  const exitCode = await runCertifiable(args, {
    connections,
    print: (line) => void printed.push(line),
    printError: (line) => void errors.push(line),
    stopSignal: () => new AbortController().signal,
  });
  return { exitCode, printed, errors };
}
