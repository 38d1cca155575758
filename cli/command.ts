import type { Connections } from './connections.ts';

/** What all subcommands have in common: how they speak, and how they end. */

/** Exit codes beside 0, done, and 2, wrong arguments, which commander and `wrongArguments` say. */
export const REFUSED = 1;
/** What was asked for cannot be told, since something that it takes is out of reach. */
export const CANNOT_TELL = 3;

/** What a subcommand needs from around it. */
export type CommandContext = {
  /** What was asked for. */
  readonly print: (line: string) => void;
  /** All else: servers, progress, refusals. A program that reads the answer does not get to see it. */
  readonly printError: (line: string) => void;
  readonly connections: Connections;
  /** For a command that can stop in order: aborted by Ctrl-C, which ends every other command at once. */
  readonly stopSignal: () => AbortSignal;
  /** For an answer that is no failure of the command, as "not valid". */
  readonly exitWith: (exitCode: number) => void;
};

/** Ends a command: what to tell, and how to exit. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = REFUSED) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** What is wrong, in words. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A connection tried over several addresses fails with an AggregateError, whose own message is empty.
  return error.message || ('code' in error ? String(error.code) : error.name);
}

/** For a program: one JSON document, and nothing else. */
export function printJson({ print }: Pick<CommandContext, 'print'>, value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** Rows as lines, each column as wide as its widest cell, two blanks between them. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widthOf = (column: number) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
  const widths = (rows[0] ?? []).map((_cell, column) => widthOf(column));
  const lineOf = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => lineOf(row).trimEnd());
}

/** "12.3 %" for 0.123. */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** "12,345". */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
