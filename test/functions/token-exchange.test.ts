import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../lambdas/domain/client.ts';
import { TOKEN_EXCHANGE } from '../../lambdas/domain/grant-type.ts';
import { parseLineage } from '../../lambdas/domain/lineage.ts';
import { MINUTE } from '../support/clock.ts';
import {
  ACCESS_TOKEN,
  createHandedOver,
  type HandedOver,
  ID_TOKEN,
  JWT,
  START,
  tokenIn,
} from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { AUDIENCE, bodyOf, form, ISSUER, KID } from '../support/token-service.ts';

let world: HandedOver;
captureOutput();

beforeAll(async () => {
  world = await createHandedOver();
});
afterAll(() => world.close());
beforeEach(() => {
  world.takeOperations();
});

const actor = (changes?: Partial<Client>) => world.actor(changes);
const user = (changes?: Partial<Client>, request?: Record<string, unknown>) => world.user(changes, request);

describe('200', () => {
  it('a token about the subject, for the client that acts, with what both may', async () => {
    const [alice, shop] = await Promise.all([
      user({ tenant: 'acme' }, { claims: { userID: '42' } }),
      actor(),
    ]);
    const answer = await world.exchange(shop.apiKey, { subject_token: alice.token });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    expect(bodyOf(answer)).toEqual({
      access_token: expect.any(String),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'read:products',
      transaction_id: decodeJwt(alice.token).txn,
    });
    const parent = decodeJwt(alice.token);
    const claims = decodeJwt(tokenIn(answer));
    expect(claims).toMatchObject({
      ...{ sub: alice.clientId, client_id: shop.clientId, credential_id: 'apikey00', tenant: 'acme' },
      ...{ scope: 'read:products', txn: parent.txn, exp: parent.exp, aud: AUDIENCE, iss: ISSUER },
      ...{ act: { sub: shop.clientId }, userID: '42' },
    });
    expect(claims.jti).not.toBe(parent.jti);
    expect(parseLineage(String(claims.lineage))).toEqual([
      { kind: 'token', id: parent.jti },
      { kind: 'client', id: alice.clientId, issuedAt: START },
      { kind: 'subject', id: alice.clientId, issuedAt: START },
      { kind: 'credential', id: `${alice.clientId}/apikey00`, issuedAt: START },
      { kind: 'key', id: KID, issuedAt: START },
      { kind: 'tenant', id: 'acme', issuedAt: START },
      // Her session's: when that ends, so does this.
      ...(parseLineage(String(parent.lineage)) ?? []),
    ]);
    expect(parent.lineage).toMatch(/^token:[\w-]+$/);
  });

  it('is let in by the guard, which tells the handler who acts', async () => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: alice.token }));
    const { status, caller } = await world.use(child);
    expect(status).toBe(200);
    expect(caller).toMatchObject({
      sub: alice.clientId,
      clientId: shop.clientId,
      act: { sub: shop.clientId },
    });
  });

  it('tells the chain of those who acted, the last one first', async () => {
    const [alice, shop, depot] = await Promise.all([user(), actor(), actor()]);
    const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: alice.token }));
    const grandchild = tokenIn(await world.exchange(depot.apiKey, { subject_token: child }));
    expect(decodeJwt(grandchild)).toMatchObject({
      sub: alice.clientId,
      act: { sub: depot.clientId, act: { sub: shop.clientId } },
    });
    expect((await world.use(grandchild)).status).toBe(200);
  });

  it('names no actor where a client narrows a token of its own', async () => {
    const shop = await actor({ grantTypes: [TOKEN_EXCHANGE, 'client_credentials'] });
    const own = tokenIn(
      await world.token(form({ 'x-api-key': shop.apiKey }, { grant_type: 'client_credentials' })),
    );
    const narrow = await world.exchange(shop.apiKey, { subject_token: own, scope: 'read:usage' });
    const claims = decodeJwt(tokenIn(narrow));
    expect(claims).toMatchObject({ sub: shop.clientId, scope: 'read:usage' });
    expect(claims).not.toHaveProperty('act');
  });

  it('takes a token of a trusted issuer that is mapped to the client', async () => {
    const shop = await actor();
    await world.trust(shop.clientId, {
      scopes: ['read:products', 'read:users'],
      claims: { repo: '{repository}' },
    });
    world.takeOperations();
    const parameters = { subject_token: await world.partnerToken(), subject_token_type: ID_TOKEN };
    const answer = await world.exchange(shop.apiKey, parameters);
    expect(decodeJwt(tokenIn(answer))).toMatchObject({
      ...{ sub: 'partner:acme/shop', client_id: shop.clientId, credential_id: 'apikey00' },
      ...{ scope: 'read:products', repo: 'acme/shop', act: { sub: shop.clientId }, exp: START + 300 },
    });
    expect(world.takeOperations()).toEqual(['BatchGetItem', 'GetItem', 'BatchGetItem', 'BatchWriteItem']);
    // Not an assertion: it is not used up, because the client has authenticated.
    expect((await world.exchange(shop.apiKey, parameters)).statusCode).toBe(200);
  });

  it.each([
    ['the audience', { audience: AUDIENCE }],
    ['the issuer as audience', { audience: ISSUER }],
    ['the API’s address as resource', { resource: `${ISSUER}/` }],
    ['an access token', { requested_token_type: ACCESS_TOKEN }],
    ['parameters without a value', { actor_token: '', actor_token_type: '', scope: '', resource: '' }],
    ['a subject token that is said to be a JWT', { subject_token_type: JWT }],
  ])('takes %s', async (_, parameters) => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    const answer = await world.exchange(shop.apiKey, { subject_token: alice.token, ...parameters });
    expect(bodyOf(answer)).toMatchObject({ issued_token_type: ACCESS_TOKEN });
  });

  it('says that it issued a JWT where one was asked for', async () => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    const parameters = { subject_token: alice.token, requested_token_type: JWT };
    expect(bodyOf(await world.exchange(shop.apiKey, parameters))).toMatchObject({ issued_token_type: JWT });
  });

  it('lives no longer than what the subject token has left', async () => {
    const [alice, shop] = await Promise.all([user({}, { expiresIn: 61 }), actor({ tokenLifetime: 3600 })]);
    world.clock.advance(MINUTE);
    const answer = await world.exchange(shop.apiKey, { subject_token: alice.token });
    expect(bodyOf(answer)).toMatchObject({ expires_in: 1 });
    expect(decodeJwt(tokenIn(answer)).exp).toBe(decodeJwt(alice.token).exp);
    world.clock.advance(-MINUTE);
  });

  it('costs three reads and a write: the client, what is revoked, the budgets, and the ledger', async () => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    world.takeOperations();
    await world.exchange(shop.apiKey, { subject_token: alice.token });
    expect(world.directoryTable.takeOperations()).toEqual(['BatchGetItem']);
    expect(world.ledgerTable.takeOperations()).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchWriteItem']);
  });

  it('leaves in the ledger what it was exchanged from', async () => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    const child = decodeJwt(tokenIn(await world.exchange(shop.apiKey, { subject_token: alice.token })));
    const items = await world.ledgerTable.items();
    expect(items.find(({ pk }) => pk === `TOKEN#${child.jti}`)).toMatchObject({
      ...{ clientId: shop.clientId, sub: alice.clientId, grantType: TOKEN_EXCHANGE },
      origin: { kind: 'exchanged', jti: decodeJwt(alice.token).jti },
    });
  });
});
