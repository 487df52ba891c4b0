/** How the verbs read the values of their options. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { CommandFailure, EXIT, messageOf } from './failure.ts';

/** For an option that may be given several times: every value of it, in order. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** Every verb that prints something has it. Print what the server answered, by `printJson`. */
export const withJson = (verb: Command): Command =>
  verb.option('--json', "print the server's answer as JSON, and nothing else");

/** For every verb that ends or deletes something: what `confirm` of confirm.ts asks for. */
export const withYes = (verb: Command): Command => verb.option('--yes', 'do not ask');

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `30m`, `24h`, `7d`, or seconds without a unit. @returns seconds */
export function duration(text: string): number {
  const [, digits = '', unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  if (digits === '') throw new InvalidArgumentError('It has to be a time such as 90s, 30m, 24h or 7d.');
  return Number(digits) * (UNITS[unit] ?? 1);
}

/** A whole number, at least 1. */
export function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It has to be a whole number, at least 1.');
}

/** Where a deployment is, as its tokens name it. @returns it without a slash at the end */
export function deploymentUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && !/[?#\s@]/.test(text);
  if (!isPlain)
    throw new InvalidArgumentError('It has to be an http or https URL, without user, query and fragment.');
  return text.replace(/\/+$/, '');
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
