import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_EXCHANGE } from '../../lambdas/domain/grant-type.ts';
import { revocation } from '../../lambdas/domain/revocation.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { json } from '../../lambdas/http/respond.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { PARTNER, tokenIn } from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { aUser, refreshing, tokensOf } from '../support/sessions.ts';
import { asking, bodyOf, form, KID, LOGIN_PRICE } from '../support/token-service.ts';
import { createTraced, jtiOf, TOKEN, type Traced, txnOf } from '../support/traced.ts';

let world: Traced;
captureOutput();

beforeAll(async () => {
  world = await createTraced();
});
afterEach(() => world.restore());
afterAll(() => world.close());

const PRODUCT = 'GET /products/{name}';
type Body = Record<string, never> & { calls: Record<string, unknown>[]; total: Record<string, unknown> };
const shown = (answer: Response): Body => {
  expect([answer.statusCode, answer.body]).toEqual([200, answer.body]);
  return bodyOf(answer) as Body;
};
const lineageOf = async (asker: string, token: string, query?: Record<string, string>) =>
  shown(await world.ask(TOKEN, asker, jtiOf(token), query));
const revokeToken = (apiKey: string, token: string) => world.revoke(form({ 'x-api-key': apiKey }, { token }));
const times = async (count: number, act: () => Promise<unknown>) => {
  for (let done = 0; done < count; done += 1) await act();
};

describe('200', () => {
  it('tells of a token by what it was issued, what it did and what that cost', async () => {
    const { clientId, token } = await world.holder({ tenant: 'acme' }, { requestId: 'login-1' });
    world.clock.advance(MINUTE);
    await world.call(PRODUCT, token, { requestId: 'bought', sourceIp: '198.51.100.9' });
    await world.call('POST /products', token, { requestId: 'refused' });
    await world.call(PRODUCT, token, { requestId: 'failed' }, async () => json(503, {}));
    const answer = await world.ask(TOKEN, token, jtiOf(token));
    expect(answer.headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    const common = { at: '2026-11-22T12:01:00.000Z', latency_ms: 0, source_ip: '203.0.113.7' };
    const nothing = { cost_micro_dollars: 0, cost: '0.000000' };
    expect(shown(answer)).toEqual({
      ...{ jti: jtiOf(token), sub: clientId, client_id: clientId, credential_id: 'apikey00' },
      ...{ tenant: 'acme', txn: txnOf(token) },
      issued: {
        ...{
          at: '2026-11-22T12:00:00.000Z',
          expires_at: '2026-11-22T12:15:00.000Z',
          source_ip: '203.0.113.7',
        },
        ...{ grant_type: 'login', scope: 'read:products read:usage', kid: KID },
      },
      origin: null,
      revoked: null,
      total: {
        ...{ calls: 4, errors: 1, refused: 1 },
        ...{ cost_micro_dollars: 150, cost: '0.000150', complete: true },
      },
      calls: [
        {
          ...{ ...common, at: '2026-11-22T12:00:00.000Z', route: 'POST /auth', request_id: 'login-1' },
          ...{ status: 200, outcome: 'admitted', cost_micro_dollars: LOGIN_PRICE, cost: '0.000100' },
        },
        {
          ...{ ...common, route: PRODUCT, request_id: 'bought', source_ip: '198.51.100.9' },
          ...{ status: 200, outcome: 'admitted', cost_micro_dollars: 50, cost: '0.000050' },
        },
        {
          ...{
            ...common,
            ...nothing,
            route: PRODUCT,
            request_id: 'failed',
            status: 503,
            outcome: 'admitted',
          },
        },
        {
          ...{ ...common, ...nothing, route: 'POST /products', request_id: 'refused' },
          ...{ status: 403, outcome: 'refused' },
        },
      ],
      links: {
        credential: `/usage/credentials/apikey00?client=${clientId}`,
        transaction: `/usage/transactions/${txnOf(token)}`,
      },
    });
  });

  it('reads the token, its revocations, and the hours of its life that have been, eight queries each', async () => {
    const { token } = await world.holder();
    world.clock.advance(10 * MINUTE);
    const read = async () => {
      world.takeOperations();
      await world.ask(TOKEN, token, jtiOf(token));
      return world.takeOperations().sort();
    };
    const twoHours = ['BatchGetItem', 'GetItem', ...Array.from({ length: 16 }, () => 'Query')];
    // Issued on the hour: a clock may be slow.
    expect(await read()).toEqual(twoHours);
    world.clock.advance(DAY);
    expect(await read()).toEqual(twoHours);
  });

  it('is for its client, its subject, and whoever may see everything', async () => {
    const alice = await world.holder({ kind: 'user' });
    const shop = await world.actor({ grantTypes: ['client_credentials', TOKEN_EXCHANGE] });
    const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: alice.token }));
    const auditor = await world.holder({ scopes: ['read:usage:all'] });
    const shops = tokenIn(await world.login(asking(shop.apiKey, {})));
    for (const asker of [alice.token, child, shops, auditor.token]) {
      expect(await lineageOf(asker, child)).toMatchObject({ sub: alice.clientId, client_id: shop.clientId });
    }
  });

  describe('says what a token came of:', () => {
    it('another one, that was exchanged', async () => {
      const [alice, shop] = [await world.holder(), await world.actor()];
      const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: alice.token }));
      const parent = jtiOf(alice.token);
      expect(await lineageOf(alice.token, child)).toMatchObject({
        origin: { kind: 'exchanged', jti: parent, href: `/usage/tokens/${parent}` },
        issued: { grant_type: TOKEN_EXCHANGE },
        txn: txnOf(alice.token),
        calls: [{ route: 'POST /oauth2/token' }],
      });
    });

    it('a session, that was refreshed', async () => {
      const user = await aUser(world, { scopes: ['read:usage'] });
      const next = tokensOf(await world.token(refreshing(user))).accessToken;
      const session = /^token:(\S+)/.exec(String(decodeJwt(next).lineage))?.[1];
      expect(await lineageOf(next, next)).toMatchObject({
        origin: { kind: 'refreshed', session },
        issued: { grant_type: 'refresh_token' },
      });
    });

    it('a trusted issuer’s', async () => {
      const { clientId } = await world.client({
        ...{ scopes: ['read:usage'], grantTypes: ['urn:ietf:params:oauth:grant-type:jwt-bearer'] },
      });
      await world.trust(clientId);
      const token = tokenIn(await world.assert(await world.partnerToken({ jti: 'theirs' })));
      expect(await lineageOf(token, token)).toMatchObject({
        origin: { kind: 'federated', issuer: PARTNER, subject: 'repo:acme/shop', jti: 'theirs' },
        // Twice: the gateway decodes a path before it looks for slashes.
        links: {
          credential: `/usage/credentials/https%253A%252F%252Flogin.partner.example?client=${clientId}`,
        },
      });
    });
  });

  describe('says when, why and by what a token was revoked:', () => {
    it('by its client, and what was tried with it afterwards', async () => {
      const { apiKey, token } = await world.holder();
      const asker = tokenIn(await world.login(asking(apiKey, {})));
      world.clock.advance(MINUTE);
      await revokeToken(apiKey, token);
      world.clock.advance(MINUTE);
      await revokeToken(apiKey, token);
      await world.call(PRODUCT, token);
      const target = { kind: 'token', id: jtiOf(token) };
      expect(await lineageOf(asker, token)).toMatchObject({
        revoked: { at: '2026-11-22T12:01:00.000Z', reason: 'client_request', target, inherited: false },
        calls: [{}, { status: 401, outcome: 'refused', cost_micro_dollars: 0 }],
        total: { calls: 2, refused: 1, cost_micro_dollars: LOGIN_PRICE },
      });
    });

    it('by what it was exchanged from', async () => {
      const [alice, shop] = [await world.holder(), await world.actor()];
      const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: alice.token }));
      await revokeToken(alice.apiKey, alice.token);
      const target = { kind: 'token', id: jtiOf(alice.token) };
      expect(await lineageOf(child, child)).toMatchObject({
        revoked: { reason: 'client_request', target, inherited: true },
      });
    });

    it.each([
      ['a refresh token that was used twice', 'refresh_reused', (user: { refreshToken: string }) => user],
      ['its client, that ended the session', 'client_request', undefined],
    ])('by %s', async (_, reason, reuse) => {
      const user = await aUser(world, { scopes: ['read:usage'] });
      const next = tokensOf(await world.token(refreshing(user)));
      world.clock.advance(MINUTE);
      if (reuse) await world.token(refreshing(user));
      else await world.revoke(form({}, { client_id: user.clientId, token: next.refreshToken }));
      world.clock.advance(MINUTE);
      // Another use of it finds a session that has ended, and that changes nothing.
      await world.token(refreshing({ ...user, ...next }));
      expect(await lineageOf(user.accessToken, next.accessToken)).toMatchObject({
        revoked: { at: '2026-11-22T12:01:00.000Z', reason, inherited: true },
      });
    });

    it.each(['client', 'subject', 'credential', 'key', 'tenant'] as const)('by its %s', async (kind) => {
      const { clientId, token } = await world.holder({ tenant: `of-${kind}` });
      const ids = { client: clientId, subject: clientId, credential: `${clientId}/apikey00` };
      const target = { kind, id: { ...ids, key: KID, tenant: `of-${kind}` }[kind] };
      const why = { revokedAt: NOW + MINUTE, reason: 'operator' } as const;
      await world.revocations().revoke(revocation(target, (NOW + MINUTE) / SECOND, why));
      expect(await lineageOf(token, token)).toMatchObject({
        revoked: { at: '2026-11-22T12:01:00.000Z', reason: 'operator', target, inherited: false },
      });
      const Key = { pk: `REVOKED#${kind}#${encodeURIComponent(target.id)}`, sk: 'REVOKED' };
      await world.ledgerTable.client.send(new DeleteCommand({ TableName: world.ledgerTable.name, Key }));
    });

    it('by nothing, where it was over by then', async () => {
      const { clientId, token } = await world.holder();
      world.clock.advance(HOUR);
      const why = { revokedAt: NOW + HOUR, reason: 'operator' } as const;
      const target = { kind: 'client', id: clientId } as const;
      await world.revocations().revoke(revocation(target, (NOW + HOUR) / SECOND, why));
      expect(await lineageOf(token, token)).toMatchObject({ revoked: null });
    });
  });

  describe('in pages', () => {
    it('has each call once, in the order of time, and the same total on every page', async () => {
      const { token } = await world.holder();
      await times(6, async () => {
        world.clock.advance(2 * MINUTE);
        await world.call(PRODUCT, token);
      });
      const whole = await lineageOf(token, token);
      expect(whole.calls).toHaveLength(7);
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: '3', ...(cursor !== undefined && { cursor }) };
        const answer = await world.ask(TOKEN, token, jtiOf(token), query);
        const page = shown(answer);
        expect(page.total).toEqual(whole.total);
        seen.push(...page.calls);
        cursor = page.next;
        const next = cursor && `<?${new URLSearchParams({ limit: '3', cursor })}>; rel="next"`;
        expect(answer.headers?.link).toBe(next);
      } while (cursor !== undefined);
      expect(seen).toEqual(whole.calls);
    });

    it('has no total of more than one request reads: the last page has that of all', async () => {
      const { token } = await world.holder();
      await times(4, () => world.call(PRODUCT, token));
      const limits = { calls: 3, hours: 9, tokens: 9 };
      const page = async (query: Record<string, string>) =>
        shown(await world.ask(TOKEN, token, jtiOf(token), query, limits));
      const first = await page({ limit: '2' });
      expect(first.total).toMatchObject({ calls: 3, complete: false });
      const second = await page({ limit: '2', cursor: String(first.next) });
      expect(second.total).toMatchObject({ calls: 5, complete: true });
      const last = await page({ limit: '2', cursor: String(second.next) });
      expect(last.total).toMatchObject({ calls: 5, cost_micro_dollars: 300, complete: true });
      expect(last).not.toHaveProperty('next');
    });
  });

  it('follows a token of a day through its hours', async () => {
    const client = await world.client({ tokenLifetime: DAY / SECOND });
    const token = tokenIn(await world.login(asking(client.apiKey, {})));
    for (const wait of [3 * HOUR, 10 * HOUR, 10 * HOUR + 59 * MINUTE]) {
      world.clock.advance(wait);
      await world.call(PRODUCT, token);
    }
    expect(await lineageOf(token, token)).toMatchObject({ total: { calls: 4 } });
  });

  describe('of a token that the ledger has no note of', () => {
    const unnoted = async () => {
      const holder = await world.holder();
      world.clock.advance(MINUTE);
      await world.call(PRODUCT, holder.token);
      const Key = { pk: `TOKEN#${jtiOf(holder.token)}`, sk: 'ISSUED' };
      await world.ledgerTable.client.send(new DeleteCommand({ TableName: world.ledgerTable.name, Key }));
      return holder;
    };

    it('tells what its calls tell', async () => {
      const { clientId, apiKey, token } = await unnoted();
      await revokeToken(apiKey, token);
      expect(await lineageOf(token, token)).toMatchObject({
        ...{ sub: clientId, client_id: clientId, credential_id: 'apikey00', txn: txnOf(token) },
        ...{ issued: null, origin: null, total: { calls: 2, cost_micro_dollars: 150 } },
        revoked: { reason: 'client_request' },
      });
    });

    it('needs to be told whose it is, where it is not the caller’s own', async () => {
      const { clientId, token } = await unnoted();
      const auditor = (await world.holder({ scopes: ['read:usage:all'] })).token;
      expect((await world.ask(TOKEN, auditor, jtiOf(token))).statusCode).toBe(404);
      const found = await lineageOf(auditor, token, { sub: clientId, limit: '1' });
      expect(found).toMatchObject({ sub: clientId, total: { calls: 2 } });
      const query = { sub: clientId, limit: '1', cursor: String(found.next) };
      expect(await lineageOf(auditor, token, query)).toMatchObject({ calls: [{ route: PRODUCT }] });
    });
  });
});
