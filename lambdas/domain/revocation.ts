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
  /** When it is forgotten: nothing can match it any more, nor be told of it. Seconds since the epoch. */
  expiresAt: number;
  /** When its target was first revoked, milliseconds since the epoch; absent where nobody noted it. */
  revokedAt?: number;
  /** Why it was, that first time. */
  reason?: RevocationReason;
}

/** Why something is revoked: stable codes. */
export const revocationReasons = [
  /** Its client asked for it (RFC 7009). */
  'client_request',
  /** Its session could not go on: what it depends on was revoked, or it had been ended before. */
  'session_ended',
  /** A refresh token of its session was used twice. */
  'refresh_reused',
  /** The key that signed it was lost. */
  'key_compromised',
  /** An operator decided it. */
  'operator',
  /** It has leaked, or what it came of has. */
  'leaked',
] as const;
export type RevocationReason = (typeof revocationReasons)[number];

/** When something is revoked, in milliseconds since the epoch, and why. */
export interface Why {
  revokedAt: number;
  reason: RevocationReason;
}

/** Longest life a token can have, in seconds. */
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
): Revocation | undefined => revocations.find(ends(iat, lineage));

/** @returns a test for those that end the token. */
const ends =
  (iat: number, lineage: readonly LineageTarget[]) =>
  ({ target, issuedBefore }: Revocation): boolean =>
    target.kind === 'token' || since(target, iat, lineage) <= issuedBefore;

/** When the token, or the oldest that it came of and that has the target too, was issued. */
const since = (target: RevocationTarget, iat: number, lineage: readonly LineageTarget[]): number =>
  Math.min(iat, ...lineage.filter(isSame(target)).map(({ issuedAt = iat }) => issuedAt));

/** What ended a token. */
export interface Ending {
  target: RevocationTarget;
  /** Milliseconds since the epoch; absent where it cannot be told any more. */
  at?: number;
  reason?: RevocationReason;
}

/**
 * @param exp when the token ended by itself, seconds since the epoch; it never did where absent
 * @returns what ended the token, as {@link revocationOf} decides it: the first of several
 */
export function endingOf(
  revocations: readonly Revocation[],
  { iat, exp = Number.POSITIVE_INFINITY }: { iat: number; exp?: number },
  lineage: readonly LineageTarget[] = [],
): Ending | undefined {
  const all = revocations
    .filter(ends(iat, lineage))
    .map((found) => ending(found, since(found.target, iat, lineage)));
  const sooner = all.filter(({ at = 0 }) => at < exp * 1000 + SKEW);
  return sooner.sort((one, other) => (one.at ?? Infinity) - (other.at ?? Infinity))[0];
}

/** Milliseconds for which a token may be good after its end: clocks differ. */
const SKEW = 60_000;

/**
 * A revocation that is repeated keeps the time and the reason of its first time. One of all tokens of something can be
 * extended; a token that is newer than the first time is ended by the extension, whose time is `issuedBefore`.
 */
function ending({ target, issuedBefore, revokedAt, reason }: Revocation, iat: number): Ending {
  const extended = EXTENSIBLE[target.kind] && (revokedAt === undefined || iat * 1000 > revokedAt);
  if (extended) return { target, at: issuedBefore * 1000 };
  return {
    target,
    ...(revokedAt !== undefined && { at: revokedAt }),
    ...(reason !== undefined && { reason }),
  };
}

/** Whether `issuedBefore` is the time of a revocation: that of a key lies ahead, and for a token it does not matter. */
const EXTENSIBLE: Record<RevocationKind, boolean> = {
  ...{ token: false, key: false },
  ...{ client: true, subject: true, tenant: true, credential: true },
};

/**
 * @param target what to revoke
 * @param issuedBefore seconds since the epoch
 * @param why when it is done, and what for
 * @param lastExpiry when the last token that it can match expires, seconds, where that is later than the longest life
 *   of a session: so long it is kept in any case, to be told of
 */
export const revocation = (
  target: RevocationTarget,
  issuedBefore: number,
  why: Why,
  lastExpiry = 0,
): Revocation & Why => ({
  target,
  issuedBefore,
  expiresAt: Math.max(lastExpiry, issuedBefore + MAX_REFRESH_LIFETIME) + REVOCATION_MARGIN,
  ...why,
});

/** Seconds by which clocks may differ. */
const CLOCKS = 60;

/**
 * @param why `revokedAt` is a time at which nobody could log in with it any more: first it ends, then this
 * @returns the revocation of all tokens of a credential that is over for good. It reaches ahead: a login that was under
 *   way began before the end by its own clock, and by no clock does a token come after it.
 */
export const credentialRevocation = (clientId: string, credentialId: string, why: Why): Revocation & Why =>
  revocation(
    { kind: 'credential', id: credentialTarget(clientId, credentialId) },
    Math.ceil(why.revokedAt / 1000) + CLOCKS,
    why,
  );
