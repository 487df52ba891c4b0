import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { operatorOver } from '../support/clients.ts';
import { DAY, HOUR, SECOND } from '../support/clock.ts';
import { testCredentials } from '../support/dynamodb.ts';
import { OPERATOR } from '../support/operator.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { createTokenService, type TokenService } from '../support/token-service.ts';

const ROUTE = 'POST /admin/clients/{clientId}/credentials';
const lines: unknown[][] = [];
const log = recordedLog(lines);

let service: TokenService;
let jwk: Record<string, unknown>;
beforeAll(async () => {
  service = await createTokenService();
  jwk = { ...(await exportJWK((await generateKeyPair('ES256')).publicKey)) };
});
beforeEach(() => {
  lines.length = 0;
});
afterAll(() => service.close());

const operatorAt = (client = service.directoryTable.client) => {
  const ledger = { client: service.ledgerTable.client, table: service.ledgerTable.name };
  const directory = { client, table: service.directoryTable.name };
  return operatorOver({ directory, ledger }, { clock: service.clock, log });
};

const add = (clientId: string, body: unknown, ask = operatorAt()) =>
  ask(`POST /admin/clients/${encodeURIComponent(clientId)}/credentials`, { body });

/** What each answer tells of a credential that was added just now. */
const born = () => ({ state: 'active', created_at: new Date(service.clock()).toISOString() });

const loginWith = async (headers: Record<string, string>) => (await service.login({ headers })).statusCode;
const byKey = (apiKey: string) => loginWith({ 'x-api-key': apiKey });
const bySecret = (clientId: string, secret: string) =>
  loginWith({ authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` });

const itemsOf = async (clientId: string) =>
  (await service.directoryTable.items()).filter(({ pk }) => pk === `CLIENT#${clientId}`);
const itemOf = async (clientId: string, credentialId: string) =>
  (await itemsOf(clientId)).find((item) => item.credentialId === credentialId);

describe(ROUTE, () => {
  describe('201', () => {
    it('adds an API key, shows it once, and both work', async () => {
      const { clientId, apiKey } = await service.client();
      const { status, headers, body } = await add(clientId, { kind: 'api_key' });
      expect(status).toBe(201);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
      const [, , credentialId] = body.api_key.split('_');
      expect(body).toEqual({
        ...{ client_id: clientId, credential_id: credentialId, kind: 'api_key', ...born() },
        api_key: expect.stringMatching(`^tg_${clientId}_[0-9a-z]{8}_`),
      });
      expect([await byKey(body.api_key), await byKey(apiKey)]).toEqual([200, 200]);
    });

    it('adds a client secret that ends by itself, and not a millisecond later', async () => {
      const { clientId } = await service.client();
      const { body } = await add(clientId, { kind: 'client_secret', expires_in: 3600 });
      expect(body.valid_until).toBe(new Date(service.clock() + HOUR).toISOString());
      service.clock.advance(HOUR - 1);
      expect(await bySecret(clientId, body.client_secret)).toBe(200);
      service.clock.advance(1);
      expect(await bySecret(clientId, body.client_secret)).toBe(401);
    });

    it('adds a public key under its kid, and repeats it', async () => {
      const { clientId } = await service.client();
      const { body } = await add(clientId, { kind: 'public_key', jwk: { ...jwk, kid: 'laptop', ext: true } });
      const kept = { ...jwk, kid: 'laptop', alg: 'ES256' };
      expect(body).toEqual({
        ...{ client_id: clientId, credential_id: 'laptop', kind: 'public_key', jwk: kept, ...born() },
      });
      expect(await itemOf(clientId, 'laptop')).toMatchObject({ kind: 'public_key', jwk: kept });
    });

    it('replaces a key: both log in during the overlap, and only the new one after it', async () => {
      const { clientId, apiKey } = await service.client();
      const until = service.clock() + DAY;
      const { status, body } = await add(clientId, { kind: 'api_key', replaces: 'apikey00' });
      expect(status).toBe(201);
      expect(body.replaced).toEqual({
        credential_id: 'apikey00',
        valid_until: new Date(until).toISOString(),
      });
      expect([await byKey(apiKey), await byKey(body.api_key)]).toEqual([200, 200]);
      service.clock.advance(DAY - 1);
      expect([await byKey(apiKey), await byKey(body.api_key)]).toEqual([200, 200]);
      service.clock.advance(1);
      expect([await byKey(apiKey), await byKey(body.api_key)]).toEqual([401, 200]);
      expect(await itemOf(clientId, 'apikey00')).toMatchObject({
        validUntil: until,
        expiresAt: until / 1000 + 90 * 24 * 3600,
      });
    });

    it('replaces by one of the same kind where none is named', async () => {
      const { clientId, clientSecret } = await service.client();
      const { body } = await add(clientId, { replaces: 'secret00' });
      expect(body).toMatchObject({ kind: 'client_secret', replaced: { credential_id: 'secret00' } });
      expect(await bySecret(clientId, body.client_secret)).toBe(200);
      expect(await bySecret(clientId, clientSecret)).toBe(200);
    });

    it('replaces a secret by a key of another kind, at once where there is no overlap', async () => {
      const { clientId, clientSecret } = await service.client();
      const { body } = await add(clientId, { kind: 'api_key', replaces: 'secret00', overlap: 0 });
      expect(body.replaced.valid_until).toBe(new Date(service.clock()).toISOString());
      expect([await bySecret(clientId, clientSecret), await byKey(body.api_key)]).toEqual([401, 200]);
    });

    it('only ever shortens: a later end, or an end that has come, is left as it is', async () => {
      const { clientId, apiKey } = await service.client({}, { validUntil: service.clock() + HOUR });
      const first = await add(clientId, { kind: 'api_key', replaces: 'apikey00', overlap: 7200 });
      expect(first.body.replaced.valid_until).toBe(new Date(service.clock() + HOUR).toISOString());
      service.clock.advance(HOUR);
      const { body } = await add(clientId, { kind: 'api_key', replaces: 'apikey00', overlap: 7200 });
      expect(body.replaced.valid_until).toBe(new Date(service.clock()).toISOString());
      expect([await byKey(apiKey), await byKey(body.api_key)]).toEqual([401, 200]);
    });

    it('costs three reads and two writes, two and one where nothing is replaced', async () => {
      const { clientId } = await service.client();
      await add(clientId, { kind: 'api_key' });
      expect(service.directoryTable.takeOperations()).toEqual(['GetItem', 'PutItem', 'GetItem']);
      await add(clientId, { kind: 'api_key', replaces: 'apikey00' });
      expect(service.directoryTable.takeOperations()).toEqual([
        'GetItem',
        'GetItem',
        'PutItem',
        'GetItem',
        'UpdateItem',
      ]);
    });

    it('logs who added and replaced what, and keeps the secret nowhere', async () => {
      const { clientId } = await service.client();
      const { body } = await add(clientId, { kind: 'api_key', replaces: 'apikey00', overlap: 60 });
      const requestId = expect.any(String);
      const fields = { operator: OPERATOR, requestId, route: ROUTE, clientId, status: 201 };
      const until = new Date(service.clock() + 60 * SECOND).toISOString();
      expect(lines).toEqual([
        ['info', 'credential added', { ...fields, credentialId: body.credential_id }],
        [
          'info',
          'credential replaced',
          { ...fields, credentialId: 'apikey00', reason: `valid until ${until}` },
        ],
      ]);
      expect(JSON.stringify([lines, await itemsOf(clientId)])).not.toContain(body.api_key);
    });
  });

  describe('400', () => {
    it.each([
      ['invalid_body', 'not JSON'],
      ['invalid_body', ''],
      ['invalid_kind', { kind: 'password' }],
      ['invalid_overlap', { kind: 'api_key', overlap: 60 }],
      ['private_key', { kind: 'public_key', jwk: { kty: 'oct', k: 'c2VjcmV0' } }],
      ['invalid_replaces', { kind: 'api_key', replaces: 'password' }],
    ])('%s, and nothing is written: %j', async (code, body) => {
      const { clientId } = await service.client();
      const before = await itemsOf(clientId);
      const answer = await add(clientId, body);
      expect(answer).toMatchObject({
        status: 400,
        headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
        body: { status: 400, code, detail: expect.any(String) },
      });
      expect(await itemsOf(clientId)).toEqual(before);
    });

    it('invalid_kind for a public key of a user, who could not log in with it', async () => {
      const { clientId } = await service.client({ kind: 'user' });
      const answer = await add(clientId, { kind: 'public_key', jwk });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_kind' } });
    });
  });

  describe('400 for what it replaces', () => {
    it('invalid_jwk where a public key is to be replaced by nothing', async () => {
      const { clientId } = await service.client();
      await add(clientId, { jwk: { ...jwk, kid: 'first' } });
      const answer = await add(clientId, { replaces: 'first' });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_jwk' } });
      expect(await itemOf(clientId, 'first')).not.toHaveProperty('validUntil');
    });
  });

  describe('403', () => {
    it('when the gateway names no operator', async () => {
      const { clientId } = await service.client();
      const asked = { body: { kind: 'api_key' }, authorizer: null };
      const { status } = await operatorAt()(`POST /admin/clients/${clientId}/credentials`, asked);
      expect(status).toBe(403);
      expect(await itemsOf(clientId)).toHaveLength(4);
    });
  });

  describe('404', () => {
    it.each(['nobody', '', 'a#b', '../x', 'x'.repeat(5000)])(
      'unknown_client, whatever the id: %#',
      async (clientId) => {
        const answer = await add(clientId, { kind: 'api_key' });
        expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_client' } });
        expect(await itemsOf(clientId)).toEqual([]);
      },
    );

    it('unknown_credential, and nothing is added', async () => {
      const { clientId } = await service.client();
      const answer = await add(clientId, { kind: 'api_key', replaces: 'apikey99' });
      expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_credential' } });
      expect(await itemsOf(clientId)).toHaveLength(4);
    });
  });

  describe('409', () => {
    it('when the kid of a public key is taken, also by the key itself, and the old one stays', async () => {
      const { clientId, apiKey } = await service.client();
      const request = { kind: 'public_key', jwk: { ...jwk, kid: 'one' } };
      await add(clientId, request);
      const before = await itemsOf(clientId);
      const answer = await add(clientId, { ...request, replaces: 'apikey00', overlap: 0 });
      expect(answer).toMatchObject({ status: 409, body: { code: 'credential_exists' } });
      expect(await itemsOf(clientId)).toEqual(before);
      expect(await byKey(apiKey)).toBe(200);
    });
  });

  describe('503', () => {
    it('when the directory does not answer, and the log names what may have changed', async () => {
      const { clientId, apiKey } = await service.client();
      service.directoryDoor.misbehave((operation) => (operation === 'UpdateItem' ? 'failing' : undefined));
      const client = documentClient({
        endpoint: service.directoryDoor.endpoint,
        region: 'us-east-1',
        credentials: testCredentials,
        maxAttempts: 1,
      });
      const answer = await add(clientId, { kind: 'api_key', replaces: 'apikey00' }, operatorAt(client));
      client.destroy();
      expect(answer).toMatchObject({
        status: 503,
        headers: { 'retry-after': '5' },
        body: { code: 'directory_unavailable' },
      });
      expect(JSON.stringify(answer)).not.toMatch(/tgs?_/);
      const named = lines.map(([, , fields]) => (fields as { credentialId: string }).credentialId);
      expect(named).toEqual([expect.stringMatching(/^[0-9a-z]{8}$/), 'apikey00']);
      expect(await itemsOf(clientId)).toHaveLength(4);
      expect(await byKey(apiKey)).toBe(200);
    });
  });
});
