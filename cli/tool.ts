import { ConfigurationError } from '../platform/config.ts';

/** What the command-line tools have in common. */

/** What a command needs from the process around it. */
export type ToolContext = {
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
};

/** Ends a command: what to tell, and how to exit. 2: the command was not understood. */
export class ToolError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'ToolError';
    this.exitCode = exitCode;
  }
}

/** Runs a command to its exit code. Expected failures are printed as they are; a defect with all that is known of it. */
export async function runTool(context: ToolContext, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ToolError) {
      context.printError(error.message);
      return error.exitCode;
    }
    if (error instanceof ConfigurationError) {
      context.printError(error.message);
      return 1;
    }
    context.printError(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
}

/** Rows as lines, each column as wide as its widest cell, two blanks between them. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widthOf = (column: number) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
  const widths = (rows[0] ?? []).map((_cell, column) => widthOf(column));
  const lineOf = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => lineOf(row).trimEnd());
}

/** "12,345". */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

export const terminal: ToolContext = {
  print: (line) => process.stdout.write(`${line}\n`),
  printError: (line) => process.stderr.write(`${line}\n`),
};
