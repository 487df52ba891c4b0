/** A token that the caller has: is it one of this deployment's? Nothing of it but its header and claims is looked at aloud. */
import {
  compactVerify,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose';
import { type Check, quoted, verdicts } from './check.ts';
import type { PublishedKey } from './keys.ts';

const { ok, warning, failed, skipped } = verdicts('Token');

export interface PresentedToken {
  text: string;
  header: ProtectedHeaderParameters;
  claims: JWTPayload;
}

/** @returns the token, not verified; `undefined` where the text is none. */
export function readToken(text: string): PresentedToken | undefined {
  const bare = text.trim().replace(/^Bearer +/i, '');
  try {
    return { text: bare, header: decodeProtectedHeader(bare), claims: decodeJwt(bare) };
  } catch {
    return undefined;
  }
}

/** @param now milliseconds since the epoch */
export async function checkToken(
  token: PresentedToken,
  { issuer, keys, now }: { issuer: string; keys: readonly PublishedKey[]; now: number },
): Promise<Check[]> {
  const { header, claims } = token;
  const key = keys.find(({ kid }) => kid === header.kid);
  return [
    key === undefined
      ? failed('token.kid', `Your token's kid is not published: ${quoted(header.kid)}.`, NOT_OURS)
      : ok('token.kid', `The kid of your token is published: ${quoted(header.kid)}.`),
    await checkSignature(token, key),
    checkHeader(header),
    claims.iss === issuer
      ? ok('token.issuer', 'Your token names this issuer.')
      : failed('token.issuer', `Your token is of ${quoted(claims.iss)}.`, NOT_OURS),
    checkLife(claims, now / 1000),
  ];
}

const NOT_OURS =
  'Log in at this deployment. If the token is from there, and new, look at the rotation alarm.';

async function checkSignature({ text }: PresentedToken, key: PublishedKey | undefined): Promise<Check> {
  const id = 'token.signature';
  if (key === undefined) return skipped(id, 'There is no key to verify your token with.', NOT_OURS);
  try {
    await compactVerify(text, await importJWK(key.jwk, 'RS256'), { algorithms: ['RS256'] });
    return ok(id, 'The published key verifies your token.');
  } catch {
    return failed(id, 'The published key does not verify your token.', NOT_OURS);
  }
}

function checkHeader({ alg, typ }: ProtectedHeaderParameters): Check {
  const id = 'token.header';
  if (alg === 'RS256' && typ === 'at+jwt') return ok(id, 'It is an RS256 access token (RFC 9068).');
  const says = `Your token has alg ${quoted(alg)} and typ ${quoted(typ)}, not RS256 and at+jwt.`;
  return failed(id, says, NOT_OURS);
}

function checkLife({ nbf, exp }: JWTPayload, now: number): Check {
  const id = 'token.life';
  if (exp === undefined) return failed(id, 'Your token never ends.', NOT_OURS);
  if (exp <= now) return warning(id, `Your token ended ${Math.round(now - exp)} s ago.`, 'Log in again.');
  if (nbf !== undefined && nbf > now) {
    const next = 'Compare the clocks: the one that issued it, or this one, is wrong.';
    return failed(id, `Your token begins in ${Math.round(nbf - now)} s.`, next);
  }
  return ok(id, `Your token is good for another ${Math.round(exp - now)} s.`);
}
