/** Why the gateway, or the guard behind it, would refuse a token: everything that the token and the published keys tell. */
import { compactVerify, type importJWK as ImportJWK, type JSONWebKeySet } from 'jose';
import { quoted } from '../doctor/check.ts';
import type { PresentedToken } from '../doctor/token.ts';

/** One reason, and who refuses for it. */
export interface Reason {
  by: 'gateway' | 'guard';
  /** Stable, such as `expired`. */
  code: string;
  /** A sentence, printable. */
  says: string;
}

/** What a deployment takes. */
export interface Expected {
  issuer: string;
  audience: string;
  jwks: JSONWebKeySet;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What the guard has to know of every token. */
const REQUIRED = ['sub', 'client_id', 'credential_id', 'jti', 'txn', 'iat', 'exp'] as const;

/** @returns the reasons, those of the gateway first; none where it would be let through, as far as can be told by it alone */
export async function reasonsOf(token: PresentedToken, expected: Expected): Promise<Reason[]> {
  const { claims, header } = token;
  const missing = REQUIRED.filter((name) => !isGiven(claims[name]));
  return [
    ...(await keyReasons(token, expected)),
    ...nameReasons(token, expected),
    ...timeReasons(token, expected.now),
    ...(/^(?:application\/)?at\+jwt$/i.test(String(header.typ))
      ? []
      : [guard('wrong_type', `its type is ${quoted(header.typ)}, not that of an access token, at+jwt.`)]),
    ...(missing.length === 0 ? [] : [guard('missing_claims', `it has no ${missing.join(', no ')}.`)]),
  ];
}

const isGiven = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '') || typeof value === 'number';

async function keyReasons({ text, header }: PresentedToken, { jwks }: Expected): Promise<Reason[]> {
  if (header.alg !== 'RS256')
    return [gateway('wrong_algorithm', `it is signed with ${quoted(header.alg)}, not RS256.`)];
  const key = jwks.keys.find(({ kid }) => kid !== undefined && kid === header.kid);
  if (key === undefined) {
    const says = `its key ${quoted(header.kid)} is not published: it is another deployment's, was dropped, or never was one.`;
    return [gateway('unknown_key', says)];
  }
  const { importJWK }: { importJWK: typeof ImportJWK } = await import('jose');
  try {
    await compactVerify(text, await importJWK(key, 'RS256'), { algorithms: ['RS256'] });
    return [];
  } catch {
    return [
      gateway('bad_signature', 'its signature is wrong: it was changed, cut, or signed by somebody else.'),
    ];
  }
}

function nameReasons({ claims: { iss, aud } }: PresentedToken, { issuer, audience }: Expected): Reason[] {
  const wrong: Reason[] = [];
  if (iss !== issuer)
    wrong.push(gateway('wrong_issuer', `it is of ${quoted(iss)}, and here the issuer is ${quoted(issuer)}.`));
  if (![aud].flat().includes(audience)) {
    wrong.push(
      gateway(
        'wrong_audience',
        `it is for ${quoted([aud].flat().join(' '))}, and here the audience is ${quoted(audience)}.`,
      ),
    );
  }
  return wrong;
}

function timeReasons({ claims: { exp, nbf, iat } }: PresentedToken, now: number): Reason[] {
  const seconds = now / 1000;
  const wrong: Reason[] = [];
  if (exp !== undefined && exp <= seconds) {
    wrong.push(gateway('expired', `it expired at ${at(exp)}, ${ago(seconds - exp)} ago.`));
  }
  if (nbf !== undefined && nbf > seconds) {
    wrong.push(gateway('not_yet_valid', `it is good from ${at(nbf)} on, in ${ago(nbf - seconds)}.`));
  } else if (iat !== undefined && iat > seconds) {
    wrong.push(gateway('not_yet_valid', `it says it was issued at ${at(iat)}, which lies ahead.`));
  }
  return wrong;
}

/**
 * @param alternatives of a route: one of them has to be among the token's scopes, whole
 * @returns why this route would refuse the token, if it would
 */
export function scopeReasons(
  { claims: { scope } }: PresentedToken,
  route: string,
  alternatives: readonly (readonly string[])[],
): Reason[] {
  const has = typeof scope === 'string' ? scope.split(' ') : [];
  if (alternatives.some((names) => names.every((name) => has.includes(name)))) return [];
  const wanted = alternatives.map((names) => names.join(' and ')).join(', or ');
  const held = has.filter((name) => name !== '').join(' ');
  const says = `${quoted(route)} asks for ${quoted(wanted)}, and it has ${held === '' ? 'no scope' : quoted(held)}.`;
  // The gateway looks for one of them; that none is missing is the guard's business.
  const some = alternatives.some((names) => names.some((name) => has.includes(name)));
  return [{ by: some ? 'guard' : 'gateway', code: 'insufficient_scope', says }];
}

const at = (seconds: number): string =>
  Math.abs(seconds) <= 8.64e12 ? new Date(seconds * 1000).toISOString() : `second ${seconds}`;

/** In the largest unit that leaves no less than two. */
function ago(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= 2 * size) ?? [1, 's'];
  return `${Math.round(seconds / size)} ${unit}`;
}

const UNITS = [
  [86_400, 'days'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

const gateway = (code: string, says: string): Reason => ({ by: 'gateway', code, says });
export const guard = (code: string, says: string): Reason => ({ by: 'guard', code, says });
