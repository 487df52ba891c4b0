import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { operate, operated } from './operator.ts';
import { call, form, json, operator, reader, url } from './support.ts';

const pathOf = (clientId: string) => `POST /admin/clients/${clientId}/credentials`;

describe('POST /admin/clients/{clientId}/credentials', () => {
  it('403 for an API key', async () => {
    const headers = { 'x-api-key': reader.apiKey, ...json };
    const answer = await call(pathOf(reader.clientId), { headers, body: '{"kind": "api_key"}' });
    expect(answer.status).toBe(403);
  });

  // Whoever runs these tests against a deployment need not be one who may operate it.
  describe.runIf(operator !== undefined)('with the signature of an operator', () => {
    const create = (registration: Record<string, unknown> = {}) =>
      operated('POST /admin/clients', {
        ...{ client_id: `e2e-${randomUUID()}`, client_name: 'e2e', scope: 'read:products' },
        ...registration,
      });

    it('201: two API keys overlap, and without an overlap the old one ends at once', async () => {
      const { client_id: id, api_key: first } = await create();
      const [clientId, old] = [String(id), String(first)];
      const status = async (apiKey: unknown) =>
        (await call('POST /auth', { headers: { 'x-api-key': String(apiKey) } })).status;
      const replaces = old.split('_')[2];
      const { api_key: second } = await operated(pathOf(clientId), { replaces });
      expect([await status(old), await status(second)]).toEqual([200, 200]);
      const { api_key: third } = await operated(pathOf(clientId), { replaces, overlap: 0 });
      expect([await status(old), await status(second), await status(third)]).toEqual([401, 200, 200]);
    });

    it('201: so do two public keys, of a client that has no secret', async () => {
      const [old, next] = [await newKey('old-key'), await newKey('new-key')];
      const created = await create({ jwks: { keys: [old.jwk] } });
      expect(created).not.toHaveProperty('client_secret');
      const clientId = String(created.client_id);
      expect(await operated(pathOf(clientId), { jwk: next.jwk, replaces: 'old-key' })).toMatchObject({
        ...{ client_id: clientId, credential_id: 'new-key', kind: 'public_key', jwk: next.jwk },
        replaced: { credential_id: 'old-key', valid_until: expect.stringMatching(/Z$/) },
      });
      expect([await old.ask(clientId), await next.ask(clientId)]).toEqual([200, 200]);
    });

    it('404 for a client that there is not, 409 for a kid that is taken', async () => {
      const { jwk } = await newKey('one-key');
      const { client_id: clientId } = await create({ jwks: { keys: [jwk] } });
      expect((await operate(pathOf(`e2e-${randomUUID()}`), { kind: 'api_key' })).status).toBe(404);
      expect((await operate(pathOf(String(clientId)), { jwk })).status).toBe(409);
    });
  });
});

/** A key pair, and asking for a token by it, which tells the status. */
async function newKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk: Record<string, unknown> = { ...(await exportJWK(publicKey)), kid };
  const ask = async (clientId: string) => {
    const assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(url)
      .setExpirationTime('1m')
      .sign(privateKey);
    const parameters = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    };
    const body = new URLSearchParams(parameters).toString();
    return (await call('POST /oauth2/token', { headers: form, body })).status;
  };
  return { jwk, ask };
}
