/** The yardstick for issuing tokens: oidc-provider's client_credentials with an RS256 JWT, its default memory store. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import Provider from 'oidc-provider';

const RESOURCE = 'urn:tollgate:bench';

export interface Yardstick {
  /** Requests one token. @throws Error if the answer is not a JWT */
  issue(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param key private RSA key, as JWK
 * @param secret the client's secret
 */
export async function startOidcProvider(key: JWK, secret: string): Promise<Yardstick> {
  const provider = new Provider('http://127.0.0.1', {
    clients: [
      {
        client_id: 'bench',
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks: { keys: [{ ...key, alg: 'RS256', use: 'sig' }] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({
          scope: 'read:products',
          audience: RESOURCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 900,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  const server: Server = provider.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const headers = {
    authorization: `Basic ${Buffer.from(`bench:${secret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  return {
    issue: async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body: 'grant_type=client_credentials&scope=read:products',
      });
      const { access_token: token } = (await response.json()) as { access_token?: string };
      if (token?.split('.').length !== 3) throw new Error(`oidc-provider answered ${response.status}`);
    },
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
