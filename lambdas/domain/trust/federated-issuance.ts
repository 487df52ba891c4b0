/**
 * What is issued for a token of a trusted issuer: to the client that the mapping names, and never with more scopes
 * than that client has. Roles are the mapping's own: an operator wrote them.
 */
import type { Client } from '../client.ts';
import { type DerivedRefusal, deriveGrant } from '../derived-grant.ts';
import { JWT_BEARER } from '../grant-type.ts';
import type { Issuance } from '../issuance.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Scope } from '../scope.ts';
import { scopesOf, type TokenTerms, tokenLifetimeOf } from '../token-request.ts';
import type { Federated, ForeignToken } from './trusted-issuer.ts';

/** A verified token of a trusted issuer, and what a mapping makes of it. */
export interface FederatedSubject {
  token: ForeignToken;
  federated: Federated;
}

/** Characters of a subject or tenant as it stands in a key: the table's keys have an end. */
const MAX_IDENTITY = 800;

/**
 * @param client the one that the mapping names
 * @param asked scopes that are wanted; all that can be had where absent
 * @param now milliseconds since the epoch
 * @returns what RFC 7523 §2.1 gives for the token: in the name of the client, with the issuer as its credential, so
 *   that everything of one issuer can be revoked at once
 */
export function federatedIssuance(
  { token, federated }: FederatedSubject,
  client: Client,
  asked: readonly Scope[] | undefined,
  now: number,
  terms: TokenTerms,
): Result<Issuance, DerivedRefusal> {
  const tenant = federated.tenant ?? client.tenant;
  const fault = faultOf(federated, client, tenant);
  if (fault !== undefined) return fail({ kind: 'unacceptable', description: fault });
  const { roles, claims, tokenLifetime = Number.POSITIVE_INFINITY } = federated;
  const granted = deriveGrant(
    { scopes: scopesOf(federated, terms.roles), claims, exp: token.exp },
    {
      scopes: scopesOf(client, terms.roles),
      lifetime: Math.min(tokenLifetime, tokenLifetimeOf(client, terms)),
    },
    asked,
    now,
  );
  if (!granted.ok) return granted;
  return ok({
    grantType: JWT_BEARER,
    clientId: client.clientId,
    credentialId: token.issuer.issuer,
    sub: federated.sub,
    ...(tenant !== undefined && { tenant }),
    roles,
    granted: granted.value,
    origin: originOf(token),
  });
}

/** The mapping is an operator's and is checked when it is written; what it makes of a token is checked here. */
function faultOf(federated: Federated, client: Client, tenant: string | undefined): string | undefined {
  if (federated.clientId !== client.clientId) return 'the token that was presented is for another client';
  if (client.tenant !== undefined && tenant !== client.tenant) {
    return 'the token that was presented is not of the tenant of its client';
  }
  // A client's own id has no colon: nobody from outside can ever be taken for a client.
  if (!federated.sub.includes(':') || !isIdentity(federated.sub)) return 'its subject cannot be used here';
  return tenant !== undefined && !isIdentity(tenant) ? 'its tenant cannot be used here' : undefined;
}

/** Printable, and short enough for the keys that it becomes a part of. */
const isIdentity = (text: string): boolean =>
  text !== '' && !/[\p{Cc}\p{Cs}]/u.test(text) && encodeURIComponent(text).length <= MAX_IDENTITY;

const originOf = ({ issuer: { issuer }, claims, jti }: ForeignToken) => ({
  kind: 'federated' as const,
  issuer,
  subject: typeof claims.sub === 'string' ? claims.sub : '',
  ...(jti !== undefined && { jti }),
});
