/** Tokens of trusted issuers that somebody hands over as a parameter, verified by what the directory says of them. */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { ForeignFailure, ForeignTokens } from '../domain/ports.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import { isSameIssuer, MAX_ISSUER } from '../domain/trust/issuer-url.ts';
import type { ForeignToken, TrustedIssuer, TrustReader } from '../domain/trust/trusted-issuer.ts';
import { signatureAlgorithms } from '../domain/trust/verification-key.ts';
import { readJwt } from '../domain/unverified-jwt.ts';
import type { KeySets } from './remote-jwks.ts';

export interface ForeignTokensOptions {
  issuers: TrustReader;
  keySets: KeySets;
  /** This deployment's own issuer: nobody else speaks in its name. */
  own: string;
}

/** Characters. */
const MAX_TOKEN = 16 * 1024;
const MAX_JTI = 256;
/** Seconds that another's clock may be ahead. */
const SKEW = 60;
/** The last second that a Date can say. */
const MAX_TIME = 8.64e12;

/**
 * @returns the port: one strongly consistent read for a token that names an issuer, and its keys over the network
 *   where they are not known or not any more
 */
export const foreignTokens = ({ issuers, keySets, own }: ForeignTokensOptions): ForeignTokens => ({
  async verify(token, now) {
    const claimed = claimedBy(token);
    if (claimed === undefined) return fail('malformed');
    const { alg, issuer } = claimed;
    if (!NAME.test(issuer) || isSameIssuer(issuer, own)) return fail('unknown_issuer');
    const trusted = await issuers.find(issuer);
    if (trusted === undefined) return fail('unknown_issuer');
    if (trusted.state !== 'active') return fail('disabled_issuer');
    if (!trusted.algorithms.includes(alg)) return fail('wrong_algorithm');
    const payload = await verifiedPayload(token, trusted, now, keysOf(trusted, keySets));
    return payload.ok ? foreignToken(trusted, payload.value, now) : payload;
  },
});

const NAME = new RegExp(`^[\\x21-\\x7E]{1,${MAX_ISSUER}}$`);

/** Headers that bring a key along, or change what a signature means (RFC 8725 §3.10, RFC 7515 §4.1.11, RFC 7797). */
const REFUSED_HEADERS = ['crit', 'jwk', 'jku', 'x5u', 'b64'];

/** What a token may be (RFC 8725 §3.11): not a logout token, a proof of possession or a security event. */
const TYPES = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];

/** What a token says about itself before it is verified: how it is to be, and whose keys are to be asked. */
function claimedBy(token: string): { alg: string; issuer: string } | undefined {
  const jwt = token.length > MAX_TOKEN ? undefined : readJwt(token);
  if (!jwt?.ok) return undefined;
  const { header, claims } = jwt.value;
  if (REFUSED_HEADERS.some((name) => Object.hasOwn(header, name))) return undefined;
  const { alg, typ, kid } = header;
  const typed = typ === undefined || (typeof typ === 'string' && TYPES.includes(typ.toLowerCase()));
  if (!typed || typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string')) return undefined;
  return typeof claims.iss === 'string' ? { alg, issuer: claims.iss } : undefined;
}

const keysOf = ({ issuer, keys }: TrustedIssuer, keySets: KeySets) =>
  keys.kind === 'jwks'
    ? createLocalJWKSet({ keys: [...keys.jwks.keys] } as unknown as JSONWebKeySet)
    : keySets(issuer, keys);

async function verifiedPayload(
  token: string,
  { issuer, algorithms, audiences }: TrustedIssuer,
  now: number,
  keys: ReturnType<KeySets>,
): Promise<Result<JWTPayload, ForeignFailure>> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: algorithms.filter((name) => signatureAlgorithms.some((known) => known === name)),
      issuer,
      audience: [...audiences],
      currentDate: new Date(now),
      clockTolerance: SKEW,
      requiredClaims: ['exp'],
    });
    return ok(payload);
  } catch (error) {
    return fail(failureOf(error));
  }
}

/**
 * What jose leaves open: `exp` without leeway, for what is left of it is what there is to give; `iat`; `jti`; and
 * `cnf`: nobody proves that key here (RFC 8705 §3, RFC 9449 §6), so whoever stole the token would get one for it that
 * needs no key.
 */
function foreignToken(
  issuer: TrustedIssuer,
  claims: JWTPayload,
  now: number,
): Result<ForeignToken, ForeignFailure> {
  const { exp = 0, iat = 0, jti } = claims;
  if (exp * 1000 <= now) return fail('expired');
  if (iat > now / 1000 + SKEW) return fail('not_yet_valid');
  if (exp > MAX_TIME || (jti !== undefined && !isJti(jti))) return fail('wrong_claims');
  if (claims.cnf !== undefined) return fail('bound_to_a_key');
  return ok({ issuer, claims, exp: Math.floor(exp), ...(jti !== undefined && { jti }) });
}

const isJti = (jti: unknown): jti is string =>
  typeof jti === 'string' && jti !== '' && jti.length <= MAX_JTI && !/[\p{Cc}\p{Cs}]/u.test(jti);

function failureOf(error: unknown): ForeignFailure {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return CLAIM_FAILURES[error.claim] ?? 'wrong_claims';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'wrong_algorithm';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'unknown_key';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad_signature';
  if (error instanceof errors.JOSEError || error instanceof TypeError) return 'malformed';
  throw error;
}

const CLAIM_FAILURES: Readonly<Record<string, ForeignFailure>> = {
  iss: 'unknown_issuer',
  aud: 'wrong_audience',
  nbf: 'not_yet_valid',
};
