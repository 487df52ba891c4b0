import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REFRESH_GRACE } from '../../lambdas/domain/refresh-family.ts';
import { DAY, HOUR, NOW, SECOND } from '../support/clock.ts';
import { captureOutput } from '../support/output.ts';
import {
  aService,
  aUser,
  claimsOf,
  familyOf,
  INVALID_GRANT,
  refreshing,
  refreshingAs,
  revocationsOf,
  tokensOf,
} from '../support/sessions.ts';
import { basic, bodyOf, createTokenService, form, type TokenService } from '../support/token-service.ts';

let service: TokenService;
captureOutput();

beforeAll(async () => {
  service = await createTokenService();
});
afterEach(() => service.restore());
afterAll(() => service.close());

const refresh = async (...args: Parameters<typeof refreshing>) => service.token(refreshing(...args));
const TOKEN = /^tgr_[0-9A-Za-z]{43}_[0-9A-Za-z]{49}$/;
describe('a login', () => {
  it('gives a user a refresh token beside what it gives everyone', async () => {
    const user = await service.client({ kind: 'user' });
    const body = bodyOf(await service.login({ headers: basic(user.clientId, user.password) }));
    expect(service.takeOperations()).toEqual(['BatchGetItem', 'PutItem', 'BatchGetItem', 'BatchWriteItem']);
    expect(Object.keys(body).sort()).toEqual(
      ['access_token', 'expires_in', 'refresh_token', 'scope', 'token_type', 'transaction_id'].sort(),
    );
    expect(body.refresh_token).toMatch(TOKEN);
    expect(decodeJwt(String(body.access_token))).toMatchObject({
      txn: body.transaction_id,
      lineage: `token:${(await familyOf(service, { refreshToken: String(body.refresh_token) }))?.familyId}`,
    });
  });

  it('gives a service one only where it may refresh, at both doors', async () => {
    const client = await service.client({ grantTypes: ['client_credentials', 'refresh_token'] });
    const headers = { 'x-api-key': client.apiKey };
    const byGrant = await service.token(form(headers, { grant_type: 'client_credentials' }));
    for (const answer of [await service.login({ headers }), byGrant]) {
      expect(bodyOf(answer).refresh_token).toMatch(TOKEN);
    }
    const other = { 'x-api-key': (await service.client()).apiKey };
    const without = await service.token(form(other, { grant_type: 'client_credentials' }));
    for (const answer of [await service.login({ headers: other }), without]) {
      expect(answer.statusCode).toBe(200);
      expect(bodyOf(answer)).not.toHaveProperty('refresh_token');
    }
  });

  it('gives a user none that may not refresh', async () => {
    const user = await service.client({ kind: 'user', grantTypes: [] });
    const answer = await service.login({ headers: basic(user.clientId, user.password) });
    expect(bodyOf(answer)).not.toHaveProperty('refresh_token');
    expect(decodeJwt(String(bodyOf(answer).access_token))).not.toHaveProperty('lineage');
  });
});

describe('POST /oauth2/token with a refresh token', () => {
  describe('200', () => {
    it('gives a user the next tokens for its name alone', async () => {
      const user = await aUser(service, { tenant: 'acme', roles: ['support'] }, { claims: { userID: '42' } });
      service.takeOperations();
      service.clock.advance(HOUR);
      const answer = await refresh(user);
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
      expect(bodyOf(answer)).toEqual({
        ...{ access_token: expect.any(String), token_type: 'Bearer', expires_in: 900 },
        ...{ scope: 'read:products read:usage read:users', transaction_id: expect.any(String) },
        refresh_token: expect.stringMatching(TOKEN),
      });
      const [before, after] = [decodeJwt(user.accessToken), claimsOf(answer)];
      const { familyId } = (await familyOf(service, user)) ?? {};
      const at = NOW / SECOND;
      const id = user.clientId;
      expect(after).toEqual({
        ...before,
        ...{ iat: at + 3600, nbf: at + 3600, exp: at + 4500, jti: expect.any(String) },
        lineage: `token:${familyId} client:${id}@${at} subject:${id}@${at} credential:${id}%2Fpassword@${at} tenant:acme@${at}`,
      });
      expect(after.jti).not.toBe(before.jti);
    });

    it('costs four reads and two writes', async () => {
      const user = await aUser(service);
      service.takeOperations();
      await refresh(user);
      // Family, client with credential, new family; then revocations, budgets, issued token and usage record.
      expect(service.takeOperations()).toEqual([
        ...['GetItem', 'BatchGetItem', 'UpdateItem'],
        ...['BatchGetItem', 'BatchGetItem', 'BatchWriteItem'],
      ]);
    });

    it('costs a service the same, and takes each of its ways to authenticate', async () => {
      const client = await aService(service);
      const { clientId, clientSecret, apiKey } = client;
      let { refreshToken: token } = client;
      const ways = [
        refreshingAs({ 'x-api-key': apiKey }, token),
        refreshingAs(basic(clientId, clientSecret), token),
        form({}, { client_id: clientId, client_secret: clientSecret, grant_type: 'refresh_token' }),
      ];
      for (const way of ways) {
        service.takeOperations();
        const sent = new URLSearchParams(Buffer.from(way.body ?? '', 'base64').toString());
        const { 'content-type': _, ...headers } = way.headers ?? {};
        const answer = await service.token(
          form(headers, { ...Object.fromEntries(sent), refresh_token: token }),
        );
        expect(service.takeOperations()).toHaveLength(6);
        token = tokensOf(answer).refreshToken;
      }
    });

    it('records what came of which session', async () => {
      const user = await aUser(service);
      const { jti, txn } = claimsOf(await refresh(user));
      const issued = (await service.ledgerTable.items()).find(({ pk }) => pk === `TOKEN#${jti}`);
      const family = (await familyOf(service, user))?.familyId;
      expect(issued).toMatchObject({
        grantType: 'refresh_token',
        origin: { kind: 'refreshed', family },
        txn,
      });
    });

    it('goes on from token to token, and the old ones are of no use', async () => {
      let user = await aUser(service);
      const first = user;
      for (let n = 0; n < 3; n += 1) {
        service.clock.advance(DAY);
        user = { ...user, ...tokensOf(await refresh(user)) };
      }
      expect(user.refreshToken).not.toBe(first.refreshToken);
      expect((await refresh(first)).statusCode).toBe(400);
    });

    it('answers a retry within 30 seconds with the same refresh token', async () => {
      const user = await aUser(service);
      const { refreshToken: next, accessToken } = tokensOf(await refresh(user));
      service.clock.advance(REFRESH_GRACE - 1);
      service.takeOperations();
      const again = tokensOf(await refresh(user));
      expect(service.takeOperations()).not.toContain('UpdateItem');
      expect(again.refreshToken).toBe(next);
      expect(again.accessToken).not.toBe(accessToken);
      expect((await refresh({ ...user, refreshToken: next })).statusCode).toBe(200);
    });

    it('answers twenty at once with one and the same refresh token, each for bounded work', async () => {
      const user = await aUser(service);
      service.takeOperations();
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(user)));
      const operations = service.takeOperations();
      expect(new Set(answers.map((answer) => tokensOf(answer).refreshToken)).size).toBe(1);
      expect(new Set(answers.map((answer) => claimsOf(answer).jti)).size).toBe(20);
      expect(operations.length).toBeLessThanOrEqual(20 * 7);
      const next = { ...user, refreshToken: tokensOf(answers[0] ?? {}).refreshToken };
      expect((await refresh(next)).statusCode).toBe(200);
    });

    it('narrows the access token on request; the session keeps what was granted (§6)', async () => {
      const user = await aUser(service);
      const narrow = await refresh(user, { scope: 'read:usage' });
      expect(bodyOf(narrow)).toMatchObject({ scope: 'read:usage' });
      const next = { ...user, ...tokensOf(narrow) };
      expect(bodyOf(await refresh(next))).toMatchObject({ scope: 'read:products read:usage' });
    });

    it('takes an empty scope for none, and parameters that it does not know', async () => {
      const user = await aUser(service);
      expect(bodyOf(await refresh(user, { scope: '', resource: 'x' }))).toMatchObject({
        scope: 'read:products read:usage',
      });
    });

    it('gives no more than was granted at the login, whatever the client has', async () => {
      const user = await aUser(service, {}, { scope: 'read:usage', expiresIn: 60 });
      expect(bodyOf(await refresh(user))).toMatchObject({ scope: 'read:usage', expires_in: 60 });
    });

    it('lets a user prove itself that can', async () => {
      const user = await aUser(service);
      const byPassword = refreshingAs(basic(user.clientId, user.password), user.refreshToken);
      expect((await service.token(byPassword)).statusCode).toBe(200);
    });

    it('lasts exactly as long as the client may be logged in', async () => {
      const start = () => aUser(service, { refreshLifetime: 2 * 3600, refreshIdle: 3600 });
      const [used, idle, late] = [await start(), await start(), await start()];
      service.clock.advance(HOUR - 1);
      const second = { ...used, ...tokensOf(await refresh(used)) };
      expect((await refresh(idle)).statusCode).toBe(200);
      service.clock.advance(1);
      expect(bodyOf(await refresh(late))).toEqual(INVALID_GRANT);
      service.clock.advance(HOUR - 2);
      const third = { ...used, ...tokensOf(await refresh(second)) };
      service.clock.advance(2);
      expect(bodyOf(await refresh(third))).toEqual(INVALID_GRANT);
      expect(await revocationsOf(service, third)).toEqual([]);
    });
  });
});
