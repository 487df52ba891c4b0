import { describe, expect, it } from 'vitest';
import { bearer, call, login, reader, writer } from './support.ts';

interface Usage {
  rows: {
    user: string;
    endpoint: string;
    date: string;
    calls: number;
    cost_micro_dollars: number;
    cost: string;
  }[];
  total: { calls: number; cost_micro_dollars: number; cost: string };
}

const usage = async (token: string, query = '') => call(`GET /usage${query}`, { headers: bearer(token) });

const of = (report: Usage, endpoint: string) =>
  report.rows
    .filter((row) => row.endpoint === endpoint)
    .reduce((sum, row) => ({ calls: sum.calls + row.calls, cost: sum.cost + row.cost_micro_dollars }), {
      calls: 0,
      cost: 0,
    });

describe('GET /usage', () => {
  it('200: each admitted call counts once, at its price', async () => {
    const token = await login(writer.apiKey);
    const before = (await usage(token)).json() as unknown as Usage;
    for (let i = 0; i < 3; i++) await call('GET /products/lamp', { headers: bearer(token) });
    const after = (await usage(token)).json() as unknown as Usage;
    const difference = {
      calls: of(after, 'GET /products/{name}').calls - of(before, 'GET /products/{name}').calls,
      cost: of(after, 'GET /products/{name}').cost - of(before, 'GET /products/{name}').cost,
    };
    expect(difference.calls).toBeGreaterThanOrEqual(3);
    expect(difference.cost).toBe(difference.calls * 50);
    expect(after.rows.every((row) => row.user === writer.clientId)).toBe(true);
  });

  it('200: as CSV, with the columns that were promised', async () => {
    const answer = await usage(await login(reader.apiKey), '?format=csv');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(answer.text.split(/\r?\n/)[0]).toMatch(/^User,API endpoint,Date,Calls,Cost,/);
    expect(answer.text).toMatch(/^reader,POST \/auth,\d{4}-\d\d-\d\d,\d+,\d+\.\d{6},/m);
  });

  it.each([
    ['from=2026-11-02&to=2026-11-01', 'range_reversed'],
    ['from=yesterday', 'invalid_from'],
    ['to=2026-02-30', 'invalid_to'],
    ['from=2020-01-01&to=2026-01-01', 'range_too_long'],
  ])('400 for ?%s', async (query, code) => {
    const answer = await usage(await login(reader.apiKey), `?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code });
  });

  it('200: page by page, by hour', async () => {
    const token = await login(reader.apiKey);
    await call('GET /products/lamp', { headers: bearer(token) });
    const first = await usage(token, '?groupBy=hour&limit=1');
    expect(first.json()).toMatchObject({ rows: [{ date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d$/) }] });
    const [, next = ''] = /^<(\?.*)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? [];
    const second = await usage(token, next);
    expect(second.status).toBe(200);
    expect(second.json().rows).not.toEqual(first.json().rows);
  });

  it('403 for anyone else’s without read:usage:all', async () => {
    const answer = await usage(await login(reader.apiKey), '?user=*');
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'insufficient_scope' });
  });

  it('403 without read:usage', async () => {
    expect((await usage(await login(reader.apiKey, { scope: 'read:products' }))).status).toBe(403);
  });
});
