/** What is told about a refresh token: to nobody but the client whose session it is, whatever else that may ask. */
import type { Authenticated } from '../../domain/authentication.ts';
import { describeRefreshToken, INACTIVE, type Introspection } from '../../domain/introspection.ts';
import type { Directory, RefreshFamilies, RefreshTokens, RevocationReader } from '../../domain/ports.ts';
import { remaining, standingOf } from '../../domain/refresh-family.ts';
import type { RefreshToken } from '../../domain/refresh-token.ts';
import type { TokenTerms } from '../../domain/token-request.ts';
import { isSessionRevoked, sessionFacts } from '../sessions.ts';

export interface SessionInspectionPorts {
  directory: Pick<Directory, 'lookUp'>;
  families: Pick<RefreshFamilies, 'find'>;
  refreshTokens: Pick<RefreshTokens, 'lookupOf' | 'hashOf'>;
  revocations: RevocationReader;
}

/**
 * Looks at a session and changes nothing: a token that was replaced is inactive, but nobody has used it here.
 *
 * @param now milliseconds since the epoch
 * @returns what a refresh would go on with now; inactive where there would be none
 * @throws {StoreUnavailable}
 */
export async function inspectSession(
  ports: SessionInspectionPorts,
  holder: Authenticated,
  token: RefreshToken,
  terms: Pick<TokenTerms, 'roles'>,
  now: number,
): Promise<Introspection> {
  const family = await ports.families.find(ports.refreshTokens.lookupOf(token));
  if (family?.clientId !== holder.client.clientId) return INACTIVE;
  if (standingOf(family, ports.refreshTokens.hashOf(token), now).kind !== 'current') return INACTIVE;
  const left = remaining(family, await sessionFacts(ports.directory, holder, family), terms, now);
  if (!left.ok || (await isSessionRevoked(ports.revocations, family))) return INACTIVE;
  return describeRefreshToken(family, left.value.granted.scopes);
}
