import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../lambdas/crypto/create-key.ts';
import { parseJwks } from '../../lambdas/crypto/ring-format.ts';
import type { KeyMaterial } from '../../lambdas/domain/key-ring.ts';
import { routes, scopes } from '../../lambdas/routes.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { type Deployment, ISSUER, testDeployment } from '../support/deployment.ts';
import { requestEvent } from '../support/event.ts';
import { captureOutput } from '../support/output.ts';
import { type TestSecrets, testSecrets } from '../support/secrets.ts';

let secrets: TestSecrets;
let pool: KeyMaterial[];
beforeAll(async () => {
  secrets = await testSecrets();
  pool = [await createKey(), await createKey()];
});
afterAll(() => secrets.close());
captureOutput();

let deployment: Deployment;
let reachable: boolean;
beforeEach(async () => {
  reachable = true;
  deployment = await testDeployment({ secrets, pool, revocations: { revoke: async () => 'revoked' } });
});

const handlerOf = ({ discovery }: Deployment) =>
  discovery(secrets.newClient(() => (reachable ? undefined : 'before')));

const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

/** That each of these is true is for test/e2e/discovery.test.ts to show. */
const METADATA = {
  issuer: ISSUER,
  jwks_uri: `${ISSUER}/.well-known/jwks.json`,
  scopes_supported: Object.keys(scopes),
  response_types_supported: [],
  grant_types_supported: [
    'client_credentials',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
  ],
  token_endpoint: `${ISSUER}/oauth2/token`,
  token_endpoint_auth_methods_supported: [...METHODS, 'none'],
  token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  introspection_endpoint: `${ISSUER}/oauth2/introspect`,
  introspection_endpoint_auth_methods_supported: METHODS,
  introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  revocation_endpoint: `${ISSUER}/oauth2/revoke`,
  revocation_endpoint_auth_methods_supported: [...METHODS, 'none'],
  revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
};

const PATHS = {
  openid: 'GET /.well-known/openid-configuration',
  oauth: 'GET /.well-known/oauth-authorization-server',
  jwks: 'GET /.well-known/jwks.json',
};

describe('200', () => {
  it('the OpenID form says what is true, and no endpoint that is not there', async () => {
    const { statusCode, headers, body } = await handlerOf(deployment)(requestEvent(PATHS.openid));
    expect(statusCode).toBe(200);
    expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'public, max-age=300' });
    expect(JSON.parse(String(body))).toEqual({
      ...METADATA,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  });

  it('the OAuth form says the same without OpenID’s own words, and reads no secret for it', async () => {
    secrets.takeOperations();
    const { headers, body } = await handlerOf(deployment)(requestEvent(PATHS.oauth));
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=300' });
    expect(JSON.parse(String(body))).toEqual(METADATA);
    expect(secrets.takeOperations()).toEqual([]);
  });

  it('each endpoint that they name is a route', () => {
    const paths = routes.map(({ key }) => ISSUER + key.split(' ')[1]);
    const endpoints = Object.entries(METADATA).filter(([name]) => /_(endpoint|uri)$/.test(name));
    expect(endpoints).toHaveLength(4);
    for (const [, endpoint] of endpoints) expect(paths).toContain(endpoint);
  });

  it('the JWKS has the public members of every key, cacheable for five minutes', async () => {
    await deployment.rotation()({});
    const { statusCode, headers, body } = await handlerOf(deployment)(requestEvent(PATHS.jwks));
    expect(statusCode).toBe(200);
    expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'public, max-age=300' });
    expect(JSON.parse(String(body))).toEqual({
      keys: pool.map(({ kid, privateJwk: { n, e } }) => ({
        kty: 'RSA',
        n,
        e,
        alg: 'RS256',
        use: 'sig',
        kid,
      })),
    });
  });

  it('the JWKS is read once for many requests', async () => {
    await deployment.rotation()({});
    const handler = handlerOf(deployment);
    secrets.takeOperations();
    await Promise.all(Array.from({ length: 10 }, () => handler(requestEvent(PATHS.jwks))));
    expect(secrets.takeOperations()).toEqual(['GetSecretValue']);
  });

  it('the JWKS comes from the copy for half an hour where the secret cannot be read', async () => {
    await deployment.rotation()({});
    const handler = handlerOf(deployment);
    const first = await handler(requestEvent(PATHS.jwks));
    reachable = false;
    deployment.clock.advance(29 * MINUTE);
    expect(await handler(requestEvent(PATHS.jwks))).toEqual(first);
    deployment.clock.advance(MINUTE);
    expect(await handler(requestEvent(PATHS.jwks))).toMatchObject({ statusCode: 503 });
  });

  it('the JWKS never has a private member, whatever stands in the secret', async () => {
    const member = fc.constantFrom(
      'd',
      'p',
      'q',
      'dp',
      'dq',
      'qi',
      'oth',
      'k',
      'privateJwk',
      'x5c',
      '__proto__',
    );
    const extras = fc.dictionary(member, fc.jsonValue());
    const property = fc.property(fc.array(extras, { minLength: 1, maxLength: 5 }), (extrasOfKeys) => {
      const keys = extrasOfKeys.map((extra, n) => ({
        ...extra,
        ...pool[n % 2]?.privateJwk,
        alg: 'RS256',
        use: 'sig',
        kid: `key-${n}`,
      }));
      for (const key of parseJwks(JSON.stringify({ keys, ...extrasOfKeys[0] })).keys) {
        expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
      }
    });
    fc.assert(property);
    const [key] = pool;
    const leaked = { ...key?.privateJwk, alg: 'RS256', use: 'sig', kid: key?.kid };
    const SecretString = JSON.stringify({ keys: [leaked] });
    await secrets.client.send(
      new PutSecretValueCommand({ SecretId: deployment.publishedSecret, SecretString }),
    );
    const { body } = await handlerOf(deployment)(requestEvent(PATHS.jwks));
    expect(Object.keys(JSON.parse(String(body)).keys[0]).sort()).toEqual([
      'alg',
      'e',
      'kid',
      'kty',
      'n',
      'use',
    ]);
  });
});

describe('503', () => {
  const unavailable = {
    status: 503,
    code: 'keys_unavailable',
    title: 'Try again',
    detail: expect.any(String),
  };

  it('before there is a key, and 200 as soon as there is one', async () => {
    const handler = handlerOf(deployment);
    const { statusCode, headers, body } = await handler(requestEvent(PATHS.jwks));
    expect(statusCode).toBe(503);
    expect(headers).toMatchObject({
      'retry-after': '5',
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    });
    expect(JSON.parse(String(body))).toEqual(unavailable);
    await deployment.rotation()({});
    expect(await handler(requestEvent(PATHS.jwks))).toMatchObject({ statusCode: 200 });
  });

  it('where the secret cannot be read or understood and there is no copy', async () => {
    reachable = false;
    expect(await handlerOf(deployment)(requestEvent(PATHS.jwks))).toMatchObject({ statusCode: 503 });
    reachable = true;
    const broken = new PutSecretValueCommand({ SecretId: deployment.publishedSecret, SecretString: '{' });
    await secrets.client.send(broken);
    expect(await handlerOf(deployment)(requestEvent(PATHS.jwks))).toMatchObject({ statusCode: 503 });
  });
});

describe('404', () => {
  it('for a route key that is not one of the three', async () => {
    expect(await handlerOf(deployment)(requestEvent('GET /other'))).toMatchObject({ statusCode: 404 });
  });
});

it('a copy is used no longer than leaves a new key its three hours', async () => {
  const { LEAD, RING_CACHE_LIMIT } = await import('../../lambdas/domain/key-ring.ts');
  expect(RING_CACHE_LIMIT + 5 * MINUTE + 2 * HOUR).toBeLessThan(LEAD);
});
