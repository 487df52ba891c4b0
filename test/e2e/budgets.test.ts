import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { operate, operated } from './operator.ts';
import { bearer, call, form, json, login, operator, reader } from './support.ts';

/** The first run of a deployment closes a whole day. */
const SLOW = { timeout: 60_000 };
const methods = ['GET', 'PUT', 'DELETE'] as const;

describe('/admin/budgets', () => {
  it.each(methods)('%s: 403 for nobody, and for a token', async (method) => {
    for (const headers of [{}, bearer(await login(reader.apiKey))]) {
      const body = method === 'GET' ? {} : { body: '{}' };
      const asked = { headers: { ...json, ...headers }, ...body };
      expect((await call(`${method} /admin/budgets`, asked)).status).toBe(403);
    }
  });

  // Whoever runs these tests against a deployment need not be one who may operate it.
  describe.runIf(operator !== undefined)('with the signature of an operator', () => {
    it('a budget that is used up ends tokens; one that is raised, or gone, does not', SLOW, async () => {
      const created = await operated('POST /admin/clients', { client_name: 'e2e', scope: 'read:products' });
      const { client_id, client_secret, api_key } = created as Record<string, string>;
      const ask = () =>
        call('POST /oauth2/token', {
          headers: form,
          body: new URLSearchParams({
            ...{ grant_type: 'client_credentials', client_id: client_id ?? '' },
            client_secret: client_secret ?? '',
          }).toString(),
        });
      const budget = { client_id, day_micro_dollars: 150 };
      expect((await operate('PUT /admin/budgets', budget)).status).toBe(201);
      // Two logins at 100 micro-dollars each: the figures of the next run know of both.
      expect((await ask()).status).toBe(200);
      await login(api_key ?? '');
      await operated('POST /admin/usage/closings');
      const { budgets } = (await operated('GET /admin/budgets')) as { budgets: Record<string, unknown>[] };
      expect(budgets.find((one) => one.client_id === client_id)).toMatchObject({
        ...{ ...budget, day_spent_micro_dollars: 200, day_percent: 133 },
        figures_at: expect.any(String),
      });
      const refused = await ask();
      expect([refused.status, refused.json().error]).toEqual([429, 'budget_exhausted']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

      expect((await operate('PUT /admin/budgets', { ...budget, day_micro_dollars: 1_000_000 })).status).toBe(
        200,
      );
      expect((await ask()).status).toBe(200);
      expect((await operate(`DELETE /admin/budgets?client_id=${client_id}`)).status).toBe(204);
      const gone = await operate(`DELETE /admin/budgets?client_id=${client_id}`);
      expect([gone.status, gone.json().code]).toEqual([404, 'unknown_budget']);
    });

    it('400 for what is no budget, with a code that says why', async () => {
      for (const [code, body] of [
        ['invalid_body', { tenant: randomUUID() }],
        ['invalid_day_micro_dollars', { tenant: randomUUID(), day_micro_dollars: -1 }],
      ]) {
        const answer = await operate('PUT /admin/budgets', body);
        expect([answer.status, answer.json().code]).toEqual([400, code]);
      }
    });
  });
});
