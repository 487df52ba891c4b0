/** A client at the token endpoint that has each kind of credential, public keys of each algorithm among them. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { PublicKeyCredential } from '../../lambdas/domain/client.ts';
import { type AssertionAlgorithm, assertionAlgorithms } from '../../lambdas/domain/client-assertion.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { credentialItem } from '../../lambdas/store/items.ts';
import { ASSERTION_TYPE, rightClaims, signedBy, type TestKey, testKey } from './client-assertions.ts';
import { NOW } from './clock.ts';
import { createTokenService, form, ISSUER, type TokenService } from './token-service.ts';

export type Parameters = Record<string, string>;
export type Headers = Record<string, string>;

/** The `kid` of its ES256 key. Each other one is called after its algorithm, see {@link keyIdOf}. */
export const KEY_ID = 'Key-1';
export const keyIdOf = (algorithm: AssertionAlgorithm) => `${algorithm}-key`;

/** What everyone is told who could not be authenticated, byte for byte. */
export const REFUSED = {
  statusCode: 401,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'www-authenticate': 'Basic realm="tollgate", charset="UTF-8"',
  },
  body: '{"error":"invalid_client","error_description":"client authentication failed"}',
};

/** Refused by what was presented alone. */
export const NO_READ = { response: REFUSED, operations: [], hashes: [] };

/** Sets the service and the client up for the tests of a file. */
export function keyedClient() {
  const world = {} as {
    service: TokenService;
    reader: Awaited<ReturnType<TokenService['client']>>;
    keys: Record<AssertionAlgorithm, TestKey>;
  };

  /** Puts a public key into the directory, as the registration does. */
  const register = (algorithm: AssertionAlgorithm, changes: Partial<PublicKeyCredential> = {}) =>
    world.service.put(
      credentialItem({
        ...{ clientId: world.reader.clientId, credentialId: KEY_ID, kind: 'public_key' },
        ...{ jwk: { ...world.keys[algorithm].jwk, alg: algorithm }, state: 'active', createdAt: NOW },
        ...changes,
      }),
    );

  beforeAll(async () => {
    const service = await createTokenService();
    const [rsa, edwards] = [testKey('RS256'), testKey('EdDSA')];
    const keys = { RS256: rsa, PS256: { ...rsa, algorithm: 'PS256' as const } };
    Object.assign(world, {
      ...{ service, reader: await service.client() },
      keys: {
        ...{ ...keys, ES256: testKey('ES256') },
        ...{ EdDSA: edwards, Ed25519: { ...edwards, algorithm: 'Ed25519' as const } },
      },
    });
    await register('ES256');
    for (const name of assertionAlgorithms) await register(name, { credentialId: keyIdOf(name) });
  });
  afterEach(() => {
    world.service.state.behindDoors = false;
    world.service.directoryDoor.misbehave(() => undefined);
  });
  afterAll(() => world.service.close());

  const claims = () => rightClaims(world.reader.clientId, ISSUER, world.service.clock());
  const assertionOf = (changes: object = {}, header: object = {}, key: TestKey = world.keys.ES256) =>
    signedBy(key, { kid: KEY_ID, ...header }, { ...claims(), ...changes });

  return Object.assign(world, {
    ...{ register, claims, assertionOf },
    /** Parameters of a right assertion, or of the one given. */
    asserting: (assertion = assertionOf()): Parameters => ({
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertion,
    }),
    /** Asks for a token by client_credentials; a text is the whole form. */
    ask: (parameters: Parameters | string, headers: Headers = {}, query: Parameters = {}) => {
      const whole =
        typeof parameters === 'string' ? parameters : { grant_type: 'client_credentials', ...parameters };
      return world.service.token({ ...form(headers, whole), query });
    },
    /** What can be seen of a request from outside and from inside. */
    seen: async (answer: () => Promise<Response>) => {
      world.service.takeOperations();
      world.service.state.hashes.length = 0;
      const response = await answer();
      const operations = world.service.takeOperations();
      return { response, operations, hashes: world.service.state.hashes.splice(0) };
    },
  });
}
