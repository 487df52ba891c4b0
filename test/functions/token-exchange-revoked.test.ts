/** What was exchanged ends with what it was exchanged from, by whatever that is revoked and whenever. */
import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signToken } from '../../lambdas/crypto/sign-token.ts';
import { credentialTarget, type RevocationTarget } from '../../lambdas/domain/revocation.ts';
import { SECOND } from '../support/clock.ts';
import { revoke } from '../support/guarded.ts';
import {
  asSent,
  createHandedOver,
  type HandedOver,
  PARTNER,
  START,
  tokenIn,
} from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { form } from '../support/token-service.ts';

let world: HandedOver;
captureOutput();

beforeAll(async () => {
  world = await createHandedOver();
});
afterAll(() => world.close());
afterEach(() => {
  world.hooks.afterRevocationsRead = async () => {};
});

describe('what was exchanged ends with what it was exchanged from', () => {
  const family = async () => {
    const [alice, shop, depot] = await Promise.all([
      world.user({ tenant: 'acme' }),
      world.actor(),
      world.actor(),
    ]);
    world.clock.advance(5 * SECOND);
    const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: alice.token }));
    world.clock.advance(5 * SECOND);
    const grandchild = tokenIn(await world.exchange(depot.apiKey, { subject_token: child }));
    world.clock.advance(-10 * SECOND);
    return { alice, shop, depot, child, grandchild };
  };
  const statuses = async (...tokens: string[]) =>
    Promise.all(tokens.map(async (token) => (await world.use(token)).status));

  it('on the very next call, when alice revokes her token', async () => {
    const { alice, child, grandchild } = await family();
    expect(await statuses(alice.token, child, grandchild)).toEqual([200, 200, 200]);
    await world.revoke(form({ 'x-api-key': alice.apiKey }, { token: alice.token }));
    expect(await statuses(alice.token, child, grandchild)).toEqual([401, 401, 401]);
  });

  it('and not the other way round: the parent outlives its child', async () => {
    const { alice, shop, child, grandchild } = await family();
    await world.revoke(form({ 'x-api-key': shop.apiKey }, { token: child }));
    expect(await statuses(alice.token, child, grandchild)).toEqual([200, 401, 401]);
  });

  it.each<[string, (of: Awaited<ReturnType<typeof family>>) => RevocationTarget]>([
    ['client', ({ alice }) => ({ kind: 'client', id: alice.clientId })],
    ['subject', ({ alice }) => ({ kind: 'subject', id: alice.clientId })],
    ['credential', ({ alice }) => ({ kind: 'credential', id: credentialTarget(alice.clientId, 'apikey00') })],
  ])('when all that the %s had by then is revoked, although both are newer', async (_, target) => {
    const of = await family();
    await revoke(world.ledgerTable, target(of), START);
    expect(await statuses(of.alice.token, of.child, of.grandchild)).toEqual([401, 401, 401]);
  });

  it('when the key that signed the parent is given up', async () => {
    const shop = await world.actor();
    const old = { kid: 'lost-key', key: world.privateKey };
    world.jwks.keys.push({
      ...(world.jwks.keys[0] as (typeof world.jwks.keys)[number]),
      kid: old.kid,
    } as never);
    const claims = { ...decodeJwt((await world.user()).token), jti: randomUUID() };
    const parent = await signToken(claims, old);
    const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: parent }));
    expect(await statuses(parent, child)).toEqual([200, 200]);
    await revoke(world.ledgerTable, { kind: 'key', id: old.kid }, START);
    expect(await statuses(parent, child)).toEqual([401, 401]);
    world.jwks.keys.pop();
  });

  it('when all that a trusted issuer’s tokens became is revoked', async () => {
    const shop = await world.actor();
    await world.trust(shop.clientId);
    const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: await world.partnerToken() }));
    expect(await statuses(child)).toEqual([200]);
    await revoke(
      world.ledgerTable,
      { kind: 'credential', id: credentialTarget(shop.clientId, PARTNER) },
      START,
    );
    expect(await statuses(child)).toEqual([401]);
  });

  it('no matter when the revocation is written: its time is that of its beginning', async () => {
    // Asked for at :00, read by nobody until :02, and written when the exchange has seen that there is none.
    const [alice, shop] = await Promise.all([world.user(), world.actor()]);
    const issuedBefore = START;
    world.clock.advance(2 * SECOND);
    world.hooks.afterRevocationsRead = async () => {
      await revoke(world.ledgerTable, { kind: 'client', id: alice.clientId }, issuedBefore);
    };
    const answer = await world.exchange(shop.apiKey, { subject_token: alice.token });
    world.clock.advance(-2 * SECOND);
    const child = tokenIn(answer);
    expect(decodeJwt(child).iat).toBe(issuedBefore + 2);
    expect(await statuses(alice.token, child)).toEqual([401, 401]);
  });

  it('even if the parent is revoked while the exchange runs', async () => {
    const [alice, shop] = await Promise.all([world.user(), world.actor()]);
    world.hooks.afterRevocationsRead = async () => {
      await world.revoke(form({ 'x-api-key': alice.apiKey }, { token: alice.token }));
    };
    const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: alice.token }));
    expect(await statuses(child)).toEqual([401]);
  });

  it('costs the guard one read all the same', async () => {
    const { grandchild } = await family();
    world.ledgerTable.takeOperations();
    await world.use(grandchild);
    expect(world.ledgerTable.takeOperations()).toEqual(['BatchGetItem', 'PutItem']);
    expect(asSent(grandchild).lineage?.split(' ')).toHaveLength(10);
  });
});
