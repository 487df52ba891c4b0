/**
 * Completion of a shell, written down from the command's own verbs and options: the shell does not start the command for
 * each key, which would take longer than typing.
 */
import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** @returns the script that a shell has to read. */
export const completionFor = (shell: Shell, program: Command): string => WRITERS[shell](placesIn(program));

/** Where a word can be completed: behind a verb, or behind the command itself. */
interface Place {
  /** The verbs up to it, such as `/clients/create`; empty for the command itself. */
  at: string;
  verbs: { name: string; says: string }[];
  options: CompletedOption[];
  /** Arguments that can be listed, such as the names of shells. */
  choices: readonly string[];
}

interface CompletedOption {
  flags: string[];
  says: string;
  value: 'none' | 'file' | 'any' | readonly string[];
}

function placesIn(program: Command, command = program, at = ''): Place[] {
  const help = command.createHelp();
  const verbs = help
    .visibleCommands(command)
    .map((one) => ({ name: one.name(), says: line(one.description()) }));
  const own = help.visibleOptions(command);
  const options = (command === program ? own : [...own, ...help.visibleOptions(program)])
    .filter((option, index, all) => all.findIndex(({ long }) => long === option.long) === index)
    .map(completed);
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const below = command.commands.flatMap((one) => placesIn(program, one, `${at}/${one.name()}`));
  return [{ at, verbs, options, choices }, ...below];
}

const completed = (option: Option): CompletedOption => ({
  flags: [option.short, option.long].filter((flag) => flag !== undefined),
  says: line(option.description),
  value: valueTaken(option),
});

function valueTaken({ required, optional, argChoices, flags }: Option): CompletedOption['value'] {
  if (!required && !optional) return 'none';
  if (argChoices !== undefined) return argChoices;
  return /<(file|folder)>/.test(flags) ? 'file' : 'any';
}

/** What no shell takes for anything of its own. */
const line = (text: string): string => text.replace(/['"`\\$[\]:]/g, '').replace(/\s+/g, ' ');

const flagsOf = ({ options }: Place): string[] => options.flatMap(({ flags }) => flags);

/** The patterns of all places that end in a verb, for the loop that finds where a word stands. */
const below = (places: readonly Place[]): string[] => places.slice(1).map(({ at }) => at);

/** What follows an option that takes a value, as cases of bash and zsh. */
function valueCases(
  places: readonly Place[],
  { files, choose }: { files: string; choose: (choices: readonly string[]) => string },
): string {
  const patterns = new Map<string, string[]>();
  for (const { at, options } of places) {
    for (const { flags, value } of options.filter((option) => option.value !== 'none')) {
      const then = value === 'file' ? files : Array.isArray(value) ? choose(value) : ':';
      patterns.set(then, [...(patterns.get(then) ?? []), ...flags.map((flag) => `'${at} ${flag}'`)]);
    }
  }
  return [...patterns].map(([then, all]) => `    ${all.join('|')}) ${then}; return ;;`).join('\n');
}

const bash = (places: readonly Place[]): string => `_tollgate() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at="" word verbs="" options=""
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at/$word" in ${below(places).join('|')}) at="$at/$word" ;; esac
  done
  case "$at $prev" in
${valueCases(places, {
  files: 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur"))',
  choose: (choices) => `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur"))`,
})}
  esac
  case "$at" in
${places.map(bashPlace).join('\n')}
  esac
  if [[ "$cur" == -* ]]; then verbs="$options"; fi
  COMPREPLY=($(compgen -W "$verbs" -- "$cur"))
}
complete -F _tollgate tollgate
`;

const bashPlace = (place: Place): string => {
  const verbs = [...place.verbs.map(({ name }) => name), ...place.choices].join(' ');
  return `    '${place.at}') verbs='${verbs}'; options='${flagsOf(place).join(' ')}' ;;`;
};

const zsh = (places: readonly Place[]): string => `#compdef tollgate
_tollgate() {
  local at="" word
  local -a verbs options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at/$word" in (${below(places).join('|')}) at="$at/$word" ;; esac
  done
  case "$at \${words[CURRENT-1]}" in
${valueCases(places, { files: '_files', choose: (choices) => `compadd -- ${choices.join(' ')}` })}
  esac
  case "$at" in
${places.map(zshPlace).join('\n')}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then _describe -o option options
  else _describe verb verbs; fi
}
compdef _tollgate tollgate
`;

const zshPlace = ({ at, verbs, choices, options }: Place): string => {
  const named = [...verbs.map(({ name, says }) => `'${name}:${says}'`), ...choices.map((one) => `'${one}'`)];
  const flags = options.flatMap((option) => option.flags.map((flag) => `'${flag}:${option.says}'`));
  return `    '${at}') verbs=(${named.join(' ')}); options=(${flags.join(' ')}) ;;`;
};

const fish = (places: readonly Place[]): string => `function __tollgate_at
  set -l at ""
  set -l words (commandline -opc)
  for word in $words[2..]
    switch "$at/$word"
      case ${below(places).join(' ')}
        set at "$at/$word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c tollgate -e
complete -c tollgate -f
${places.flatMap(fishPlace).join('\n')}
`;

const fishPlace = ({ at, verbs, choices, options }: Place): string[] => {
  const here = `complete -c tollgate -n '__tollgate_at "${at}"'`;
  return [
    ...verbs.map(({ name, says }) => `${here} -a '${name}' -d '${says}'`),
    ...choices.map((choice) => `${here} -a '${choice}'`),
    ...options.map(({ flags, says, value }) => {
      const names = flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      return `${here} ${names.join(' ')} -d '${says}'${fishValue(value)}`;
    }),
  ];
};

function fishValue(value: CompletedOption['value']): string {
  if (value === 'none') return '';
  if (value === 'file') return ' -r -F';
  return value === 'any' ? ' -x' : ` -x -a '${(value as readonly string[]).join(' ')}'`;
}

const WRITERS = { bash, zsh, fish };
