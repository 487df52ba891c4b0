/** aws-jwt-verify, unmodified: it fetches by https alone, so it is handed the very set that we publish. */
import { JwtVerifier } from 'aws-jwt-verify';
import { assertStringArraysOverlap } from 'aws-jwt-verify/assert';
import type { Jwks } from 'aws-jwt-verify/jwk';
import { beforeAll, describe, expect, it } from 'vitest';
import { call, login, reader, tampered, url } from '../support.ts';
import { AUDIENCE } from './parties.ts';

describe('aws-jwt-verify', () => {
  const verifier = JwtVerifier.create({
    issuer: url,
    audience: AUDIENCE,
    jwksUri: `${url}/.well-known/jwks.json`,
    customJwtCheck: ({ header, payload }) => {
      if (header.typ !== 'at+jwt') throw new Error('no access token');
      assertStringArraysOverlap('scope', payload.scope?.split(' '), ['read:products']);
    },
  });
  let token: string;
  beforeAll(async () => {
    verifier.cacheJwks((await call('GET /.well-known/jwks.json')).json() as unknown as Jwks);
    token = await login(reader.apiKey);
  });

  it('verifies our token with our keys', async () => {
    expect(await verifier.verify(token)).toMatchObject({ iss: url, sub: reader.clientId });
  });

  it('refuses what is not ours, and what is not for it', async () => {
    await expect(verifier.verify(tampered(token, { sub: 'root' }))).rejects.toThrow('Invalid signature');
    const elsewhere = verifier.verify(token, { audience: 'elsewhere' });
    await expect(elsewhere).rejects.toThrow('Audience');
    const narrow = await login(reader.apiKey, { scope: 'read:usage' });
    await expect(verifier.verify(narrow)).rejects.toThrow('scope');
  });
});
