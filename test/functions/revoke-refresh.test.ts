import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mintRefreshToken } from '../../lambdas/domain/refresh-token.ts';
import { DAY, HOUR, NOW, SECOND, testRandom } from '../support/clock.ts';
import { captureOutput } from '../support/output.ts';
import { aService, aUser, refreshing, type TestSession, tokensOf } from '../support/sessions.ts';
import { basic, bodyOf, createTokenService, form, type TokenService } from '../support/token-service.ts';

let service: TokenService;
const output = captureOutput();

beforeAll(async () => {
  service = await createTokenService();
});
afterEach(() => service.restore());
afterAll(() => service.close());

const EMPTY = { statusCode: 200, headers: { 'cache-control': 'no-store' } };
const refresh = (session: TestSession) => service.token(refreshing(session));
/** As a user revokes: its name, and no secret. */
const revoke = ({ clientId, refreshToken }: TestSession, more: Record<string, string> = {}) =>
  service.revoke(form({}, { client_id: clientId, token: refreshToken, ...more }));
const familyIdOf = ({ accessToken }: TestSession) =>
  /^token:(\S+)/.exec(String(decodeJwt(accessToken).lineage))?.[1];
const revocationOf = async (session: TestSession) =>
  (await service.ledgerTable.items()).find(({ pk }) => pk === `REVOKED#token#${familyIdOf(session)}`);

/** Deletes what DynamoDB would have deleted by now, at the latest. */
async function forgetWhatIsOver() {
  for (const { items, client, name: TableName } of [service.directoryTable, service.ledgerTable]) {
    for (const { pk, sk, expiresAt } of await items()) {
      if (expiresAt * SECOND > service.clock()) continue;
      await client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
    }
  }
}

describe('POST /oauth2/revoke with a refresh token', () => {
  it('ends the session and its access tokens, for two reads and two writes', async () => {
    const user = await aUser(service);
    service.takeOperations();
    expect(await revoke(user)).toEqual(EMPTY);
    expect(service.takeOperations()).toEqual(['GetItem', 'BatchGetItem', 'UpdateItem', 'UpdateItem']);
    expect(await revocationOf(user)).toMatchObject({
      issuedBefore: NOW / SECOND,
      expiresAt: (NOW + 90 * DAY + HOUR) / SECOND,
      ...{ revokedAt: NOW, reason: 'client_request' },
    });
    expect(bodyOf(await refresh(user))).toMatchObject({ error: 'invalid_grant' });
    expect(output.text()).toContain('"TokenRevoked":1');
  });

  it.each(['refresh_token', 'access_token', 'nonsense', ''])('whatever the hint: %j', async (hint) => {
    const user = await aUser(service);
    expect(await revoke(user, { token_type_hint: hint })).toEqual(EMPTY);
    expect((await refresh(user)).statusCode).toBe(400);
  });

  it('ends it whichever of its tokens is presented, be it old or lapsed', async () => {
    const user = await aUser(service);
    const next = { ...user, ...tokensOf(await refresh(user)) };
    service.clock.advance(DAY);
    expect(await revoke(user)).toEqual(EMPTY);
    expect((await refresh(next)).statusCode).toBe(400);
    expect(await revocationOf(user)).toBeDefined();
  });

  it('ends the access tokens too that outlive a session which nobody used for long', async () => {
    const user = await aUser(service, { refreshIdle: 60, tokenLifetime: DAY / SECOND });
    service.clock.advance(20 * HOUR);
    await forgetWhatIsOver();
    expect(await revoke(user)).toEqual(EMPTY);
    expect(await revocationOf(user)).toBeDefined();
  });

  it('twice is once', async () => {
    const user = await aUser(service);
    await revoke(user);
    const before = await revocationOf(user);
    service.clock.advance(HOUR);
    expect(await revoke(user)).toEqual(EMPTY);
    expect(await revocationOf(user)).toEqual(before);
  });

  it('leaves the other sessions of the client alone', async () => {
    const user = await aUser(service);
    const other = tokensOf(await service.login({ headers: basic(user.clientId, user.password) }));
    await revoke(user);
    expect((await refresh({ ...user, ...other })).statusCode).toBe(200);
  });

  it('takes it from a service that authenticates, and 401 from one that does not', async () => {
    const client = await aService(service);
    expect(await revoke(client)).toMatchObject({ statusCode: 401 });
    expect(await revocationOf(client)).toBeUndefined();
    const byKey = form({ 'x-api-key': client.apiKey }, { token: client.refreshToken });
    expect(await service.revoke(byKey)).toEqual(EMPTY);
    expect(await revocationOf(client)).toBeDefined();
  });

  it('answers 200 for one that never was, and writes nothing (RFC 7009 §2.2)', async () => {
    const user = await aUser(service);
    service.takeOperations();
    expect(await revoke({ ...user, refreshToken: mintRefreshToken(testRandom()).text })).toEqual(EMPTY);
    expect(service.takeOperations()).toEqual(['GetItem']);
  });

  it("answers 400 for another client's, and the session goes on (§2.1)", async () => {
    const [user, other] = [await aUser(service), await aUser(service)];
    const answer = await revoke({ ...user, clientId: other.clientId });
    expect(answer.statusCode).toBe(400);
    expect(bodyOf(answer)).toMatchObject({ error: 'unauthorized_client' });
    expect((await refresh(user)).statusCode).toBe(200);
  });

  it('answers 401 for an access token without authentication, for no read', async () => {
    const user = await aUser(service);
    service.takeOperations();
    const answer = await service.revoke(form({}, { client_id: user.clientId, token: user.accessToken }));
    expect(answer.statusCode).toBe(401);
    expect(service.takeOperations()).toEqual([]);
  });

  it('answers 401 to a name that no client has: it may be a secret, so it is not logged', async () => {
    const user = await aUser(service);
    service.takeOperations();
    for (const clientId of [user.apiKey, user.clientSecret, user.refreshToken, 'A'.repeat(9000)]) {
      expect(await revoke({ ...user, clientId })).toMatchObject({ statusCode: 401 });
      expect(output.text()).not.toContain(clientId);
    }
    expect(service.takeOperations()).toEqual([]);
  });

  it('answers 503 where only half of it is written; the other half comes with the retry', async () => {
    const user = await aUser(service);
    service.state.behindDoors = true;
    service.ledgerDoor.misbehave(() => 'failing');
    expect(await revoke(user)).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    service.ledgerDoor.misbehave(() => undefined);
    expect(bodyOf(await refresh(user))).toMatchObject({ error: 'invalid_grant' });
    expect(await revoke(user)).toEqual(EMPTY);
    expect(await revocationOf(user)).toBeDefined();
  });

  it('refuses every refresh after half of it, however long nobody tries again', async () => {
    const user = await aUser(service, { refreshIdle: 30 * (DAY / SECOND) });
    service.state.behindDoors = true;
    service.directoryDoor.misbehave((operation) => (operation === 'UpdateItem' ? 'failing' : undefined));
    expect(await revoke(user)).toMatchObject({ statusCode: 503 });
    service.state.behindDoors = false;
    service.clock.advance(29 * DAY);
    await forgetWhatIsOver();
    expect(bodyOf(await refresh(user))).toMatchObject({ error: 'invalid_grant' });
  });

  it('lets one refresh at most through that runs at the same time, and what it gave is revoked', async () => {
    const user = await aUser(service);
    const [revoked, refreshed] = await Promise.all([revoke(user), refresh(user)]);
    expect(revoked).toEqual(EMPTY);
    expect(await revocationOf(user)).toBeDefined();
    const next = refreshed.statusCode === 200 ? { ...user, ...tokensOf(refreshed) } : user;
    expect(familyIdOf(next)).toBe(familyIdOf(user));
    expect(bodyOf(await refresh(next))).toMatchObject({ error: 'invalid_grant' });
  });
});
