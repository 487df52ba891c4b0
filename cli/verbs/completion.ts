/** `tollgate completion`: what a shell needs to complete verbs and options. */
import { Argument, type Command } from 'commander';
import { completionFor, SHELLS, type Shell } from '../completion.ts';

/** @param whole the command with all its verbs. @returns what adds the verb to `tollgate` */
export const addCompletion =
  (whole: () => Promise<Command>) =>
  (tollgate: Command): void => {
    tollgate
      .command('completion')
      .description('what a shell needs to complete verbs and options')
      .addArgument(new Argument('<shell>', 'for which it is').choices(SHELLS))
      .addHelpText('after', HELP)
      .action(async (shell: Shell) => {
        process.stdout.write(completionFor(shell, await whole()));
      });
  };

const HELP = `
It completes the word tollgate. Where it is not installed by that name, make it a function first:
tollgate() { npx tollgate "$@"; }, in fish: function tollgate; npx tollgate $argv; end.

Examples:
  $ source <(npx tollgate completion bash)      # in ~/.bashrc
  $ source <(npx tollgate completion zsh)       # in ~/.zshrc, after compinit
  $ npx tollgate completion fish | source       # in ~/.config/fish/config.fish`;
