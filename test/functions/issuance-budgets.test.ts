/** What budgets leave of tokens, at every door: over the tables of the token service. */
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BudgetLimits, BudgetOf, Spending } from '../../lambdas/domain/ledger/budget.ts';
import { budgetRegistry, spendingWriter } from '../../lambdas/store/budgets.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { createHandedOver, type HandedOver, tokenIn } from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { aUser, familyOf, refreshing, tokensOf } from '../support/sessions.ts';
import { asking, basic, bodyOf, form, TOKEN_LIFETIME } from '../support/token-service.ts';

let world: HandedOver;
const output = captureOutput();
beforeAll(async () => {
  world = await createHandedOver();
});
afterEach(() => world.restore());
afterAll(() => world.close());

const client = (id: string): BudgetOf => ({ kind: 'client', id });
const figures = (changes: Partial<Spending> = {}): Spending => ({
  at: NOW,
  day: { date: '2026-11-22', cost: 0 },
  month: { month: '2026-11', cost: 0 },
  recent: 0,
  ...changes,
});
/** A client's or tenant's budget, and what a run of the closing said of it. */
async function budget(of: BudgetOf, limits: BudgetLimits, spending?: Spending) {
  const ledger = { client: world.ledgerTable.client, table: world.ledgerTable.name };
  await budgetRegistry(ledger).set(of, limits);
  if (spending !== undefined) await spendingWriter(ledger).put(of, spending, 1);
  world.takeOperations();
}
const spent = (cost: number) => ({ day: { date: '2026-11-22', cost } });

/** One dollar an hour: a quarter in the window. */
const DOLLAR_AN_HOUR = 250_000;

describe('a token', () => {
  it('lives as long as ever without a budget, and under one of which nothing was spent of late', async () => {
    const { clientId, apiKey } = await world.client();
    const ask = async () => bodyOf(await world.login({ headers: { 'x-api-key': apiKey } })).expires_in;
    expect(await ask()).toBe(TOKEN_LIFETIME);
    await budget(client(clientId), { day: 1 });
    expect(await ask()).toBe(TOKEN_LIFETIME);
    await budget(client(clientId), { day: 1_000_000 }, figures(spent(900_000)));
    expect(await ask()).toBe(TOKEN_LIFETIME);
  });

  it('lives as long as what is left lasts at the recent rate: 10 minutes, less by the age of the figures', async () => {
    const { clientId, apiKey, clientSecret } = await world.client({ tokenLifetime: 3600 });
    const sixth = 1_000_000 - Math.floor(1_000_000 / 6);
    await budget(client(clientId), { day: 1_000_000 }, figures({ ...spent(sixth), recent: DOLLAR_AN_HOUR }));
    const answer = await world.login({ headers: { 'x-api-key': apiKey } });
    const { exp = 0, iat = 0 } = decodeJwt(tokenIn(answer));
    expect([bodyOf(answer).expires_in, exp - iat]).toEqual([599, 599]);
    world.clock.advance(4 * MINUTE);
    const later = await world.token(
      form(basic(clientId, clientSecret), { grant_type: 'client_credentials' }),
    );
    expect(bodyOf(later).expires_in).toBe(359);
    expect(bodyOf(await world.login(asking(apiKey, { expiresIn: 60 }))).expires_in).toBe(60);
  });

  it('is bounded by the tenant’s budget as well, and by the month’s', async () => {
    const { apiKey } = await world.client({ tenant: 'acme' });
    const month = { month: { month: '2026-11', cost: 900_000 } };
    await budget(
      { kind: 'tenant', id: 'acme' },
      { day: 1_000_000, month: 1_000_000 },
      figures({ ...month, recent: 400_000 }),
    );
    expect(bodyOf(await world.login({ headers: { 'x-api-key': apiKey } })).expires_in).toBe(225);
  });

  it('costs one read more, of both budgets', async () => {
    const { apiKey } = await world.client({ tenant: 'acme' });
    world.takeOperations();
    const send = vi.spyOn(world.ledgerTable.client, 'send');
    await world.login({ headers: { 'x-api-key': apiKey } });
    expect(world.ledgerTable.takeOperations()).toEqual(['BatchGetItem', 'BatchWriteItem']);
    const [read] = send.mock.calls.map(([{ input }]) => JSON.stringify(input));
    expect(read).toContain('"ConsistentRead":true');
    expect(read?.match(/"pk":"BUDGETS"/g)).toHaveLength(2);
  });
});

describe('429 budget_exhausted', () => {
  it('once all is spent, until the next day begins; amounts are nobody’s business but the operators’', async () => {
    const { clientId, apiKey } = await world.client();
    await budget(client(clientId), { day: 777_001 }, figures(spent(777_001)));
    const before = await world.ledgerTable.items();
    world.takeOperations();
    const refused = await world.login({ headers: { 'x-api-key': apiKey } });
    expect(refused).toMatchObject({
      statusCode: 429,
      headers: { 'retry-after': String((12 * HOUR) / SECOND), 'cache-control': 'no-store' },
    });
    expect(bodyOf(refused)).toEqual({
      error: 'budget_exhausted',
      error_description:
        "this client's budget for the day is exhausted; the next day begins at 2026-11-23T00:00:00Z",
    });
    expect(world.takeOperations()).toEqual(['BatchGetItem', 'BatchGetItem']);
    expect(await world.ledgerTable.items()).toHaveLength(before.length);
    expect(output.lines().filter((line) => line.BudgetExhausted === 1)).toHaveLength(1);
    expect(output.lines()).toContainEqual(
      expect.objectContaining({
        ...{ message: 'token refused', status: 429, code: 'budget_exhausted', clientId },
        reason: "the day's budget of the client is exhausted",
      }),
    );
    world.clock.advance(12 * HOUR);
    expect((await world.login({ headers: { 'x-api-key': apiKey } })).statusCode).toBe(200);
  });

  it('says the month where that is what forbids it longest', async () => {
    const { apiKey } = await world.client({ tenant: 'initech' });
    const month = { month: { month: '2026-11', cost: 6 } };
    await budget({ kind: 'tenant', id: 'initech' }, { day: 5, month: 5 }, figures({ ...spent(6), ...month }));
    const refused = await world.login({ headers: { 'x-api-key': apiKey } });
    expect(refused.headers?.['retry-after']).toBe(String((8.5 * DAY) / SECOND));
    expect(bodyOf(refused).error_description).toBe(
      "this tenant's budget for the month is exhausted; the next month begins at 2026-12-01T00:00:00Z",
    );
  });

  it('from the start, where nothing may be spent at all', async () => {
    const { clientId, apiKey } = await world.client();
    await budget(client(clientId), { month: 0 });
    expect((await world.login({ headers: { 'x-api-key': apiKey } })).statusCode).toBe(429);
  });

  it('until the next figures, where it is only their age that says so', async () => {
    const { clientId, apiKey } = await world.client();
    const almost = figures({ ...spent(900_000), recent: DOLLAR_AN_HOUR });
    await budget(client(clientId), { day: 1_000_000 }, almost);
    world.clock.advance(10 * MINUTE);
    const refused = await world.login({ headers: { 'x-api-key': apiKey } });
    expect([refused.statusCode, refused.headers?.['retry-after']]).toEqual([429, '300']);
  });

  it('to a refresh, which uses nothing up: the same token is good afterwards', async () => {
    const user = await aUser(world);
    await budget(client(user.clientId), { day: 5 }, figures(spent(5)));
    const before = await familyOf(world, user);
    expect(await world.token(refreshing(user))).toMatchObject({ statusCode: 429 });
    expect(await familyOf(world, user)).toEqual(before);
    await budget(client(user.clientId), { day: 6 });
    expect(tokensOf(await world.token(refreshing(user))).refreshToken).not.toBe(user.refreshToken);
  });

  it('to a login that would begin a session: there is none', async () => {
    const { clientId, password } = await world.client({ kind: 'user' });
    await budget(client(clientId), { day: 0 });
    await world.login({ headers: basic(clientId, password) });
    const sessions = (await world.directoryTable.items()).filter(
      (item) => item.clientId === clientId && item.lookup,
    );
    expect(sessions).toEqual([]);
  });

  it('to an exchange, by the budget of the client that asks, and of the tenant of the token', async () => {
    const [poor, rich] = await Promise.all([world.actor(), world.actor()]);
    const alice = await world.user();
    const carol = await world.user({ tenant: 'hooli' });
    await budget(client(poor.clientId), { day: 0 });
    await budget(client(alice.clientId), { day: 0 });
    const exchange = async (apiKey: string, subject_token: string) =>
      (await world.exchange(apiKey, { subject_token })).statusCode;
    expect(await exchange(poor.apiKey, alice.token)).toBe(429);
    expect(await exchange(rich.apiKey, alice.token)).toBe(200);
    await budget({ kind: 'tenant', id: 'hooli' }, { day: 0 });
    const ofHooli = await world.actor({ tenant: 'hooli' });
    expect(await exchange(ofHooli.apiKey, carol.token)).toBe(429);
  });

  it('to an assertion, which is as unused as before', async () => {
    const { clientId } = await world.client({
      grantTypes: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
      scopes: ['read:products', 'read:usage'],
    });
    await world.trust(clientId);
    const assertion = await world.partnerToken();
    await budget(client(clientId), { day: 0 });
    expect((await world.assert(assertion)).statusCode).toBe(429);
    await budget(client(clientId), { day: 1 });
    expect((await world.assert(assertion)).statusCode).toBe(200);
  });
});

describe('503: nobody is given what nobody can vouch for', () => {
  it.each(['throttled', 'failing', 'denied', 'unprocessed'] as const)(
    'while budgets are %s',
    async (fault) => {
      const { apiKey } = await world.client();
      world.state.behindDoors = true;
      world.ledgerDoor.misbehave((operation) => (operation === 'BatchGetItem' ? fault : undefined));
      const refused = await world.login({ headers: { 'x-api-key': apiKey } });
      expect(refused).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
      expect(bodyOf(refused)).toEqual({
        error: 'temporarily_unavailable',
        error_description: 'please try again',
      });
    },
  );
});
