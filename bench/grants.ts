/**
 * What each grant of the token endpoint costs this machine's processor, and introspection, against a login by the
 * same client in the same run; all of them without HTTP, with their stores in memory.
 */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Bench } from 'tinybench';
import { JWT_BEARER, TOKEN_EXCHANGE } from '../lambdas/domain/grant-type.ts';
import type { TrustedIssuer } from '../lambdas/domain/trust/trusted-issuer.ts';
import type { Handler, Request } from '../lambdas/http/event.ts';
import { requestEvent } from '../test/support/event.ts';
import { CLIENT_ID, ISSUER, inMemory } from './in-memory.ts';
import { type Row, ratesOf } from './rates.ts';

const PARTNER = 'https://partner.example';
const LOGIN = 'POST /auth';

export async function benchGrants(): Promise<Row[]> {
  const { trusted, assertion } = await partner();
  const { apiKey, login, token, introspect } = await inMemory(trusted);
  const event = (path: string, parameters: Record<string, string>, key: { 'x-api-key'?: string }) =>
    requestEvent(`POST /oauth2/${path}`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...key },
      body: Buffer.from(new URLSearchParams(parameters).toString()).toString('base64'),
      base64: true,
    });
  const asked = (parameters: Record<string, string>) => event('token', parameters, { 'x-api-key': apiKey });
  const byCredentials = asked({ grant_type: 'client_credentials' });
  const first = await answered(token, byCredentials);
  const accessToken = String(first.access_token);
  let refreshToken = String(first.refresh_token);

  const loggingIn = requestEvent('POST /auth', { headers: { 'x-api-key': apiKey } });
  const exchanging = asked({
    grant_type: TOKEN_EXCHANGE,
    subject_token: accessToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  });
  const asserting = event('token', { grant_type: JWT_BEARER, assertion }, {});
  const introspecting = event('introspect', { token: accessToken }, { 'x-api-key': apiKey });

  const bench = new Bench({ time: 3000, warmupTime: 500 });
  bench
    .add(LOGIN, () => answered(login, loggingIn))
    .add('`client_credentials`, with a session', () => answered(token, byCredentials))
    .add('`refresh_token`', async () => {
      const asking = asked({ grant_type: 'refresh_token', refresh_token: refreshToken });
      refreshToken = String((await answered(token, asking)).refresh_token);
    })
    .add('token exchange, a token of ours', () => answered(token, exchanging))
    .add('JWT bearer, a JWKS in the record', () => answered(token, asserting))
    .add('introspection of an access token', () => answered(introspect, introspecting));
  await bench.run();
  return ratesOf(bench, 'requests/s', { 'against POST /auth': LOGIN });
}

/** An issuer whose RSA key stands in its record, and an assertion of it that is good for as long as this runs. */
async function partner(): Promise<{ trusted: TrustedIssuer; assertion: string }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'partner', alg: 'RS256', use: 'sig' };
  const assertion = await new SignJWT({ repository: 'acme/shop', jti: randomUUID() })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'partner' })
    .setIssuer(PARTNER)
    .setSubject('repo:acme/shop')
    .setAudience(ISSUER)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  const mapping = {
    ...{ match: { repository: ['acme/*'] }, clientId: CLIENT_ID, subject: 'partner:{repository}' },
    ...{ scopes: ['read:products'], roles: [], claims: {} },
  };
  const trusted: TrustedIssuer = {
    ...{ issuer: PARTNER, state: 'active', keys: { kind: 'jwks', jwks: { keys: [jwk] } } },
    ...{ algorithms: ['RS256'], audiences: [ISSUER], singleUse: true, mappings: [mapping] },
  };
  return { trusted, assertion };
}

/** @throws Error for everything but 200, so that no refusal is measured. */
async function answered(handler: Handler, event: Request): Promise<Record<string, unknown>> {
  const { statusCode, body = '' } = await handler(event);
  if (statusCode !== 200) throw new Error(`${event.routeKey} answered ${statusCode}: ${body}`);
  return JSON.parse(body);
}
