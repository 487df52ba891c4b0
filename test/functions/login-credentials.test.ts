import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SecretCredential } from '../../lambdas/domain/client.ts';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND, testRandom } from '../support/clock.ts';
import { captureOutput } from '../support/output.ts';
import { basic, createTokenService, type TokenService } from '../support/token-service.ts';

let service: TokenService;
captureOutput();

beforeAll(async () => {
  service = await createTokenService();
});
afterEach(() => {
  service.takeOperations();
  service.state.hashes.length = 0;
});
afterAll(() => service.close());

type Headers = Record<string, string>;
const login = (headers: Headers) => service.login({ headers });
const status = async (headers: Headers) => (await login(headers)).statusCode;
const key = (apiKey: string): Headers => ({ 'x-api-key': apiKey });
const swapped = (secret: string, index: number) =>
  secret.slice(0, index) + (secret[index] === 'A' ? 'B' : 'A') + secret.slice(index + 1);
/** What can be seen of a login from outside and from inside. */
const seen = async (headers: Headers) => {
  const response = await login(headers);
  return { response, operations: service.takeOperations(), hashes: service.state.hashes.splice(0) };
};
const otherKey = (clientId: string) => mintApiKey(clientId, 'apikey00', testRandom(clientId.length));
const otherSecret = () => mintClientSecret('secret00', testRandom(7));
const failuresOf = async (clientId: string) =>
  (await service.directoryTable.items()).find(({ pk }) => pk === `ATTEMPTS#${clientId}`)?.count;

const REFUSED = {
  statusCode: 401,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'www-authenticate': 'Basic realm="tollgate", charset="UTF-8"',
  },
  body: '{"error":"invalid_client","error_description":"client authentication failed"}',
};

describe('POST /auth', () => {
  describe('401 without a read, and counted under nobody', () => {
    const bytes = (...values: number[]) => `Basic ${Buffer.from(values).toString('base64')}`;
    const good = otherKey('someone');

    it.each<[string, Headers]>([
      ['no credentials', {}],
      ['an empty API key', key('')],
      ['an API key with a wrong checksum', key(swapped(good, good.length - 1))],
      ['an API key with a typo', key(swapped(good, good.length - 20))],
      ['an API key of 8 kB', key('tg_'.repeat(2730))],
      ['a client secret as API key', key(mintClientSecret('secret00', testRandom()))],
      ['no base64', { authorization: 'Basic %%%' }],
      ['no colon', { authorization: `Basic ${Buffer.from('alice').toString('base64')}` }],
      ['no UTF-8', { authorization: bytes(0x61, 0x3a, 0xff) }],
      ['control characters', basic('alice', 'a\nb')],
      ['Basic of 8 kB', basic('alice', 'x'.repeat(6000))],
      ['a client id that none can have', basic('No Such_Client#', 'secret')],
      ['a client id that is too long', basic('a'.repeat(65), 'secret')],
      ['an empty client id', basic('', 'secret')],
      ['another scheme', { authorization: 'Bearer abc' }],
    ])('%s', async (_, headers) => {
      const before = await service.directoryTable.items();
      expect(await seen(headers)).toEqual({ response: REFUSED, operations: [], hashes: [] });
      expect(await service.directoryTable.items()).toHaveLength(before.length);
    });
  });

  describe('401 with one read and one count, whatever is wrong', () => {
    const ONE_SHA256 = { response: REFUSED, operations: ['BatchGetItem', 'UpdateItem'], hashes: ['sha256'] };
    const ONE_SCRYPT = { ...ONE_SHA256, hashes: ['scrypt'] };

    it('an unknown client and a wrong API key, secret or password look the same and cost the same', async () => {
      const { clientId, password } = await service.client();
      expect(await seen(key(otherKey(clientId)))).toEqual(ONE_SHA256);
      expect(await seen(key(otherKey('nobody')))).toEqual(ONE_SHA256);
      expect(await seen(basic(clientId, otherSecret()))).toEqual(ONE_SHA256);
      expect(await seen(basic('nobody', otherSecret()))).toEqual(ONE_SHA256);
      expect(await seen(basic(clientId, `${password}x`))).toEqual(ONE_SCRYPT);
      expect(await seen(basic('nobody', `${password}x`))).toEqual(ONE_SCRYPT);
      expect(await failuresOf(clientId)).toBe(3);
      expect(await failuresOf('nobody')).toBe(3);
    });

    it('a client secret that does not exist, and a client without a password', async () => {
      const { clientId } = await service.client();
      expect(await seen(basic(clientId, mintClientSecret('nothere0', testRandom())))).toEqual(ONE_SHA256);
      await service.put({ pk: 'CLIENT#bare', sk: 'CLIENT', clientId: 'bare', ...BARE });
      service.takeOperations();
      expect(await seen(basic('bare', 'a password'))).toEqual(ONE_SCRYPT);
    });

    it("another client's key or secret", async () => {
      const [one, other] = await Promise.all([service.client(), service.client()]);
      expect(await seen(basic(one.clientId, other.clientSecret))).toEqual(ONE_SHA256);
      // Even where somebody has moved the credential to the other client in the table.
      const items = await service.directoryTable.items();
      const secret = items.find(
        ({ pk, sk }) => pk === `CLIENT#${other.clientId}` && sk === 'CREDENTIAL#secret00',
      );
      await service.put({ ...secret, pk: `CLIENT#${one.clientId}` });
      service.takeOperations();
      expect(await seen(basic(one.clientId, other.clientSecret))).toEqual(ONE_SHA256);
      expect(await status(basic(other.clientId, other.clientSecret))).toBe(200);
    });

    it.each<[string, Partial<SecretCredential>, number]>([
      ['disabled', { state: 'disabled' }, 401],
      ['expired', { validUntil: NOW - 1 }, 401],
      ['expired this very millisecond', { validUntil: NOW }, 401],
      ['not expired yet', { validUntil: NOW + 1 }, 200],
    ])('a credential that is %s', async (_, changes, expected) => {
      const { clientId, apiKey, clientSecret, password } = await service.client({}, changes);
      const answers = [key(apiKey), basic(clientId, clientSecret), basic(clientId, password)].map(login);
      for (const response of await Promise.all(answers)) {
        expect(response.statusCode).toBe(expected);
        if (expected === 401) expect(response).toEqual(REFUSED);
      }
    });

    it('a disabled client', async () => {
      const { clientId, apiKey, password } = await service.client({ state: 'disabled' });
      expect(await seen(key(apiKey))).toEqual(ONE_SHA256);
      expect(await seen(basic(clientId, password))).toEqual(ONE_SCRYPT);
    });

    it('the hash of one kind presented as another', async () => {
      const { clientId, clientSecret } = await service.client({}, { kind: 'api_key' });
      expect(await seen(basic(clientId, clientSecret))).toEqual(ONE_SHA256);
    });
  });

  describe('429', () => {
    const guess = (clientId: string) => login(basic(clientId, 'a wrong guess'));
    const locked = (seconds: number) => ({
      statusCode: 429,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'retry-after': String(seconds),
      },
      body: '{"error":"too_many_attempts","error_description":"too many failed attempts; try again later"}',
    });

    /** Guesses as soon as it is possible again, and tells how long each wait was. */
    async function waits(clientId: string, guesses: number): Promise<number[]> {
      const waited: number[] = [];
      for (let i = 0; i < guesses; i++) {
        expect(await guess(clientId)).toEqual(REFUSED);
        const { statusCode, headers } = i < 4 ? { statusCode: 0, headers: {} } : await guess(clientId);
        const seconds = statusCode === 429 ? Number(headers?.['retry-after']) : 0;
        waited.push(seconds);
        service.clock.advance(seconds * SECOND);
      }
      return waited;
    }

    it('grows with each failure, up to a quarter of an hour', async () => {
      const { clientId, password } = await service.client();
      expect(await waits(clientId, 17)).toEqual([
        0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900,
      ]);
      expect(await status(basic(clientId, password))).toBe(200);
    });

    it('does not hash, does not count and does not extend anything', async () => {
      const { clientId, password } = await service.client();
      await waits(clientId, 7);
      await guess(clientId);
      service.takeOperations();
      service.state.hashes.length = 0;
      const before = await failuresOf(clientId);
      expect(await seen(basic(clientId, password))).toEqual({
        response: locked(8),
        operations: ['BatchGetItem'],
        hashes: [],
      });
      service.clock.advance(7 * SECOND);
      for (let i = 0; i < 20; i++) expect(await guess(clientId)).toEqual(locked(1));
      expect(await failuresOf(clientId)).toBe(before);
      service.clock.advance(SECOND);
      expect(await status(basic(clientId, password))).toBe(200);
      expect(await failuresOf(clientId)).toBeUndefined();
    });

    it('lets the right API key and client secret in all the same, and no wrong one', async () => {
      const { clientId, apiKey, clientSecret, password } = await service.client();
      await waits(clientId, 8);
      await guess(clientId);
      expect(await status(key(apiKey))).toBe(200);
      expect(await status(basic(clientId, clientSecret))).toBe(200);
      expect(await login(key(otherKey(clientId)))).toEqual(locked(16));
      expect(await login(basic(clientId, otherSecret()))).toEqual(locked(16));
      expect(await failuresOf(clientId)).toBe(9);
      // Had the API key reset the count, whoever guesses the password could go on at once.
      expect(await login(basic(clientId, password))).toEqual(locked(16));
    });

    it('looks the same for a client that there is not', async () => {
      const wrong = basic('never-seen', otherSecret());
      for (let i = 0; i < 5; i++) expect(await login(wrong)).toEqual(REFUSED);
      expect(await login(wrong)).toEqual(locked(1));
      service.state.hashes.length = 0;
      expect(await seen(basic('never-seen', 'a password'))).toMatchObject({
        response: locked(1),
        hashes: [],
      });
    });

    it('counts each of 100 wrong guesses at once', async () => {
      const { clientId, password } = await service.client();
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => login(basic(clientId, otherSecret()))),
      );
      const failed = answers.filter(({ statusCode }) => statusCode === 401).length;
      expect(answers.every(({ statusCode }) => statusCode === 401 || statusCode === 429)).toBe(true);
      expect(await failuresOf(clientId)).toBe(failed);
      expect(await status(basic(clientId, password))).toBe(429);
      service.clock.advance(15 * MINUTE);
      expect(await status(basic(clientId, password))).toBe(200);
    });

    it('forgets failures a day after the last', async () => {
      const { clientId } = await service.client();
      await waits(clientId, 12);
      service.clock.advance(DAY + HOUR);
      expect(await waits(clientId, 6)).toEqual([0, 0, 0, 0, 1, 2]);
    });
  });

  it('clears failures only where there are some, after a right password', async () => {
    const { clientId, password } = await service.client();
    expect((await seen(basic(clientId, password))).operations).toEqual([
      'BatchGetItem',
      'BatchGetItem',
      'BatchWriteItem',
    ]);
    await login(basic(clientId, 'wrong'));
    service.takeOperations();
    expect((await seen(basic(clientId, password))).operations).toEqual([
      'BatchGetItem',
      'DeleteItem',
      'BatchGetItem',
      'BatchWriteItem',
    ]);
    expect((await seen(basic(clientId, password))).operations).toEqual([
      'BatchGetItem',
      'BatchGetItem',
      'BatchWriteItem',
    ]);
  });
});

const BARE = {
  ...{ name: 'Bare', kind: 'user', state: 'active', createdAt: NOW },
  ...{ scopes: [], roles: [], allowedClaims: [] },
};
