/** What becomes of a session when its client, its credential or the stores are not what they were. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Client, SecretCredential } from '../../lambdas/domain/client.ts';
import { REFRESH_GRACE } from '../../lambdas/domain/refresh-family.ts';
import { type RevocationTarget, revocation } from '../../lambdas/domain/revocation.ts';
import {
  clientItem,
  clientKey,
  credentialItem,
  credentialKey,
  parseClient,
  parseCredential,
} from '../../lambdas/store/items.ts';
import { revocationReader, revocationWriter } from '../../lambdas/store/ledger.ts';
import { HOUR, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { captureOutput } from '../support/output.ts';
import {
  aService,
  aUser,
  refreshing,
  refreshingAs,
  type TestSession,
  tokensOf,
} from '../support/sessions.ts';
import { basic, bodyOf, createTokenService, type TokenService } from '../support/token-service.ts';
import type { Fault } from '../support/unreliable.ts';

let service: TokenService;
captureOutput();

beforeAll(async () => {
  service = await createTokenService();
});
afterEach(() => service.restore());
afterAll(() => service.close());

const refresh = async (session: TestSession) => service.token(refreshing(session));
const itemAt = async ({ pk, sk }: { pk: string; sk: string }) =>
  (await service.directoryTable.items()).find((item) => item.pk === pk && item.sk === sk);
async function change(clientId: string, changes: Partial<Client>) {
  const client = parseClient(await itemAt(clientKey(clientId)));
  await service.put(clientItem({ ...client, ...changes }));
}
async function changePassword(clientId: string, changes: Partial<SecretCredential>) {
  const password = parseCredential(await itemAt(credentialKey(clientId, 'password'))) as SecretCredential;
  await service.put(credentialItem({ ...password, ...changes }));
}
const revoke = (target: RevocationTarget, at: number) =>
  revocationWriter(service.access(service.ledgerTable)).revoke(
    revocation(target, at / SECOND, { revokedAt: at, reason: 'operator' }),
  );

describe('a session whose client has changed', () => {
  it.each<[string, Partial<Client>]>([
    ['is disabled', { state: 'disabled' }],
    ['has none of its scopes any more', { scopes: ['write:products'] }],
    ['is of another tenant', { tenant: 'other' }],
    ['may not set the claim any more', { allowedClaims: [] }],
  ])('does not go on: it %s', async (_, changes) => {
    const user = await aUser(service, {}, { claims: { userID: '42' } });
    await change(user.clientId, changes);
    expect(bodyOf(await refresh(user))).toMatchObject({ error: 'invalid_grant' });
  });

  it('does not go on where the grant is not among its grants any more', async () => {
    const user = await aUser(service);
    await change(user.clientId, { grantTypes: [] });
    expect(bodyOf(await refresh(user))).toMatchObject({ error: 'unauthorized_client' });
    const client = await aService(service);
    await change(client.clientId, { grantTypes: ['client_credentials'] });
    const byKey = refreshingAs({ 'x-api-key': client.apiKey }, client.refreshToken);
    expect(bodyOf(await service.token(byKey))).toMatchObject({ error: 'unauthorized_client' });
  });

  it('goes on once it is as it was: a refused refresh has used nothing up', async () => {
    const user = await aUser(service);
    await change(user.clientId, { state: 'disabled' });
    expect((await refresh(user)).statusCode).toBe(400);
    service.clock.advance(HOUR);
    await change(user.clientId, { state: 'active' });
    expect((await refresh(user)).statusCode).toBe(200);
  });

  it('goes on with what is left', async () => {
    const user = await aUser(service, { roles: ['support'] });
    await change(user.clientId, { scopes: ['read:usage', 'write:products'], roles: ['catalogue'] });
    expect(bodyOf(await refresh(user))).toMatchObject({ scope: 'read:products read:usage' });
    await change(user.clientId, { scopes: ['read:usage'], roles: [], tokenLifetime: 60 });
    expect(bodyOf(await refresh(user))).toMatchObject({ scope: 'read:usage', expires_in: 60 });
  });

  it.each<[string, Partial<SecretCredential>]>([
    ['is replaced', { createdAt: NOW + 1 }],
    ['is disabled', { state: 'disabled' }],
    ['has expired', { validUntil: NOW }],
  ])('does not go on for a user whose password %s', async (_, changes) => {
    const user = await aUser(service);
    await changePassword(user.clientId, changes);
    expect(bodyOf(await refresh(user))).toMatchObject({ error: 'invalid_grant' });
  });

  it('goes on for a service whose key was replaced: it proves itself by the new one', async () => {
    const client = await aService(service);
    const key = parseCredential(await itemAt(credentialKey(client.clientId, 'apikey00')));
    await service.put(credentialItem({ ...key, state: 'disabled' } as SecretCredential));
    const byKey = refreshingAs({ 'x-api-key': client.apiKey }, client.refreshToken);
    expect((await service.token(byKey)).statusCode).toBe(401);
    const bySecret = refreshingAs(basic(client.clientId, client.clientSecret), client.refreshToken);
    expect((await service.token(bySecret)).statusCode).toBe(200);
  });
});

describe('a session that is revoked', () => {
  const kinds: [string, (clientId: string) => RevocationTarget][] = [
    ['client', (id) => ({ kind: 'client', id })],
    ['subject', (id) => ({ kind: 'subject', id })],
    ['credential', (id) => ({ kind: 'credential', id: `${id}/password` })],
    ['tenant', () => ({ kind: 'tenant', id: 'acme' })],
  ];

  it.each(kinds)('by its %s does not go on, now or ever', async (_, targetOf) => {
    const user = await aUser(service, { tenant: 'acme' });
    service.clock.advance(MINUTE);
    await revoke(targetOf(user.clientId), service.clock());
    service.clock.advance(MINUTE);
    expect(bodyOf(await refresh(user))).toMatchObject({ error: 'invalid_grant' });
    const item = (await service.directoryTable.items()).find(
      ({ clientId, familyId }) => familyId && clientId === user.clientId,
    );
    expect(item).toMatchObject({ endedAt: service.clock() });
  });

  it.each(kinds)('by its %s before it began goes on', async (_, targetOf) => {
    const user = await service.client({ kind: 'user', tenant: 'acme-2' });
    const target = targetOf(user.clientId);
    await revoke(target.kind === 'tenant' ? { ...target, id: 'acme-2' } : target, NOW);
    service.clock.advance(SECOND);
    const session = tokensOf(await service.login({ headers: basic(user.clientId, user.password) }));
    expect((await refresh({ ...user, ...session })).statusCode).toBe(200);
  });
});

describe('503 with Retry-After', () => {
  const UNAVAILABLE = { statusCode: 503, headers: { 'retry-after': '1' } };

  it('while nothing can be signed, for as long as it lasts, and nothing is used up', async () => {
    const user = await aUser(service);
    service.state.hasKeys = false;
    expect(await refresh(user)).toMatchObject(UNAVAILABLE);
    service.clock.advance(REFRESH_GRACE);
    expect(await refresh(user)).toMatchObject(UNAVAILABLE);
    service.clock.advance(HOUR);
    service.state.hasKeys = true;
    expect((await refresh(user)).statusCode).toBe(200);
  });

  it.each<[string, string, Fault]>([
    ['directoryDoor', 'GetItem', 'failing'],
    ['directoryDoor', 'BatchGetItem', 'unprocessed'],
    ['directoryDoor', 'UpdateItem', 'throttled'],
    ['ledgerDoor', 'BatchGetItem', 'denied'],
    ['ledgerDoor', 'BatchGetItem', 'unprocessed'],
  ] as const)('while the %s has its %s %s, and nothing is used up', async (door, operation, fault) => {
    const user = await aUser(service);
    service.state.behindDoors = true;
    service[door as 'ledgerDoor'].misbehave((name) => (name === operation ? fault : undefined));
    expect(await refresh(user)).toMatchObject(UNAVAILABLE);
    service.clock.advance(HOUR);
    service[door as 'ledgerDoor'].misbehave(() => undefined);
    expect((await refresh(user)).statusCode).toBe(200);
  });

  it('where the loser of a race cannot read; its retry is answered as the winner was', async () => {
    const user = await aUser(service);
    service.state.behindDoors = true;
    service.directoryDoor.misbehave((name, count) =>
      name === 'GetItem' && count > 2 ? 'failing' : undefined,
    );
    const answers = await Promise.all([refresh(user), refresh(user)]);
    const [won] = answers.filter(({ statusCode }) => statusCode === 200);
    service.directoryDoor.misbehave(() => undefined);
    const again = tokensOf(await refresh(user));
    if (won !== undefined) expect(again.refreshToken).toBe(tokensOf(won).refreshToken);
    expect((await refresh({ ...user, ...again })).statusCode).toBe(200);
  });

  it('is not the answer where the record cannot be booked: the session goes on', async () => {
    const user = await aUser(service);
    service.state.behindDoors = true;
    service.ledgerDoor.misbehave((name) => (name === 'BatchWriteItem' ? 'failing' : undefined));
    const next = tokensOf(await refresh(user));
    service.ledgerDoor.misbehave(() => undefined);
    service.clock.advance(HOUR);
    expect((await refresh({ ...user, ...next })).statusCode).toBe(200);
  });

  it('while the session cannot be written at a login, and there is no half of one', async () => {
    const user = await service.client({ kind: 'user' });
    const login = () => service.login({ headers: basic(user.clientId, user.password) });
    service.state.behindDoors = true;
    service.directoryDoor.misbehave((name) => (name === 'PutItem' ? 'failing' : undefined));
    expect(await login()).toMatchObject(UNAVAILABLE);
    const issued = (await service.ledgerTable.items()).filter(({ clientId }) => clientId === user.clientId);
    expect(issued).toEqual([]);
  });

  describe('while a session cannot be ended for reuse', () => {
    async function reused() {
      const user = await aUser(service);
      const next = { ...user, ...tokensOf(await refresh(user)) };
      service.clock.advance(REFRESH_GRACE);
      service.state.behindDoors = true;
      const family = async () =>
        (await service.directoryTable.items()).find(
          (item) => item.familyId && item.clientId === user.clientId,
        );
      const revoked = async () => {
        const id = String((await family())?.familyId);
        return revocationReader(service.access(service.ledgerTable)).find([{ kind: 'token', id }]);
      };
      return { user, next, family, revoked };
    }

    it.each([['ledgerDoor'], ['directoryDoor']] as const)(
      'in the one of the two behind the %s: the other half stands, alone refuses, and a retry completes it',
      async (door) => {
        for (const who of ['user', 'next'] as const) {
          const session = await reused();
          service[door].misbehave((name) => (name === 'UpdateItem' ? 'failing' : undefined));
          expect(await refresh(session.user)).toMatchObject(UNAVAILABLE);
          service[door].misbehave(() => undefined);
          const [ended, revoked] = [(await session.family())?.endedAt, await session.revoked()];
          expect([ended !== undefined, revoked.length]).toEqual(
            door === 'ledgerDoor' ? [true, 0] : [false, 1],
          );
          // Whoever comes next, with the old token or with the one that nobody has used.
          expect(bodyOf(await refresh(session[who]))).toMatchObject({ error: 'invalid_grant' });
          expect((await session.family())?.endedAt).toBeDefined();
          expect(await session.revoked()).toHaveLength(1);
          service.clock.advance(NOW - service.clock());
          service.state.behindDoors = false;
        }
      },
    );
  });
});
