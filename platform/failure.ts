import { isDiskFull } from './disk-full.ts';

/**
 * What the person at the terminal or the log can put right, and whose message says all that this takes: it is told without
 * a stack. Whatever else is thrown is a defect. The message quotes no secret.
 */
export class Failure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Failure';
  }
}

/**
 * A failure by its message alone, a defect by its stack and those of its causes. Further properties are left out: those of
 * an unusable URL, or of a parser's error, hold what it was given.
 */
export function describeFailure(error: unknown): string {
  if (isDiskFull(error)) return `${messageOf(error)}\n${NO_ROOM}`;
  return error instanceof Failure ? error.message : stacksOf(error).join('\ncaused by ');
}

/** What to do, where a disk is full. */
export const NO_ROOM = 'The disk is full, or the quota on it. Nothing that was kept is lost: make room there, and start the same again.';

/** Whether another program said so, in the words of the system. */
export function saysNoRoom(words: string): boolean {
  return /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/.test(words);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stacksOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const collected = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  const causes = error.cause === undefined ? [] : [error.cause];
  return [error.stack ?? String(error), ...[...collected, ...causes].flatMap(stacksOf)];
}

/** A process from its start to its end: exits 0 once `main` is through, whatever is left open, and 1 when it fails, and says why. */
export async function runProcess(main: () => Promise<void>): Promise<never> {
  try {
    await main();
  } catch (error) {
    console.error(describeFailure(error));
    process.exit(1);
  }
  process.exit(0);
}
