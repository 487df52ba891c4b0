import type { Caller } from './access.ts';

/** What can be revoked: one token, or all tokens of something, issued up to a time. */
export const revocationKinds = ['token', 'client', 'subject', 'tenant', 'credential', 'key'] as const;
export type RevocationKind = (typeof revocationKinds)[number];

/** One revocable thing: a `jti`, a client id, a `sub`, a tenant, `<clientId>/<credentialId>` or a `kid`. */
export interface RevocationTarget {
  kind: RevocationKind;
  id: string;
}

/** A target that a token has from what it came of. */
export interface LineageTarget extends RevocationTarget {
  /**
   * When that was issued, in seconds since the epoch: a revocation of what was issued up to then ends what came of it
   * as well, however new that is. The token's own `iat` where absent.
   */
  issuedAt?: number;
}

/** A revocation as it stands in the ledger. */
export interface Revocation {
  target: RevocationTarget;
  /** Tokens whose `iat` is at or before this are refused. Seconds since the epoch. */
  issuedBefore: number;
  /** When nothing can match it any more. Seconds since the epoch. */
  expiresAt: number;
}

/** Longest life a token can have, in seconds: no revocation has to last longer than this and the margin. */
export const MAX_TOKEN_LIFETIME = 24 * 3600;

/** How long a revocation outlives the last token it can match, in seconds: clocks differ. */
export const REVOCATION_MARGIN = 3600;

/** Longest that a session of refresh tokens can last, in seconds. */
export const MAX_REFRESH_LIFETIME = 90 * 24 * 3600;

type Revocable = Pick<Caller, 'jti' | 'clientId' | 'sub' | 'tenant' | 'credentialId' | 'kid' | 'lineage'>;

/**
 * @returns everything whose revocation would end this token, each once: five targets, six where it has a tenant,
 *   and those that it has from the tokens that it was exchanged or refreshed from.
 */
export function targetsOf(token: Revocable): RevocationTarget[] {
  const inherited = (token.lineage ?? []).map(({ kind, id }) => ({ kind, id }));
  const all = [...ownTargetsOf(token), ...inherited];
  // A read of several items takes no key twice.
  return all.filter((target, position) => all.findIndex(isSame(target)) === position);
}

/** @returns what would end this token if it had come of nothing. */
export const ownTargetsOf = (token: Omit<Revocable, 'lineage'>): RevocationTarget[] => [
  { kind: 'token', id: token.jti },
  { kind: 'client', id: token.clientId },
  { kind: 'subject', id: token.sub },
  { kind: 'credential', id: credentialTarget(token.clientId, token.credentialId) },
  { kind: 'key', id: token.kid },
  ...(token.tenant === undefined ? [] : [{ kind: 'tenant' as const, id: token.tenant }]),
];

/** @returns a test for the same target. */
export const isSame =
  ({ kind, id }: RevocationTarget) =>
  (other: RevocationTarget): boolean =>
    other.kind === kind && other.id === id;

/** @returns the id under which a credential is revoked: its own id is unique only within its client. */
export const credentialTarget = (clientId: string, credentialId: string): string =>
  `${clientId}/${credentialId}`;

/**
 * @param revocations those found for the token's targets
 * @param iat the token's, in seconds
 * @param lineage what the token came of
 * @returns the revocation that ends the token, if there is one. A token of the very second of a revocation
 *   counts as issued before it: `iat` is no finer, and refusing one too many is the safe side. Whenever a single
 *   token is revoked, all that came of it is, so there `iat` does not matter. Of anything else that it came of, the
 *   time of that decides, not its own:
 *
 *       alice's client is revoked: up to 12:00:00      her token of 11:50 is handed over
 *                                                      12:00:01  revocations are read, there are none
 *       the revocation is written                      a token with iat 12:00:01 is issued
 */
export const revocationOf = (
  revocations: readonly Revocation[],
  iat: number,
  lineage: readonly LineageTarget[] = [],
): Revocation | undefined =>
  revocations.find(
    ({ target, issuedBefore }) => target.kind === 'token' || since(target, iat, lineage) <= issuedBefore,
  );

/** When the token, or the oldest that it came of and that has the target too, was issued. */
const since = (target: RevocationTarget, iat: number, lineage: readonly LineageTarget[]): number =>
  Math.min(iat, ...lineage.filter(isSame(target)).map(({ issuedAt = iat }) => issuedAt));

/**
 * @param target what to revoke
 * @param issuedBefore seconds since the epoch
 * @param lastExpiry when the last token that it can match expires, seconds; by default the longest life that
 *   one of its kind can have after `issuedBefore`
 */
export const revocation = (
  target: RevocationTarget,
  issuedBefore: number,
  lastExpiry: number = issuedBefore + LONGEST_LIFE[target.kind],
): Revocation => ({ target, issuedBefore, expiresAt: lastExpiry + REVOCATION_MARGIN });

/** Refresh tokens are matched by whose they are, so those revocations have to outlast them too. */
const LONGEST_LIFE: Record<RevocationKind, number> = {
  token: MAX_TOKEN_LIFETIME,
  key: MAX_TOKEN_LIFETIME,
  client: MAX_REFRESH_LIFETIME,
  subject: MAX_REFRESH_LIFETIME,
  tenant: MAX_REFRESH_LIFETIME,
  credential: MAX_REFRESH_LIFETIME,
};
