import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UNBOOKED } from '../../lambdas/http/log.ts';
import { captureOutput } from '../support/output.ts';
import {
  asking,
  basic,
  bodyOf,
  createTokenService,
  LOGIN_PRICE,
  type TokenService,
} from '../support/token-service.ts';
import type { Fault } from '../support/unreliable.ts';

let service: TokenService;
let reader: Awaited<ReturnType<TokenService['client']>>;
const output = captureOutput();

beforeAll(async () => {
  service = await createTokenService();
  reader = await service.client({ kind: 'service' });
  service.state.behindDoors = true;
});
afterEach(() => {
  service.directoryDoor.misbehave(() => undefined);
  service.ledgerDoor.misbehave(() => undefined);
  service.state.hasKeys = true;
});
afterAll(() => service.close());

const FAULTS: Fault[] = ['throttled', 'failing', 'denied'];
const byKey = () => service.login({ headers: { 'x-api-key': reader.apiKey } });
const UNAVAILABLE = {
  statusCode: 503,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'retry-after': '1',
  },
  body: '{"error":"temporarily_unavailable","error_description":"please try again"}',
};
const metricsIn = (lines: Record<string, unknown>[]) =>
  lines.flatMap((line) =>
    ['LoginSucceeded', 'LoginFailed', 'LoginLockedOut', 'UnbookedCall'].filter(
      (name) => line[name] !== undefined,
    ),
  );

describe('POST /auth', () => {
  describe('503', () => {
    it.each([...FAULTS, 'unprocessed', 'silent'] as Fault[])(
      'while the directory is %s, right or wrong',
      async (fault) => {
        service.directoryDoor.misbehave(() => fault);
        expect(await byKey()).toEqual(UNAVAILABLE);
        expect(await service.login({ headers: basic('nobody', 'a password') })).toEqual(UNAVAILABLE);
        expect(service.state.hashes).toEqual([]);
      },
    );

    it.each(FAULTS)('for a wrong secret while counting is %s: nobody guesses uncounted', async (fault) => {
      service.directoryDoor.misbehave((operation) => (operation === 'UpdateItem' ? fault : undefined));
      expect(await service.login({ headers: basic(reader.clientId, 'wrong') })).toEqual(UNAVAILABLE);
      service.state.hashes.length = 0;
    });

    it('without a signing key, and then nothing is booked', async () => {
      service.state.hasKeys = false;
      const before = await service.ledgerTable.items();
      expect(await byKey()).toEqual(UNAVAILABLE);
      expect(await service.ledgerTable.items()).toHaveLength(before.length);
    });
  });

  describe('500', () => {
    it.each([
      ['client', { sk: 'CLIENT', state: 'on' }],
      ['client without its lists', { sk: 'CLIENT', scopes: 'read:products' }],
      ['credential', { sk: 'CREDENTIAL#apikey00', hash: 42 }],
      ['hash', { sk: 'CREDENTIAL#apikey00', hash: '' }],
      ['expiry', { sk: 'CREDENTIAL#apikey00', validUntil: 'never' }],
    ])('for a corrupt %s, never a pass', async (_, corruption) => {
      const { clientId, apiKey } = await service.client();
      const items = await service.directoryTable.items();
      const item = items.find(({ pk, sk }) => pk === `CLIENT#${clientId}` && sk === corruption.sk);
      await service.put({ ...item, ...corruption });
      const response = await service.login({ headers: { 'x-api-key': apiKey } });
      expect([response.statusCode, bodyOf(response).error]).toEqual([500, 'server_error']);
      expect(response.headers).not.toHaveProperty('authorization');
    });

    it('for corrupt failures, which would otherwise end a lockout', async () => {
      const { clientId, password } = await service.client();
      await service.put({ pk: `ATTEMPTS#${clientId}`, sk: 'ATTEMPTS', count: 'many', lastAt: 0 });
      expect(await service.login({ headers: basic(clientId, password) })).toMatchObject({ statusCode: 500 });
    });
  });

  describe('200 all the same', () => {
    it.each([...FAULTS, 'unprocessed'] as Fault[])(
      'while writes to the ledger are %s: the record is logged whole',
      async (fault) => {
        service.ledgerDoor.misbehave((operation) => (operation === 'BatchWriteItem' ? fault : undefined));
        const response = await service.login({
          headers: { 'x-api-key': reader.apiKey },
          requestId: `unbooked-${fault}`,
        });
        expect(response.statusCode).toBe(200);
        const line = output.lines().find(({ message }) => message === UNBOOKED);
        const shared = { clientId: reader.clientId, txn: bodyOf(response).transaction_id };
        expect(line).toMatchObject({
          record: { ...shared, requestId: `unbooked-${fault}`, price: LOGIN_PRICE, status: 200 },
          issued: { ...shared, kid: 'test-key', scopes: ['read:products', 'read:usage'] },
          errorName: 'StoreUnavailable',
        });
        expect(metricsIn(output.lines())).toEqual(['UnbookedCall', 'LoginSucceeded']);
      },
    );

    it('while failures cannot be cleared', async () => {
      const headers = basic(reader.clientId, reader.password);
      await service.login({ headers: basic(reader.clientId, 'wrong') });
      service.directoryDoor.misbehave((operation) => (operation === 'DeleteItem' ? 'failing' : undefined));
      expect(await service.login({ headers })).toMatchObject({ statusCode: 200 });
      expect(output.text()).toContain('failures not cleared');
    });
  });

  describe('the log', () => {
    it('tells each outcome, who it was, and counts it', async () => {
      const { clientId, apiKey } = await service.client();
      const wrong = { headers: basic(clientId, 'a wrong password'), requestId: 'r' };
      await service.login({ headers: { 'x-api-key': apiKey }, requestId: 'r' });
      for (let i = 0; i < 6; i++) await service.login(wrong);
      await service.login({ headers: { 'x-api-key': 'nonsense' }, requestId: 'r' });
      await service.login(asking(apiKey, { scope: 'nope' }));
      const about = { requestId: 'r', route: 'POST /auth' };
      expect(output.lines()).toEqual(
        expect.arrayContaining(
          [
            { ...about, message: 'token issued', clientId, credentialId: 'apikey00', status: 200 },
            { ...about, message: 'login failed', clientId, status: 401, code: 'invalid_client' },
            { ...about, message: 'login locked out', clientId, status: 429, code: 'too_many_attempts' },
            { ...about, message: 'login failed', status: 401, reason: 'malformed' },
            { message: 'login refused', clientId, status: 400 },
          ].map((line) => expect.objectContaining(line)),
        ),
      );
      expect(metricsIn(output.lines())).toEqual([
        'LoginSucceeded',
        ...Array(5).fill('LoginFailed'),
        'LoginLockedOut',
        'LoginFailed',
      ]);
    });

    it('holds no key, secret, password, token or claim, whatever happens', async () => {
      const { clientId, apiKey, clientSecret, password } = await service.client();
      const claims = { userID: 'value-of-a-claim' };
      const answered = [
        await service.login(asking(apiKey, { claims })),
        await service.login(asking(apiKey, { claims: { role: clientSecret } })),
        await service.login(asking(apiKey, `{"${password}": "${clientSecret}`)),
        await service.login({ headers: basic(clientId, clientSecret) }),
        await service.login({ headers: basic(clientId, password) }),
        await service.login({ headers: basic(clientId, `${password}!`) }),
        await service.login({ headers: basic(`${password}_`, password) }),
        await service.login({ headers: { 'x-api-key': `${apiKey}x` } }),
        await service.login({ headers: { 'x-api-key': apiKey, ...basic(clientId, password) } }),
      ];
      service.ledgerDoor.misbehave((operation) => (operation === 'BatchWriteItem' ? 'failing' : undefined));
      answered.push(await service.login(asking(apiKey, { claims })));
      service.ledgerDoor.misbehave(() => 'failing');
      answered.push(await service.login(asking(apiKey, { claims })));
      service.directoryDoor.misbehave(() => 'failing');
      answered.push(await service.login({ headers: { 'x-api-key': apiKey } }));
      const tokens = answered.flatMap(({ body = '{}' }) => JSON.parse(body).access_token ?? []);
      expect(tokens).toHaveLength(4);
      const secrets = [apiKey, clientSecret, password, 'value-of-a-claim', ...tokens];
      const written = output.text() + JSON.stringify(await service.ledgerTable.items());
      expect(written).toContain(clientId);
      for (const secret of secrets) {
        expect(written.includes(secret)).toBe(false);
        expect(written.includes(Buffer.from(secret).toString('base64').slice(0, 20))).toBe(false);
        expect(written.includes(secret.slice(-20))).toBe(false);
      }
    });
  });
});
