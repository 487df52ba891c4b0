import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Credential, PublicKeyCredential } from '../../lambdas/domain/client.ts';
import { assertionAlgorithms } from '../../lambdas/domain/client-assertion.ts';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { credentialItem } from '../../lambdas/store/items.ts';
import {
  ASSERTION_TYPE,
  rightClaims,
  signedBy,
  signedByHmac,
  type TestKey,
  testKey,
  unsigned,
} from '../support/client-assertions.ts';
import { HOUR, MINUTE, NOW, testRandom } from '../support/clock.ts';
import { captureOutput } from '../support/output.ts';
import {
  basic,
  bodyOf,
  createTokenService,
  form,
  ISSUER,
  type TokenService,
} from '../support/token-service.ts';

type Algorithm = (typeof assertionAlgorithms)[number];
type Parameters = Record<string, string>;
type Headers = Record<string, string>;

const KEY_ID = 'Key-1';
let service: TokenService;
let reader: Awaited<ReturnType<TokenService['client']>>;
let keys: Record<Algorithm, TestKey>;
const output = captureOutput();

beforeAll(async () => {
  service = await createTokenService();
  reader = await service.client();
  const rsa = testKey('RS256');
  keys = {
    RS256: rsa,
    PS256: { ...rsa, algorithm: 'PS256' },
    ES256: testKey('ES256'),
    EdDSA: testKey('EdDSA'),
  };
  await Promise.all([
    register('ES256', { credentialId: KEY_ID }),
    ...assertionAlgorithms.map((algorithm) => register(algorithm, { credentialId: `${algorithm}-key` })),
  ]);
});
afterEach(() => {
  service.takeOperations();
  service.state.hashes.length = 0;
  service.state.behindDoors = false;
  service.directoryDoor.misbehave(() => undefined);
});
afterAll(() => service.close());

/** Puts a public key into the directory, as the registration does. */
const register = (algorithm: Algorithm, changes: Partial<PublicKeyCredential> = {}) =>
  service.put(
    credentialItem({
      ...{ clientId: reader.clientId, credentialId: KEY_ID, kind: 'public_key', jwk: keys[algorithm].jwk },
      ...{ state: 'active', createdAt: NOW },
      ...changes,
    }),
  );

const GRANT = { grant_type: 'client_credentials' };
const ask = (parameters: Parameters | string, headers: Headers = {}, query: Parameters = {}) =>
  service.token({
    ...form(headers, typeof parameters === 'string' ? parameters : { ...GRANT, ...parameters }),
    query,
  });

const claims = () => rightClaims(reader.clientId, ISSUER, service.clock());
const assertionOf = (changes: object = {}, header: object = {}, key: TestKey = keys.ES256) =>
  signedBy(key, { kid: KEY_ID, ...header }, { ...claims(), ...changes });
const asserting = (assertion = assertionOf()): Parameters => ({
  client_assertion_type: ASSERTION_TYPE,
  client_assertion: assertion,
});

const byKey = (): Headers => ({ 'x-api-key': reader.apiKey });
const byBasic = (): Headers => basic(reader.clientId, reader.clientSecret);
const byPost = (): Parameters => ({ client_id: reader.clientId, client_secret: reader.clientSecret });

/** What can be seen of a request from outside and from inside. */
async function seen(answer: () => Promise<Response>) {
  service.takeOperations();
  service.state.hashes.length = 0;
  const response = await answer();
  return { response, operations: service.takeOperations(), hashes: service.state.hashes.splice(0) };
}

const REFUSED = {
  statusCode: 401,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'www-authenticate': 'Basic realm="tollgate", charset="UTF-8"',
  },
  body: '{"error":"invalid_client","error_description":"client authentication failed"}',
};
const NO_READ = { response: REFUSED, operations: [], hashes: [] };
const ONE_SIGNATURE = { response: REFUSED, operations: ['BatchGetItem'], hashes: ['signature'] };

/** Every character as an escape, as no encoder has to write it but each may. */
const escaped = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

describe('client authentication at POST /oauth2/token', () => {
  describe('200', () => {
    const READ_AND_BOOKED = ['BatchGetItem', 'BatchWriteItem'];

    it.each<[string, () => [Parameters, Headers?]]>([
      ['client_secret_basic', () => [{}, byBasic()]],
      [
        'client_secret_basic whose halves are escaped (RFC 6749 §2.3.1)',
        () => [{}, basic(escaped(reader.clientId), escaped(reader.clientSecret))],
      ],
      ['client_secret_post', () => [byPost()]],
      ['an API key', () => [{}, byKey()]],
    ])('to %s, for one read, one SHA-256 and one append', async (_, present) => {
      const { response, operations, hashes } = await seen(() => ask(...present()));
      expect(response.statusCode).toBe(200);
      expect(operations).toEqual(READ_AND_BOOKED);
      expect(hashes).toEqual(['sha256']);
    });

    it.each(assertionAlgorithms)(
      'to private_key_jwt by %s, for one read, one signature, one note and one append',
      async (algorithm) => {
        const assertion = assertionOf({}, { kid: `${algorithm}-key` }, keys[algorithm]);
        const { response, operations, hashes } = await seen(() => ask(asserting(assertion)));
        expect(response.statusCode).toBe(200);
        expect(operations).toEqual(['BatchGetItem', 'PutItem', 'BatchWriteItem']);
        expect(hashes).toEqual(['signature']);
        const token = String(bodyOf(response).access_token);
        expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
          sub: reader.clientId,
          credential_id: `${algorithm}-key`,
        });
      },
    );

    it('whichever way, with the client_id of the same client beside it', async () => {
      const named = { client_id: reader.clientId };
      for (const answer of [
        ask(named, byBasic()),
        ask(named, byKey()),
        ask({ ...named, ...asserting() }),
        ask({ ...asserting(assertionOf({ aud: [`${ISSUER}/oauth2/token`] })) }),
      ]) {
        expect((await answer).statusCode).toBe(200);
      }
    });

    it('where parameters of other methods have no value, which counts as absent', async () => {
      const none = 'client_id=&client_secret=&client_assertion=&client_assertion_type=';
      expect((await ask(`grant_type=client_credentials&${none}`, byBasic())).statusCode).toBe(200);
    });

    it('to a right assertion during a lockout, which it neither sees nor ends', async () => {
      for (let i = 0; i < 5; i++) await ask({}, basic(reader.clientId, 'a wrong guess'));
      expect((await ask({}, basic(reader.clientId, 'a wrong guess'))).statusCode).toBe(429);
      expect((await ask(asserting())).statusCode).toBe(200);
      expect(await ask(asserting(assertionOf({}, {}, testKey('ES256'))))).toEqual(REFUSED);
      expect((await ask({}, basic(reader.clientId, 'a wrong guess'))).statusCode).toBe(429);
      service.clock.advance(15 * MINUTE);
    });
  });

  describe('400 without a read', () => {
    const METHODS: Record<string, () => [Parameters, Headers]> = {
      Basic: () => [{}, byBasic()],
      'an API key': () => [{}, byKey()],
      client_secret: () => [byPost(), {}],
      'an assertion': () => [asserting(), {}],
    };
    const names = Object.keys(METHODS);
    const pairs = names.flatMap((one, at) => names.slice(at + 1).map((other) => [one, other] as const));

    const refused = async (answer: () => Promise<Response>, says: string) => {
      const { response, operations } = await seen(answer);
      expect(response.statusCode).toBe(400);
      expect(bodyOf(response)).toEqual({
        error: 'invalid_request',
        error_description: expect.stringContaining(says),
      });
      expect(operations).toEqual([]);
    };

    it.each(pairs)('for %s and %s at once (RFC 6749 §2.3)', async (one, other) => {
      const [parameters, headers] = METHODS[one]?.() ?? [];
      const [more, moreHeaders] = METHODS[other]?.() ?? [];
      await refused(() => ask({ ...parameters, ...more }, { ...headers, ...moreHeaders }), 'one method');
    });

    it('for Basic beside nothing but the type of an assertion', () =>
      refused(() => ask({ client_assertion_type: ASSERTION_TYPE }, byBasic()), 'one method'));

    it.each<[string, () => Parameters]>([
      ['client_secret without client_id', () => ({ client_secret: reader.clientSecret })],
      ['client_secret with an empty client_id', () => ({ ...byPost(), client_id: '' })],
      ['client_assertion without its type', () => ({ client_assertion: assertionOf() })],
      ['client_assertion_type without an assertion', () => ({ client_assertion_type: ASSERTION_TYPE })],
    ])('for %s', (_, parameters) => refused(() => ask(parameters()), 'need'));

    it.each(['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'])(
      'for %s twice, even with the same value',
      (name) => refused(() => ask(`grant_type=client_credentials&${name}=a&${name}=a`), 'twice'),
    );
  });

  describe('401 without a read, and counted under nobody', () => {
    const of = (assertion: () => string) => (): [Parameters] => [asserting(assertion())];
    it.each<[string, () => [Parameters, Headers?, Parameters?]]>([
      ['nothing', () => [{}]],
      ['a client_id alone', () => [{ client_id: reader.clientId }]],
      ['credentials in the URL', () => [{}, {}, byPost()]],
      [
        'a secret in the URL, its client_id in the form',
        () => [{ client_id: reader.clientId }, {}, byPost()],
      ],
      ['an assertion in the URL', () => [{}, {}, asserting()]],
      ['Basic with a broken escape', () => [{}, basic(reader.clientId, `${reader.clientSecret}%`)]],
      ['Basic with escapes that are no UTF-8', () => [{}, basic(reader.clientId, '%ff%fe')]],
      ['Basic with an escaped zero', () => [{}, basic(reader.clientId, 'a%00')]],
      ['a Bearer token', () => [{}, { authorization: 'Bearer abc' }]],
      ['a secret of more than 1,024 characters', () => [{ ...byPost(), client_secret: 'x'.repeat(1025) }]],
      ['a secret with a line feed', () => [{ ...byPost(), client_secret: 'a\nb' }]],
      ['a client_id that none can have', () => [{ ...byPost(), client_id: '../admin' }]],
      ["another client's id beside Basic", () => [{ client_id: 'writer' }, byBasic()]],
      ["another client's id beside an API key", () => [{ client_id: 'writer' }, byKey()]],
      ["another client's id beside an assertion", () => [{ client_id: 'writer', ...asserting() }]],
      ['a type of assertion that is not supported', () => [{ ...asserting(), client_assertion_type: SAML }]],
      ['an assertion that is none', of(() => 'garbage')],
      ['an assertion that says nothing about its key', of(() => assertionOf({}, { kid: undefined }))],
      ['a key id that is a path', of(() => assertionOf({}, { kid: '../../dev/null' }))],
      ['a key id of 10 kB', of(() => assertionOf({}, { kid: 'k'.repeat(10_000) }))],
      ['the id of a secret as key id', of(() => assertionOf({}, { kid: 'secret00' }))],
      ['alg none', of(() => `${unsigned({ alg: 'none', kid: KEY_ID }, claims())}.`)],
      ['alg none with something for a signature', of(() => assertionOf({}, { alg: 'none' }))],
      [
        'HMAC with the public key',
        of(() => signedByHmac(String(keys.RS256.jwk.n), { kid: 'RS256-key' }, claims())),
      ],
      ['an embedded key', of(() => assertionOf({}, { jwk: keys.ES256.jwk }))],
      ['the address of a key set', of(() => assertionOf({}, { jku: 'https://evil.example/jwks' }))],
      ['critical extensions', of(() => assertionOf({}, { crit: ['b64'], b64: false }))],
      ['another audience', of(() => assertionOf({ aud: 'https://other.example.com' }))],
      ['two audiences', of(() => assertionOf({ aud: [ISSUER, `${ISSUER}/oauth2/token`] }))],
      ['another subject', of(() => assertionOf({ sub: 'writer' }))],
      ['an expiry in the past', of(() => assertionOf({ exp: service.clock() / 1000 - 1 }))],
      ['an expiry of more than an hour', of(() => assertionOf({ exp: service.clock() / 1000 + 3601 }))],
      ['no jti', of(() => assertionOf({ jti: undefined }))],
      ['a subject twice', of(() => signedBy(keys.ES256, { kid: KEY_ID }, twice('sub')))],
    ])('%s', async (_, present) => {
      expect(await seen(() => ask(...present()))).toEqual(NO_READ);
    });

    const SAML = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer';
    const twice = (name: string) => JSON.stringify(claims()).replace('{', `{"${name}":"${reader.clientId}",`);
  });

  describe('401 with one read and one signature, not counted, whatever is wrong', () => {
    const other = testKey('ES256');
    it.each<[string, () => string | Promise<string>]>([
      ['a signature by another key', () => assertionOf({}, {}, other)],
      ['a client that there is not', () => assertionOf({ iss: 'nobody', sub: 'nobody' })],
      ['a key that there is not', () => assertionOf({}, { kid: 'Key-2' })],
      ['a key of another algorithm', () => assertionOf({}, { kid: 'RS256-key' })],
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
      const item = { clientId: reader.clientId, credentialId, kind: 'public_key', createdAt: NOW } as const;
      const key: Credential = { ...item, state: 'active', jwk: keys.ES256.jwk, ...changes };
      await service.put({ ...credentialItem(key), ...(owner !== undefined && { clientId: owner }) });
      return assertionOf({}, { kid: credentialId });
    }
    async function pinned() {
      await register('RS256', { credentialId: 'Pinned', jwk: { ...keys.RS256.jwk, alg: 'PS256' } });
      return assertionOf({}, { kid: 'Pinned' }, keys.RS256);
    }
    function grafted() {
      const signature = assertionOf().split('.')[2];
      return `${unsigned({ alg: 'ES256', kid: KEY_ID }, claims())}.${signature}`;
    }
    async function secretUnderKeyId() {
      const secret = {
        kind: 'client_secret',
        hash: 'a'.repeat(64),
        state: 'active',
        createdAt: NOW,
      } as const;
      await service.put(credentialItem({ clientId: reader.clientId, credentialId: 'A-Secret', ...secret }));
      return assertionOf({}, { kid: 'A-Secret' });
    }
    async function ofDisabledClient() {
      const { clientId } = await service.client({ state: 'disabled' });
      await register('ES256', { clientId });
      return assertionOf({ iss: clientId, sub: clientId });
    }
  });

  it('401 with one read and one count for a wrong secret in the form, as at every other place', async () => {
    const { clientId } = await service.client();
    const secret = mintClientSecret('secret00', testRandom());
    const wrong = { operations: ['BatchGetItem', 'UpdateItem'], response: REFUSED };
    for (const client_id of [clientId, 'nobody-posts']) {
      expect(await seen(() => ask({ client_id, client_secret: secret }))).toEqual({
        ...wrong,
        hashes: ['sha256'],
      });
      expect(await seen(() => ask({ client_id, client_secret: 'guess' }))).toEqual({
        ...wrong,
        hashes: ['scrypt'],
      });
      const apiKey = mintApiKey(client_id, 'apikey00', testRandom());
      expect(await seen(() => ask({}, { 'x-api-key': apiKey }))).toEqual({ ...wrong, hashes: ['sha256'] });
    }
  });

  describe('an assertion', () => {
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
      expect((await ask(asserting(signedBy(keys.ES256, { kid: KEY_ID }, right)))).statusCode).toBe(200);
    });

    it('is known by its jti, signed anew or not, and at every endpoint', async () => {
      const right = claims();
      const first = form(
        {},
        { token: 'garbage', ...asserting(signedBy(keys.ES256, { kid: KEY_ID }, right)) },
      );
      expect((await service.revoke(first)).statusCode).toBe(200);
      expect(await ask(asserting(signedBy(keys.ES256, { kid: KEY_ID }, right)))).toEqual(REFUSED);
      expect(await ask(asserting(signedBy(keys.ES256, { kid: 'ES256-key' }, right)))).toEqual(REFUSED);
    });

    it('may have the jti that another client has used', async () => {
      const { clientId } = await service.client();
      await register('ES256', { clientId });
      const jti = 'the same for both';
      expect((await ask(asserting(assertionOf({ jti })))).statusCode).toBe(200);
      expect((await ask(asserting(assertionOf({ jti, iss: clientId, sub: clientId })))).statusCode).toBe(200);
    });

    it('is refused once it has expired, long before its use is forgotten', async () => {
      const assertion = assertionOf({ exp: service.clock() / 1000 + 3600 });
      expect((await ask(asserting(assertion))).statusCode).toBe(200);
      service.clock.advance(HOUR);
      expect(await seen(() => ask(asserting(assertion)))).toEqual(NO_READ);
    });

    it('authenticates where there is no form to look for it: nowhere', async () => {
      const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(asserting()) };
      expect(await service.login(json)).toEqual(REFUSED);
    });
  });

  it('POST /auth takes Basic as it is (RFC 7617), where an escape is a character like any other', async () => {
    const escapes = basic(reader.clientId, reader.clientSecret.replaceAll('_', '%5F'));
    expect((await ask({}, escapes)).statusCode).toBe(200);
    expect((await seen(() => service.login({ headers: escapes }))).hashes).toEqual(['scrypt']);
  });

  describe('503 with Retry-After', () => {
    const UNAVAILABLE = { statusCode: 503, headers: { 'retry-after': '1' } };

    it.each(['throttled', 'failing', 'denied'] as const)('where the note of a use is %s', async (fault) => {
      service.state.behindDoors = true;
      service.directoryDoor.misbehave((operation) => (operation === 'PutItem' ? fault : undefined));
      const assertion = assertionOf();
      expect(await ask(asserting(assertion))).toMatchObject(UNAVAILABLE);
      service.directoryDoor.misbehave(() => undefined);
      expect((await ask(asserting(assertion))).statusCode).toBe(200);
    });

    it('where the directory cannot be read', async () => {
      service.state.behindDoors = true;
      service.directoryDoor.misbehave(() => 'failing');
      expect(await ask(asserting())).toMatchObject(UNAVAILABLE);
    });
  });

  it('500 where a key in the directory is none: never a pass', async () => {
    await register('ES256', { credentialId: 'Corrupt', jwk: { ...keys.ES256.jwk, y: keys.ES256.jwk.x } });
    const answer = await ask(asserting(assertionOf({}, { kid: 'Corrupt' })));
    expect(bodyOf(answer)).toMatchObject({ error: 'server_error' });
    expect(answer.statusCode).toBe(500);
  });

  it('logs why, and neither an assertion nor a secret', async () => {
    const [used, expired] = [assertionOf(), assertionOf({ exp: 1 })];
    for (const assertion of [used, used, expired, `${expired}x`]) await ask(asserting(assertion));
    await ask({ ...byPost(), client_id: 'writer' });
    await ask({ client_id: 'writer' }, byBasic());
    for (const reason of ['assertion used before', 'expired', 'malformed', 'client_id of another client']) {
      expect(output.lines()).toContainEqual(
        expect.objectContaining({ reason: expect.stringContaining(reason) }),
      );
    }
    for (const secret of [...used.split('.'), ...expired.split('.'), reader.clientSecret, reader.apiKey]) {
      expect(output.text().includes(secret)).toBe(false);
    }
  });
});
