import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { operate, operated } from './operator.ts';
import { bearer, call, claimsOf, login, reader } from './support.ts';

const record = (requestId: string) => ({
  ...{
    requestId,
    at: Date.now() - 30 * 60_000,
    sub: `lost-${requestId}`,
    clientId: 'lost',
    credentialId: 'lost',
  },
  ...{
    jti: randomUUID(),
    txn: randomUUID(),
    route: 'GET /products/{name}',
    status: 200,
    outcome: 'admitted',
  },
  ...{ price: 50, latency: 3, sourceIp: '203.0.113.7' },
});

interface Booked {
  request_id: string;
  at: string;
  route: string;
}

describe('the operators’ side of the ledger', () => {
  it('knows a call that was booked, and one that was not', async () => {
    const token = await login(reader.apiKey);
    const { sub, jti } = claimsOf(token);
    const headers = bearer(token);
    await call('GET /products/lamp', { headers });
    const { calls } = (await call(`GET /usage/tokens/${jti}`, { headers })).json();
    const product = (calls as Booked[]).find(({ route }) => route === 'GET /products/{name}');
    const made = { request_id: product?.request_id, at: Date.parse(product?.at ?? ''), sub, jti };
    const { missing } = await operated('POST /admin/usage/missing', {
      calls: [made, { ...made, request_id: 'never' }],
    });
    expect(missing).toEqual(['never']);
  });

  it('books what was lost, once', async () => {
    const body = { records: [{ record: record(randomUUID()) }], booked_by: 'replay' };
    const outcomes = [];
    for (let times = 0; times < 2; times += 1) {
      const { results } = await operated('POST /admin/usage/records', body);
      outcomes.push(...(results as { outcome: string }[]).map(({ outcome }) => outcome));
    }
    expect(outcomes).toEqual(['booked', 'already_booked']);
  });

  it('shows the chain, and no hour that is not closed', async () => {
    const { links } = await operated('GET /admin/usage/closings?limit=1');
    expect(Array.isArray(links)).toBe(true);
    const answer = await operate('GET /admin/usage/closings/2020-01-01T00');
    expect([answer.status, answer.json().code]).toEqual([404, 'hour_not_closed']);
  });
});
