import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../lambdas/domain/client.ts';
import { TOKEN_EXCHANGE } from '../../lambdas/domain/grant-type.ts';
import { MINUTE } from '../support/clock.ts';
import {
  ACCESS_TOKEN,
  createHandedOver,
  type HandedOver,
  ID_TOKEN,
  PARTNER,
  START,
  tokenIn,
} from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { AUDIENCE, basic, bodyOf, form, ISSUER } from '../support/token-service.ts';

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
