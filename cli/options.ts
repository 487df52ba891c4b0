/** How the verbs read the values of their options. */
import { InvalidArgumentError } from 'commander';

/** For an option that may be given several times: every value of it, in order. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number of seconds.');
  return Number(text);
}
