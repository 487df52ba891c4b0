/** The metadata is walked, and each thing that it promises is done: nothing may be listed that does not work. */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCESS_TOKEN,
  aliceLogsIn,
  type Issuer,
  JWT_BEARER,
  type KeyHolder,
  registerKeyHolder,
  registerService,
  type Service,
  TOKEN_EXCHANGE,
  trustIssuer,
} from './standard-clients/parties.ts';
import { alice, basic, bearer, call, form, operator, url } from './support.ts';

type Parameters = Record<string, string>;

/** What authenticates a request: headers, parameters, or both; and the client that it authenticates. */
interface Authentication {
  headers?: Record<string, string>;
  parameters?: Parameters;
}

const list = (value: unknown): string[] => value as string[];

// Its clients are made by an operator, who need not be there where this runs against a deployment.
describe.runIf(operator !== undefined)('the metadata', () => {
  let metadata: Record<string, unknown>;
  let service: Service;
  let holder: KeyHolder;
  let issuer: Issuer;
  beforeAll(async () => {
    metadata = (await call('GET /.well-known/oauth-authorization-server')).json();
    const scope = list(metadata.scopes_supported).join(' ');
    [service, holder] = await Promise.all([registerService(scope), registerKeyHolder()]);
    issuer = await trustIssuer(service);
  });
  afterAll(() => issuer.remove());

  /** Posts a form to the endpoint that the metadata names. */
  async function post(endpoint: string, parameters: Parameters, by: Authentication = bySecret()) {
    const address = String(metadata[`${endpoint}_endpoint`]);
    expect(address.startsWith(`${url}/`)).toBe(true);
    const body = new URLSearchParams({ ...by.parameters, ...parameters }).toString();
    return call(`POST ${address.slice(url.length)}`, { headers: { ...form, ...by.headers }, body });
  }

  const bySecret = (): Authentication => ({ headers: basic(service.clientId, service.clientSecret) });

  /** A key for `EdDSA` signs under both of its names (RFC 9864 §2.2). */
  async function byKey(alg: string): Promise<Authentication> {
    const { kid, key } = holder.keys[alg === 'Ed25519' ? 'EdDSA' : (alg as keyof KeyHolder['keys'])];
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg, kid })
      .setIssuer(holder.clientId)
      .setSubject(holder.clientId)
      .setAudience(url)
      .setExpirationTime('1m')
      .setJti(randomUUID())
      .sign(key);
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    return { parameters: { client_assertion_type: type, client_assertion: assertion } };
  }

  const credentials = { grant_type: 'client_credentials' };
  const tokensOf = async (parameters: Parameters, by?: Authentication) => {
    const answer = await post('token', parameters, by);
    expect(answer.status, answer.text).toBe(200);
    return answer.json() as Record<string, string>;
  };

  it('lists every scope: a client that has all of them gets all of them', async () => {
    expect((await tokensOf(credentials)).scope?.split(' ')).toEqual(metadata.scopes_supported);
  });

  it('lists every grant: each gives a token', async () => {
    const { access_token: subject = '', refresh_token: session = '' } = await tokensOf(credentials);
    const grants: Record<string, Parameters> = {
      client_credentials: {},
      refresh_token: { refresh_token: session },
      [TOKEN_EXCHANGE]: { subject_token: subject, subject_token_type: ACCESS_TOKEN },
      [JWT_BEARER]: { assertion: await issuer.token() },
    };
    expect(metadata.grant_types_supported).toEqual(Object.keys(grants));
    for (const [grant_type, parameters] of Object.entries(grants)) {
      const { access_token: token } = await tokensOf({ grant_type, ...parameters });
      expect((await call('GET /protected-resource', { headers: bearer(String(token)) })).status).toBe(200);
    }
  });

  it('lists every way to authenticate: each is taken by each endpoint that lists it', async () => {
    let { refreshToken } = await aliceLogsIn();
    const byName = { parameters: { client_id: alice.clientId } };
    const byPost = { parameters: { client_id: service.clientId, client_secret: service.clientSecret } };
    const [ofService = '', ofHolder = ''] = await Promise.all(
      [bySecret(), await byKey('ES256')].map(async (by) => (await tokensOf(credentials, by)).access_token),
    );
    /** What is done at an endpoint by a client that has a secret or a key, with a token of its own. */
    const done: Record<string, (by: Authentication, token: string) => Promise<void>> = {
      token: async (by) => void (await tokensOf(credentials, by)),
      introspection: async (by, token) => {
        expect((await post('introspection', { token }, by)).json()).toMatchObject({ active: true });
      },
      revocation: async (by, token) => {
        expect((await post('revocation', { token }, by)).status).toBe(200);
      },
    };
    /** What is done by a user who has nothing but a session. */
    const doneByName: Record<string, () => Promise<void>> = {
      token: async () => {
        const parameters = { grant_type: 'refresh_token', refresh_token: refreshToken };
        ({ refresh_token: refreshToken = '' } = await tokensOf(parameters, byName));
      },
      revocation: async () => {
        expect((await post('revocation', { token: refreshToken }, byName)).status).toBe(200);
      },
    };
    const tried: string[] = [];
    for (const endpoint of ['token', 'introspection', 'revocation']) {
      const ways: Record<string, () => Promise<void> | undefined> = {
        client_secret_basic: () => done[endpoint]?.(bySecret(), ofService),
        client_secret_post: () => done[endpoint]?.(byPost, ofService),
        none: () => doneByName[endpoint]?.(),
        private_key_jwt: async () => {
          const algorithms = list(metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`]);
          await Promise.all(algorithms.map(async (alg) => done[endpoint]?.(await byKey(alg), ofHolder)));
        },
      };
      for (const method of list(metadata[`${endpoint}_endpoint_auth_methods_supported`])) {
        const way = ways[method]?.();
        expect(way, `${method} at ${endpoint}`).toBeDefined();
        await way;
        tried.push(`${endpoint} ${method}`);
      }
    }
    expect(tried).toHaveLength(11);
    for (const token of [ofService, ofHolder]) {
      expect((await call('GET /protected-resource', { headers: bearer(token) })).status).toBe(401);
    }
  });

  it('lists no more ways than there are: introspection by name alone is refused', async () => {
    expect(metadata.introspection_endpoint_auth_methods_supported).not.toContain('none');
    const { access_token: token = '' } = await tokensOf(credentials);
    const byName = { parameters: { client_id: service.clientId } };
    expect((await post('introspection', { token }, byName)).status).toBe(401);
  });
});
