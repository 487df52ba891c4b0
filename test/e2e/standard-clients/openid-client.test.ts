/** openid-client, unmodified: nothing of it is told to look away but, on one machine, that there is no TLS. */
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alice, claimsOf, operator, reader, url } from '../support.ts';
import {
  ACCESS_TOKEN,
  ALGORITHMS,
  aliceLogsIn,
  type Issuer,
  JWT_BEARER,
  type KeyHolder,
  PROTECTED,
  registerKeyHolder,
  registerService,
  type Service,
  TOKEN_EXCHANGE,
  trustIssuer,
} from './parties.ts';

const options = url.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {};
const discover = (clientId: string, authentication: client.ClientAuth) =>
  client.discovery(new URL(url), clientId, undefined, authentication, options);

/** @returns the status with which a protected route answers. */
const use = async (config: client.Configuration, token: string) =>
  (await client.fetchProtectedResource(config, token, PROTECTED, 'GET')).status;

// Its clients are made by an operator, who need not be there where this runs against a deployment.
describe.runIf(operator !== undefined)('openid-client', () => {
  let service: Service;
  let holder: KeyHolder;
  let issuer: Issuer;
  let config: client.Configuration;
  let ofAlice: client.Configuration;
  let user: Awaited<ReturnType<typeof aliceLogsIn>>;
  beforeAll(async () => {
    [service, holder, user] = await Promise.all([registerService(), registerKeyHolder(), aliceLogsIn()]);
    issuer = await trustIssuer(service);
    config = await discover(service.clientId, client.ClientSecretBasic(service.clientSecret));
    ofAlice = await discover(alice.clientId, client.None());
  });
  afterAll(() => issuer.remove());

  it('discovers where everything is', () => {
    expect(config.serverMetadata()).toMatchObject({
      issuer: url,
      token_endpoint: `${url}/oauth2/token`,
      introspection_endpoint: `${url}/oauth2/introspect`,
      revocation_endpoint: `${url}/oauth2/revoke`,
    });
  });

  describe('client_credentials', () => {
    it('with ClientSecretBasic', async () => {
      const tokens = await client.clientCredentialsGrant(config, { scope: 'read:products' });
      expect(tokens).toMatchObject({ scope: 'read:products', expires_in: 900 });
      expect(await use(config, tokens.access_token)).toBe(200);
    });

    it('with ClientSecretPost', async () => {
      const byPost = await discover(service.clientId, client.ClientSecretPost(service.clientSecret));
      const { access_token: token } = await client.clientCredentialsGrant(byPost);
      expect(await use(byPost, token)).toBe(200);
    });

    it.each(ALGORITHMS)('with PrivateKeyJwt and a key for %s', async (algorithm) => {
      const byKey = await discover(holder.clientId, client.PrivateKeyJwt(holder.keys[algorithm]));
      const { access_token: token } = await client.clientCredentialsGrant(byKey);
      expect(claimsOf(token)).toMatchObject({ credential_id: holder.keys[algorithm].kid });
      expect(await use(byKey, token)).toBe(200);
    });

    it('gives a service a session, too', async () => {
      const { refresh_token: first = '' } = await client.clientCredentialsGrant(config);
      const tokens = await client.refreshTokenGrant(config, first);
      expect(await use(config, tokens.access_token)).toBe(200);
    });
  });

  it('refreshes the session of a user, who has no secret', async () => {
    const first = await client.refreshTokenGrant(ofAlice, user.refreshToken);
    const second = await client.refreshTokenGrant(ofAlice, first.refresh_token ?? '', {
      scope: 'read:products',
    });
    expect(second.scope).toBe('read:products');
    expect(await use(ofAlice, second.access_token)).toBe(200);
  });

  it('exchanges the token of a user for one in which the service acts for her', async () => {
    const subject = { subject_token: user.accessToken, subject_token_type: ACCESS_TOKEN };
    const exchange = { ...subject, scope: 'read:products' };
    const tokens = await client.genericGrantRequest(config, TOKEN_EXCHANGE, exchange);
    expect(tokens).toMatchObject({ issued_token_type: ACCESS_TOKEN, scope: 'read:products' });
    expect(claimsOf(tokens.access_token)).toMatchObject({
      sub: alice.clientId,
      act: { sub: service.clientId },
    });
    expect(await use(config, tokens.access_token)).toBe(200);
  });

  it('gets a token for the assertion of a trusted issuer', async () => {
    const tokens = await client.genericGrantRequest(config, JWT_BEARER, { assertion: await issuer.token() });
    expect(claimsOf(tokens.access_token)).toMatchObject({ sub: 'ci:acme/shop' });
    expect(await use(config, tokens.access_token)).toBe(200);
  });

  describe('introspection and revocation', () => {
    it('of an access token', async () => {
      const { access_token: token } = await client.clientCredentialsGrant(config);
      const { exp } = claimsOf(token);
      expect(await client.tokenIntrospection(config, token)).toMatchObject({
        ...{ active: true, token_type: 'Bearer', iss: url, client_id: service.clientId, exp },
      });
      await client.tokenRevocation(config, token, { token_type_hint: 'access_token' });
      expect(await client.tokenIntrospection(config, token)).toEqual({ active: false });
      const refused = use(config, token);
      await expect(refused).rejects.toThrow(client.WWWAuthenticateChallengeError);
    });

    it('of a refresh token, with whatever came of it', async () => {
      const { access_token: token, refresh_token: session = '' } =
        await client.clientCredentialsGrant(config);
      expect(await client.tokenIntrospection(config, session)).toMatchObject({
        ...{ active: true, client_id: service.clientId },
      });
      await client.tokenRevocation(config, session, { token_type_hint: 'refresh_token' });
      expect(await client.tokenIntrospection(config, session)).toEqual({ active: false });
      expect(await client.tokenIntrospection(config, token)).toEqual({ active: false });
      const refreshed = client.refreshTokenGrant(config, session);
      await expect(refreshed).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
    });

    it('with a key instead of a secret', async () => {
      const byKey = await discover(holder.clientId, client.PrivateKeyJwt(holder.keys.ES256));
      const { access_token: token } = await client.clientCredentialsGrant(byKey);
      expect(await client.tokenIntrospection(byKey, token)).toMatchObject({ active: true });
      await client.tokenRevocation(byKey, token);
      expect(await client.tokenIntrospection(byKey, token)).toEqual({ active: false });
    });
  });

  it('understands why it is refused', async () => {
    const stranger = await discover(service.clientId, client.ClientSecretBasic(reader.clientSecret));
    const byStranger = client.clientCredentialsGrant(stranger);
    await expect(byStranger).rejects.toThrow(client.WWWAuthenticateChallengeError);
    const tooMuch = client.clientCredentialsGrant(config, { scope: 'write:products' });
    await expect(tooMuch).rejects.toMatchObject({ error: 'invalid_scope', status: 400 });
  });
});
