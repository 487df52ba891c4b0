/**
 * Which test is skipped where the endpoint is known to differ from AWS. docs/emulator.md has each of them, with what
 * differs and why. Nothing is skipped in any other way, and against the local runner nothing at all.
 */
import { it } from 'vitest';

/** What is not asserted there, by the name that stands in the title of every test that is skipped for it. */
export const differences = {
  'no-challenge': "that each 401 of the gateway's own has a challenge",
  'any-signature-will-do': 'that a body is refused that was changed after signing',
} as const;

export type Difference = keyof typeof differences;

/** What the endpoint under test differs in, as TOLLGATE_DIFFERENCES says; nothing by default. */
export const present: readonly Difference[] = parse(process.env.TOLLGATE_DIFFERENCES ?? '');

/** @throws Error for a name that is not in the table */
export function parse(list: string): Difference[] {
  const names = list.split(',').filter((name) => name !== '');
  return names.map((name) => {
    if (!isDifference(name))
      throw new Error(`TOLLGATE_DIFFERENCES: ${JSON.stringify(name)} is no known difference`);
    return name;
  });
}

/** A test that is skipped, and named so, where the endpoint differs. */
export function itUnless(difference: Difference, name: string, run: () => Promise<void>): void {
  it.skipIf(present.includes(difference))(`${name} [${difference}]`, run);
}

/** @returns what a test's title says it is skipped for. */
export function differenceIn(title: string): Difference | undefined {
  const name = /\[([\w-]+)\]$/.exec(title)?.[1] ?? '';
  return isDifference(name) ? name : undefined;
}

function isDifference(name: string): name is Difference {
  return Object.hasOwn(differences, name);
}
