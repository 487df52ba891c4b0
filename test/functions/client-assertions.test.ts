import { describe, expect, it } from 'vitest';
import type { PublicKeyCredential } from '../../lambdas/domain/client.ts';
import { assertionAlgorithms } from '../../lambdas/domain/client-assertion.ts';
import { credentialItem } from '../../lambdas/store/items.ts';
import { signedBy, signedByHmac, testKey, unsigned } from '../support/client-assertions.ts';
import { HOUR, MINUTE, NOW } from '../support/clock.ts';
import { KEY_ID, keyedClient, keyIdOf, NO_READ, REFUSED } from '../support/keyed-client.ts';
import { captureOutput } from '../support/output.ts';
import { basic, bodyOf, form, ISSUER } from '../support/token-service.ts';

const output = captureOutput();
const world = keyedClient();
const { ask, asserting, assertionOf, claims, register, seen } = world;

const ONE_SIGNATURE = { response: REFUSED, operations: ['BatchGetItem'], hashes: ['signature'] };

describe('a client assertion at POST /oauth2/token (private_key_jwt)', () => {
  it.each(assertionAlgorithms)(
    '200 to one by %s, for one read, one signature, one note and one append',
    async (algorithm) => {
      const assertion = assertionOf({}, { kid: keyIdOf(algorithm) }, world.keys[algorithm]);
      const { response, operations, hashes } = await seen(() => ask(asserting(assertion)));
      expect(response.statusCode).toBe(200);
      expect(operations).toEqual(['BatchGetItem', 'PutItem', 'BatchGetItem', 'BatchWriteItem']);
      expect(hashes).toEqual(['signature']);
      const token = String(bodyOf(response).access_token);
      expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
        sub: world.reader.clientId,
        credential_id: keyIdOf(algorithm),
      });
    },
  );

  it('is good for one request: 401 for the second, which looks like any other', async () => {
    const assertion = assertionOf();
    expect((await ask(asserting(assertion))).statusCode).toBe(200);
    expect(await seen(() => ask(asserting(assertion)))).toEqual({
      ...ONE_SIGNATURE,
      operations: ['BatchGetItem', 'PutItem'],
    });
  });

  it('is good for one request of twenty at once', async () => {
    const assertion = assertionOf();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(asserting(assertion))));
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
    for (const answer of answers) if (answer.statusCode !== 200) expect(answer).toEqual(REFUSED);
  });

  it('cannot be used up by whoever has not the key', async () => {
    const right = claims();
    const stranger = testKey('ES256');
    expect(await ask(asserting(signedBy(stranger, { kid: KEY_ID }, right)))).toEqual(REFUSED);
    expect((await ask(asserting(signedBy(world.keys.ES256, { kid: KEY_ID }, right)))).statusCode).toBe(200);
  });

  it('is known by its jti, signed anew or not, and at every endpoint', async () => {
    const right = claims();
    const by = (kid: string) => asserting(signedBy(world.keys.ES256, { kid }, right));
    expect((await world.service.revoke(form({}, { token: 'garbage', ...by(KEY_ID) }))).statusCode).toBe(200);
    expect(await ask(by(KEY_ID))).toEqual(REFUSED);
    expect(await ask(by(keyIdOf('ES256')))).toEqual(REFUSED);
  });

  it('may have the jti that another client has used', async () => {
    const { clientId } = await world.service.client();
    await register('ES256', { clientId });
    const jti = 'the same for both';
    expect((await ask(asserting(assertionOf({ jti })))).statusCode).toBe(200);
    expect((await ask(asserting(assertionOf({ jti, iss: clientId, sub: clientId })))).statusCode).toBe(200);
  });

  it('is refused once it has expired, long before its use is forgotten', async () => {
    const assertion = assertionOf({ exp: world.service.clock() / 1000 + 3600 });
    expect((await ask(asserting(assertion))).statusCode).toBe(200);
    world.service.clock.advance(HOUR);
    expect(await seen(() => ask(asserting(assertion)))).toEqual(NO_READ);
  });

  it('is taken during a lockout, which it neither sees nor ends', async () => {
    for (let i = 0; i < 5; i++) await ask({}, basic(world.reader.clientId, 'a wrong guess'));
    expect((await ask({}, basic(world.reader.clientId, 'a wrong guess'))).statusCode).toBe(429);
    expect((await ask(asserting())).statusCode).toBe(200);
    expect(await ask(asserting(assertionOf({}, {}, testKey('ES256'))))).toEqual(REFUSED);
    expect((await ask({}, basic(world.reader.clientId, 'a wrong guess'))).statusCode).toBe(429);
    world.service.clock.advance(15 * MINUTE);
  });

  it.each<[string, () => string]>([
    ['an assertion that is none', () => 'garbage'],
    ['an assertion that says nothing about its key', () => assertionOf({}, { kid: undefined })],
    ['a key id that is a path', () => assertionOf({}, { kid: '../../dev/null' })],
    ['a key id of 10 kB', () => assertionOf({}, { kid: 'k'.repeat(10_000) })],
    ['the id of a secret as key id', () => assertionOf({}, { kid: 'secret00' })],
    ['alg none', () => `${unsigned({ alg: 'none', kid: KEY_ID }, claims())}.`],
    ['alg none with something for a signature', () => assertionOf({}, { alg: 'none' })],
    [
      'HMAC with the public key',
      () => signedByHmac(String(world.keys.RS256.jwk.n), { kid: keyIdOf('RS256') }, claims()),
    ],
    ['an embedded key', () => assertionOf({}, { jwk: world.keys.ES256.jwk })],
    ['the address of a key set', () => assertionOf({}, { jku: 'https://evil.example/jwks' })],
    ['critical extensions', () => assertionOf({}, { crit: ['b64'], b64: false })],
    ['another audience', () => assertionOf({ aud: 'https://other.example.com' })],
    ['two audiences', () => assertionOf({ aud: [ISSUER, `${ISSUER}/oauth2/token`] })],
    ['another subject', () => assertionOf({ sub: 'writer' })],
    ['an expiry in the past', () => assertionOf({ exp: world.service.clock() / 1000 - 1 })],
    ['an expiry of more than an hour', () => assertionOf({ exp: world.service.clock() / 1000 + 3601 })],
    ['no jti', () => assertionOf({ jti: undefined })],
    ['a subject twice', () => signedBy(world.keys.ES256, { kid: KEY_ID }, twice('sub'))],
  ])('401 without a read for %s', async (_, assertion) => {
    expect(await seen(() => ask(asserting(assertion())))).toEqual(NO_READ);
  });

  const twice = (name: string) =>
    JSON.stringify(claims()).replace('{', `{"${name}":"${world.reader.clientId}",`);

  describe('401 with one read and one signature, not counted, whatever is wrong', () => {
    const other = testKey('ES256');
    it.each<[string, () => string | Promise<string>]>([
      ['a signature by another key', () => assertionOf({}, {}, other)],
      ['a client that there is not', () => assertionOf({ iss: 'nobody', sub: 'nobody' })],
      ['a key that there is not', () => assertionOf({}, { kid: 'Key-2' })],
      ['a key of another algorithm', () => assertionOf({}, { kid: keyIdOf('RS256') })],
      ['a key that its algorithm is pinned to another of', () => pinned()],
      ['a signature over something else', () => grafted()],
      ['a key that is disabled', () => withKey('Disabled', { state: 'disabled' })],
      ['a key that has expired', () => withKey('Expired', { validUntil: NOW - 1 })],
      ["another client's key", () => withKey('Moved', {}, 'writer')],
      ['a secret under the id of a key', () => secretUnderKeyId()],
      ['a client that is disabled', () => ofDisabledClient()],
    ])('%s', async (_, make) => {
      const assertion = await make();
      expect(await seen(() => ask(asserting(assertion)))).toEqual(ONE_SIGNATURE);
    });

    async function withKey(credentialId: string, changes: Partial<PublicKeyCredential>, owner?: string) {
      await register('ES256', { credentialId, ...changes });
      if (owner !== undefined) await move(credentialId, owner);
      return assertionOf({}, { kid: credentialId });
    }
    /** As nobody does but somebody who writes into the table. */
    async function move(credentialId: string, owner: string) {
      const items = await world.service.directoryTable.items();
      const item = items.find((found) => found.credentialId === credentialId);
      await world.service.put({ ...item, clientId: owner });
    }
    async function pinned() {
      await register('RS256', { credentialId: 'Pinned', jwk: { ...world.keys.RS256.jwk, alg: 'PS256' } });
      return assertionOf({}, { kid: 'Pinned' }, world.keys.RS256);
    }
    function grafted() {
      const signature = assertionOf().split('.')[2];
      return `${unsigned({ alg: 'ES256', kid: KEY_ID }, claims())}.${signature}`;
    }
    async function secretUnderKeyId() {
      const { clientId } = world.reader;
      const secret = {
        clientId,
        credentialId: 'A-Secret',
        kind: 'client_secret',
        hash: 'a'.repeat(64),
      } as const;
      await world.service.put(credentialItem({ ...secret, state: 'active', createdAt: NOW }));
      return assertionOf({}, { kid: 'A-Secret' });
    }
    async function ofDisabledClient() {
      const { clientId } = await world.service.client({ state: 'disabled' });
      await register('ES256', { clientId });
      return assertionOf({ iss: clientId, sub: clientId });
    }
  });

  describe('503 with Retry-After', () => {
    const UNAVAILABLE = { statusCode: 503, headers: { 'retry-after': '1' } };

    it.each(['throttled', 'failing', 'denied'] as const)('where the note of a use is %s', async (fault) => {
      world.service.state.behindDoors = true;
      world.service.directoryDoor.misbehave((operation) => (operation === 'PutItem' ? fault : undefined));
      const assertion = assertionOf();
      expect(await ask(asserting(assertion))).toMatchObject(UNAVAILABLE);
      world.service.directoryDoor.misbehave(() => undefined);
      expect((await ask(asserting(assertion))).statusCode).toBe(200);
    });

    it('where the directory cannot be read', async () => {
      world.service.state.behindDoors = true;
      world.service.directoryDoor.misbehave(() => 'failing');
      expect(await ask(asserting())).toMatchObject(UNAVAILABLE);
    });
  });

  it('500 where a key in the directory is none: never a pass', async () => {
    await register('ES256', {
      credentialId: 'Corrupt',
      jwk: { ...world.keys.ES256.jwk, y: world.keys.ES256.jwk.x, alg: 'ES256' },
    });
    const answer = await ask(asserting(assertionOf({}, { kid: 'Corrupt' })));
    expect(bodyOf(answer)).toMatchObject({ error: 'server_error' });
    expect(answer.statusCode).toBe(500);
  });

  it('logs why, and never an assertion', async () => {
    const [used, expired] = [assertionOf(), assertionOf({ exp: 1 })];
    for (const assertion of [used, used, expired, `${expired}x`]) await ask(asserting(assertion));
    await ask({ client_id: 'writer', ...asserting() });
    for (const reason of ['assertion used before', 'expired', 'malformed', 'client_id of another client']) {
      expect(output.lines()).toContainEqual(
        expect.objectContaining({ reason: expect.stringContaining(reason) }),
      );
    }
    for (const secret of [...used.split('.'), ...expired.split('.')]) {
      expect(output.text().includes(secret)).toBe(false);
    }
  });
});
