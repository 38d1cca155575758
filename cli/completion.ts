import { Argument, type Command } from 'commander';
import type { CommandContext } from './command.ts';

/** Completion for shells, made of the command tree: what can be typed is written down once. */

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const NOTES = `
  bash   source <(certifiable completion bash)                      # in ~/.bashrc
  zsh    source <(certifiable completion zsh)                       # in ~/.zshrc
  fish   certifiable completion fish | source                       # in ~/.config/fish/config.fish`;

export function addCompletion(program: Command, context: CommandContext): void {
  program
    .command('completion')
    .description('a script that lets a shell complete subcommands and options')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .addHelpText('after', NOTES)
    .action((shell: Shell) => context.print(SCRIPTS[shell](placesOf(program))));
}

/** A word that may come next, and what it means. */
type Word = { readonly word: string; readonly description: string };

/** A place in a command line: after `path` one of these words may follow. */
type Place = { readonly path: string; readonly subcommands: readonly Word[]; readonly options: readonly Word[]; readonly values: readonly string[] };

function placesOf(command: Command, path = ''): readonly Place[] {
  const subcommands = command.commands.map((subcommand) => ({ word: subcommand.name(), description: subcommand.description() }));
  const options = command.options.map(({ long, description }) => ({ word: long ?? '', description }));
  const place = {
    path,
    subcommands,
    options: [...options, { word: '--help', description: 'how it is used' }],
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
  return [place, ...command.commands.flatMap((subcommand) => placesOf(subcommand, `${path} ${subcommand.name()}`.trim()))];
}

const SCRIPTS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: (places) => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(places)}`,
  fish: fishScript,
};

/** Where nothing matches, file names do. */
function bashScript(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const cases = places.map(({ path, subcommands, options, values }) => {
    const words = [...[...subcommands, ...options].map(({ word }) => word), ...values];
    return `    "${path}") words="${words.join(' ')}" ;;`;
  });
  return [
    '_certifiable() {',
    '  local place="" words="" index next',
    '  for ((index = 1; index < COMP_CWORD; index++)); do',
    '    next="${place:+$place }${COMP_WORDS[index]}"',
    '    case "$next" in',
    `      ${known.join(' | ')}) place="$next" ;;`,
    '    esac',
    '  done',
    '  case "$place" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _certifiable certifiable',
  ].join('\n');
}

function fishScript(places: readonly Place[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const known = places.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const linesOf = ({ path, subcommands, options, values }: Place) => {
    const start = `complete -c certifiable -n "__certifiable_at ${quoted(path)}"`;
    return [
      ...subcommands.map(({ word, description }) => `${start} -f -a ${word} -d ${quoted(description)}`),
      ...options.map(({ word, description }) => `${start} -l ${word.slice(2)} -d ${quoted(description)}`),
      ...values.map((value) => `${start} -f -a ${value}`),
    ];
  };
  return [
    'function __certifiable_at',
    "    set -l place ''",
    '    set -l words (commandline -opc)',
    '    for word in $words[2..-1]',
    '        set -l next (string trim -- "$place $word")',
    `        contains -- "$next" ${known.join(' ')}; and set place "$next"`,
    '    end',
    '    test "$place" = "$argv[1]"',
    'end',
    ...places.flatMap(linesOf),
  ].join('\n');
}
