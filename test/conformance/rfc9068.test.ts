/** RFC 9068, JWT Profile for Access Tokens: what the token endpoint issues, and what the guard takes. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizedEvent } from '../support/event.ts';
import { guarded, ROUTE } from '../support/guarded.ts';
import { captureOutput } from '../support/output.ts';
import { AUDIENCE, basic, bodyOf, ISSUER, KID } from '../support/token-service.ts';
import { aliceClaims, testTokens } from '../support/tokens.ts';
import { createEndpoints, type Endpoints, formOf } from './endpoints.ts';

let oauth: Endpoints;
let client: Awaited<ReturnType<Endpoints['client']>>;
let tokens: Awaited<ReturnType<typeof testTokens>>;
captureOutput();

beforeAll(async () => {
  tokens = await testTokens();
  oauth = await createEndpoints();
  client = await oauth.client({ roles: ['support'], tenant: 'acme' });
});
afterAll(() => oauth.close());

const issued = async (parameters: Record<string, string> = {}): Promise<string> => {
  const form = { grant_type: 'client_credentials', ...parameters };
  const response = await oauth.token(formOf(form, basic(client.clientId, client.clientSecret)));
  return String(bodyOf(response).access_token);
};

describe('§2.1 header', () => {
  it('says at+jwt, RS256 and which key', async () => {
    expect(decodeProtectedHeader(await issued())).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: KID });
  });
});

describe('§2.2 data structure', () => {
  it('has every required claim; without a resource owner sub is the client', async () => {
    const now = oauth.clock() / 1000;
    expect(decodeJwt(await issued())).toMatchObject({
      ...{ iss: ISSUER, aud: AUDIENCE, sub: client.clientId, client_id: client.clientId },
      ...{ iat: now, exp: now + 900, jti: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  it('has a jti of its own in each token', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => decodeJwt(await issued()).jti));
    expect(new Set(ids).size).toBe(3);
  });
});

describe('§2.2.3 authorization claims', () => {
  it('has the scope that was asked for, and roles', async () => {
    const claims = decodeJwt(await issued({ scope: 'read:usage read:users' }));
    expect(claims).toMatchObject({ scope: 'read:usage read:users', roles: 'support', tenant: 'acme' });
  });
});

describe('§3 requesting', () => {
  it('has the audience of the deployment, whatever resource is named', async () => {
    for (const resource of ['https://elsewhere.example', AUDIENCE, 'not a URI']) {
      expect(decodeJwt(await issued({ resource })).aud).toBe(AUDIENCE);
    }
  });
});

describe('§4 validating', () => {
  const answerTo = async (typ: string) => {
    const token = await tokens.sign(aliceClaims, { kid: KID, typ });
    const { serve } = guarded(oauth.ledgerTable);
    return (await serve(authorizedEvent(ROUTE, { ...aliceClaims }, token))).statusCode;
  };

  it.each(['at+jwt', 'application/at+jwt', 'AT+JWT'])('takes the type %s', async (typ) => {
    expect(await answerTo(typ)).toBe(200);
  });

  it.each(['JWT', 'logout+jwt', 'application/jwt', 'at+jwt2', ''])(
    'refuses the type %j, although the gateway lets it through',
    async (typ) => expect(await answerTo(typ)).toBe(401),
  );
});
