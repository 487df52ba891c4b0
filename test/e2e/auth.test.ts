import { randomUUID } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { alice, basic, call, claimsOf, json, reader, writer } from './support.ts';

const withKey = { 'x-api-key': reader.apiKey };

describe('POST /auth', () => {
  describe('200', () => {
    it('gives the token in the Authorization header and in the body, to an API key', async () => {
      const answer = await call('POST /auth', { headers: withKey });
      expect(answer.status).toBe(200);
      const body = answer.json();
      expect(answer.headers.get('authorization')).toBe(`Bearer ${body.access_token}`);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(body).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'read:products read:usage',
        transaction_id: expect.any(String),
      });
    });

    it('takes Basic with a client secret, and with a password', async () => {
      expect(
        (await call('POST /auth', { headers: basic(writer.clientId, writer.clientSecret) })).status,
      ).toBe(200);
      expect((await call('POST /auth', { headers: basic(alice.clientId, alice.password) })).status).toBe(200);
    });

    it('gives a token that a standard library verifies with nothing but the discovery document', async () => {
      const { access_token: token } = (await call('POST /auth', { headers: withKey })).json();
      const metadata = (await call('GET /.well-known/oauth-authorization-server')).json();
      const jwks = createRemoteJWKSet(new URL(String(metadata.jwks_uri)));
      const { payload, protectedHeader } = await jwtVerify(String(token), jwks, {
        issuer: String(metadata.issuer),
        audience: 'tollgate',
        typ: 'at+jwt',
        algorithms: ['RS256'],
      });
      expect(protectedHeader.kid).toEqual(expect.any(String));
      expect(payload).toMatchObject({ sub: reader.clientId, client_id: reader.clientId });
      expect(payload.exp).toBe((payload.iat ?? 0) + 900);
    });

    it('narrows scope, shortens the life and sets allowed claims on request', async () => {
      const answer = await call('POST /auth', {
        headers: { ...withKey, ...json },
        body: '{"scope": "read:products", "claims": {"userID": "42", "role": "buyer"}, "expiresIn": 60}',
      });
      expect(answer.json()).toMatchObject({ scope: 'read:products', expires_in: 60 });
      expect(claimsOf(String(answer.json().access_token))).toMatchObject({
        scope: 'read:products',
        userID: '42',
        role: 'buyer',
        txn: answer.json().transaction_id,
      });
    });
  });

  describe('400', () => {
    it.each([
      [
        'both kinds of credentials',
        { ...withKey, ...basic(reader.clientId, reader.clientSecret) },
        undefined,
        'invalid_request',
      ],
      ['a body that is not JSON', { ...withKey, ...json }, '{', 'invalid_request'],
      ['an array', { ...withKey, ...json }, '[]', 'invalid_request'],
      ['a key twice', { ...withKey, ...json }, '{"expiresIn": 60, "expiresIn": 900}', 'invalid_request'],
      ['10,000 levels', { ...withKey, ...json }, '['.repeat(10_000), 'invalid_request'],
      ['a scope that there is not', { ...withKey, ...json }, '{"scope": "read:everything"}', 'invalid_scope'],
      [
        'a scope that the client has not',
        { ...withKey, ...json },
        '{"scope": "write:products"}',
        'invalid_scope',
      ],
      ['an empty scope', { ...withKey, ...json }, '{"scope": ""}', 'invalid_scope'],
      [
        'a claim that the client may not set',
        { ...withKey, ...json },
        '{"claims": {"admin": "yes"}}',
        'invalid_request',
      ],
      ['a reserved claim', { ...withKey, ...json }, '{"claims": {"sub": "alice"}}', 'invalid_request'],
      ['a life of nothing', { ...withKey, ...json }, '{"expiresIn": 0}', 'invalid_request'],
      ['a longer life than the client has', { ...withKey, ...json }, '{"expiresIn": 901}', 'invalid_request'],
    ] as const)('refuses %s', async (_, headers, body, error) => {
      const answer = await call('POST /auth', { headers, ...(body !== undefined && { body }) });
      expect(answer.status).toBe(400);
      expect(answer.json()).toEqual({ error, error_description: expect.any(String) });
      expect(answer.headers.get('authorization')).toBeNull();
    });
  });

  describe('401', () => {
    const answers = async (headers: Record<string, string>) => {
      const { status, headers: answered, text } = await call('POST /auth', { headers });
      return { status, challenge: answered.get('www-authenticate'), text };
    };

    it('asks for credentials where there are none', async () => {
      expect(await answers({})).toMatchObject({
        status: 401,
        challenge: expect.stringMatching(/^Basic realm="tollgate"/),
      });
    });

    it('says the same to an unknown client, a wrong secret and a malformed key', async () => {
      const wrongSecret = await answers(basic(reader.clientId, 'not-it'));
      expect(wrongSecret.status).toBe(401);
      expect(await answers(basic('nobody-by-that-name', 'not-it'))).toEqual(wrongSecret);
      expect(await answers({ 'x-api-key': 'tg_reader_nothing' })).toEqual(wrongSecret);
      expect(await answers({ authorization: 'Basic %%%' })).toEqual(wrongSecret);
    });
  });

  describe('429', () => {
    // After the fifth, a second has to pass: a slow machine lets one or two more through, each makes it twice as long.
    it('answers guesses with a growing Retry-After', async () => {
      const someone = `guessed-at-${randomUUID()}`;
      const guess = () => call('POST /auth', { headers: basic(someone, 'a-guess') });
      for (let i = 0; i < 5; i++) expect((await guess()).status).toBe(401);
      let locked = await guess();
      for (let more = 0; locked.status === 401 && more < 4; more++) locked = await guess();
      expect(locked.status).toBe(429);
      expect(Number(locked.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(locked.json().error).toBe('too_many_attempts');
    });
  });
});
