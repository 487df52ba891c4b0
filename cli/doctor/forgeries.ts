/** Tokens that nobody may accept, each wrong in its own way. None is ever signed with a key that is published. */
import { createHmac, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { PublishedKey } from './keys.ts';
import type { PresentedToken } from './token.ts';

export interface Forgery {
  /** Part of the check's id, such as `alg-none`. */
  id: string;
  /** Part of a sentence, such as "an unsigned token". */
  what: string;
  token: string;
}

export interface Genuine {
  issuer: string;
  audience: string;
  /** The first of the keys that are published, if any. */
  key: PublishedKey | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  /** A valid token, if the caller has one: a copy of it is changed, and its claims are what the others claim. */
  token?: PresentedToken | undefined;
}

export async function forge({ issuer, audience, key, now, token }: Genuine): Promise<Forgery[]> {
  const stranger = await strangersKey();
  const claims = { ...claimsOf(issuer, audience, now), ...token?.claims, ...lifeFrom(now) };
  const kid = key?.kid ?? 'tollgate-doctor';
  const signed = (change: JWTPayload = {}, header: object = {}) =>
    new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid, ...header })
      .sign(stranger.privateKey);
  const jwk = await exportJWK(stranger.publicKey);
  const past = { iat: claims.iat - 7200, nbf: claims.iat - 7200, exp: claims.iat - 3600 };
  return [
    { id: 'garbage', what: 'what is no token', token: 'tollgate-doctor' },
    { id: 'alg-none', what: 'an unsigned token (alg none)', token: unsigned(kid, claims) },
    ...(key === undefined
      ? []
      : [
          {
            id: 'hs256-public-key',
            what: 'a token signed with the public key as if it were a password (HS256)',
            token: hmacSigned(key, claims),
          },
          { id: 'stranger', what: "a stranger's signature under a published kid", token: await signed() },
        ]),
    {
      id: 'unknown-kid',
      what: "a stranger's signature under a kid of its own",
      token: await signed({}, { kid: randomUUID() }),
    },
    {
      id: 'embedded-key',
      what: 'a token that brings its own key along',
      token: await signed({}, { jwk }),
    },
    { id: 'expired', what: "a stranger's token that has expired", token: await signed(past) },
    {
      id: 'other-issuer',
      what: "a stranger's token of another issuer",
      token: await signed({ iss: 'https://issuer.example' }),
    },
    {
      id: 'other-audience',
      what: "a stranger's token for somebody else",
      token: await signed({ aud: 'somebody-else' }),
    },
    ...(token === undefined
      ? []
      : [{ id: 'tampered', what: 'your token with a longer life', token: tampered(token, claims) }]),
  ];
}

/** One for the process: to make it takes longer than all the rest. */
function strangersKey(): ReturnType<typeof generateKeyPair> {
  strangersKeyPair ??= generateKeyPair('RS256');
  return strangersKeyPair;
}

let strangersKeyPair: ReturnType<typeof generateKeyPair> | undefined;

const claimsOf = (iss: string, aud: string, now: number) => ({
  iss,
  sub: 'tollgate-doctor',
  aud,
  client_id: 'tollgate-doctor',
  credential_id: 'tollgate-doctor',
  jti: randomUUID(),
  txn: randomUUID(),
  scope: '',
  ...lifeFrom(now),
});

/** Begun a little ago, so that no clock refuses it for that. */
function lifeFrom(now: number) {
  const iat = Math.floor(now / 1000) - 60;
  return { iat, nbf: iat, exp: iat + 900 };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const unsigned = (kid: string, claims: unknown): string =>
  `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(claims)}.`;

function hmacSigned({ kid, spki }: PublishedKey, claims: unknown): string {
  const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', spki).update(input).digest('base64url')}`;
}

function tampered({ text, claims }: PresentedToken, life: { exp: number }): string {
  const [header, , signature] = text.split('.');
  // Not `life` as it is: the copy has to differ, whatever the token says.
  return `${header}.${encode({ ...claims, exp: life.exp + 86_400, jti: randomUUID() })}.${signature}`;
}
