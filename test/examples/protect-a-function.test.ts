/** The example as it synthesizes, served by the local runner beside Tollgate; its README says how. */
import { describe, expect, it } from 'vitest';
import { bearer, call, claimsOf, form, login, reader } from '../e2e/support.ts';
import { addressOf } from './beside.ts';

const stock = addressOf('Stock');

const ask = (token: string, name = 'lamp') => fetch(`${stock}/stock/${name}`, { headers: bearer(token) });

describe('examples/protect-a-function', () => {
  it('answers a token, refuses it once it is revoked, and books each call at its price', async () => {
    const token = await login(reader.apiKey);
    const answer = await ask(token);
    expect(await answer.json()).toEqual({ in_stock: 12, asked_by: reader.clientId });
    expect((await ask(token, 'vase')).status).toBe(404);

    const body = new URLSearchParams({ token }).toString();
    const headers = { 'x-api-key': reader.apiKey, ...form };
    expect((await call('POST /oauth2/revoke', { headers, body })).status).toBe(200);
    const refused = await ask(token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(await refused.json()).toMatchObject({ code: 'token_revoked' });

    const jti = String(claimsOf(token).jti);
    const lineage = await call(`GET /usage/tokens/${jti}`, {
      headers: bearer(await login(reader.apiKey)),
    });
    const calls = lineage.json().calls as Record<string, unknown>[];
    expect(
      calls
        .filter(({ route }) => route === 'GET /stock/{name}')
        .map(({ status, outcome, cost_micro_dollars: cost }) => [status, outcome, cost]),
    ).toEqual([
      [200, 'admitted', 70],
      [404, 'admitted', 70],
      [401, 'refused', 0],
    ]);
  });

  it('is refused by the gateway without a token, and without its scope', async () => {
    expect((await fetch(`${stock}/stock/lamp`)).status).toBe(401);
    expect((await ask(await login(reader.apiKey, { scope: 'read:usage' }))).status).toBe(403);
  });
});
