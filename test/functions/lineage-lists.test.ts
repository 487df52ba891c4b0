import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_EXCHANGE } from '../../lambdas/domain/grant-type.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../support/clock.ts';
import { PARTNER, tokenIn } from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { asking, bodyOf } from '../support/token-service.ts';
import { CREDENTIAL, createTraced, jtiOf, TRANSACTION, type Traced, txnOf } from '../support/traced.ts';

let world: Traced;
/** A token with which everything can be seen. */
let seeing: Promise<string> | undefined;
const auditor = () => (seeing ??= world.holder({ scopes: ['read:usage:all'] }).then(({ token }) => token));
captureOutput();

beforeAll(async () => {
  world = await createTraced();
});
afterEach(() => world.restore());
afterAll(() => world.close());

const PRODUCT = 'GET /products/{name}';
const LIMITS = { calls: 10_000, hours: 250, tokens: 10_000 };

type Listed = { jti: string; total: Record<string, unknown> };
type Body = Record<string, unknown> & { tokens: Listed[]; total: Record<string, unknown>; next?: string };
function shown(answer: Response): Body {
  expect([answer.statusCode, answer.body]).toEqual([200, answer.body]);
  return bodyOf(answer) as Body;
}
const ofCredential = async (asker: string, query?: Record<string, string>, limits = LIMITS) =>
  shown(await world.ask(CREDENTIAL, asker, 'apikey00', query, limits));
const ofTransaction = async (asker: string, txn: string) => shown(await world.ask(TRANSACTION, asker, txn));
const ids = ({ tokens }: Body) => tokens.map(({ jti }) => jti);
/** All pages of a credential's tokens. */
async function allPages(asker: string, query: Record<string, string>, limits = LIMITS): Promise<Body[]> {
  const pages = [await ofCredential(asker, query, limits)];
  for (let cursor = pages[0]?.next; cursor !== undefined; cursor = pages.at(-1)?.next) {
    pages.push(await ofCredential(asker, { ...query, cursor }, limits));
  }
  return pages;
}

/** A client that has logged in so many times by its key, a minute after another, and called with each as often. */
async function busy(logins: number, calls: number) {
  const client = await world.holder();
  const tokens = [client.token];
  for (let login = 1; login < logins; login += 1) {
    world.clock.advance(MINUTE);
    tokens.push(tokenIn(await world.login(asking(client.apiKey, {}))));
  }
  for (const token of tokens) {
    for (let call = 0; call < calls; call += 1) await world.call(PRODUCT, token);
  }
  return { ...client, tokens, jtis: tokens.map(jtiOf).reverse() };
}

describe('GET /usage/credentials/{credentialId}', () => {
  it('200: the tokens of a key, the newest first, with what each did and what all cost', async () => {
    const { clientId, tokens, jtis } = await busy(2, 1);
    const body = await ofCredential(tokens[0] ?? '');
    const each = {
      calls: 2,
      errors: 0,
      refused: 0,
      cost_micro_dollars: 150,
      cost: '0.000150',
      complete: true,
    };
    expect(body).toEqual({
      ...{ client_id: clientId, credential_id: 'apikey00' },
      total: { ...each, tokens: 2, calls: 4, cost_micro_dollars: 300, cost: '0.000300' },
      tokens: [
        ['2026-11-22T12:01:00.000Z', '2026-11-22T12:16:00.000Z'],
        ['2026-11-22T12:00:00.000Z', '2026-11-22T12:15:00.000Z'],
      ].map(([issued_at, expires_at], index) => ({
        ...{ jti: jtis[index], sub: clientId, client_id: clientId, credential_id: 'apikey00' },
        ...{ grant_type: 'login', issued_at, expires_at, total: each, href: `/usage/tokens/${jtis[index]}` },
      })),
    });
  });

  it('200: of another credential of the caller, and of any client’s for whoever may see all', async () => {
    const { clientId, clientSecret, token } = await world.holder();
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const bySecret = tokenIn(await world.login({ headers: { authorization: `Basic ${basic}` } }));
    expect(ids(shown(await world.ask(CREDENTIAL, token, 'secret00')))).toEqual([jtiOf(bySecret)]);
    expect(ids(await ofCredential(await auditor(), { client: clientId }))).toEqual([jtiOf(token)]);
  });

  it('200: of an issuer, whose name has separators in it', async () => {
    const grantTypes = ['urn:ietf:params:oauth:grant-type:jwt-bearer'] as const;
    const { clientId } = await world.client({ scopes: ['read:usage'], grantTypes });
    await world.trust(clientId);
    const token = tokenIn(await world.assert(await world.partnerToken()));
    for (const id of [PARTNER, encodeURIComponent(PARTNER)]) {
      const body = shown(await world.ask(CREDENTIAL, token, id));
      expect(body).toMatchObject({ credential_id: PARTNER, tokens: [{ jti: jtiOf(token) }] });
    }
  });

  it('200: page by page, each token once, and the sums of all at the end', async () => {
    const { tokens, jtis } = await busy(5, 1);
    const pages = await allPages(tokens[0] ?? '', { limit: '2' });
    expect(pages.map((page) => page.tokens.length)).toEqual([2, 2, 1]);
    expect(pages.flatMap(ids)).toEqual(jtis);
    expect(pages.map(({ total }) => [total.tokens, total.cost_micro_dollars, total.complete])).toEqual([
      [2, 300, false],
      [4, 600, false],
      [5, 750, true],
    ]);
  });

  it.each([
    ['calls', { ...LIMITS, calls: 7 }, [2, 2]],
    ['hours', { ...LIMITS, hours: 4 }, [2, 2]],
    ['tokens', { ...LIMITS, tokens: 1 }, [1, 1, 1, 1]],
  ])('200: a page ends where enough %s were read, and nothing is lost', async (_, limits, lengths) => {
    const { tokens, jtis } = await busy(4, 2);
    const pages = await allPages(tokens[0] ?? '', {}, limits);
    expect(pages.map((page) => page.tokens.length)).toEqual(lengths);
    expect(pages.flatMap(ids)).toEqual(jtis);
    expect(pages.at(-1)?.total).toMatchObject({ tokens: 4, calls: 12, complete: true });
  });

  it('200: a token with more calls than are read at once says so, and so do all sums it is in', async () => {
    const { tokens } = await busy(2, 2);
    const pages = await allPages(tokens[0] ?? '', {}, { ...LIMITS, calls: 2 });
    expect(pages.map((page) => page.tokens.map(({ total }) => [total.calls, total.complete]))).toEqual([
      [[2, false]],
      [[2, false]],
    ]);
    expect(pages.at(-1)?.total).toMatchObject({ calls: 4, complete: false });
  });

  it('200: costs a query for the list, and eight for each hour of a token', async () => {
    const { tokens } = await busy(2, 0);
    // Until the tokens are over: the older one lived in the hour before by a slow clock, neither in the one after.
    world.clock.advance(DAY);
    world.takeOperations();
    await ofCredential(tokens[0] ?? '');
    expect(world.takeOperations()).toEqual(Array.from({ length: 1 + 2 * 16 }, () => 'Query'));
  });

  it('404: the same for one that never was used, for another client’s, and for what can be none', async () => {
    const [{ token }, other] = [await world.holder(), await world.holder()];
    const unknown = await world.ask(CREDENTIAL, token, 'never000');
    expect([unknown.statusCode, bodyOf(unknown).code]).toEqual([404, 'not_found']);
    const all = await auditor();
    world.takeOperations();
    expect(await world.ask(CREDENTIAL, token, 'apikey00', { client: other.clientId })).toEqual(unknown);
    for (const id of ['', '\ud800', 'x'.repeat(10_240), '#'.repeat(300)]) {
      expect(await world.ask(CREDENTIAL, token, id)).toEqual(unknown);
      expect(await world.ask(CREDENTIAL, all, 'apikey00', { client: id })).toEqual(unknown);
    }
    expect(world.takeOperations()).toEqual([]);
    for (const id of ['a#b', '%23', '%', 'a/b'])
      expect(await world.ask(CREDENTIAL, token, id)).toEqual(unknown);
  });

  it.each([
    ['invalid_limit', { limit: '101' }],
    ['invalid_cursor', { cursor: 'bm9uc2Vuc2U' }],
    ['unknown_parameter', { sub: 'alice' }],
  ])('400: %s', async (code, query) => {
    const answer = await world.ask(CREDENTIAL, await auditor(), 'apikey00', query);
    expect([answer.statusCode, bodyOf(answer).code]).toEqual([400, code]);
  });

  it('400: the cursor of another list', async () => {
    const { clientId, tokens } = await busy(2, 0);
    const { next = '' } = await ofCredential(tokens[0] ?? '', { limit: '1' });
    const answer = await world.ask(CREDENTIAL, await auditor(), 'secret00', {
      client: clientId,
      cursor: next,
    });
    expect(bodyOf(answer)).toMatchObject({ code: 'invalid_cursor' });
  });

  it('503: while the ledger is not read', async () => {
    const token = await auditor();
    world.state.behindDoors = true;
    world.ledgerDoor.misbehave(() => 'throttled');
    const answer = await world.ask(CREDENTIAL, token, 'apikey00');
    expect([answer.statusCode, bodyOf(answer).code]).toEqual([503, 'ledger_unavailable']);
  });
});

describe('GET /usage/transactions/{txn}', () => {
  /** Alice's token, what the shop made of it, and what the depot made of that. */
  async function handedOn() {
    const alice = await world.holder({ tokenLifetime: HOUR / SECOND });
    const next = async (subject_token: string) => {
      world.clock.advance(SECOND);
      const actor = await world.actor({ grantTypes: ['client_credentials', TOKEN_EXCHANGE] });
      const child = tokenIn(await world.exchange(actor.apiKey, { subject_token }));
      return { child, own: tokenIn(await world.login(asking(actor.apiKey, {}))) };
    };
    const shop = await next(alice.token);
    const depot = await next(shop.child);
    return { alice: alice.token, shop, depot, txn: txnOf(alice.token) };
  }

  it('200: all tokens of it, the newest first, for whose they are about; for others their own', async () => {
    const { alice, shop, depot, txn } = await handedOn();
    const all = [depot.child, shop.child, alice].map(jtiOf);
    expect(ids(await ofTransaction(alice, txn))).toEqual(all);
    expect(ids(await ofTransaction(await auditor(), txn))).toEqual(all);
    expect(ids(await ofTransaction(shop.own, txn))).toEqual([jtiOf(shop.child)]);
    expect(ids(await ofTransaction(depot.own, txn))).toEqual([jtiOf(depot.child)]);
    expect(await ofTransaction(alice, txn)).toMatchObject({
      ...{ txn, total: { tokens: 3, calls: 3, cost_micro_dollars: 300, complete: true } },
      tokens: [{ grant_type: TOKEN_EXCHANGE }, { grant_type: TOKEN_EXCHANGE }, { grant_type: 'login' }],
    });
  });

  it('404: the same for one that never was and for that of others', async () => {
    const [{ txn }, { token }] = [await handedOn(), await world.holder()];
    const unknown = await world.ask(TRANSACTION, token, 'never');
    expect([unknown.statusCode, bodyOf(unknown).code]).toEqual([404, 'not_found']);
    expect(await world.ask(TRANSACTION, token, txn)).toEqual(unknown);
    expect(await world.ask(TRANSACTION, token, `${txn}#`)).toEqual(unknown);
    expect(await world.ask(TRANSACTION, token, 'x'.repeat(10_240))).toEqual(unknown);
  });

  it('400: a parameter that it has not', async () => {
    const answer = await world.ask(TRANSACTION, await auditor(), 'any', { client: 'any' });
    expect(bodyOf(answer)).toMatchObject({ code: 'unknown_parameter' });
  });
});
