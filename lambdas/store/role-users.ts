/** Who has a role, in the directory: there is no index of it, because nobody asks but when a role is removed. */
import type { RoleUser, RoleUsers } from '../domain/roles.ts';
import { namesIn } from '../domain/trust/mapping-registration.ts';
import { listClients } from './client-list.ts';
import type { TableAccess } from './dynamodb.ts';
import { ISSUERS, parseTrustedIssuer } from './items.ts';
import { itemsOf } from './query.ts';

/** What one read takes. */
const PAGE = 100;

/**
 * @returns what looks through all clients that are listed, a query and a `BatchGetItem` for each hundred, and through
 *   all trusted issuers. A client that is not listed is one of a version without lists that was not changed since
 */
export const roleUsers = (directory: TableAccess): RoleUsers => ({
  async find(role, most) {
    const found: RoleUser[] = [];
    for await (const user of usersOf(directory, role)) {
      found.push(user);
      if (found.length >= most) break;
    }
    return found;
  },
});

async function* usersOf(directory: TableAccess, role: string): AsyncGenerator<RoleUser, void, undefined> {
  for (let after: string | undefined, isLast = false; !isLast; ) {
    const page = { limit: PAGE, ...(after !== undefined && { after }) };
    const { clients, next } = await listClients(directory, page);
    for (const { client } of clients) {
      if (client.roles.includes(role)) yield { kind: 'client', id: client.clientId };
    }
    [after, isLast] = [next, next === undefined];
  }
  for await (const item of itemsOf(directory, { partition: ISSUERS, what: 'listing trusted issuers' })) {
    const { issuer, mappings } = parseTrustedIssuer(item);
    const hasIt = mappings.some((mapping) => namesIn(mapping).roles.includes(role));
    if (hasIt) yield { kind: 'issuer', id: issuer };
  }
}
