import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REFRESH_GRACE } from '../../lambdas/domain/refresh-family.ts';
import { type RevocationTarget, revocation } from '../../lambdas/domain/revocation.ts';
import { clientKey } from '../../lambdas/store/items.ts';
import { revocationWriter } from '../../lambdas/store/ledger.ts';
import { DAY, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { introspection } from '../support/introspection.ts';
import { captureOutput } from '../support/output.ts';
import { basic, bodyOf, createTokenService, form, type TokenService } from '../support/token-service.ts';

type TestClient = Awaited<ReturnType<TokenService['client']>>;

let service: TokenService;
let ask: ReturnType<typeof introspection>;
const output = captureOutput();

beforeAll(async () => {
  service = await createTokenService();
  ask = introspection(service);
});
afterEach(() => service.restore());
afterAll(() => service.close());

const INACTIVE = { active: false };
const newService = () =>
  service.client({ grantTypes: ['client_credentials', 'refresh_token'], scopes: ['read:products'] });
const newUser = () => service.client({ kind: 'user', refreshLifetime: 30 * 24 * 3600 });

const byKey = ({ apiKey }: TestClient): Record<string, string> => ({ 'x-api-key': apiKey });
const byPassword = ({ clientId, password }: TestClient) => basic(clientId, password);

/** A client begins a session; a user with its password. */
async function begin(client: TestClient, headers: Record<string, string> = byKey(client)): Promise<string> {
  const { refresh_token } = bodyOf(await service.login({ headers }));
  service.takeOperations();
  return String(refresh_token);
}
async function refresh(client: TestClient, token: string): Promise<string> {
  const parameters = { grant_type: 'refresh_token', refresh_token: token };
  const { refresh_token } = bodyOf(await service.token(form(byKey(client), parameters)));
  service.takeOperations();
  return String(refresh_token);
}
const introspect = async (client: TestClient, token: string, headers = byKey(client)) =>
  bodyOf(await ask(form(headers, { token })));

describe('POST /oauth2/introspect with a refresh token', () => {
  describe('200 with whose it is, what it is good for and until when', () => {
    it('to the service that it was issued to, for one read of the session and one of the ledger', async () => {
      const client = await newService();
      const token = await begin(client);
      expect(await introspect(client, token)).toEqual({
        ...{ active: true, client_id: client.clientId, sub: client.clientId, scope: 'read:products' },
        ...{ iat: NOW / SECOND, exp: (NOW + 7 * DAY) / SECOND },
      });
      expect(service.takeOperations()).toEqual(['BatchGetItem', 'GetItem', 'BatchGetItem']);
    });

    it('to a user, whatever it authenticates by', async () => {
      const user = await newUser();
      const token = await begin(user, byPassword(user));
      expect(await introspect(user, token, byPassword(user))).toMatchObject({ active: true });
      service.takeOperations();
      expect(await introspect(user, token, byKey(user))).toMatchObject({ active: true });
      // The credential that the session began with has to be usable still.
      expect(service.directoryTable.takeOperations()).toEqual(['BatchGetItem', 'GetItem', 'BatchGetItem']);
    });

    it('with its own times after a refresh', async () => {
      const client = await newService();
      const token = await begin(client);
      service.clock.advance(DAY);
      expect(await introspect(client, await refresh(client, token))).toMatchObject({
        ...{ active: true, iat: (NOW + DAY) / SECOND, exp: (NOW + 8 * DAY) / SECOND },
      });
    });

    it('never beyond the end of the session', async () => {
      const client = await service.client({
        ...{ grantTypes: ['client_credentials', 'refresh_token'], refreshLifetime: 3600 },
      });
      expect(await introspect(client, await begin(client))).toMatchObject({ exp: NOW / SECOND + 3600 });
    });

    it('with the scopes that are left', async () => {
      const client = await service.client({
        ...{ grantTypes: ['client_credentials', 'refresh_token'], scopes: ['read:products', 'read:usage'] },
      });
      const token = await begin(client);
      await change(client, 'scopes', ['read:usage']);
      expect(await introspect(client, token)).toMatchObject({ active: true, scope: 'read:usage' });
    });
  });

  describe('200 with {"active":false} and nothing else', () => {
    it('to any other client, even one that may ask about the access tokens of others', async () => {
      const [client, server] = await Promise.all([
        newService(),
        service.client({ scopes: ['introspect:tokens'] }),
      ]);
      const token = await begin(client);
      expect(await introspect(server, token)).toEqual(INACTIVE);
      expect(await introspect(client, token)).toMatchObject({ active: true });
    });

    it('for one that was replaced, within the grace and after it; and nothing happens to the session', async () => {
      const client = await newService();
      const first = await begin(client);
      const second = await refresh(client, first);
      expect(await introspect(client, first)).toEqual(INACTIVE);
      service.clock.advance(REFRESH_GRACE);
      expect(await introspect(client, first)).toEqual(INACTIVE);
      expect(service.directoryTable.takeOperations()).not.toContain('UpdateItem');
      expect(await introspect(client, second)).toMatchObject({ active: true });
    });

    it.each([
      ['that lay unused for too long', 7 * DAY, 0],
      ['of a session that is over', 6 * DAY, 4],
    ])('for one %s', async (_, pause, times) => {
      const client = await newService();
      let token = await begin(client);
      for (let i = 0; i < times; i++) {
        service.clock.advance(pause);
        token = await refresh(client, token);
      }
      service.clock.advance(pause - SECOND);
      expect(await introspect(client, token)).toMatchObject({ active: true });
      service.clock.advance(SECOND);
      expect(await introspect(client, token)).toEqual(INACTIVE);
    });

    it('on the very next call after it was revoked, and for the access token that came with it', async () => {
      const client = await newService();
      const login = bodyOf(await service.login({ headers: byKey(client) }));
      const token = String(login.refresh_token);
      expect(await introspect(client, token)).toMatchObject({ active: true });
      expect(await service.revoke(form(byKey(client), { token }))).toMatchObject({ statusCode: 200 });
      expect(await introspect(client, token)).toEqual(INACTIVE);
      expect(await introspect(client, String(login.access_token))).toEqual(INACTIVE);
    });

    it.each<[string, (clientId: string) => RevocationTarget]>([
      ['its client', (id) => ({ kind: 'client', id })],
      ['its subject', (id) => ({ kind: 'subject', id })],
      ['its credential', (id) => ({ kind: 'credential', id: `${id}/apikey00` })],
    ])('while %s is revoked', async (_, targetOf) => {
      const client = await newService();
      const token = await begin(client);
      const ledger = revocationWriter(service.access(service.ledgerTable));
      await ledger.revoke(
        revocation(targetOf(client.clientId), NOW / SECOND, { revokedAt: NOW, reason: 'operator' }),
      );
      service.clock.advance(MINUTE);
      expect(await introspect(client, token)).toEqual(INACTIVE);
    });

    it('where the client may no longer refresh tokens, or has nothing left of its scopes', async () => {
      const [one, other] = await Promise.all([newService(), newService()]);
      const tokens = await Promise.all([begin(one), begin(other)]);
      await change(one, 'grantTypes', ['client_credentials']);
      await change(other, 'scopes', []);
      expect(await introspect(one, tokens[0])).toEqual(INACTIVE);
      expect(await introspect(other, tokens[1])).toEqual(INACTIVE);
    });

    it.each<[string, (token: string) => string]>([
      ['a changed letter', (token) => token.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
      ['a letter more', (token) => `${token}0`],
      ['half of it', (token) => token.slice(0, 60)],
    ])('for %s, and nothing is read but who asks', async (_, make) => {
      const client = await newService();
      const token = await begin(client);
      expect(await introspect(client, make(token))).toEqual(INACTIVE);
      expect(service.takeOperations()).toEqual(['BatchGetItem']);
    });
  });

  it('401 for a user that only names itself, although it may refresh so', async () => {
    const user = await newUser();
    const token = await begin(user, byPassword(user));
    expect(await ask(form({}, { token, client_id: user.clientId }))).toMatchObject({ statusCode: 401 });
  });

  it('503 while the session or its revocations cannot be read: never active', async () => {
    const client = await newService();
    const token = await begin(client);
    service.state.behindDoors = true;
    service.ledgerDoor.misbehave(() => 'failing');
    const request = form(byKey(client), { token });
    expect(await ask(request)).toMatchObject({ statusCode: 503 });
    service.ledgerDoor.misbehave(() => undefined);
    service.directoryDoor.misbehave((operation) => (operation === 'GetItem' ? 'failing' : undefined));
    expect(await ask(request)).toMatchObject({ statusCode: 503 });
  });

  it('logs no refresh token', async () => {
    const client = await newService();
    const token = await begin(client);
    await introspect(client, token);
    expect(output.text()).toContain('introspection answered');
    expect(output.text().includes(token.slice(0, 40))).toBe(false);
  });
});

/** Changes a client as an operator might. */
async function change({ clientId }: TestClient, name: string, value: unknown): Promise<void> {
  const { client, name: TableName } = service.directoryTable;
  await client.send(
    new UpdateCommand({
      ...{ TableName, Key: clientKey(clientId), UpdateExpression: 'SET #name = :value' },
      ...{ ExpressionAttributeNames: { '#name': name }, ExpressionAttributeValues: { ':value': value } },
    }),
  );
}
