/** Who takes part: clients of a test file's own, and an issuer that is trusted, all of them made by the operator. */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { operated } from '../operator.ts';
import { alice, basic, call, url } from '../support.ts';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const JWT = 'urn:ietf:params:oauth:token-type:jwt';
export const AUDIENCE = 'tollgate';

/** Of a protected route, for whatever makes requests to it. */
export const PROTECTED = new URL(`${url}/protected-resource`);

const grants = ['client_credentials', 'refresh_token', TOKEN_EXCHANGE, JWT_BEARER];

export interface Service {
  clientId: string;
  clientSecret: string;
}

/** Registers a service that may use every grant. */
export async function registerService(scope = 'read:products read:usage'): Promise<Service> {
  const client = await operated('POST /admin/clients', {
    ...{ client_id: `e2e-${randomUUID()}`, client_name: 'e2e', scope, grant_types: grants },
  });
  return { clientId: String(client.client_id), clientSecret: String(client.client_secret) };
}

/** How a client may sign its assertions. By a key for EdDSA standard clients do so under its new name, Ed25519. */
export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface KeyHolder {
  clientId: string;
  keys: Record<Algorithm, { kid: string; key: CryptoKey }>;
}

/** Registers a service that has no secret, but a key for each algorithm. */
export async function registerKeyHolder(scope = 'read:products'): Promise<KeyHolder> {
  const pairs = await Promise.all(
    ALGORITHMS.map(async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg);
      const kid = `e2e-key-${alg}`;
      return { alg, kid, key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
    }),
  );
  const client = await operated('POST /admin/clients', {
    ...{ client_id: `e2e-${randomUUID()}`, client_name: 'e2e', scope, grant_types: grants },
    jwks: { keys: pairs.map(({ jwk }) => jwk) },
  });
  const keys = Object.fromEntries(pairs.map(({ alg, kid, key }) => [alg, { kid, key }]));
  return { clientId: String(client.client_id), keys: keys as KeyHolder['keys'] };
}

export interface Issuer {
  issuer: string;
  /** Signs a token about a workload. */
  token(claims?: Record<string, unknown>): Promise<string>;
  remove(): Promise<void>;
}

/** Has an issuer trusted whose tokens become tokens of `clientId`, as a CI system's do. */
export async function trustIssuer({ clientId }: { clientId: string }): Promise<Issuer> {
  const issuer = `https://ci.example/${randomUUID()}`;
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'ci', alg: 'ES256', use: 'sig' };
  const mapping = { match: { repository: 'acme/*' }, subject: 'ci:{repository}', scope: 'read:products' };
  await operated('PUT /admin/issuers', {
    ...{ issuer, jwks: { keys: [jwk] }, algorithms: ['ES256'] },
    mappings: [{ ...mapping, client_id: clientId }],
  });
  return {
    issuer,
    token: (claims = {}) =>
      new SignJWT({ repository: 'acme/shop', ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'ci', typ: 'JWT' })
        .setIssuer(issuer)
        .setSubject('repo:acme/shop')
        .setAudience(url)
        .setIssuedAt()
        .setExpirationTime('5m')
        .setJti(randomUUID())
        .sign(privateKey),
    remove: async () => void (await operated(`DELETE /admin/issuers?issuer=${encodeURIComponent(issuer)}`)),
  };
}

/** A user logs in by the simple door, and has a session from then on. */
export async function aliceLogsIn(): Promise<{ accessToken: string; refreshToken: string }> {
  const answer = await call('POST /auth', { headers: basic(alice.clientId, alice.password) });
  const { access_token: accessToken, refresh_token: refreshToken } = answer.json();
  return { accessToken: String(accessToken), refreshToken: String(refreshToken) };
}
