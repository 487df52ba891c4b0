import { describe, expect, it } from 'vitest';
import { operate, operated } from './operator.ts';
import { bearer, call, claimsOf, login, operator, reader } from './support.ts';

const routes = ['/admin/usage', '/admin/usage/tokens/x', '/admin/usage/transactions/x', '/admin/audit'];

describe('what operators are told', () => {
  it.each(routes)('403 for nobody, and for a token, whatever its scopes: GET %s', async (path) => {
    for (const headers of [{}, bearer(await login(reader.apiKey))]) {
      expect((await call(`GET ${path}`, { headers })).status).toBe(403);
    }
  });

  // Whoever runs these tests against a deployment need not be one who may operate it.
  describe.runIf(operator !== undefined)('with the signature of an operator', () => {
    it('a client from its creation to its calls, their cost and its tokens; nothing of it is booked', async () => {
      const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
      const wanted = { client_name: 'e2e', scope: 'read:products' };
      const created = await operated('POST /admin/clients', wanted);
      const { client_id: client, api_key: apiKey } = created as Record<string, string>;
      const token = await login(apiKey ?? '');
      await call('GET /products/lamp', { headers: bearer(token) });
      const { jti, txn, credential_id: credential } = claimsOf(token);

      const report = async () => operated(`GET /admin/usage?client=${client}&groupBy=route`);
      const rows = [
        { user: client, endpoint: 'GET /products/{name}', calls: 1 },
        { user: client, endpoint: 'POST /auth', calls: 1 },
      ];
      const first = await report();
      expect(first).toMatchObject({ rows, total: { calls: 2 } });
      expect(await operated(`GET /admin/usage/tokens/${jti}`)).toMatchObject({
        ...{
          client_id: client,
          total: { calls: 2 },
          links: { transaction: `/admin/usage/transactions/${txn}` },
        },
      });
      for (const list of [`credentials/${credential}?client=${client}`, `transactions/${txn}`]) {
        expect(await operated(`GET /admin/usage/${list}`)).toMatchObject({ tokens: [{ jti }] });
      }
      expect((await report()).total).toEqual(first.total);

      const csv = await operate(`GET /admin/usage?client=${client}&format=csv`);
      expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(csv.text).toContain(`\r\n${client},GET /products/{name},`);

      expect(await operated(`GET /admin/audit?target=client:${client}&from=${hourAgo}`)).toMatchObject({
        records: [{ action: 'client.create', outcome: 'done', status: 201, target: { client } }],
      });
    });

    it('400 for a credential of nobody', async () => {
      const answer = await operate('GET /admin/usage/credentials/apikey00');
      expect([answer.status, answer.json().code]).toEqual([400, 'client_required']);
    });
  });
});
