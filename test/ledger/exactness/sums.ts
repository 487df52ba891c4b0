/** Sums of calls, reckoned from their records, and the same as others say them. */
import { expect } from 'vitest';
import type { UsageRecord } from '../../../lambdas/domain/usage.ts';

export interface Counted {
  calls: number;
  cost: number;
  errors: number;
  refused: number;
}

/** @param what the sums are, for the message of a failure */
export function expectSums(records: readonly UsageRecord[], sums: readonly Counted[], what: string): void {
  const expected = {
    calls: records.length,
    cost: records.reduce((sum, { price }) => sum + price, 0),
    errors: records.filter(({ outcome, status }) => outcome === 'admitted' && status >= 500).length,
    refused: records.filter(({ outcome }) => outcome === 'refused').length,
  };
  const total = (name: keyof Counted) => sums.reduce((sum, row) => sum + row[name], 0);
  const found = {
    ...{ calls: total('calls'), cost: total('cost') },
    ...{ errors: total('errors'), refused: total('refused') },
  };
  expect(found, what).toEqual(expected);
}

export const valuesOf = <Name extends 'clientId' | 'sub' | 'tenant'>(
  records: readonly UsageRecord[],
  name: Name,
): NonNullable<UsageRecord[Name]>[] => [...new Set(records.flatMap((record) => record[name] ?? []))];
