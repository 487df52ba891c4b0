import { type CryptoKey, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signToken } from '../../lambdas/crypto/sign-token.ts';
import { type RevocationTarget, revocation } from '../../lambdas/domain/revocation.ts';
import { revocationWriter } from '../../lambdas/store/ledger.ts';
import { MINUTE, NOW, SECOND } from '../support/clock.ts';
import { introspection } from '../support/introspection.ts';
import { captureOutput } from '../support/output.ts';
import {
  AUDIENCE,
  asking,
  basic,
  bodyOf,
  createTokenService,
  form,
  ISSUER,
  KID,
  type TokenService,
} from '../support/token-service.ts';
import type { Fault } from '../support/unreliable.ts';

type TestClient = Awaited<ReturnType<TokenService['client']>>;

let service: TokenService;
let ask: ReturnType<typeof introspection>;
let reader: TestClient;
let server: TestClient;
const output = captureOutput();

beforeAll(async () => {
  service = await createTokenService();
  ask = introspection(service);
  reader = await service.client();
  server = await service.client({ scopes: ['introspect:tokens'] });
});
afterEach(() => service.restore());
afterAll(() => service.close());

const INACTIVE = {
  statusCode: 200,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: '{"active":false}',
};
const READS = ['BatchGetItem', 'BatchGetItem'];
const byKey = ({ apiKey }: TestClient) => ({ 'x-api-key': apiKey });

async function newToken({ apiKey }: TestClient = reader, request: object = {}): Promise<string> {
  const { access_token } = bodyOf(await service.login(asking(apiKey, request)));
  service.takeOperations();
  return String(access_token);
}
const introspect = (parameters: Record<string, string> | string, client: TestClient = reader) =>
  ask(form(byKey(client), parameters));
const activity = async (token: string, client: TestClient = reader) =>
  bodyOf(await introspect({ token }, client)).active;
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

describe('POST /oauth2/introspect', () => {
  describe('200 with what the token says', () => {
    it('to the client that it was issued to, for one read of the directory and one of the ledger', async () => {
      const claims = { userID: '42', role: 'buyer' };
      const token = await newToken(reader, { scope: 'read:products', claims });
      const { jti, txn, iat } = claimsOf(token);
      const answer = await introspect({ token });
      expect(answer).toMatchObject({ statusCode: 200, headers: INACTIVE.headers });
      expect(bodyOf(answer)).toEqual({
        ...{ active: true, token_type: 'Bearer', iss: ISSUER, aud: AUDIENCE, jti, txn },
        ...{ sub: reader.clientId, client_id: reader.clientId, scope: 'read:products' },
        ...{ iat, nbf: iat, exp: iat + 900 },
        ...claims,
      });
      expect(service.takeOperations()).toEqual(READS);
    });

    it('tenant, roles and who acts for whom', async () => {
      const client = await service.client({ tenant: 'acme', roles: ['catalogue', 'support'] });
      const act = { sub: 'courier', act: { sub: 'clerk' } };
      const token = await sign({
        client_id: client.clientId,
        tenant: 'acme',
        roles: 'catalogue support',
        act,
      });
      expect(bodyOf(await introspect({ token }, client))).toMatchObject({
        ...{ active: true, tenant: 'acme', roles: 'catalogue support', act },
      });
    });

    it('nothing of how it is revoked', async () => {
      const token = await sign({ lineage: 'token:abc' });
      expect(Object.keys(bodyOf(await introspect({ token })))).not.toContain('lineage');
      expect(Object.keys(bodyOf(await introspect({ token })))).not.toContain('credential_id');
    });

    it('to whoever may ask about tokens of others, by a scope of its own or of a role', async () => {
      const byRole = await service.client({ scopes: [], roles: ['resource'] });
      for (const client of [server, byRole]) expect(await activity(await newToken(), client)).toBe(true);
    });

    it('to a client with a tenant about tokens of that tenant', async () => {
      const [resource, acme] = await Promise.all([
        service.client({ scopes: ['introspect:tokens'], tenant: 'acme' }),
        service.client({ tenant: 'acme' }),
      ]);
      expect(await activity(await newToken(acme), resource)).toBe(true);
    });

    it.each(['access_token', 'refresh_token', 'nonsense', ''])('whatever the hint: %j', async (hint) => {
      const token = await newToken();
      const answer = await introspect({ token, token_type_hint: hint, more: 'ignored' });
      expect(bodyOf(answer).active).toBe(true);
    });
  });

  describe('200 with {"active":false} and nothing else', () => {
    it.each<[string, (token: string) => Promise<string> | string]>([
      ['garbage', () => 'garbage'],
      ['three parts of garbage', () => 'a.b.c'],
      ['15 kB of garbage', () => `${'x'.repeat(5000)}.`.repeat(3)],
      ['an API key', () => reader.apiKey],
      ['a refresh token that is none', () => `tgr_${'a'.repeat(43)}_${'b'.repeat(49)}`],
      ['a changed payload', (token) => changed(token, { scope: 'write:products' })],
      ['a removed signature', (token) => `${token.split('.').slice(0, 2).join('.')}.`],
      ['no algorithm', (token) => unsigned(token)],
      ['a JWT of another type', () => withType('JWT')],
      ['another issuer', () => sign({ iss: 'https://evil.example.com' })],
      ['another audience', () => sign({ aud: 'else' })],
      ['a time to come', () => sign({ nbf: NOW / SECOND + 60 })],
      ['a lineage that nobody can read', () => sign({ lineage: 'everything' })],
      ['another key of the same id', async () => signWith((await generateKeyPair('RS256')).privateKey)],
    ])('for %s, and the ledger is not asked', async (_, make) => {
      const token = await make(await newToken());
      expect(await introspect({ token })).toEqual(INACTIVE);
      expect(service.takeOperations()).toEqual(['BatchGetItem']);
    });

    it('from the second in which it expires', async () => {
      const token = await newToken(reader, { expiresIn: 60 });
      service.clock.advance(MINUTE - SECOND);
      expect(await activity(token)).toBe(true);
      service.clock.advance(SECOND);
      expect(await introspect({ token })).toEqual(INACTIVE);
      service.clock.advance(-MINUTE);
    });

    it('on the very next call after it was revoked', async () => {
      const token = await newToken();
      expect(await activity(token)).toBe(true);
      expect(await service.revoke(form(byKey(reader), { token }))).toMatchObject({ statusCode: 200 });
      expect(await introspect({ token })).toEqual(INACTIVE);
    });

    it.each<[string, (clientId: string) => RevocationTarget]>([
      ['its client', (id) => ({ kind: 'client', id })],
      ['its credential', (id) => ({ kind: 'credential', id: `${id}/apikey00` })],
      ['its subject', (id) => ({ kind: 'subject', id: `user of ${id}` })],
      ['its tenant', (id) => ({ kind: 'tenant', id: `tenant of ${id}` })],
      ['what it came of', (id) => ({ kind: 'token', id: `parent of ${id}` })],
      // The last one: all of them are signed with it.
      ['its key', () => ({ kind: 'key', id: KID })],
    ])('while %s is revoked', async (_, targetOf) => {
      const client = await service.client();
      const { clientId: id } = client;
      // Older than the tokens of all other tests, which have the same key.
      const iat = NOW / SECOND - 3600;
      const lineage = `token:${encodeURIComponent(`parent of ${id}`)}`;
      const whose = { client_id: id, sub: `user of ${id}`, tenant: `tenant of ${id}` };
      const token = await sign({ ...whose, lineage, iat, nbf: iat });
      expect(await activity(token, client)).toBe(true);
      await revocationWriter(service.access(service.ledgerTable)).revoke(
        revocation(targetOf(id), iat, { revokedAt: iat * 1000, reason: 'operator' }),
      );
      expect(await introspect({ token }, client)).toEqual(INACTIVE);
    });

    it("for another client's token, which is as active as before", async () => {
      const other = await service.client();
      const token = await newToken();
      expect(await introspect({ token }, other)).toEqual(INACTIVE);
      expect(await activity(token)).toBe(true);
    });

    it('to a client with a tenant for tokens of another tenant, and of none', async () => {
      const [resource, globex] = await Promise.all([
        service.client({ scopes: ['introspect:tokens'], tenant: 'acme' }),
        service.client({ tenant: 'globex' }),
      ]);
      expect(await introspect({ token: await newToken(globex) }, resource)).toEqual(INACTIVE);
      expect(await introspect({ token: await newToken() }, resource)).toEqual(INACTIVE);
    });
  });

  describe('400', () => {
    it.each([
      ['no body', {}, 'token is missing', ['BatchGetItem']],
      ['no token', form({}, 'token_type_hint=access_token'), 'token is missing', ['BatchGetItem']],
      ['an empty token', form({}, 'token='), 'token is missing', ['BatchGetItem']],
      ['two tokens', form({}, 'token=a&token=b'), 'twice', []],
      ['two hints', form({}, 'token=a&token_type_hint=b&token_type_hint=b'), 'twice', []],
      ['JSON', { ...asking('', { token: 'a' }) }, 'content-type', []],
    ])('for %s', async (_, options, says, operations) => {
      const response = await ask({ ...options, headers: { ...options.headers, ...byKey(reader) } });
      expect(response).toMatchObject({ statusCode: 400, headers: { 'cache-control': 'no-store' } });
      expect(bodyOf(response)).toEqual({
        error: 'invalid_request',
        error_description: expect.stringContaining(says),
      });
      expect(service.takeOperations()).toEqual(operations);
    });
  });

  describe('401', () => {
    it.each<[string, () => Record<string, string>]>([
      ['no credentials', () => ({})],
      ['a wrong secret', () => basic(reader.clientId, 'wrong')],
      ['the token itself', () => ({ authorization: 'Bearer a.b.c' })],
    ])('for %s (§2.1), and the ledger is not asked', async (_, headers) => {
      const token = await newToken();
      const response = await ask(form(headers(), { token }));
      expect(response).toMatchObject({
        statusCode: 401,
        headers: { 'www-authenticate': expect.stringMatching(/^Basic realm=/) },
      });
      expect(bodyOf(response).error).toBe('invalid_client');
      expect(service.ledgerTable.takeOperations()).toEqual([]);
    });

    it('for a client id without a secret, whoever has it', async () => {
      const user = await service.client({ kind: 'user' });
      const token = await newToken(user);
      for (const { clientId } of [user, reader]) {
        expect(await ask(form({}, { token, client_id: clientId }))).toMatchObject({ statusCode: 401 });
      }
    });
  });

  it('413 for a body over 16 kB', async () => {
    expect(await introspect({ token: 'x'.repeat(17_000) })).toMatchObject({ statusCode: 413 });
  });

  describe('503 with Retry-After', () => {
    const UNAVAILABLE = { statusCode: 503, headers: { 'retry-after': '1', 'cache-control': 'no-store' } };
    const FAULTS: Fault[] = ['throttled', 'failing', 'denied', 'unprocessed', 'silent'];

    it.each(FAULTS)('while the ledger is %s: never active', async (fault) => {
      const token = await newToken();
      service.state.behindDoors = true;
      service.ledgerDoor.misbehave(() => fault);
      const response = await introspect({ token });
      expect(response).toMatchObject(UNAVAILABLE);
      expect(bodyOf(response)).not.toHaveProperty('active');
    });

    it('while the directory is down', async () => {
      service.state.behindDoors = true;
      service.directoryDoor.misbehave(() => 'failing');
      expect(await introspect({ token: 'a' })).toMatchObject(UNAVAILABLE);
    });

    it('while the published keys cannot be read', async () => {
      const token = await newToken();
      service.state.hasKeys = false;
      expect(await introspect({ token })).toMatchObject(UNAVAILABLE);
    });
  });

  it('logs who asked about which token, and neither token nor secret', async () => {
    const token = await newToken();
    await introspect({ token }, server);
    await introspect({ token: `${token}x` });
    expect(output.text()).toContain(claimsOf(token).jti);
    for (const secret of [token, token.split('.')[2] ?? token, reader.apiKey, server.apiKey]) {
      expect(output.text().includes(secret)).toBe(false);
    }
  });
});

const claims = (changes: object = {}) => ({
  ...{ iss: ISSUER, aud: AUDIENCE, sub: reader.clientId, client_id: reader.clientId },
  ...{ credential_id: 'apikey00', scope: 'read:products', txn: 't', jti: 'a-jti' },
  ...{ iat: NOW / SECOND, nbf: NOW / SECOND, exp: NOW / SECOND + 900 },
  ...changes,
});

const sign = (changes: object) => signToken(claims(changes), { kid: KID, key: service.privateKey });

const signWith = (key: CryptoKey) => signToken(claims(), { kid: KID, key });

const withType = (typ: string) =>
  new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', typ, kid: KID }).sign(service.privateKey);

function changed(token: string, changes: object): string {
  const [header, , signature] = token.split('.');
  const payload = Buffer.from(JSON.stringify({ ...claimsOf(token), ...changes })).toString('base64url');
  return [header, payload, signature].join('.');
}

function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid: KID })).toString('base64url');
  return `${header}.${token.split('.')[1]}.`;
}
