import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { operate, operated } from './operator.ts';
import { type Answer, basic, bearer, call, operator, reader, url, writer } from './support.ts';

const DAY = 86_400_000;

/** A month all of whose hours are over for a day at least. */
const month = (() => {
  const first = new Date(Date.now() - 2 * DAY).toISOString().slice(0, 7);
  return new Date(Date.parse(`${first}-01T00:00:00Z`) - DAY).toISOString().slice(0, 7);
})();
const own = (of: string, headers: Record<string, string>) => call(`GET /usage/statements/${of}`, { headers });

/** Other tests close hours as well, and of runs at once only the last gets to its end. */
async function closedMonth(ask: () => Promise<Answer>, tries = 5): Promise<Answer> {
  await operated('POST /admin/usage/closings');
  const answer = await ask();
  return answer.status === 200 || tries === 1 ? answer : closedMonth(ask, tries - 1);
}

describe('GET /usage/statements/{month}', () => {
  it('401 without credentials, 400 for no month, 409 for one that is not over', async () => {
    expect((await own(month, {})).status).toBe(401);
    expect((await own('2026-13', { 'x-api-key': reader.apiKey })).json()).toMatchObject({
      error: 'invalid_request',
    });
    const early = await own('9999-12', { 'x-api-key': reader.apiKey });
    expect(early.json()).toMatchObject({ error: 'month_not_closed' });
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('403 to an operator’s route without a signature', async () => {
    const answer = await call(`GET /admin/usage/statements/${reader.clientId}/${month}`, {
      headers: { 'x-api-key': reader.apiKey },
    });
    expect(answer.status).toBe(403);
  });

  it.skipIf(operator === undefined)(
    'a record that was booked late is in the statement, which the published keys verify; and which is no token',
    async () => {
      const at = Date.parse(`${month}-14T10:00:00Z`);
      const { clientId } = writer;
      const record = {
        ...{
          requestId: `e2e-${at}`,
          at,
          sub: clientId,
          clientId,
          credentialId: 'e2e',
          jti: 'e2e',
          txn: 'e2e',
        },
        ...{ route: 'GET /products/{name}', status: 200, outcome: 'admitted', price: 50, latency: 1 },
        sourceIp: '203.0.113.7',
      };
      await operated('POST /admin/usage/closings');
      await operated('POST /admin/usage/records', { booked_by: 'replay', records: [{ record }] });

      const { text } = await closedMonth(() => own(month, basic(writer.clientId, writer.clientSecret)));
      const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
      const options = { issuer: url, subject: clientId, typ: 'usage-statement+jwt', algorithms: ['RS256'] };
      const { payload } = await jwtVerify(text, keys, options);
      expect(payload).toMatchObject({
        rows: [{ route: 'GET /products/{name}', calls: 1, cost: '0.000050' }],
      });

      const operators = await operate(`GET /admin/usage/statements/${clientId}/${month}`);
      expect((await jwtVerify(operators.text, keys, options)).payload).toMatchObject({
        total: payload.total,
      });
      expect((await call('GET /protected-resource', { headers: bearer(text) })).status).toBe(401);
    },
    60_000,
  );
});
