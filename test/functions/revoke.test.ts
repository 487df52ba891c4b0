import { generateKeyPair } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signToken } from '../../lambdas/crypto/sign-token.ts';
import { mintApiKey } from '../../lambdas/domain/secret-format.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND, testRandom } from '../support/clock.ts';
import { captureOutput } from '../support/output.ts';
import {
  AUDIENCE,
  asking,
  basic,
  bodyOf,
  createTokenService,
  form,
  ISSUER,
  KID,
  type TokenService,
} from '../support/token-service.ts';
import type { Fault } from '../support/unreliable.ts';

let service: TokenService;
let reader: Awaited<ReturnType<TokenService['client']>>;
const output = captureOutput();

beforeAll(async () => {
  service = await createTokenService();
  reader = await service.client();
});
afterEach(() => service.restore());
afterAll(() => service.close());

const byKey = () => ({ 'x-api-key': reader.apiKey });
const EMPTY = { statusCode: 200, headers: { 'cache-control': 'no-store' } };
const READ_ONLY = ['BatchGetItem'];
const claims = {
  ...{ iss: ISSUER, aud: AUDIENCE, sub: 'x', credential_id: 'apikey00', scope: '', txn: 't' },
  ...{ iat: NOW / SECOND, nbf: NOW / SECOND, exp: NOW / SECOND + 900, jti: 'a-jti' },
};

async function newToken(apiKey = reader.apiKey, expiresIn = 900): Promise<{ token: string; jti: string }> {
  const token = String(bodyOf(await service.login(asking(apiKey, { expiresIn }))).access_token);
  service.takeOperations();
  return { token, jti: JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti };
}
const revoke = (parameters: Record<string, string> | string, headers: Record<string, string> = byKey()) =>
  service.revoke(form(headers, parameters));
const revocations = async () =>
  (await service.ledgerTable.items()).filter(({ pk }) => String(pk).startsWith('REVOKED#'));

describe('POST /oauth2/revoke', () => {
  describe('200', () => {
    it('with an empty body, for one read and one write that covers exactly this token, and says when and why', async () => {
      const { token, jti } = await newToken();
      expect(await revoke({ token })).toEqual(EMPTY);
      expect(service.takeOperations()).toEqual(['BatchGetItem', 'UpdateItem']);
      expect(await revocations()).toContainEqual({
        ...{ pk: `REVOKED#token#${jti}`, sk: 'REVOKED', kind: 'token', id: jti },
        issuedBefore: NOW / SECOND,
        expiresAt: (NOW + 90 * DAY + HOUR) / SECOND,
        ...{ revokedAt: NOW, reason: 'client_request' },
      });
      expect(output.text()).toContain('"TokenRevoked":1');
    });

    it('for a token that is revoked already, and nothing changes', async () => {
      const { token } = await newToken();
      await revoke({ token });
      const before = await revocations();
      service.clock.advance(MINUTE);
      expect(await revoke({ token })).toEqual(EMPTY);
      expect(await revocations()).toEqual(before);
      service.clock.advance(-MINUTE);
    });

    it('whichever way the client authenticates', async () => {
      const ways = [basic(reader.clientId, reader.clientSecret), basic(reader.clientId, reader.password)];
      for (const headers of ways) {
        const { token, jti } = await newToken();
        expect(await revoke({ token }, headers)).toEqual(EMPTY);
        expect((await revocations()).map(({ id }) => id)).toContain(jti);
      }
    });

    it('for credentials in the form (client_secret_post)', async () => {
      const { token, jti } = await newToken();
      const { clientId: client_id, clientSecret: client_secret } = reader;
      expect(await revoke({ token, client_id, client_secret }, {})).toEqual(EMPTY);
      expect((await revocations()).map(({ id }) => id)).toContain(jti);
    });

    it.each(['access_token', 'refresh_token', 'nonsense', ''])('whatever the hint: %j', async (hint) => {
      const { token, jti } = await newToken();
      expect(await revoke({ token, token_type_hint: hint, more: 'ignored' })).toEqual(EMPTY);
      expect((await revocations()).map(({ id }) => id)).toContain(jti);
    });

    it.each<[string, (token: string) => Promise<string> | string]>([
      ['garbage', () => 'garbage'],
      ['three parts of garbage', () => 'a.b.c'],
      ['an API key', () => reader.apiKey],
      ['a changed payload', (token) => changed(token, { jti: 'other' })],
      ['a removed signature', (token) => `${token.split('.').slice(0, 2).join('.')}.`],
      ['another issuer', () => sign({ iss: 'https://evil.example.com' })],
      ['another audience', () => sign({ aud: 'else' })],
      ['another key of the same id', async () => signWith((await generateKeyPair('RS256')).privateKey)],
    ])('for %s, and nothing is written (§2.2)', async (_, make) => {
      const { token } = await newToken();
      const before = await revocations();
      expect(await revoke({ token: await make(token) })).toEqual(EMPTY);
      expect(service.takeOperations().filter((operation) => operation !== 'Scan')).toEqual(READ_ONLY);
      expect(await revocations()).toEqual(before);
    });

    it('for an expired token, and nothing is written; but a clock may be a minute off', async () => {
      const [ended, ending] = [await newToken(reader.apiKey, 60), await newToken(reader.apiKey, 61)];
      service.clock.advance(2 * MINUTE);
      expect(await revoke({ token: ended.token })).toEqual(EMPTY);
      expect(await revoke({ token: ending.token })).toEqual(EMPTY);
      service.clock.advance(-2 * MINUTE);
      const ids = (await revocations()).map(({ id }) => id);
      expect(ids).not.toContain(ended.jti);
      expect(ids).toContain(ending.jti);
    });

    it('for a token of a login whose clock is ahead: it is revoked from its beginning', async () => {
      service.clock.advance(30 * SECOND);
      const { token, jti } = await newToken();
      service.clock.advance(-30 * SECOND);
      expect(await revoke({ token })).toEqual(EMPTY);
      expect(await revocations()).toContainEqual(
        expect.objectContaining({ id: jti, issuedBefore: NOW / SECOND + 30 }),
      );
    });
  });

  describe('400', () => {
    it("for another client's token, and nothing is written (§2.1)", async () => {
      const { token } = await newToken();
      const before = await revocations();
      const other = await service.client();
      const response = await revoke({ token }, { 'x-api-key': other.apiKey });
      expect(response.statusCode).toBe(400);
      expect(bodyOf(response)).toEqual({
        error: 'unauthorized_client',
        error_description: 'the token was issued to another client',
      });
      expect(service.takeOperations()).toEqual(READ_ONLY);
      expect(await revocations()).toEqual(before);
    });

    it.each([
      ['no body', {}, 'token is missing', READ_ONLY],
      ['no token', form({}, 'token_type_hint=access_token'), 'token is missing', READ_ONLY],
      ['an empty token', form({}, 'token='), 'token is missing', READ_ONLY],
      ['two tokens', form({}, 'token=a&token=b'), 'twice', []],
      ['two hints', form({}, 'token=a&token_type_hint=b&token_type_hint=b'), 'twice', []],
      ['JSON', { ...asking('', { token: 'a' }) }, 'content-type', []],
      ['no content-type', { body: 'token=a' }, 'content-type', []],
      ['a broken escape', { ...form({}, ''), body: Buffer.from('token=%zz').toString('base64') }, 'form', []],
    ])('for %s', async (_, options, says, operations) => {
      const response = await service.revoke({ ...options, headers: { ...options.headers, ...byKey() } });
      expect(response.statusCode).toBe(400);
      expect(bodyOf(response)).toEqual({
        error: 'invalid_request',
        error_description: expect.stringContaining(says),
      });
      // What cannot be read is refused before anyone is authenticated: the credentials may be in it.
      expect(service.takeOperations()).toEqual(operations);
    });

    it('for credentials of both kinds', async () => {
      const both = { ...byKey(), ...basic(reader.clientId, reader.clientSecret) };
      expect(bodyOf(await revoke({ token: 'a' }, both))).toMatchObject({ error: 'invalid_request' });
      expect(service.takeOperations()).toEqual([]);
    });
  });

  describe('401', () => {
    it.each<[string, () => Record<string, string>]>([
      ['no credentials', () => ({})],
      ['a malformed key', () => ({ 'x-api-key': 'tg_nonsense' })],
      ['a wrong key', () => ({ 'x-api-key': mintApiKey(reader.clientId, 'apikey00', testRandom()) })],
      ['a wrong password', () => basic(reader.clientId, 'wrong')],
    ])('for %s, and the token lives on', async (_, headers) => {
      const { token } = await newToken();
      const before = await revocations();
      const response = await revoke({ token }, headers());
      expect(response.statusCode).toBe(401);
      expect(bodyOf(response).error).toBe('invalid_client');
      expect(response.headers).toMatchObject({ 'www-authenticate': expect.stringMatching(/^Basic realm=/) });
      expect(await revocations()).toEqual(before);
    });
  });

  it('413 for a body over 16 kB', async () => {
    expect(await revoke({ token: 'x'.repeat(17_000) })).toMatchObject({ statusCode: 413 });
  });

  it('429 for guesses, counted together with those at login', async () => {
    const { clientId } = await service.client();
    const wrong = basic(clientId, 'wrong');
    for (let i = 0; i < 3; i++)
      expect(await revoke({ token: 'a' }, wrong)).toMatchObject({ statusCode: 401 });
    for (let i = 0; i < 2; i++)
      expect(await service.login({ headers: wrong })).toMatchObject({ statusCode: 401 });
    const locked = await revoke({ token: 'a' }, wrong);
    expect(locked).toMatchObject({ statusCode: 429, headers: { 'retry-after': '1' } });
  });

  describe('503 with Retry-After', () => {
    const UNAVAILABLE = { statusCode: 503, headers: { 'retry-after': '1' } };
    const FAULTS: Fault[] = ['throttled', 'failing', 'denied', 'silent'];

    it.each(FAULTS)(
      'while the ledger is %s (§2.2.1): never a 200 for a token that lives on',
      async (fault) => {
        const { token, jti } = await newToken();
        service.state.behindDoors = true;
        service.ledgerDoor.misbehave(() => fault);
        expect(await revoke({ token })).toMatchObject(UNAVAILABLE);
        expect((await revocations()).map(({ id }) => id)).not.toContain(jti);
        service.ledgerDoor.misbehave(() => undefined);
        expect(await revoke({ token })).toEqual(EMPTY);
        expect((await revocations()).map(({ id }) => id)).toContain(jti);
      },
    );

    it('while the directory is down', async () => {
      service.state.behindDoors = true;
      service.directoryDoor.misbehave(() => 'failing');
      expect(await revoke({ token: 'a' })).toMatchObject(UNAVAILABLE);
    });

    it('while the published keys cannot be read', async () => {
      const { token } = await newToken();
      service.state.hasKeys = false;
      expect(await revoke({ token })).toMatchObject(UNAVAILABLE);
    });
  });

  it('logs no token and no secret', async () => {
    const { token, jti } = await newToken();
    await revoke({ token });
    await revoke({ token: `${token}x` });
    await revoke({ token }, { 'x-api-key': (await service.client()).apiKey });
    await revoke({ token }, basic(reader.clientId, `${reader.password}!`));
    expect(output.text()).toContain(jti);
    for (const secret of [token, token.split('.')[2] ?? token, reader.apiKey, reader.password]) {
      expect(output.text().includes(secret)).toBe(false);
    }
  });
});

const signWith = (key: Parameters<typeof signToken>[1]['key'], changes: object = {}) =>
  signToken({ ...claims, client_id: reader.clientId, ...changes }, { kid: KID, key });

const sign = (changes: object) => signWith(service.privateKey, changes);

function changed(token: string, changes: object): string {
  const [header, payload = '', signature] = token.split('.');
  const old = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const now = Buffer.from(JSON.stringify({ ...old, ...changes })).toString('base64url');
  return [header, now, signature].join('.');
}
