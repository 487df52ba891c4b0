/** What names a client elsewhere: trusted issuers that issue tokens for it, and a budget. */
import type { ClientUses } from '../domain/client-ports.ts';
import type { TableAccess } from './dynamodb.ts';
import { budgetKey, ISSUERS, parseTrustedIssuer } from './items.ts';
import { itemsOf } from './query.ts';
import { readItem } from './read.ts';

/** @returns what stands in the way of a deletion: a query of all trusted issuers, of which there are few, and a read. */
export const clientUses = (directory: TableAccess, ledger: TableAccess): ClientUses => ({
  async of(clientId) {
    const [issuers, hasBudget] = await Promise.all([
      issuersFor(directory, clientId),
      isBudgeted(ledger, clientId),
    ]);
    return { issuers, hasBudget };
  },
});

async function issuersFor(directory: TableAccess, clientId: string): Promise<string[]> {
  const names: string[] = [];
  for await (const item of itemsOf(directory, { partition: ISSUERS, what: 'listing trusted issuers' })) {
    const { issuer, mappings } = parseTrustedIssuer(item);
    if (mappings.some((mapping) => mapping.clientId === clientId)) names.push(issuer);
  }
  return names;
}

const isBudgeted = async (ledger: TableAccess, id: string): Promise<boolean> =>
  (await readItem(ledger, budgetKey({ kind: 'client', id }), 'reading a budget')) !== undefined;
