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
  PARTNER,
  START,
  tokenIn,
} from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { AUDIENCE, basic, bodyOf, form, ISSUER, KID } from '../support/token-service.ts';

let world: HandedOver;
const output = captureOutput();

beforeAll(async () => {
  world = await createHandedOver();
});
afterAll(() => world.close());
beforeEach(() => {
  world.takeOperations();
});

const actor = (changes?: Partial<Client>) => world.actor(changes);
const user = (changes?: Partial<Client>, request?: Record<string, unknown>) => world.user(changes, request);

const errorOf = (response: Awaited<ReturnType<HandedOver['exchange']>>) => ({
  status: response.statusCode,
  error: bodyOf(response).error,
});
const reasons = () =>
  output.lines().flatMap(({ message, reason }) => (message === 'grant refused' ? [reason] : []));
const INVALID = { status: 400, error: 'invalid_request' };

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
    expect(world.takeOperations()).toEqual(['BatchGetItem', 'GetItem', 'BatchWriteItem']);
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

  it('costs two reads and a write: the client, what is revoked, and the ledger', async () => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    world.takeOperations();
    await world.exchange(shop.apiKey, { subject_token: alice.token });
    expect(world.directoryTable.takeOperations()).toEqual(['BatchGetItem']);
    expect(world.ledgerTable.takeOperations()).toEqual(['BatchGetItem', 'BatchWriteItem']);
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

describe('400 invalid_request', () => {
  it.each([
    ['no subject_token', { subject_token: '' }],
    ['no subject_token_type', { subject_token_type: '' }],
    ['a type that is not supported', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
    ['a refresh token', { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['a requested type that is not issued', { requested_token_type: ID_TOKEN }],
    ['an actor_token without its type', { actor_token: 'x' }],
    ['an actor_token_type without its token', { actor_token_type: ACCESS_TOKEN }],
    ['an actor_token at all', { actor_token: 'x', actor_token_type: ACCESS_TOKEN }],
    ['a token of ours that is said to be an ID token', { subject_token_type: ID_TOKEN }],
  ])('for %s', async (_, parameters) => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    expect(errorOf(await world.exchange(shop.apiKey, { subject_token: alice.token, ...parameters }))).toEqual(
      INVALID,
    );
    expect(world.ledgerTable.takeOperations()).toEqual([]);
  });

  it('for a subject token that is no token, and nothing of it gets into the log', async () => {
    const shop = await actor();
    for (const subject of ['x', 'a.b.c', 'secret-looking-text', `${'e30.'.repeat(2)}e30`]) {
      expect(errorOf(await world.exchange(shop.apiKey, { subject_token: subject }))).toEqual(INVALID);
    }
    expect(output.text()).not.toContain('secret-looking-text');
    expect(reasons()).toContain('no JWT');
  });

  it('for one whose signature is not ours, whose time is over, or that was revoked', async () => {
    const [alice, shop] = await Promise.all([user({}, { expiresIn: 60 }), actor()]);
    const [head, , signature] = alice.token.split('.');
    const claims = { ...decodeJwt(alice.token), scope: 'read:users' };
    const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    expect(errorOf(await world.exchange(shop.apiKey, { subject_token: forged }))).toEqual(INVALID);

    world.clock.advance(MINUTE);
    expect(errorOf(await world.exchange(shop.apiKey, { subject_token: alice.token }))).toEqual(INVALID);
    world.clock.advance(-MINUTE);

    expect((await world.exchange(shop.apiKey, { subject_token: alice.token })).statusCode).toBe(200);
    await world.revoke(form({ 'x-api-key': alice.apiKey }, { token: alice.token }));
    expect(errorOf(await world.exchange(shop.apiKey, { subject_token: alice.token }))).toEqual(INVALID);
    expect(reasons()).toEqual(Array(3).fill('ours, but not active'));
    expect(output.text()).not.toContain(alice.token.split('.')[2]);
  });

  it('for one with less than a second to live', async () => {
    const [alice, shop] = await Promise.all([user({}, { expiresIn: 60 }), actor()]);
    world.clock.advance(MINUTE - 999);
    expect(errorOf(await world.exchange(shop.apiKey, { subject_token: alice.token }))).toEqual(INVALID);
    world.clock.advance(-MINUTE + 999);
  });

  it('for a subject of another tenant, or of none, where the client has one', async () => {
    const shop = await actor({ tenant: 'acme' });
    const [other, none, same] = await Promise.all([
      user({ tenant: 'zeta' }),
      user(),
      user({ tenant: 'acme' }),
    ]);
    expect(errorOf(await world.exchange(shop.apiKey, { subject_token: other.token }))).toEqual(INVALID);
    expect(errorOf(await world.exchange(shop.apiKey, { subject_token: none.token }))).toEqual(INVALID);
    const allowed = await world.exchange(shop.apiKey, { subject_token: same.token });
    expect(decodeJwt(tokenIn(allowed)).tenant).toBe('acme');
  });

  it('for a token that was handed on four times', async () => {
    let { token } = await user();
    for (let times = 0; times < 4; times++) {
      const { apiKey } = await actor();
      token = tokenIn(await world.exchange(apiKey, { subject_token: token }));
      expect((await world.use(token)).status).toBe(200);
    }
    const { apiKey } = await actor();
    expect(errorOf(await world.exchange(apiKey, { subject_token: token }))).toEqual(INVALID);
  });

  it.each([
    ['an unknown issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: 'https://other.example' }],
    ['a token that is over', { exp: START - 1 }],
    ['what no mapping matches', { repository: 'zeta/shop' }],
    ['a subject that would be too long', { repository: `acme/${'x'.repeat(2000)}` }],
  ])('for a token of a trusted issuer: %s', async (_, claims) => {
    const shop = await actor();
    await world.trust(shop.clientId);
    const subject = await world.partnerToken(claims);
    expect(errorOf(await world.exchange(shop.apiKey, { subject_token: subject }))).toEqual(INVALID);
    expect(output.text()).not.toContain(subject.split('.')[2]);
  });

  it('for a token of a trusted issuer that is mapped to another client', async () => {
    const [shop, depot] = await Promise.all([actor(), actor()]);
    await world.trust(shop.clientId);
    const parameters = { subject_token: await world.partnerToken() };
    expect(errorOf(await world.exchange(depot.apiKey, parameters))).toEqual(INVALID);
    expect(output.lines()).toContainEqual(
      expect.objectContaining({ issuer: PARTNER, clientId: depot.clientId }),
    );
  });

  it('for a parameter that stands there twice, be it one of which RFC 8693 allows several', async () => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    const body = `grant_type=${TOKEN_EXCHANGE}&subject_token=${alice.token}&subject_token_type=${ACCESS_TOKEN}`;
    const twice = form({ 'x-api-key': shop.apiKey }, `${body}&audience=${AUDIENCE}&audience=${AUDIENCE}`);
    expect(errorOf(await world.token(twice))).toEqual(INVALID);
  });
});

describe('400 invalid_target, invalid_scope, unauthorized_client', () => {
  it.each([
    ['another audience', { audience: 'https://other.example' }],
    ['another resource', { resource: `${ISSUER}.evil.example` }],
    ['one of ours and one of others', { audience: AUDIENCE, resource: 'https://other.example' }],
  ])('invalid_target for %s', async (_, parameters) => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    const answer = await world.exchange(shop.apiKey, { subject_token: alice.token, ...parameters });
    expect(errorOf(answer)).toEqual({ status: 400, error: 'invalid_target' });
  });

  it.each([
    ['the client has not', 'write:products'],
    ['the subject has not', 'read:usage'],
    ['nobody has', 'read:users'],
    ['is malformed', 'read:products  read:products'],
  ])('invalid_scope for one that %s, and the log does not repeat it', async (_, scope) => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    const answer = await world.exchange(shop.apiKey, { subject_token: alice.token, scope });
    expect(errorOf(answer)).toEqual({ status: 400, error: 'invalid_scope' });
    expect(output.text()).not.toContain(scope);
  });

  it('unauthorized_client for one that may not exchange, before its token is looked at', async () => {
    const [alice, reader] = await Promise.all([user(), world.client()]);
    const answer = await world.exchange(reader.apiKey, { subject_token: alice.token });
    expect(errorOf(answer)).toEqual({ status: 400, error: 'unauthorized_client' });
    expect(world.ledgerTable.takeOperations()).toEqual([]);
  });
});

describe('401 and 503', () => {
  it('401 without client authentication, and with a wrong secret', async () => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    const parameters = {
      grant_type: TOKEN_EXCHANGE,
      subject_token: alice.token,
      subject_token_type: ACCESS_TOKEN,
    };
    expect(errorOf(await world.token(form({}, parameters))).status).toBe(401);
    const wrong = basic(shop.clientId, `${shop.clientSecret}x`);
    expect(errorOf(await world.token(form(wrong, parameters))).status).toBe(401);
  });

  it('503 where it cannot be found out whether the subject token was revoked', async () => {
    const [alice, shop] = await Promise.all([user(), actor()]);
    world.state.behindDoors = true;
    world.ledgerDoor.misbehave((operation) => (operation === 'BatchGetItem' ? 'failing' : undefined));
    const answer = await world.exchange(shop.apiKey, { subject_token: alice.token });
    world.state.behindDoors = false;
    world.ledgerDoor.misbehave(() => undefined);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers).toMatchObject({ 'retry-after': '1' });
  });
});
