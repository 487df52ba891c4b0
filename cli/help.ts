/** What the help of a verb ends with: its exit codes. Examples are the verb's own, by `addHelpText('after', …)`. */
import type { Command } from 'commander';
import { EXIT } from './failure.ts';

type Meanings = Partial<Record<keyof typeof EXIT, string>>;

const USUAL: Meanings = {
  done: 'done',
  refused: 'refused by the server',
  usage: 'used in a way it cannot be, or not confirmed',
  unreachable: 'the server cannot be reached, or there are no credentials',
};

const own = new WeakMap<Command, Meanings>();

/** Says what exit codes of a verb mean where that is more, or something else, than with most verbs. */
export function withExitCodes(verb: Command, meanings: Meanings): Command {
  own.set(verb, meanings);
  return verb;
}

/** @returns the lines that end the help of a command. */
export function exitCodesOf(command: Command): string {
  const meanings = { ...USUAL, ...own.get(command) };
  const lines = Object.entries(EXIT).map(([name, code]) => {
    const meaning = meanings[name as keyof typeof EXIT];
    return meaning === undefined ? '' : `\n  ${code}  ${meaning}`;
  });
  return `\nExit codes:${lines.join('')}`;
}
