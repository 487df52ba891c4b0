/** The claims that a login may add to its token: which names and values there can be. */
import { fail, ok, type Result } from './result.ts';
import { isSecretName, isSecretValue } from './secret-looking.ts';

export const MAX_CLAIMS = 20;
export const MAX_CLAIM_NAME = 64;
/** UTF-16 code units. */
export const MAX_CLAIM_VALUE = 256;

/** Letters first; then what names and collision-resistant names (RFC 7519 §2) are made of. */
const CLAIM_NAME = /^[A-Za-z][A-Za-z0-9_.:/-]*$/;

/** Control characters, and halves of characters that no UTF-8 can carry. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** Names with a meaning of their own, in this product or in a standard, without separators and in lower case. */
const RESERVED = new Set(
  [
    // RFC 7519 §4.1
    'iss sub aud exp nbf iat jti',
    // RFC 9068 §2.2, RFC 8693 §4, RFC 7800 §3.1, RFC 8417 §2.2
    'client_id scope auth_time acr amr groups roles entitlements act may_act cnf events toe txn sub_id',
    // RFC 9396 §9.1, RFC 7662 §2.2, RFC 9701 §5
    'authorization_details active username token_type token_introspection',
    // OpenID Connect Core §2, Front-Channel Logout §3
    'azp nonce at_hash c_hash sid',
    // The header's (RFC 7515 §4.1): some libraries look for them in both places.
    'alg typ cty crit kid jku jwk x5u x5c x5t',
    // Ours, and what other issuers call the same things.
    'credential_id lineage tenant scp scopes permissions cid token_use',
  ]
    .join(' ')
    .split(' ')
    .map(bare),
);

/** @returns whether the name belongs to a standard or to this product, however it is spelled. */
export const isReservedClaim = (name: string): boolean => RESERVED.has(bare(name));

/** @returns whether a login may ever set a claim of this name; the client's allow-list comes on top. */
export const isClaimName = (name: string): boolean =>
  name.length <= MAX_CLAIM_NAME && CLAIM_NAME.test(name) && !isReservedClaim(name) && !isSecretName(name);

/**
 * Checks the claims that a login asks for.
 *
 * @param claims as they stand in the request
 * @param allowed names that the client may set
 * @returns the same claims, or the sentence that says which one is refused and why, without its value
 */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  allowed: readonly string[],
): Result<Record<string, string>, string> {
  const entries = Object.entries(claims);
  if (entries.length > MAX_CLAIMS) return fail(`claims has more than ${MAX_CLAIMS} members`);
  const checked: [string, string][] = [];
  for (const [name, value] of entries) {
    const wrong = nameFault(name, allowed) ?? valueFault(value);
    if (wrong !== undefined) return fail(`claim '${name.slice(0, MAX_CLAIM_NAME)}' ${wrong}`);
    checked.push([name, String(value)]);
  }
  return ok(Object.fromEntries(checked));
}

/**
 * @returns those of the claims that a token may carry although no login asked for them: what another token says, or
 *   an operator had written, but nothing that is reserved or looks like a secret.
 */
export const customClaims = (claims: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims).filter(([name, value]) => isClaimName(name) && valueFault(value) === undefined),
  );

function nameFault(name: string, allowed: readonly string[]): string | undefined {
  if (name.length > MAX_CLAIM_NAME) return `has a name longer than ${MAX_CLAIM_NAME} characters`;
  if (!CLAIM_NAME.test(name)) return 'has a malformed name';
  if (isReservedClaim(name)) return 'is reserved';
  if (!allowed.includes(name)) return 'is not among the claims that this client may set';
  if (isSecretName(name))
    return 'looks like a secret by its name; a token can be read by everyone who sees it';
  return undefined;
}

function valueFault(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is not a string';
  if (value.length > MAX_CLAIM_VALUE) return `is longer than ${MAX_CLAIM_VALUE} characters`;
  if (UNPRINTABLE.test(value)) return 'has control characters';
  if (isSecretValue(value)) return 'looks like a secret; a token can be read by everyone who sees it';
  return undefined;
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
