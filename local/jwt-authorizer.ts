/**
 * The HTTP API's JWT authorizer: signature, `kid`, `iss`, `aud` or `client_id`, `exp`, `nbf`, `iat`, one of
 * the route's scopes. Where AWS does not say what it does, this refuses.
 */
import { compactVerify, decodeProtectedHeader, errors, importJWK, type JWK } from 'jose';
import type { JwtConfiguration } from './api.ts';
import type { FetchKeys } from './jwks.ts';
import { type GatewayResponse, message } from './response.ts';

/** What stands in `requestContext.authorizer` behind a JWT authorizer. */
export interface JwtContext {
  jwt: { claims: Record<string, string>; scopes: string[] | null };
}

export type Decision =
  | { admitted: true; context: JwtContext }
  /** `reason` is for the access log alone, `$context.authorizer.error`. */
  | { admitted: false; response: GatewayResponse; reason: string };

export type JwtAuthorizer = (
  /** The `Authorization` header. */
  authorization: string | undefined,
  configuration: JwtConfiguration,
  /** The route's; one of them is enough. */
  scopes: readonly string[],
) => Promise<Decision>;

type Claims = Record<string, unknown>;

/** Why a token is refused. */
class Refusal extends Error {}

/**
 * @param fetchKeys gives the keys of an issuer
 * @param clock milliseconds
 */
export function createJwtAuthorizer(fetchKeys: FetchKeys, clock: () => number): JwtAuthorizer {
  return async (authorization, configuration, scopes) => {
    const token = authorization?.replace(/^Bearer +/i, '').trim();
    if (token === undefined || token === '') return unauthorized('no token', 'Bearer');
    try {
      const claims = await verify(token, configuration, fetchKeys);
      checkClaims(claims, configuration, clock() / 1000);
      const granted = scopesOf(claims);
      if (scopes.length > 0 && !scopes.some((scope) => granted.includes(scope))) {
        return { admitted: false, response: message(403, 'Forbidden'), reason: 'insufficient scope' };
      }
      const strings = Object.entries(claims).map(([name, value]) => [name, textOf(value)] as const);
      return {
        admitted: true,
        context: { jwt: { claims: Object.fromEntries(strings), scopes: scopes.length > 0 ? granted : null } },
      };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return unauthorized(error.message, challenge(error.message));
    }
  };
}

async function verify(token: string, { issuer }: JwtConfiguration, fetchKeys: FetchKeys): Promise<Claims> {
  if (token.split('.').length !== 3) throw new Refusal('token contains an invalid number of segments');
  const { kid, alg } = headerOf(token);
  if (alg !== 'RS256') throw new Refusal(`signing method ${String(alg).slice(0, 20)} is invalid`);
  const fetched = await fetchKeys(issuer);
  if (!fetched.ok) throw new Refusal(fetched.error);
  const key = fetched.keys.find((one) => one.kid !== undefined && one.kid === kid);
  if (key === undefined || !isVerificationKey(key)) throw new Refusal('no key of the issuer has the kid');
  try {
    const { payload } = await compactVerify(token, await importJWK(key, 'RS256'), { algorithms: ['RS256'] });
    const claims: unknown = JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(payload));
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as Claims;
  } catch (error) {
    if (!(error instanceof errors.JOSEError || error instanceof SyntaxError || error instanceof TypeError)) {
      throw error;
    }
  }
  throw new Refusal('the token is not valid');
}

function headerOf(token: string): { kid?: unknown; alg?: unknown } {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw new Refusal('the token is malformed');
  }
}

const isVerificationKey = ({ kty, use, alg }: JWK): boolean =>
  kty === 'RSA' && (use === undefined || use === 'sig') && (alg === undefined || alg === 'RS256');

function checkClaims(claims: Claims, { issuer, audience }: JwtConfiguration, now: number): void {
  if (claims.iss !== issuer) throw new Refusal('issuer does not match');
  const aud = claims.aud === undefined ? claims.client_id : claims.aud;
  const meant = Array.isArray(aud) ? aud : [aud];
  if (!meant.some((one) => typeof one === 'string' && audience.includes(one))) {
    throw new Refusal('the token does not have a valid audience');
  }
  if (typeof claims.exp !== 'number' || claims.exp <= now) throw new Refusal('the token has expired');
  for (const name of ['nbf', 'iat']) {
    const time = claims[name];
    if (time !== undefined && !(typeof time === 'number' && time <= now)) {
      throw new Refusal('the token is not valid yet');
    }
  }
}

function scopesOf({ scope, scp }: Claims): string[] {
  const value = scope ?? scp;
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string');
  return typeof value === 'string' ? value.split(' ').filter((one) => one !== '') : [];
}

/** The gateway makes every claim a string, an array `[a b]`. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(' ')}]`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const challenge = (description: string): string =>
  `Bearer scope="" error="invalid_token" error_description="${description.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')}"`;

function unauthorized(reason: string, challenge: string): Decision {
  const response = message(401, 'Unauthorized');
  return {
    admitted: false,
    reason,
    response: { ...response, headers: { ...response.headers, 'www-authenticate': challenge } },
  };
}
