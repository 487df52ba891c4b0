/** oauth4webapi, unmodified: every answer goes through its own validation, every token through that of RFC 9068. */
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alice, login, operator, reader, url } from '../support.ts';
import {
  ACCESS_TOKEN,
  ALGORITHMS,
  AUDIENCE,
  aliceLogsIn,
  type Issuer,
  JWT,
  JWT_BEARER,
  type KeyHolder,
  PROTECTED,
  registerKeyHolder,
  registerService,
  type Service,
  TOKEN_EXCHANGE,
  trustIssuer,
} from './parties.ts';

/** Without TLS on one machine; it is told nothing else. */
const insecure = { [oauth.allowInsecureRequests]: url.startsWith('http:') };
const issuer = new URL(url);

// Its clients are made by an operator, who need not be there where this runs against a deployment.
describe.runIf(operator !== undefined)('oauth4webapi', () => {
  let service: Service;
  let holder: KeyHolder;
  let trusted: Issuer;
  let user: Awaited<ReturnType<typeof aliceLogsIn>>;
  let as: oauth.AuthorizationServer;
  let client: oauth.Client;
  let secret: oauth.ClientAuth;
  beforeAll(async () => {
    [service, holder, user] = await Promise.all([registerService(), registerKeyHolder(), aliceLogsIn()]);
    trusted = await trustIssuer(service);
    as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
    client = { client_id: service.clientId };
    secret = oauth.ClientSecretBasic(service.clientSecret);
  });
  afterAll(() => trusted.remove());

  const credentials = async (by: oauth.ClientAuth = secret, of: oauth.Client = client, more = {}) => {
    const response = await oauth.clientCredentialsGrantRequest(as, of, by, more, insecure);
    return oauth.processClientCredentialsResponse(as, of, response);
  };
  const refresh = async (token = '', by: oauth.ClientAuth = secret, of: oauth.Client = client) => {
    const response = await oauth.refreshTokenGrantRequest(as, of, by, token, insecure);
    return oauth.processRefreshTokenResponse(as, of, response);
  };
  const generic = async (grantType: string, parameters: Record<string, string>) => {
    const response = await oauth.genericTokenEndpointRequest(
      ...([as, client, secret, grantType, parameters, insecure] as const),
    );
    return oauth.processGenericTokenEndpointResponse(as, client, response);
  };
  const introspect = async (token: string, by: oauth.ClientAuth = secret, of: oauth.Client = client) => {
    const response = await oauth.introspectionRequest(as, of, by, token, insecure);
    return oauth.processIntrospectionResponse(as, of, response);
  };
  const revoke = async (token: string, by: oauth.ClientAuth = secret, of: oauth.Client = client) => {
    const response = await oauth.revocationRequest(as, of, by, token, insecure);
    return oauth.processRevocationResponse(response);
  };
  /** A resource server's view: the token as it comes with a request. */
  const validate = (token: string, more: object = {}) => {
    const request = new Request(PROTECTED, { headers: { authorization: `Bearer ${token}` } });
    return oauth.validateJwtAccessToken(as, request, AUDIENCE, { ...insecure, ...more });
  };

  it('discovers the same by the document of RFC 8414', async () => {
    // RFC 8414 §3.1 puts the path of an issuer behind the well-known one; an API that is not at the root of its
    // host cannot serve that, so there the document is where it is.
    const response =
      issuer.pathname === '/'
        ? await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
        : await fetch(`${url}/.well-known/oauth-authorization-server`);
    const { subject_types_supported, id_token_signing_alg_values_supported, ...rest } = as;
    expect(await oauth.processDiscoveryResponse(issuer, response)).toEqual(rest);
  });

  describe('client_credentials, and its validation of our token', () => {
    it('with ClientSecretBasic', async () => {
      const { access_token: token, scope } = await credentials(secret, client, { scope: 'read:products' });
      expect(scope).toBe('read:products');
      const claims = await validate(token, { requireDPoP: false, signingAlgorithms: ['RS256'] });
      expect(claims).toMatchObject({ iss: url, aud: AUDIENCE, client_id: service.clientId, scope });
    });

    it('with ClientSecretPost', async () => {
      const { access_token: token } = await credentials(oauth.ClientSecretPost(service.clientSecret));
      expect(await validate(token)).toMatchObject({ sub: service.clientId });
    });

    it.each(ALGORITHMS)('with PrivateKeyJwt and a key for %s', async (algorithm) => {
      const byKey = oauth.PrivateKeyJwt(holder.keys[algorithm]);
      const { access_token: token } = await credentials(byKey, { client_id: holder.clientId });
      expect(await validate(token)).toMatchObject({ sub: holder.clientId });
    });
  });

  it('refresh_token, of a service and of a user without a secret', async () => {
    const { refresh_token: session } = await credentials();
    expect(await validate((await refresh(session)).access_token)).toMatchObject({ sub: service.clientId });
    const ofAlice = { client_id: alice.clientId };
    const first = await refresh(user.refreshToken, oauth.None(), ofAlice);
    const second = await refresh(first.refresh_token, oauth.None(), ofAlice);
    expect(await validate(second.access_token)).toMatchObject({ sub: alice.clientId });
  });

  it('token exchange, of a token of ours and of one of a trusted issuer', async () => {
    const subject = { subject_token: user.accessToken, subject_token_type: ACCESS_TOKEN };
    const { access_token: token, issued_token_type } = await generic(TOKEN_EXCHANGE, subject);
    expect(issued_token_type).toBe(ACCESS_TOKEN);
    expect(await validate(token)).toMatchObject({ sub: alice.clientId, act: { sub: service.clientId } });
    const foreign = { subject_token: await trusted.token(), subject_token_type: JWT };
    const { access_token: other } = await generic(TOKEN_EXCHANGE, foreign);
    expect(await validate(other)).toMatchObject({ sub: 'ci:acme/shop' });
  });

  it('jwt-bearer', async () => {
    const { access_token: token } = await generic(JWT_BEARER, { assertion: await trusted.token() });
    expect(await validate(token)).toMatchObject({ sub: 'ci:acme/shop', client_id: service.clientId });
  });

  describe('introspection and revocation', () => {
    it('of an access token and of a refresh token', async () => {
      const { access_token: token, refresh_token: session = '' } = await credentials();
      expect(await introspect(token)).toMatchObject({ active: true, token_type: 'Bearer' });
      expect(await introspect(session)).toMatchObject({ active: true, client_id: service.clientId });
      await revoke(token);
      expect(await introspect(token)).toEqual({ active: false });
      await revoke(session);
      expect(await introspect(session)).toEqual({ active: false });
    });

    it.each(ALGORITHMS)('by a client with a key for %s', async (algorithm) => {
      const byKey = oauth.PrivateKeyJwt(holder.keys[algorithm]);
      const of = { client_id: holder.clientId };
      const { access_token: token } = await credentials(byKey, of);
      expect(await introspect(token, byKey, of)).toMatchObject({ active: true });
      await revoke(token, byKey, of);
      expect(await introspect(token, byKey, of)).toEqual({ active: false });
    });

    it('by a client with its secret in the form', async () => {
      const byPost = oauth.ClientSecretPost(service.clientSecret);
      const { access_token: token } = await credentials();
      expect(await introspect(token, byPost)).toMatchObject({ active: true });
      await revoke(token, byPost);
      expect(await introspect(token, byPost)).toEqual({ active: false });
    });
  });

  it('understands why it is refused', async () => {
    const byStranger = credentials(oauth.ClientSecretBasic(reader.clientSecret));
    await expect(byStranger).rejects.toMatchObject({ code: oauth.WWW_AUTHENTICATE_CHALLENGE, status: 401 });
    const tooMuch = credentials(secret, client, { scope: 'write:products' });
    await expect(tooMuch).rejects.toMatchObject({
      ...{ code: oauth.RESPONSE_BODY_ERROR, error: 'invalid_scope', status: 400 },
    });
    await expect(revoke(await login(reader.apiKey))).rejects.toMatchObject({ status: 400 });
  });

  it('takes no token that was changed on the way', async () => {
    const [header, payload, signature] = (await credentials()).access_token.split('.');
    const other = (await credentials()).access_token.split('.');
    await expect(validate([header, payload, other[2]].join('.'))).rejects.toThrow();
    await expect(validate([header, other[1], signature].join('.'))).rejects.toThrow();
  });
});
