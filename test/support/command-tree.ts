import type { Command } from 'commander';
import { connectionsOf } from '../../cli/connections.ts';
import { createProgram } from '../../cli/program.ts';

/** All that `certifiable` knows, to be asked and not run. */
export function programTree(): Command {
  const silent = () => {};
  return createProgram({
    print: silent,
    printError: silent,
    connections: connectionsOf({}),
    stopSignal: () => new AbortController().signal,
    exitWith: silent,
  });
}

/** A subcommand that does something, with arguments and required options that are well-formed. */
type Leaf = { readonly path: readonly string[]; readonly command: Command; readonly example: readonly string[] };

export function leavesOf(command: Command, path: readonly string[] = []): readonly Leaf[] {
  if (command.commands.length === 0) return [{ path, command, example: exampleOf(command) }];
  return command.commands.flatMap((subcommand) => leavesOf(subcommand, [...path, subcommand.name()]));
}

const VALUES: Readonly<Record<string, string>> = {
  kind: 'answers',
  days: '1095',
  file: 'FILE',
  root: 'FILE',
  issuer: 'https://exams.example.org',
  'exam-version': 'exam@1',
  generation: '2',
  marks: 'FILE',
  model: '1',
  sink: 'kafka',
  'event-id': '01a213e5-aa00-44c8-9984-9d61b42ac3fd',
  build: 'a',
  percent: '10',
  shell: 'bash',
  since: '2026-11-25T08:00:00Z',
  outage: 'o',
  from: '2026-11-25T08:00:00Z',
  to: '2026-11-25T09:00:00Z',
  actor: 'olga',
  reason: 'away',
  attempt: '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11',
  out: '/nowhere/at-all',
  candidate: '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11',
};

function exampleOf(command: Command): readonly string[] {
  const valueOf = (name: string) => {
    const value = VALUES[name];
    if (value === undefined) throw new TypeError(`an example of <${name}> of ${command.name()} is needed here`);
    return value;
  };
  const args = command.registeredArguments.filter(({ required }) => required).map((argument) => valueOf(argument.name()));
  const options = command.options.filter(({ mandatory }) => mandatory);
  // Of a move, --from is a build.
  return [...args, ...options.flatMap((option) => [option.long ?? '', option.flags.includes('<build>') ? 'a' : valueOf(option.name())])];
}

/** What is not known of these words; undefined when all is. A value of an option or an argument may be anything. */
export function unknownIn(words: readonly string[]): string | undefined {
  let command = programTree();
  const rest = [...words];
  while (command.commands.length > 0 && rest[0] !== '--help') {
    const name = rest.shift();
    const next = command.commands.find((subcommand) => subcommand.name() === name);
    if (!next) return `subcommand ${name ?? '(none)'}`;
    command = next;
  }
  return rest.filter((word) => word.startsWith('--') && word !== '--help').find((word) => !command.options.some(({ long }) => long === word));
}
