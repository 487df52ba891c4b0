/** Verifies access tokens of our own, where a client hands one over as a parameter: revocation, introspection. */
import { createLocalJWKSet, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod/mini';
import type { Jwks } from '../domain/key-ring.ts';
import { fail, ok, type Result } from '../domain/result.ts';

const text = z.string().check(z.minLength(1));

/** What the RFC 9068 profile of Tollgate has in every token. */
const claimsShape = z.looseObject({
  iss: text,
  sub: text,
  client_id: text,
  jti: text,
  iat: z.int(),
  exp: z.int(),
  credential_id: z.optional(text),
  tenant: z.optional(text),
  txn: z.optional(text),
  scope: z.optional(z.string()),
  roles: z.optional(z.string()),
  lineage: z.optional(text),
});

export type TokenClaims = z.output<typeof claimsShape> & JWTPayload;

export interface VerifiedToken {
  kid: string;
  claims: TokenClaims;
}

/** Why a token is not one of ours, or is one no longer. */
export type TokenFailure =
  | 'malformed'
  | 'unknown_key'
  | 'bad_signature'
  | 'wrong_type'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'wrong_claims';

export interface VerifyTokenOptions {
  jwks: Jwks;
  issuer: string;
  audience: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** Whether a token counts that has nothing wrong but its age; by default it does not. */
  acceptExpired?: boolean;
}

/**
 * Verifies a token: RS256 by the key that its `kid` names, `typ` at+jwt, `iss` and `aud` exact, `exp` and `nbf`
 * without leeway (RFC 9068 §4).
 *
 * @returns the claims and the key's id, or the reason why not; it throws for no token whatsoever
 */
export async function verifyToken(
  token: string,
  options: VerifyTokenOptions,
): Promise<Result<VerifiedToken, TokenFailure>> {
  const kid = kidOf(token);
  if (kid === undefined) return fail('malformed');
  const payload = await verifiedPayload(token, options);
  if (!payload.ok) return payload;
  const claims = claimsShape.safeParse(payload.value);
  return claims.success ? ok({ kid, claims: claims.data as TokenClaims }) : fail('wrong_claims');
}

/** Without a `kid` jose takes the only key that fits; ours always name it. */
function kidOf(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === 'string' && kid !== '' ? kid : undefined;
  } catch {
    return undefined;
  }
}

async function verifiedPayload(
  token: string,
  { jwks, issuer, audience, now, acceptExpired = false }: VerifyTokenOptions,
): Promise<Result<JWTPayload, TokenFailure>> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [...jwks.keys] }), {
      algorithms: ['RS256'],
      typ: 'at+jwt',
      issuer,
      audience,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'iat'],
    });
    return ok(payload);
  } catch (error) {
    // jose looks at `exp` last, when the signature and every other claim have passed.
    if (acceptExpired && error instanceof errors.JWTExpired) return ok(error.payload);
    return fail(failureOf(error));
  }
}

function failureOf(error: unknown): TokenFailure {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return CLAIM_FAILURES[error.claim] ?? 'wrong_claims';
  if (error instanceof errors.JWKSNoMatchingKey) return 'unknown_key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad_signature';
  if (error instanceof errors.JOSEError || error instanceof TypeError) return 'malformed';
  throw error;
}

const CLAIM_FAILURES: Readonly<Record<string, TokenFailure>> = {
  typ: 'wrong_type',
  iss: 'wrong_issuer',
  aud: 'wrong_audience',
  nbf: 'not_yet_valid',
};
