/** What the local runner serves beside Tollgate, by the contract that it writes. */
import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import { url } from '../e2e/support.ts';

/** @returns the address of a stack. */
export function addressOf(stack: string): string {
  // The contract is there: whoever imports the support of the end-to-end tests has waited for it.
  const { beside } = JSON.parse(readFileSync(inject('contract'), 'utf8')) as {
    beside?: Record<string, string>;
  };
  const address = beside?.[stack];
  if (address === undefined) throw new Error(`${url} serves no ${stack} beside`);
  return address;
}
