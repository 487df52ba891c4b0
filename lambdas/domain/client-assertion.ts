/**
 * Client assertions: a client proves itself by a JWT that it signed with a key of its own (RFC 7523 §2.2 and §3,
 * `private_key_jwt`). Here are the rules over what one says. They need nothing but the assertion and the clock, so
 * what breaks one of them is refused before anything is read; signature and single use come after.
 */
import { CLIENT_ID, isKeyId } from './client.ts';
import { fail, ok, type Result } from './result.ts';
import { readJwt, type UnverifiedJwt } from './unverified-jwt.ts';

export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * The `alg` that an assertion may have: asymmetric ones only. EdDSA is that with Ed25519, and Ed25519 the name that
 * RFC 9864 gives it; clients are about to change from the one to the other.
 */
export const assertionAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;
export type AssertionAlgorithm = (typeof assertionAlgorithms)[number];

/** Characters of an assertion; what is longer is not even parsed. One with a key of 4096 bits has about 1,200. */
const MAX_ASSERTION = 4096;

/** Seconds that `exp` may be ahead. */
const MAX_ASSERTION_LIFETIME = 3600;

/**
 * Seconds by which the client's clock may be ahead, for `nbf` and `iat` alone. `exp` has none: it is the client that
 * chooses how long its assertion lives.
 */
const ASSERTION_SKEW = 60;

/** What an assertion claims. */
export interface ClientAssertion {
  clientId: string;
  /** The `kid` of its header: which of the client's keys it is signed with. */
  credentialId: string;
  algorithm: AssertionAlgorithm;
  jti: string;
  /** Seconds since the epoch. */
  expiresAt: number;
}

export interface AssertionTerms {
  /** Whom it has to be meant for: this issuer, or its token endpoint. */
  issuer: string;
  /** Milliseconds since the epoch. */
  now: number;
}

export type AssertionFault =
  | 'malformed'
  | 'wrong_algorithm'
  | 'wrong_type'
  | 'wrong_key_id'
  | 'forbidden_header'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'wrong_times'
  | 'expired'
  | 'expires_too_late'
  | 'not_yet_valid'
  | 'no_jti';

/**
 * Reads an assertion, whose signature nobody has verified yet.
 *
 * @returns what it claims, or the first rule that it breaks; it throws for no text whatsoever
 */
export function parseClientAssertion(
  assertion: string,
  { issuer, now }: AssertionTerms,
): Result<ClientAssertion, AssertionFault> {
  const jwt = assertion.length > MAX_ASSERTION ? fail('malformed' as const) : readJwt(assertion);
  if (!jwt.ok) return jwt;
  const { header, claims } = jwt.value;
  const signer = signerOf(header);
  if (!signer.ok) return signer;
  const { iss: clientId, sub, aud, jti } = claims;
  if (!isText(clientId) || !CLIENT_ID.test(clientId) || sub !== clientId) return fail('wrong_issuer');
  if (!isMeantFor(issuer, aud)) return fail('wrong_audience');
  const expiresAt = lifeOf(claims, now / 1000);
  if (!expiresAt.ok) return expiresAt;
  if (!isText(jti) || jti === '') return fail('no_jti');
  return ok({ clientId, ...signer.value, jti, expiresAt: expiresAt.value });
}

/**
 * Keys come from the directory alone: a header that brings one along, or says where to fetch it, is refused although
 * ignoring it would do (RFC 8725 §3.10). So is every extension that would change what was signed.
 */
const FORBIDDEN = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c'];

/** `typ` as RFC 7523 leaves it open, as RFC 7519 §5.1 recommends it, and as its successor will ask for it. */
const TYPES = ['jwt', 'client-authentication+jwt'];

function signerOf(
  header: UnverifiedJwt['header'],
): Result<Pick<ClientAssertion, 'credentialId' | 'algorithm'>, AssertionFault> {
  const { alg, kid, typ } = header;
  const algorithm = assertionAlgorithms.find((known) => known === alg);
  if (algorithm === undefined) return fail('wrong_algorithm');
  if (FORBIDDEN.some((name) => Object.hasOwn(header, name))) return fail('forbidden_header');
  if (typ !== undefined && !(isText(typ) && TYPES.includes(mediaTypeOf(typ)))) return fail('wrong_type');
  return isText(kid) && isKeyId(kid) ? ok({ credentialId: kid, algorithm }) : fail('wrong_key_id');
}

/** Media types know no case, and `application/` may be left out (RFC 7515 §4.1.9). */
const mediaTypeOf = (typ: string): string => typ.toLowerCase().replace(/^application\//, '');

/** Exactly one audience: an assertion that others take as well could be used here by them. */
function isMeantFor(issuer: string, aud: unknown): boolean {
  const [audience, ...others]: unknown[] = Array.isArray(aud) ? aud : [aud];
  return others.length === 0 && (audience === issuer || audience === `${issuer}/oauth2/token`);
}

/** @param now in seconds, as the claims are; RFC 7519 §2 allows fractions in these */
function lifeOf(claims: UnverifiedJwt['claims'], now: number): Result<number, AssertionFault> {
  const { exp, nbf = 0, iat = 0 } = claims;
  if (!isTime(exp) || !isTime(nbf) || !isTime(iat)) return fail('wrong_times');
  if (exp <= now) return fail('expired');
  if (exp > now + MAX_ASSERTION_LIFETIME) return fail('expires_too_late');
  return Math.max(nbf, iat) > now + ASSERTION_SKEW ? fail('not_yet_valid') : ok(Math.ceil(exp));
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
