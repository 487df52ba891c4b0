/**
 * What of a mapping comes to nothing. A mapping gives no more than its client has, without a word to whoever shows a
 * token; so the operator who writes it is told.
 */
import { type Client, mayUse } from '../client.ts';
import { JWT_BEARER, TOKEN_EXCHANGE } from '../grant-type.ts';
import type { Scope } from '../scope.ts';
import { scopesOf, type TokenTerms } from '../token-request.ts';
import type { Mapping } from './trusted-issuer.ts';

/**
 * @param mappings of one record, in their order
 * @param clients those that they name, as they are now
 * @returns a sentence for each thing that has no effect, which names the mapping by its number, from 1
 */
export const idleIn = (
  mappings: readonly Mapping[],
  clients: readonly Client[],
  roles: TokenTerms['roles'],
): string[] =>
  mappings.flatMap((mapping, index) => {
    const client = clients.find(({ clientId }) => clientId === mapping.clientId);
    return client === undefined
      ? []
      : idleOf(mapping, client, roles).map((what) => `mapping ${index + 1}: ${what}`);
  });

function idleOf(mapping: Mapping, client: Client, roles: TokenTerms['roles']): string[] {
  const name = `the client ${client.clientId}`;
  const usable = mayUse(client, JWT_BEARER) || mayUse(client, TOKEN_EXCHANGE);
  const own = scopesOf(client, roles);
  const lacking = [...new Set(wantedScopes(mapping))].filter((scope) => !own.includes(scope));
  return [
    ...(client.state === 'active' ? [] : [`${name} is disabled, so it gives no token`]),
    ...(usable ? [] : [`${name} may use neither jwt-bearer nor token-exchange, so it gives no token`]),
    ...lacking.map((scope) => `${name} does not have the scope ${scope}, so no token gets it`),
  ];
}

const wantedScopes = ({ scopes, scopesFrom }: Mapping): Scope[] => [
  ...scopes,
  ...Object.values(scopesFrom?.values ?? {}).flat(),
];
