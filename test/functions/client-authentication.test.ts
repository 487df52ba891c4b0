import { describe, expect, it } from 'vitest';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { ASSERTION_TYPE } from '../support/client-assertions.ts';
import { testRandom } from '../support/clock.ts';
import { type Headers, keyedClient, NO_READ, type Parameters, REFUSED } from '../support/keyed-client.ts';
import { captureOutput } from '../support/output.ts';
import { basic, bodyOf, ISSUER } from '../support/token-service.ts';

captureOutput();
const world = keyedClient();
const { ask, asserting, assertionOf, seen } = world;

const byKey = (): Headers => ({ 'x-api-key': world.reader.apiKey });
const byBasic = (): Headers => basic(world.reader.clientId, world.reader.clientSecret);
const byPost = (): Parameters => ({
  client_id: world.reader.clientId,
  client_secret: world.reader.clientSecret,
});

/** Every character as an escape, as no encoder has to write it but each may. */
const escaped = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

describe('client authentication at POST /oauth2/token', () => {
  describe('200', () => {
    it.each<[string, () => [Parameters, Headers?]]>([
      ['client_secret_basic', () => [{}, byBasic()]],
      [
        'client_secret_basic whose halves are escaped (RFC 6749 §2.3.1)',
        () => [{}, basic(escaped(world.reader.clientId), escaped(world.reader.clientSecret))],
      ],
      ['client_secret_post', () => [byPost()]],
      ['an API key', () => [{}, byKey()]],
    ])('to %s, for two reads, one SHA-256 and one append', async (_, present) => {
      const { response, operations, hashes } = await seen(() => ask(...present()));
      expect(response.statusCode).toBe(200);
      expect(operations).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchWriteItem']);
      expect(hashes).toEqual(['sha256']);
    });

    it('whichever way, with the client_id of the same client beside it', async () => {
      const named = { client_id: world.reader.clientId };
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
  });

  describe('400 without a read', () => {
    const METHODS: Record<string, () => [Parameters, Headers]> = {
      Basic: () => [{}, byBasic()],
      'an API key': () => [{}, byKey()],
      client_secret: () => [byPost(), {}],
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

    it.each(Object.entries(METHODS))(
      'but 401 for %s and an assertion at once (RFC 7521 §4.2.1)',
      async (_, other) => {
        const [parameters, headers] = other();
        const { response, operations } = await seen(() => ask({ ...parameters, ...asserting() }, headers));
        expect(bodyOf(response).error).toBe('invalid_client');
        expect(response.statusCode).toBe(401);
        expect(operations).toEqual([]);
      },
    );

    it('for Basic beside nothing but the type of an assertion', () =>
      refused(() => ask({ client_assertion_type: ASSERTION_TYPE }, byBasic()), 'one method'));

    it.each<[string, () => Parameters]>([
      ['client_secret without client_id', () => ({ client_secret: world.reader.clientSecret })],
      ['client_secret with an empty client_id', () => ({ ...byPost(), client_id: '' })],
      ['client_assertion without its type', () => ({ client_assertion: assertionOf() })],
      ['client_assertion_type without an assertion', () => ({ client_assertion_type: ASSERTION_TYPE })],
    ])('for %s', (_, parameters) => refused(() => ask(parameters()), 'need'));

    it.each(['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'])(
      'for %s twice, even with the same value',
      (name) => refused(() => ask(`grant_type=client_credentials&${name}=a&${name}=a`), 'twice'),
    );
  });

  it.each<[string, () => [Parameters, Headers?, Parameters?]]>([
    ['nothing', () => [{}]],
    ['a client_id alone', () => [{ client_id: world.reader.clientId }]],
    ['credentials in the URL', () => [{}, {}, byPost()]],
    [
      'a secret in the URL, its client_id in the form',
      () => [{ client_id: world.reader.clientId }, {}, byPost()],
    ],
    ['an assertion in the URL', () => [{}, {}, asserting()]],
    ['Basic with a broken escape', () => [{}, basic(world.reader.clientId, `${world.reader.clientSecret}%`)]],
    ['Basic with escapes that are no UTF-8', () => [{}, basic(world.reader.clientId, '%ff%fe')]],
    ['Basic with an escaped zero', () => [{}, basic(world.reader.clientId, 'a%00')]],
    ['a Bearer token', () => [{}, { authorization: 'Bearer abc' }]],
    ['a secret of more than 1,024 characters', () => [{ ...byPost(), client_secret: 'x'.repeat(1025) }]],
    ['a secret with a line feed', () => [{ ...byPost(), client_secret: 'a\nb' }]],
    ['a client_id that none can have', () => [{ ...byPost(), client_id: '../admin' }]],
    ["another client's id beside Basic", () => [{ client_id: 'writer' }, byBasic()]],
    ["another client's id beside an API key", () => [{ client_id: 'writer' }, byKey()]],
    ["another client's id beside an assertion", () => [{ client_id: 'writer', ...asserting() }]],
    [
      'a type of assertion that is not supported',
      () => [
        { ...asserting(), client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
      ],
    ],
  ])('401 without a read, and counted under nobody: %s', async (_, present) => {
    expect(await seen(() => ask(...present()))).toEqual(NO_READ);
  });

  it('401 with one read and one count for a wrong secret in the form, as at every other place', async () => {
    const { clientId } = await world.service.client();
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

  it('401 for an assertion at POST /auth, which has no form', async () => {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(asserting()) };
    expect(await world.service.login(json)).toEqual(REFUSED);
  });

  it('POST /auth takes Basic as it is (RFC 7617), where an escape is a character like any other', async () => {
    const escapes = basic(world.reader.clientId, world.reader.clientSecret.replaceAll('_', '%5F'));
    expect((await ask({}, escapes)).statusCode).toBe(200);
    expect((await seen(() => world.service.login({ headers: escapes }))).hashes).toEqual(['scrypt']);
  });
});
