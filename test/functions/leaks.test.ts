import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LeaksPorts } from '../../lambdas/functions/leaks/handler.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { createLeaks, OPERATOR } from '../support/leaks.ts';
import { captureOutput } from '../support/output.ts';
import { aService, refreshingAs, tokensOf } from '../support/sessions.ts';
import { asking } from '../support/token-service.ts';
import { jtiOf, txnOf } from '../support/traced.ts';

let leaks: Awaited<ReturnType<typeof createLeaks>>;
captureOutput();
let world: typeof leaks.world;
let report: typeof leaks.report;
beforeAll(async () => {
  leaks = await createLeaks();
  ({ world, report } = leaks);
});
afterEach(() => {
  world.restore();
  leaks.lines.length = 0;
});
afterAll(() => world.close());

describe('an API key that has leaked', () => {
  it('200 with the space around it that it was copied with', async () => {
    const { apiKey } = await world.client();
    expect((await report({ secret: ` ${apiKey}\r\n` })).body.outcome).toBe('revoked');
    expect(await leaks.logsIn(apiKey)).toBe(false);
  });

  it('200: it is revoked, its tokens are refused on the next call, and what it did and cost is told', async () => {
    const { clientId, apiKey, token } = await world.holder();
    world.clock.advance(MINUTE);
    await leaks.use(token);
    await leaks.use(token, '198.51.100.9');
    await leaks.use(token, '198.51.100.9');
    world.clock.advance(MINUTE);
    const { status, body } = await report({ secret: apiKey, source: 'https://github.com/acme/app' });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{
        kind: 'api_key',
        outcome: 'revoked',
        was: 'active',
        client_id: clientId,
        credential_id: 'apikey00',
      },
      revoked_at: new Date(NOW + 2 * MINUTE).toISOString(),
      report: {
        ...{ tokens: 1, calls: 4, errors: 0, refused: 0, complete: true },
        ...{ cost_micro_dollars: 100 + 3 * 50, cost: '0.000250' },
        first_used_at: new Date(NOW).toISOString(),
        last_used_at: new Date(NOW + MINUTE).toISOString(),
        source_ips: [
          { source_ip: '203.0.113.7', calls: 2 },
          { source_ip: '198.51.100.9', calls: 2 },
        ],
        newest: [
          {
            ...{ jti: jtiOf(token), sub: clientId, grant_type: 'login' },
            issued_at: new Date(NOW).toISOString(),
            expires_at: new Date(NOW + 15 * MINUTE).toISOString(),
            href: `/admin/usage/tokens/${jtiOf(token)}`,
          },
        ],
        href: `/admin/usage/credentials/apikey00?client=${clientId}`,
      },
    });
    expect(await leaks.logsIn(apiKey)).toBe(false);
    expect((await leaks.use(token)).statusCode).toBe(401);
    expect(await leaks.credentialsOf(clientId)).toContainEqual(
      expect.objectContaining({
        ...{ credentialId: 'apikey00', state: 'revoked', revokedAt: NOW + 2 * MINUTE },
        revision: expect.any(String),
        expiresAt: (NOW + 2 * MINUTE + 90 * DAY) / SECOND,
      }),
    );
    expect(await leaks.trail()).toMatchObject([
      {
        ...{ action: 'leak.report', operator: OPERATOR, status: 200 },
        target: { client: clientId, credential: 'apikey00' },
        details: { policy: 'disable', source: 'https://github.com/acme/app' },
      },
    ]);
  });

  it('leaves the client’s other credentials and what they got as they were', async () => {
    const { clientId, apiKey, clientSecret } = await world.client({ scopes: ['read:products'] });
    const headers = { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` };
    const login = await world.login({ headers });
    const other = String(JSON.parse(String(login.body)).access_token);
    await report({ secret: apiKey });
    expect((await leaks.use(other)).statusCode).toBe(200);
    expect((await world.login({ headers })).statusCode).toBe(200);
  });

  it('reported again says so, with the time of the first time, and changes nothing', async () => {
    const { clientId, apiKey } = await world.holder();
    const first = await report({ secret: apiKey });
    const before = await leaks.credentialsOf(clientId);
    world.clock.advance(HOUR);
    const again = await report({ secret: apiKey });
    expect(again.body).toMatchObject({
      ...{ outcome: 'already_revoked', was: 'revoked', revoked_at: first.body.revoked_at },
      report: { tokens: 1 },
    });
    expect(await leaks.credentialsOf(clientId)).toEqual(before);
  });

  it('reported twice at once ends once, and both hear that it is ended', async () => {
    const { apiKey, token } = await world.holder();
    const answers = await Promise.all([report({ secret: apiKey }), report({ secret: apiKey })]);
    for (const { status, body } of answers) {
      expect([status, ['revoked', 'already_revoked'].includes(body.outcome)]).toEqual([200, true]);
    }
    expect((await leaks.use(token)).statusCode).toBe(401);
  });

  it('covers a token that was being issued meanwhile, by a function whose clock is a little ahead', async () => {
    const { apiKey } = await world.client({ scopes: ['read:products'] });
    world.clock.advance(5 * SECOND);
    const late = await world.login(asking(apiKey, {}));
    world.clock.advance(-5 * SECOND);
    await report({ secret: apiKey });
    world.clock.advance(6 * SECOND);
    expect((await leaks.use(String(JSON.parse(String(late.body)).access_token))).statusCode).toBe(401);
  });

  it.each([
    ['disabled', { state: 'disabled' }],
    ['expired', { validUntil: NOW - MINUTE }],
  ] as const)('that is %s is ended all the same: its tokens may live', async (was, changes) => {
    const { apiKey } = await world.client({}, changes);
    expect((await report({ secret: apiKey })).body).toMatchObject({ outcome: 'revoked', was });
  });

  it('policy report: nothing is written, and the answer has what it did', async () => {
    const { apiKey, token } = await world.holder();
    await leaks.use(token);
    world.takeOperations();
    const { body } = await report({ secret: apiKey, policy: 'report' });
    expect(body).toMatchObject({ outcome: 'reported', was: 'active', report: { tokens: 1, calls: 2 } });
    expect(body).not.toHaveProperty('revoked_at');
    expect(world.takeOperations().filter((name) => !/^(Get|BatchGet|Query)/.test(name))).toEqual([]);
    expect(await leaks.trail()).toEqual([]);
    expect(await leaks.logsIn(apiKey)).toBe(true);
  });
});

describe('other secrets', () => {
  it('a client secret is found among all clients that are listed, though it does not say whose it is', async () => {
    const clients = await Promise.all([world.client(), world.client(), world.client()]);
    for (const { clientId } of clients) await leaks.mark(clientId);
    const [, { clientId, clientSecret } = clients[0] ?? expect.fail()] = clients;
    expect((await report({ secret: clientSecret })).body).toMatchObject({
      ...{ kind: 'client_secret', outcome: 'revoked', client_id: clientId, credential_id: 'secret00' },
    });
    const states = await Promise.all(
      clients.map(async (one) => (await leaks.credentialsOf(one.clientId)).map(({ state }) => state)),
    );
    expect(states.flat().filter((state) => state === 'revoked')).toHaveLength(1);
  });

  it('a client secret of a client that is not listed is found where the client is named', async () => {
    const { clientId, clientSecret } = await world.client();
    expect((await report({ secret: clientSecret })).body.outcome).toBe('unknown');
    const named = await report({ secret: clientSecret, client_id: clientId });
    expect(named.body).toMatchObject({ outcome: 'revoked', client_id: clientId });
  });

  it('a client secret is found where another client is named: whoever reports it may be wrong', async () => {
    const [holder, other] = [await world.client(), await world.client()];
    await leaks.mark(holder.clientId);
    const { body } = await report({ secret: holder.clientSecret, client_id: other.clientId });
    expect(body).toMatchObject({ outcome: 'revoked', client_id: holder.clientId });
  });

  it('says that there were too many clients to look through, and takes the client’s name instead', async () => {
    const { clientId, clientSecret } = await world.client();
    const { credentials } = leaks.ports();
    const slow: LeaksPorts['credentials'] = {
      ...credentials,
      async *named() {
        for (;;) {
          world.clock.advance(6 * SECOND);
          yield [];
        }
      },
    };
    const { body } = await report({ secret: clientSecret }, { credentials: slow });
    expect(body).toMatchObject({ outcome: 'unfinished', detail: expect.stringContaining('client_id') });
    const named = await report({ secret: clientSecret, client_id: clientId }, { credentials: slow });
    expect(named.body.outcome).toBe('revoked');
  });

  it('a refresh token ends its session, also one that was replaced before, and every access token of it', async () => {
    const service = await aService(world, { scopes: ['read:products'] });
    const next = await world.token(refreshingAs({ 'x-api-key': service.apiKey }, service.refreshToken));
    const { accessToken, refreshToken } = tokensOf(next);
    world.clock.advance(MINUTE);
    const { body } = await report({ secret: service.refreshToken });
    expect(body).toMatchObject({
      ...{ kind: 'refresh_token', outcome: 'revoked', was: 'active', client_id: service.clientId },
      ...{ txn: txnOf(accessToken), report: { tokens: 2 } },
    });
    expect((await leaks.use(accessToken)).statusCode).toBe(401);
    const refused = await world.token(refreshingAs({ 'x-api-key': service.apiKey }, refreshToken));
    expect(refused.statusCode).toBe(400);
    expect((await report({ secret: refreshToken })).body).toMatchObject({
      outcome: 'already_revoked',
      was: 'revoked',
    });
    expect(await leaks.logsIn(service.apiKey)).toBe(true);
  });

  it('an access token is revoked alone', async () => {
    const { apiKey, token } = await world.holder();
    await leaks.use(token);
    const { body } = await report({ secret: token });
    expect(body).toMatchObject({
      ...{ kind: 'access_token', outcome: 'revoked', was: 'active', jti: jtiOf(token) },
      report: { tokens: 1, calls: 2, href: `/admin/usage/tokens/${jtiOf(token)}` },
    });
    expect((await leaks.use(token)).statusCode).toBe(401);
    expect(await leaks.logsIn(apiKey)).toBe(true);
    world.clock.advance(HOUR);
    expect((await report({ secret: token })).body).toMatchObject({
      outcome: 'already_revoked',
      was: 'expired',
    });
  });
});
