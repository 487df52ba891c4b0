/** What the answers are made of: names in snake_case, times in RFC 3339 beside the seconds that tokens have. */
import type { Revocation, RevocationTarget } from '../../domain/revocation.ts';

/** @param found what the ledger has of it, if anything */
export const isRevokedShown = (target: RevocationTarget, found: Revocation | undefined) =>
  found === undefined ? { revoked: false, target } : { revoked: true, target, ...timesOf(found) };

/** @param found what the ledger has of it now */
export const revokedShown = (
  target: RevocationTarget,
  outcome: 'revoked' | 'already_revoked',
  found: Revocation | undefined,
) => ({
  revoked: outcome === 'revoked' ? true : 'already',
  target,
  ...(found !== undefined && timesOf(found)),
});

/** Whenever a single token was issued it is refused: there `issued_before` says nothing. */
const timesOf = ({ target, issuedBefore, revokedAt, reason, expiresAt }: Revocation) => ({
  ...(target.kind !== 'token' && { issued_before: issuedBefore }),
  revoked_at: revokedAt === undefined ? null : new Date(revokedAt).toISOString(),
  reason: reason ?? null,
  kept_until: new Date(expiresAt * 1000).toISOString(),
});
