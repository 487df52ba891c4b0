/**
 * A session: a family of refresh tokens, of which one at a time can be used (RFC 9700 §4.14.2). Each use replaces
 * it. Whoever presents one that was replaced before is a thief, or has been robbed; nobody can tell which, so the
 * family ends. But an answer can get lost, and a client may ask twice at once: for {@link REFRESH_GRACE} the token
 * that was replaced last is answered with its successor, once more the same.
 */
import type { Authenticated } from './authentication.ts';
import { isUsable, mayUse, REFRESH_IDLE, REFRESH_LIFETIME } from './client.ts';
import type { LoginFacts } from './ports.ts';
import { fail, ok, type Result } from './result.ts';
import {
  credentialTarget,
  type LineageTarget,
  MAX_REFRESH_LIFETIME,
  MAX_TOKEN_LIFETIME,
  type Revocation,
  type RevocationTarget,
  revocation,
  type Why,
} from './revocation.ts';
import { type Grant, scopesOf, type TokenTerms, tokenLifetimeOf } from './token-request.ts';

/** Milliseconds for which a token that was just replaced is answered with the one that replaced it. */
export const REFRESH_GRACE = 30_000;

export interface RefreshFamily {
  /** Where it is found: made of the part that its tokens share, which is kept nowhere. */
  lookup: string;
  /** What its access tokens carry as lineage; it leads to no refresh token. */
  familyId: string;
  clientId: string;
  /** What the client proved itself by when the session began. */
  credentialId: string;
  /** That credential's `createdAt`: another one of the same id, such as a new password, is another credential. */
  credentialCreatedAt: number;
  tenant?: string;
  /** What was granted when it began; no refresh gives more. */
  granted: Grant;
  txn: string;
  /** Milliseconds since the epoch, as all times here. */
  startedAt: number;
  /** When it is over, however much it is used. */
  endsAt: number;
  /** Milliseconds that a token may lie unused. */
  idle: number;
  /** When it was ended. */
  endedAt?: number;
  /** The hash of the token that can be used. */
  current: string;
  /** When that token lapses unless it is used. */
  idleUntil: number;
  /** The last refresh; none before the first. */
  rotation?: { previous: string; salt: string; at: number };
}

/** What a presented token is to its family. */
export type Standing =
  | { kind: 'current' }
  /** Replaced a moment ago; its successor is derived with this salt. */
  | { kind: 'repeated'; salt: string }
  /** Replaced before, and presented again. */
  | { kind: 'reused' }
  /** The family was ended, by its client or because a token was reused. */
  | { kind: 'ended' }
  /** The session lasted as long as it may, or nobody used it for too long. */
  | { kind: 'over' };

/**
 * @param family as it is stored
 * @param hash the presented token's
 * @param now milliseconds since the epoch
 */
export function standingOf(family: RefreshFamily, hash: string, now: number): Standing {
  const { current, rotation } = family;
  if (family.endedAt !== undefined) return { kind: 'ended' };
  // Reuse comes before age: what was issued last may still live.
  const repeated = hash === rotation?.previous && now < rotation.at + REFRESH_GRACE;
  if (hash !== current && !repeated) return { kind: 'reused' };
  if (now >= family.endsAt || now >= family.idleUntil) return { kind: 'over' };
  return repeated ? { kind: 'repeated', salt: rotation.salt } : { kind: 'current' };
}

/** What only randomness and hashes can give to a new family. */
export interface FamilyIds {
  lookup: string;
  familyId: string;
  txn: string;
  /** The first token's hash. */
  current: string;
}

/** @returns the family of a session that begins now. */
export function newFamily(
  { client, credential }: Authenticated,
  granted: Grant,
  ids: FamilyIds,
  now: number,
): RefreshFamily {
  const lifetime = Math.min(client.refreshLifetime ?? REFRESH_LIFETIME, MAX_REFRESH_LIFETIME) * 1000;
  const idle = (client.refreshIdle ?? REFRESH_IDLE) * 1000;
  const family = {
    ...ids,
    clientId: client.clientId,
    credentialId: credential.credentialId,
    credentialCreatedAt: credential.createdAt,
    ...(client.tenant !== undefined && { tenant: client.tenant }),
    granted,
    startedAt: now,
    endsAt: now + lifetime,
    idle,
  };
  return { ...family, idleUntil: idleUntil(family, now) };
}

/** @returns when a token lapses that was issued at `now`, unless it is used. */
export const idleUntil = ({ idle, endsAt }: Pick<RefreshFamily, 'idle' | 'endsAt'>, now: number): number =>
  Math.min(now + idle, endsAt);

/** @returns everything whose revocation ends the session, if it began before. */
export const targetsOfFamily = (family: RefreshFamily): RevocationTarget[] => [
  familyTarget(family),
  { kind: 'client', id: family.clientId },
  { kind: 'subject', id: family.clientId },
  { kind: 'credential', id: credentialTarget(family.clientId, family.credentialId) },
  ...(family.tenant === undefined ? [] : [{ kind: 'tenant' as const, id: family.tenant }]),
];

/**
 * @returns the lineage of every access token that the session was refreshed for: whatever ends the session ends them,
 *   be it revoked a moment after the refresh has asked for revocations, up to a moment before
 */
export const lineageOfFamily = (family: RefreshFamily): LineageTarget[] =>
  targetsOfFamily(family).map((target) =>
    target.kind === 'token' ? target : { ...target, issuedAt: Math.floor(family.startedAt / 1000) },
  );

/** @returns what all access tokens of the session have in their lineage. */
export const familyTarget = ({ familyId }: Pick<RefreshFamily, 'familyId'>): RevocationTarget => ({
  kind: 'token',
  id: familyId,
});

/**
 * @returns the revocation of all access tokens of a family that ends now. It lasts as long as the session could have,
 *   because where the family itself could not be ended it is all that refuses the next refresh.
 */
export const familyRevocation = (
  family: Pick<RefreshFamily, 'familyId' | 'endsAt'>,
  why: Why,
): Revocation & Why =>
  revocation(
    familyTarget(family),
    Math.ceil(why.revokedAt / 1000),
    why,
    Math.ceil(family.endsAt / 1000) + MAX_TOKEN_LIFETIME,
  );

/** Why a session does not go on that is otherwise in order. */
export type SessionFault = 'client' | 'grant_type' | 'credential' | 'tenant' | 'claims' | 'scopes';

/**
 * Looks at the client and the deployment as they are now: what is not allowed any more, sessions may not either.
 *
 * @param facts what the directory says of the client, and of the credential that the session began with
 * @param terms of today; without a lifetime where none is asked for
 * @param now milliseconds since the epoch
 * @returns what is left of the original grant and the roles of today, or why there is nothing
 */
export function remaining(
  { granted, ...family }: RefreshFamily,
  facts: LoginFacts,
  { roles, tokenLifetime = granted.lifetime }: Pick<TokenTerms, 'roles'> & Partial<TokenTerms>,
  now: number,
): Result<{ granted: Grant; roles: readonly string[] }, SessionFault> {
  const { client } = facts;
  if (client === undefined || client.state !== 'active') return fail('client');
  if (!mayUse(client, 'refresh_token')) return fail('grant_type');
  // A service proves itself at every refresh; a user did it once, so that has to hold still.
  if (client.kind === 'user' && !holds(family, facts, now)) return fail('credential');
  if (client.tenant !== family.tenant) return fail('tenant');
  // A claim may be what narrows a token: without it the token could do more.
  if (!Object.keys(granted.claims).every((name) => client.allowedClaims.includes(name)))
    return fail('claims');
  const own = scopesOf(client, roles);
  const scopes = granted.scopes.filter((scope) => own.includes(scope));
  if (scopes.length === 0 && granted.scopes.length > 0) return fail('scopes');
  const lifetime = Math.min(granted.lifetime, tokenLifetimeOf(client, { tokenLifetime }));
  return ok({ granted: { ...granted, scopes, lifetime }, roles: client.roles });
}

const holds = (
  { credentialId, credentialCreatedAt }: Pick<RefreshFamily, 'credentialId' | 'credentialCreatedAt'>,
  { credential }: LoginFacts,
  now: number,
): boolean =>
  credential !== undefined &&
  credential.credentialId === credentialId &&
  credential.createdAt === credentialCreatedAt &&
  isUsable(credential, now);
