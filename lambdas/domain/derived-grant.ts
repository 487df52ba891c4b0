/**
 * What may be granted on the strength of another token: never more than each of those who have a say in it allows.
 */
import { customClaims } from './claims.ts';
import { fail, ok, type Result } from './result.ts';
import { inWords, type Scope } from './scope.ts';
import type { Grant } from './token-request.ts';

/** The token that something is made of. */
export interface Basis {
  scopes: readonly Scope[];
  claims: Readonly<Record<string, string>>;
  /** Seconds since the epoch; with a fraction, where its issuer is that exact. */
  exp: number;
}

/** The client that it is made for. */
export interface Recipient {
  scopes: readonly Scope[];
  /** Seconds that one of its tokens lives at most. */
  lifetime: number;
}

/** `unacceptable`: it is the token that is handed over that will not do. */
export interface DerivedRefusal {
  kind: 'invalid_scope' | 'unacceptable';
  description: string;
}

/**
 * @param asked scopes that the client wants; all that it can have where absent
 * @param now milliseconds since the epoch
 * @returns what both have; for as long as both allow, at least a second
 */
export function deriveGrant(
  basis: Basis,
  recipient: Recipient,
  asked: readonly Scope[] | undefined,
  now: number,
): Result<Grant, DerivedRefusal> {
  const foreign = asked?.find((scope) => !basis.scopes.includes(scope));
  if (foreign !== undefined)
    return invalidScope(`the token that was presented does not give ${inWords(foreign)}`);
  const denied = asked?.find((scope) => !recipient.scopes.includes(scope));
  if (denied !== undefined) return invalidScope(`this client does not have ${inWords(denied)}`);
  // Not a comparison with `<`: what is no number must not pass either.
  if (!(basis.exp - now / 1000 >= 1)) {
    return fail({ kind: 'unacceptable', description: 'the token that was presented is about to expire' });
  }
  const left = Math.floor(basis.exp) - Math.floor(now / 1000);
  return ok({
    scopes: asked ?? basis.scopes.filter((scope) => recipient.scopes.includes(scope)),
    claims: customClaims(basis.claims),
    lifetime: Math.min(left, recipient.lifetime),
  });
}

const invalidScope = (description: string) => fail<DerivedRefusal>({ kind: 'invalid_scope', description });
