import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REFRESH_GRACE } from '../../lambdas/domain/refresh-family.ts';
import { mintRefreshToken, parseRefreshToken, refreshToken } from '../../lambdas/domain/refresh-token.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND, testRandom } from '../support/clock.ts';
import { captureOutput } from '../support/output.ts';
import {
  aService,
  aUser,
  familyOf,
  INVALID_GRANT,
  refreshing,
  refreshingAs,
  revocationsOf,
  tokensOf,
} from '../support/sessions.ts';
import { basic, bodyOf, createTokenService, form, type TokenService } from '../support/token-service.ts';

let service: TokenService;
const output = captureOutput();

beforeAll(async () => {
  service = await createTokenService();
});
afterEach(() => service.restore());
afterAll(() => service.close());

const refresh = async (...args: Parameters<typeof refreshing>) => service.token(refreshing(...args));

describe('POST /oauth2/token with a refresh token that is refused', () => {
  describe('reuse', () => {
    it('ends the session and all its access tokens, before it is answered', async () => {
      const user = await aUser(service);
      const next = { ...user, ...tokensOf(await refresh(user)) };
      service.clock.advance(REFRESH_GRACE);
      service.takeOperations();
      expect(bodyOf(await refresh(user))).toEqual(INVALID_GRANT);
      expect(service.takeOperations()).toEqual(['GetItem', 'BatchGetItem', 'UpdateItem', 'UpdateItem']);
      const family = await familyOf(service, user);
      expect(family).toMatchObject({ endedAt: NOW + REFRESH_GRACE });
      expect(await revocationsOf(service, user)).toMatchObject([
        {
          issuedBefore: (NOW + REFRESH_GRACE) / SECOND,
          expiresAt: (NOW + REFRESH_GRACE + 90 * DAY + HOUR) / SECOND,
          ...{ revokedAt: NOW + REFRESH_GRACE, reason: 'refresh_reused' },
        },
      ]);
      expect(bodyOf(await refresh(next))).toEqual(INVALID_GRANT);
      expect(output.text()).toContain('"RefreshReused":1');
    });

    it('is a repetition too whose successor was used already', async () => {
      const user = await aUser(service);
      const next = { ...user, ...tokensOf(await refresh(user)) };
      const last = { ...user, ...tokensOf(await refresh(next)) };
      expect(bodyOf(await refresh(user))).toEqual(INVALID_GRANT);
      expect(bodyOf(await refresh(last))).toEqual(INVALID_GRANT);
    });

    it('leaves other sessions of the same client alone', async () => {
      const user = await aUser(service);
      const other = tokensOf(await service.login({ headers: basic(user.clientId, user.password) }));
      await refresh({ ...user, refreshToken: forged(user.refreshToken) });
      expect((await refresh(user)).statusCode).toBe(400);
      expect((await refresh({ ...user, ...other })).statusCode).toBe(200);
    });
  });

  describe('400 invalid_grant', () => {
    it.each<[string, (token: string) => string]>([
      ['garbage', () => 'garbage'],
      ['a slip', (token) => token.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ])('for %s, for no read at all', async (_, make) => {
      const user = await aUser(service);
      service.takeOperations();
      const answer = await refresh({ ...user, refreshToken: make(user.refreshToken) });
      expect(answer.statusCode).toBe(400);
      expect(bodyOf(answer)).toEqual(INVALID_GRANT);
      expect(service.takeOperations()).toEqual([]);
    });

    it('for a session that never was, and for an access token', async () => {
      const user = await aUser(service);
      for (const wrong of [mintRefreshToken(testRandom()).text, user.accessToken, user.apiKey]) {
        expect(bodyOf(await refresh({ ...user, refreshToken: wrong }))).toEqual(INVALID_GRANT);
      }
    });

    it("for another client's token, old or new; and nothing happens to the session", async () => {
      const [user, other, client] = [await aUser(service), await aUser(service), await aService(service)];
      const next = { ...user, ...tokensOf(await refresh(user)) };
      service.clock.advance(HOUR);
      const before = await familyOf(service, user);
      for (const token of [user.refreshToken, next.refreshToken]) {
        expect(bodyOf(await refresh({ ...other, refreshToken: token }))).toEqual(INVALID_GRANT);
        const asService = refreshingAs({ 'x-api-key': client.apiKey }, token);
        expect(bodyOf(await service.token(asService))).toEqual(INVALID_GRANT);
      }
      expect(await familyOf(service, user)).toEqual(before);
      expect((await refresh(next)).statusCode).toBe(200);
    });
  });

  describe('400', () => {
    it('invalid_request without a refresh token, with an empty one, and with two', async () => {
      const { clientId, refreshToken: token } = await aUser(service);
      const grant = `grant_type=refresh_token&client_id=${clientId}`;
      for (const body of [
        grant,
        `${grant}&refresh_token=`,
        `${grant}&refresh_token=a&refresh_token=${token}`,
      ]) {
        const answer = await service.token({ ...form({}, {}), body: Buffer.from(body).toString('base64') });
        expect(answer.statusCode).toBe(400);
        expect(bodyOf(answer)).toMatchObject({ error: 'invalid_request' });
      }
    });

    it.each(['write:products', 'read:usage write:products', 'read:usage  read:usage', '"'])(
      'invalid_scope for %j, and the token is not used up',
      async (scope) => {
        const user = await aUser(service);
        expect(bodyOf(await refresh(user, { scope }))).toMatchObject({ error: 'invalid_scope' });
        service.clock.advance(HOUR);
        expect((await refresh(user)).statusCode).toBe(200);
      },
    );
  });

  it('logs no scope that is asked for: it may be a password in the wrong parameter', async () => {
    const user = await aUser(service);
    expect(bodyOf(await refresh(user, { scope: user.password }))).toMatchObject({ error: 'invalid_scope' });
    expect(output.text()).toContain('it asks for a scope that it cannot have');
    expect(output.text()).not.toContain(user.password);
  });

  describe('401 invalid_client', () => {
    it('for a service that only names itself, and nothing happens to its session', async () => {
      const client = await aService(service);
      const next = tokensOf(
        await service.token(refreshingAs({ 'x-api-key': client.apiKey }, client.refreshToken)),
      );
      service.clock.advance(HOUR);
      for (const token of [client.refreshToken, next.refreshToken]) {
        expect(await refresh({ ...client, refreshToken: token })).toMatchObject({ statusCode: 401 });
      }
      const answer = await service.token(refreshingAs({ 'x-api-key': client.apiKey }, next.refreshToken));
      expect(answer.statusCode).toBe(200);
    });

    it('for a name that no client has: it may be a secret, so it is not logged', async () => {
      const user = await aUser(service);
      for (const clientId of [user.apiKey, user.clientSecret, user.refreshToken, 'A'.repeat(9000)]) {
        for (const refreshToken of [user.refreshToken, 'x']) {
          service.takeOperations();
          expect(await refresh({ clientId, refreshToken })).toMatchObject({ statusCode: 401 });
          expect(service.takeOperations()).toEqual([]);
        }
        expect(output.text()).not.toContain(clientId);
      }
    });

    it('for a user that names nobody, and for credentials that are wrong', async () => {
      const user = await aUser(service);
      const nobody = form({}, { grant_type: 'refresh_token', refresh_token: user.refreshToken });
      const wrong = refreshingAs(basic(user.clientId, 'wrong'), user.refreshToken);
      for (const sent of [nobody, wrong]) {
        const answer = await service.token(sent);
        expect(answer.statusCode).toBe(401);
        expect(answer.headers).toMatchObject({ 'www-authenticate': expect.stringMatching(/^Basic /) });
      }
    });
  });

  it('logs and stores no token', async () => {
    const user = await aUser(service);
    const next = { ...user, ...tokensOf(await refresh(user)) };
    service.clock.advance(MINUTE);
    await refresh(user);
    await refresh({ ...next, refreshToken: `${next.refreshToken}x` });
    const stored = JSON.stringify([
      ...(await service.directoryTable.items()),
      ...(await service.ledgerTable.items()),
    ]);
    expect(output.text()).toContain('refresh token reused');
    for (const text of [user.refreshToken, next.refreshToken]) {
      const [, family = '', tail = ''] = text.split('_');
      for (const secret of [family, tail.slice(0, 43)]) {
        expect(output.text().includes(secret) || stored.includes(secret)).toBe(false);
      }
    }
  });
});

/** A token of the same session that never was one. */
function forged(text: string): string {
  const parsed = parseRefreshToken(text);
  return refreshToken(parsed.ok ? parsed.value.family : '', mintRefreshToken(testRandom(9)).secret).text;
}
