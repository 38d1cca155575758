import { Argument, type Command, InvalidArgumentError } from 'commander';
import { validate as isUuid } from 'uuid';
import { INSTANT_RULE, instantFrom } from '../domain/instant.ts';
import { TASK_QUEUES, type TaskQueue } from '../workflows/queues.ts';

/** The values that arguments and options take. What is wrong with one is said in commander's form, with exit code 2. */

/** Of the option that makes an answer readable for a program. */
export const JSON_OPTION = ['--json', 'for a program: one JSON document'] as const;

/** Two arguments that are right by themselves do not go together. */
export function wrongArguments(command: Command, message: string): never {
  command.error(`error: ${message}`);
}

/** With its offset: a local time would mean another instant on another machine. What is finer than milliseconds is cut off. */
export function instant(text: string): Date {
  const time = instantFrom(text);
  if (time !== undefined) return new Date(time);
  throw new InvalidArgumentError(`It ${INSTANT_RULE}.`);
}

/** A whole number from `min` to `max`, or on. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} ${max === Number.MAX_SAFE_INTEGER ? 'on' : `to ${max}`}.`);
  };
}

/** Of new work: above 0, at most 100. */
export function percentage(text: string): number {
  const number = Number(text);
  if (number > 0 && number <= 100) return number;
  throw new InvalidArgumentError('It must be a percentage above 0 and at most 100.');
}

/** In hundredths of a percent. */
export function passMark(text: string): number {
  const basisPoints = Math.round(Number(text) * 100);
  if (/^\d{1,3}(\.\d{1,2})?$/.test(text) && basisPoints > 0 && basisPoints <= 10_000) return basisPoints;
  throw new InvalidArgumentError('It must be a percentage above 0 and at most 100, with at most two decimals.');
}

export function eventId(text: string): string {
  if (isUuid(text)) return text;
  throw new InvalidArgumentError('"certifiable events aside" lists the ids.');
}

export function panelId(text: string): string {
  if (isUuid(text)) return text;
  throw new InvalidArgumentError('It must be the id of a panel, as its page has it.');
}

/** Build ids go into visibility queries and version names: what the settings let through, and nothing else. */
export function buildId(text: string): string {
  if (/^[\w.-]{1,63}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be at most 63 letters, digits, dots, dashes and underscores.');
}

/** Some pools, or with none named all that have a queue: see `poolsNamed`. */
export function poolsArgument(): Argument {
  return new Argument('[pool...]', 'these pools alone').choices(TASK_QUEUES);
}

export function poolsNamed(names: readonly string[]): readonly TaskQueue[] {
  return names.length === 0 ? TASK_QUEUES : TASK_QUEUES.filter((queue) => names.includes(queue));
}
