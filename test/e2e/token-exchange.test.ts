import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { operated } from './operator.ts';
import { alice, basic, bearer, call, claimsOf, form, loginAsAlice, operator } from './support.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

const post = (path: string, headers: Record<string, string>, parameters: Record<string, string>) =>
  call(`POST ${path}`, {
    headers: { ...form, ...headers },
    body: new URLSearchParams(parameters).toString(),
  });

/** A service that may do what the grant is for, and its API key. */
async function service(grantType: string) {
  const wanted = { client_name: 'e2e', scope: 'read:products', grant_types: [grantType] };
  const { client_id, api_key } = await operated('POST /admin/clients', wanted);
  return { clientId: String(client_id), headers: { 'x-api-key': String(api_key) } };
}

const exchange = (headers: Record<string, string>, token: string, more: Record<string, string> = {}) =>
  post('/oauth2/token', headers, {
    grant_type: EXCHANGE,
    subject_token: token,
    subject_token_type: ACCESS_TOKEN,
    ...more,
  });

describe.runIf(operator !== undefined)('a token that came of another', () => {
  it('lets services act for alice, one after the other, until she revokes hers', async () => {
    const [token, shop, depot] = await Promise.all([loginAsAlice(), service(EXCHANGE), service(EXCHANGE)]);
    const child = String((await exchange(shop.headers, token)).json().access_token);
    const answer = await exchange(depot.headers, child);
    expect(answer.json()).toMatchObject({ issued_token_type: ACCESS_TOKEN, scope: 'read:products' });
    const grandchild = String(answer.json().access_token);

    const seen = await call('GET /protected-resource', { headers: bearer(grandchild) });
    const act = { sub: depot.clientId, act: { sub: shop.clientId } };
    expect(seen.json()).toMatchObject({ sub: alice.clientId, client_id: depot.clientId, act });
    expect((await call('GET /products/lamp', { headers: bearer(grandchild) })).status).toBe(200);
    expect((await call('GET /usage', { headers: bearer(grandchild) })).status).toBe(403);
    const more = await exchange(shop.headers, token, { scope: 'read:usage' });
    expect([more.status, more.json().error]).toEqual([400, 'invalid_scope']);

    const hers = basic(alice.clientId, alice.password);
    expect((await post('/oauth2/revoke', hers, { token })).status).toBe(200);
    for (const ended of [token, child, grandchild]) {
      const refused = await call('GET /protected-resource', { headers: bearer(ended) });
      expect([refused.status, refused.json().code]).toEqual([401, 'token_revoked']);
    }
    const again = await exchange(shop.headers, child);
    expect([again.status, again.json().error]).toEqual([400, 'invalid_request']);
  });

  it('may come of a trusted issuer’s, for one use of it', async () => {
    const { clientId } = await service(BEARER);
    const issuer = `https://${randomUUID()}.example`;
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'key', alg: 'ES256' }] };
    const mappings = [
      {
        match: { repository: 'acme/*' },
        client_id: clientId,
        subject: 'ci:{repository}',
        scope: 'read:products',
      },
    ];
    // What this deployment calls itself is what it says in its own tokens.
    const audience = String(claimsOf(await loginAsAlice()).iss);
    const trust = { issuer, jwks, algorithms: ['ES256'], audiences: [audience], mappings };
    await operated('PUT /admin/issuers', trust);

    const assertion = await new SignJWT({ repository: 'acme/shop', jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'key' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject('repo:acme/shop')
      .setIssuedAt()
      .setExpirationTime('2m')
      .sign(privateKey);
    const parameters = { grant_type: BEARER, assertion };
    const answers = await Promise.all([1, 2, 3].map(() => post('/oauth2/token', {}, parameters)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    const granted = answers.find(({ status }) => status === 200);
    const token = String(granted?.json().access_token);
    expect(claimsOf(token)).toMatchObject({ sub: 'ci:acme/shop', client_id: clientId });
    expect((await call('GET /products/lamp', { headers: bearer(token) })).status).toBe(200);

    await operated(`DELETE /admin/issuers?issuer=${encodeURIComponent(issuer)}`);
    expect((await post('/oauth2/token', {}, parameters)).json()).toMatchObject({ error: 'invalid_grant' });
  });
});
