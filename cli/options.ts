/** How the verbs read the values of their options. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { CommandFailure, EXIT, messageOf } from './failure.ts';

/** For an option that may be given several times: every value of it, in order. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number of seconds.');
  return Number(text);
}

/**
 * Reads a file of JSON; `-` is the standard input.
 *
 * @throws {CommandFailure} `usage`, where there is none
 */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (cause) {
    const next = 'Name a file of JSON, or - for the standard input.';
    throw new CommandFailure(EXIT.usage, `${file} cannot be read: ${messageOf(cause)}`, next, { cause });
  }
}
