import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EVER } from '../../lambdas/domain/ledger/price.ts';
import { MAX_TOKEN } from '../../lambdas/functions/issue.ts';
import { NOW } from '../support/clock.ts';
import { captureOutput } from '../support/output.ts';
import {
  AUDIENCE,
  asking,
  basic,
  bodyOf,
  createTokenService,
  ISSUER,
  KID,
  LOGIN_PRICE,
  type TokenService,
} from '../support/token-service.ts';

let service: TokenService;
let reader: Awaited<ReturnType<TokenService['client']>>;
captureOutput();

beforeAll(async () => {
  service = await createTokenService();
  reader = await service.client();
});
afterEach(() => void service.takeOperations());
afterAll(() => service.close());

const byKey = () => ({ headers: { 'x-api-key': reader.apiKey } });
const claimsOf = (response: Awaited<ReturnType<TokenService['login']>>) =>
  decodeJwt(String(bodyOf(response).access_token));
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([47])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('POST /auth', () => {
  describe('200', () => {
    it('answers as RFC 6749 §5.1 has it, with the token in the header too', async () => {
      const response = await service.login(byKey());
      const body = bodyOf(response);
      expect(response.statusCode).toBe(200);
      expect(body).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'read:products read:usage',
        transaction_id: expect.stringMatching(UUID),
      });
      expect(response.headers).toEqual({
        authorization: `Bearer ${body.access_token}`,
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-type': 'application/json',
      });
    });

    it('takes an API key, a client secret and a password', async () => {
      const credentials = [
        { 'x-api-key': reader.apiKey },
        basic(reader.clientId, reader.clientSecret),
        basic(reader.clientId, reader.password),
      ];
      const answers = await Promise.all(credentials.map((headers) => service.login({ headers })));
      expect(answers.map(claimsOf).map(({ credential_id }) => credential_id)).toEqual([
        'apikey00',
        'secret00',
        'password',
      ]);
    });

    it('gives a token in the RFC 9068 profile', async () => {
      const response = await service.login(byKey());
      const { payload, protectedHeader } = await jwtVerify(
        String(bodyOf(response).access_token),
        createLocalJWKSet(service.jwks),
        { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', currentDate: new Date(NOW) },
      );
      expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: KID });
      expect(payload).toEqual({
        iss: ISSUER,
        sub: reader.clientId,
        aud: AUDIENCE,
        client_id: reader.clientId,
        credential_id: 'apikey00',
        jti: expect.stringMatching(UUID),
        iat: NOW / 1000,
        nbf: NOW / 1000,
        exp: NOW / 1000 + 900,
        scope: 'read:products read:usage',
        txn: bodyOf(response).transaction_id,
      });
      expect(Number.parseInt(String(payload.jti).replaceAll('-', '').slice(0, 12), 16)).toBe(NOW);
    });

    it('adds tenant and roles as strings, and the scopes of the roles', async () => {
      const { apiKey } = await service.client({
        tenant: 'acme',
        roles: ['catalogue', 'gone', 'constructor'],
        scopes: ['read:usage', 'read:products'],
      });
      const claims = claimsOf(await service.login({ headers: { 'x-api-key': apiKey } }));
      expect(claims).toMatchObject({
        tenant: 'acme',
        roles: 'catalogue gone constructor',
        scope: 'read:usage read:products write:products',
      });
    });

    it('gives a client without scopes the empty scope', async () => {
      const { apiKey } = await service.client({ scopes: [] });
      expect(bodyOf(await service.login({ headers: { 'x-api-key': apiKey } }))).toMatchObject({ scope: '' });
    });

    it('narrows scope, shortens the life and adds claims on request', async () => {
      const response = await service.login(
        asking(reader.apiKey, {
          scope: 'read:usage',
          claims: { userID: '42', role: 'buyer' },
          expiresIn: 300,
        }),
      );
      expect(bodyOf(response)).toMatchObject({ scope: 'read:usage', expires_in: 300 });
      expect(claimsOf(response)).toMatchObject({
        ...{ scope: 'read:usage', userID: '42', role: 'buyer' },
        exp: NOW / 1000 + 300,
      });
    });

    it.each([
      ['an empty body', { body: '' }],
      ['an empty object', asking('', '{}')],
      ['base64', { ...asking('', ''), body: Buffer.from('{}').toString('base64'), base64: true }],
    ])('takes %s', async (_, { headers = {}, ...rest }: ReturnType<typeof asking>) => {
      const response = await service.login({ ...rest, headers: { ...headers, 'x-api-key': reader.apiKey } });
      expect(response.statusCode).toBe(200);
    });

    it('lives as long as the client may, if that is less or more than is usual', async () => {
      const [short, long, endless] = await Promise.all(
        [60, 3600, 1e9].map((tokenLifetime) => service.client({ tokenLifetime })),
      );
      const expiry = async (key = '') =>
        bodyOf(await service.login({ headers: { 'x-api-key': key } })).expires_in;
      expect(await expiry(short?.apiKey)).toBe(60);
      expect(await expiry(long?.apiKey)).toBe(3600);
      // The revocation of a key reaches a day ahead: no token may outlive it.
      expect(await expiry(endless?.apiKey)).toBe(86_400);
    });

    it('costs one read of the directory, one of the budgets and one append, and records the token and the call', async () => {
      const response = await service.login({ ...byKey(), requestId: 'booked-1', sourceIp: '198.51.100.9' });
      expect(service.takeOperations()).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchWriteItem']);
      const { jti } = claimsOf(response);
      const items = (await service.ledgerTable.items()).filter((item) => item.jti === jti);
      const shared = {
        ...{ sub: reader.clientId, clientId: reader.clientId, credentialId: 'apikey00' },
        ...{ jti, txn: bodyOf(response).transaction_id, sourceIp: '198.51.100.9' },
      };
      expect(items).toHaveLength(4);
      expect(items).toContainEqual(
        expect.objectContaining({
          ...shared,
          ...{ pk: `TOKEN#${jti}`, scopes: ['read:products', 'read:usage'], kid: KID },
          ...{ iat: NOW / 1000, exp: NOW / 1000 + 900 },
        }),
      );
      expect(items).toContainEqual(
        expect.objectContaining({
          ...shared,
          ...{ requestId: 'booked-1', at: NOW, route: 'POST /auth', status: 200 },
          ...{ outcome: 'admitted', price: LOGIN_PRICE, pricedFrom: EVER, latency: 0 },
          bytesOut: Buffer.byteLength(response.body ?? ''),
        }),
      );
    });
  });

  describe('400', () => {
    it('for a service that may have no token in its own name: the same rule as at the token endpoint', async () => {
      const { apiKey } = await service.client({ grantTypes: ['refresh_token'] });
      const response = await service.login({ headers: { 'x-api-key': apiKey } });
      expect([response.statusCode, bodyOf(response).error]).toEqual([400, 'unauthorized_client']);
    });

    const many = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`).join(' ');
    const claims = (value: unknown) => ({ claims: value });

    it.each<[string, unknown, string, string]>([
      ['a scope that there is not', { scope: 'read:all' }, 'invalid_scope', "'read:all'"],
      ['a scope of another', { scope: 'read:usage write:products' }, 'invalid_scope', "'write:products'"],
      ['a scope that only begins alike', { scope: 'read:product' }, 'invalid_scope', "'read:product'"],
      ['an empty scope', { scope: '' }, 'invalid_scope', 'single spaces'],
      ['a scope twice', { scope: 'read:usage read:usage' }, 'invalid_scope', 'twice'],
      ['too many scopes', { scope: many(51) }, 'invalid_scope', '50'],
      ['a scope that is no string', { scope: ['read:usage'] }, 'invalid_request', 'scope'],
      ['a scope that is null', { scope: null }, 'invalid_request', 'scope'],
      ['no JSON', '{', 'invalid_request', 'JSON'],
      ['an array', '[]', 'invalid_request', 'JSON'],
      ['null', 'null', 'invalid_request', 'JSON'],
      ['10,000 levels', '['.repeat(10_000), 'invalid_request', 'JSON'],
      ['8,000 levels', `{"claims":${'['.repeat(8000)}${']'.repeat(8000)}}`, 'invalid_request', 'claims'],
      ['a key twice', '{"expiresIn":60,"expiresIn":900}', 'invalid_request', 'twice'],
      ['an equal key twice', '{"expiresIn":60,"expiresIn":60}', 'invalid_request', 'twice'],
      ['a claim twice', '{"claims":{"role":"a","role":"b"}}', 'invalid_request', 'twice'],
      ['an unknown member', { scopes: 'read:usage' }, 'invalid_request', "'scopes'"],
      ['__proto__', '{"__proto__":{"scope":"a"}}', 'invalid_request', "'__proto__'"],
      ['__proto__ as a claim', '{"claims":{"__proto__":"a"}}', 'invalid_request', "'__proto__'"],
      ['a reserved claim', claims({ sub: 'alice' }), 'invalid_request', "'sub' is reserved"],
      ['an unknown claim', claims({ color: 'red' }), 'invalid_request', "'color'"],
      ['a claim of no string', claims({ userID: 42 }), 'invalid_request', "'userID'"],
      ['a claim that is too long', claims({ userID: 'x'.repeat(257) }), 'invalid_request', "'userID'"],
      ['claims that are an array', claims(['userID']), 'invalid_request', 'claims'],
      ['claims that are null', claims(null), 'invalid_request', 'claims'],
      ['expiresIn 0', { expiresIn: 0 }, 'invalid_request', 'expiresIn'],
      ['a negative expiresIn', { expiresIn: -1 }, 'invalid_request', 'expiresIn'],
      ['a fraction', { expiresIn: 1.5 }, 'invalid_request', 'expiresIn'],
      ['expiresIn as a string', { expiresIn: '60' }, 'invalid_request', 'expiresIn'],
      ['expiresIn null', { expiresIn: null }, 'invalid_request', 'expiresIn'],
      ['expiresIn without end', '{"expiresIn":1e400}', 'invalid_request', 'expiresIn'],
      ['expiresIn above the lifetime', { expiresIn: 901 }, 'invalid_request', 'at most 900'],
    ])('refuses %s, and leaves nothing behind', async (_, body, error, says) => {
      const response = await service.login(asking(reader.apiKey, body));
      expect(response.statusCode).toBe(400);
      expect(bodyOf(response)).toEqual({ error, error_description: expect.stringContaining(says) });
      expect(response.headers).toMatchObject({ 'cache-control': 'no-store' });
      expect(service.takeOperations()).toEqual(['BatchGetItem']);
    });

    it('refuses another content-type', async () => {
      const { body, headers } = asking(reader.apiKey, '{}');
      for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
        const response = await service.login({
          ...(body !== undefined && { body }),
          headers: { ...headers, 'content-type': type },
        });
        expect([response.statusCode, bodyOf(response).error]).toEqual([400, 'invalid_request']);
      }
    });

    it('refuses what looks like a secret even where the client may set the claim, and does not repeat it', async () => {
      const careless = await service.client({ allowedClaims: ['password', 'note'] });
      const asked = (value: unknown) => service.login(asking(careless.apiKey, claims(value)));
      const answers = await Promise.all([
        asked({ password: 'hunter2hunter2' }),
        asked({ note: careless.apiKey }),
        asked({ note: careless.clientSecret }),
        asked({ note: `Bearer ${'x'.repeat(30)}` }),
      ]);
      for (const response of answers) {
        expect(response.statusCode).toBe(400);
        expect(bodyOf(response).error_description).toContain('looks like a secret');
        expect(response.body).not.toMatch(/hunter2|tgs?_|xxx/);
      }
    });

    it('says what is wrong in printable characters only', async () => {
      const response = await service.login(asking(reader.apiKey, { 'ä"\\\n': 1 }));
      expect(bodyOf(response).error_description).toBe(
        "unknown member '????'; known are scope, claims, expiresIn",
      );
    });

    it('refuses a token that no gateway would take in a header', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `claim${index}`);
      const wordy = await service.client({ allowedClaims: names });
      const wants = (value: string) =>
        service.login(
          asking(wordy.apiKey, { claims: Object.fromEntries(names.map((name) => [name, value])) }),
        );
      const refused = await wants('€'.repeat(250));
      expect(bodyOf(refused)).toMatchObject({
        error: 'invalid_request',
        error_description: expect.stringContaining(String(MAX_TOKEN)),
      });
      expect(service.takeOperations()).toEqual(['BatchGetItem', 'BatchGetItem']);
      expect(String(bodyOf(await wants('x'.repeat(250))).access_token).length).toBeLessThan(MAX_TOKEN);
    });

    it('refuses credentials of both kinds, and either kind twice, without a read', async () => {
      const authorization = basic(reader.clientId, reader.clientSecret).authorization ?? '';
      const answers = await Promise.all([
        service.login({ headers: { 'x-api-key': reader.apiKey, authorization } }),
        service.login({ headers: { authorization: `${authorization},${authorization}` } }),
        service.login({ headers: { 'x-api-key': `${reader.apiKey},${reader.apiKey}` } }),
      ]);
      for (const response of answers) {
        expect(response.statusCode).toBe(400);
        expect(bodyOf(response).error).toBe('invalid_request');
      }
      expect(service.takeOperations()).toEqual([]);
    });
  });

  it('413 for a body over 16 kB', async () => {
    for (const body of [`{"claims":"${'x'.repeat(17_000)}"}`, `${'['.repeat(10_000)}${']'.repeat(10_000)}`]) {
      const response = await service.login(asking(reader.apiKey, body));
      expect([response.statusCode, bodyOf(response).error]).toEqual([413, 'invalid_request']);
    }
  });
});
