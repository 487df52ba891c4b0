/** Revoking a refresh token ends its session (RFC 7009 §2.1), whichever of its tokens is presented. */
import type { Directory, RefreshFamilies, RefreshTokens, RevocationWriter } from '../../domain/ports.ts';
import type { RefreshToken } from '../../domain/refresh-token.ts';
import { mayPresent, type Presenter } from '../presenter.ts';
import { endSession } from '../sessions.ts';

export interface SessionRevocationPorts {
  directory: Pick<Directory, 'lookUp'>;
  families: Pick<RefreshFamilies, 'find' | 'end'>;
  tokens: Pick<RefreshTokens, 'lookupOf'>;
  ledger: RevocationWriter;
}

/** `unauthenticated`: a service has to authenticate before it may end its session. */
export type SessionRevocation = 'unknown' | 'foreign' | 'unauthenticated' | 'revoked' | 'already_revoked';

/**
 * Ends the session of a refresh token, if it is the presenter's. Whoever holds any token of a session holds, or held,
 * the session; so it does not matter whether the token was replaced long ago, or has lapsed.
 *
 * @param now milliseconds since the epoch
 * @throws {StoreUnavailable}
 */
export async function revokeSession(
  ports: SessionRevocationPorts,
  presenter: Presenter,
  token: RefreshToken,
  now: number,
): Promise<SessionRevocation> {
  const family = await ports.families.find(ports.tokens.lookupOf(token));
  if (family === undefined) return 'unknown';
  if (family.clientId !== presenter.clientId) return 'foreign';
  const { authenticated } = presenter;
  const facts = authenticated ?? (await ports.directory.lookUp(family.clientId, family.credentialId));
  if (!mayPresent(presenter, facts)) return 'unauthenticated';
  const why = { revokedAt: now, reason: 'client_request' } as const;
  return (await endSession(ports, family, why)) ? 'revoked' : 'already_revoked';
}
