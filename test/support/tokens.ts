/** Access tokens as a login issues them, really signed, and the events that the gateway makes of them. */
import { SignJWT } from 'jose';
import type { AuthorizedRequest } from '../../lambdas/http/event.ts';
import { NOW } from './clock.ts';
import { authorizedEvent, type EventOptions } from './event.ts';
import { rsaKey } from './rsa.ts';

/** Claims of a token of `alice`, issued a minute before {@link NOW}, as the strings that the gateway sends. */
export const aliceClaims = {
  iss: 'https://api.example.com',
  sub: 'alice',
  aud: 'https://api.example.com',
  client_id: 'alice',
  credential_id: 'password',
  jti: '019aa000-0000-7000-8000-000000000001',
  txn: '019aa000-0000-7000-8000-0000000000ff',
  iat: String(NOW / 1000 - 60),
  nbf: String(NOW / 1000 - 60),
  exp: String(NOW / 1000 + 840),
  scope: 'read:products read:usage',
} as const;

export const KID = 'test-key';

/** Makes a key once; what it returns signs tokens with it and wraps them into requests. */
export async function testTokens() {
  const { privateKey } = await rsaKey('gateway');
  const sign = (claims: Record<string, string>, header: Record<string, string> = { kid: KID }) =>
    new SignJWT({ ...claims, ...numbers(claims) })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', ...header })
      .sign(privateKey);
  /** A request with alice's token; `claims` overrides hers, a claim that is `undefined` is left out. */
  const request = async (
    key: string,
    { claims: changes = {}, ...options }: EventOptions & { claims?: Record<string, string | undefined> } = {},
  ): Promise<AuthorizedRequest> => {
    const changed = Object.entries({ ...aliceClaims, ...changes });
    const claims = Object.fromEntries(changed.flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
    return authorizedEvent(key, claims, await sign(claims), options);
  };
  return { sign, request };
}

/** The times are numbers in a token, and strings once they are through the gateway. */
const numbers = (claims: Record<string, string>): Record<string, number> =>
  Object.fromEntries(
    ['iat', 'nbf', 'exp'].filter((name) => claims[name]).map((name) => [name, Number(claims[name])]),
  );
