import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { operate, operated } from './operator.ts';
import { basic, call, form, json, operator, reader } from './support.ts';

const IMPORT = 'POST /admin/imports';

describe(IMPORT, () => {
  it('403 for an API key', async () => {
    const headers = { 'x-api-key': reader.apiKey, ...json };
    expect((await call(IMPORT, { headers, body: '{"clients": []}' })).status).toBe(403);
  });

  // Whoever runs these tests against a deployment need not be one who may operate it.
  describe.runIf(operator !== undefined)('with the signature of an operator', () => {
    it('200: whoever had a secret elsewhere logs in with it here, before its hash is replaced and after', async () => {
      const [clientId, secret] = [`E2E_${randomUUID()}`, randomBytes(24).toString('base64url')];
      const hash = createHash('sha256').update(secret).digest('base64').replaceAll('=', '');
      const client = { client_id: clientId, client_name: 'e2e', secret_hash: `$sha256$${hash}` };
      const clients = [
        { ...client, scope: 'read:products' },
        { client_id: '-', client_name: 'e2e' },
      ];
      expect(await operated(IMPORT, { clients })).toMatchObject({
        results: [
          { client_id: clientId, outcome: 'created' },
          { outcome: 'refused', code: 'invalid_client_id' },
        ],
      });
      expect((await call('POST /auth', { headers: basic(clientId, secret) })).status).toBe(200);
      const grant = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret };
      const asked = { headers: form, body: new URLSearchParams(grant).toString() };
      expect((await call('POST /oauth2/token', asked)).status).toBe(200);
      expect(await operated(IMPORT, { clients })).toMatchObject({ exists: 1, results: [{ same: true }, {}] });
    });

    it('400: what is no import', async () => {
      expect(await operate(IMPORT, { clients: [] })).toMatchObject({ status: 400 });
    });
  });
});
