/** Hours are closed and chained; a month of them becomes a statement that anybody can verify. */
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { Contract } from '../runner.ts';
import { type Answer, field, type Tour } from '../steps.ts';

const DAY = 86_400_000;
const TYPE = 'usage-statement+jwt';

export async function statement(tour: Tour, { url, clients: { reader } }: Contract): Promise<void> {
  tour.chapter('Closed hours, and a signed statement of a month');
  const closing = (title: string, expect: (answer: Answer) => boolean, expected: string) =>
    tour.operate({ title, request: ['POST', '/admin/usage/closings'], expect, expected });
  await closing(
    'the hours that are over are summed up and chained by hash; the schedule does that every five minutes',
    (answer) => answer.status === 200 && field(answer, 'backlog') === 0 && field(answer, 'head') !== null,
    '200, nothing left to close',
  );
  const month = monthBefore(Date.now());
  const late = Date.parse(`${month}-15T12:00:00Z`);
  await tour.operate({
    title: `two calls of ${month} were never booked, for the ledger could not be written; the log has them whole`,
    request: [
      'POST',
      '/admin/usage/records',
      {
        booked_by: 'replay',
        records: [recordAt(late, reader.clientId), recordAt(late + 1, reader.clientId)],
      },
    ],
    expect: (answer) => answer.status === 200 && !JSON.stringify(answer.body).includes('refused'),
    expected: '200, booked now, or by an earlier tour',
  });
  await closing(
    'so their hour is closed again, and has a new link',
    (answer) => answer.status === 200 && field(answer, 'backlog') === 0,
    '200',
  );
  const signed = await tour.step({
    title: `reader fetches its statement of ${month}`,
    request: ['GET', `/usage/statements/${month}`, { 'x-api-key': reader.apiKey }],
    expect: (answer) => answer.status === 200 && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(String(answer.body)),
    expected: '200, a JWS',
  });
  const claims = { issuer: url, subject: reader.clientId, typ: TYPE, algorithms: ['RS256'] };
  await tour.act({
    title: 'a plain JOSE library verifies it, with nothing but the published keys',
    code: `jwtVerify(statement, createRemoteJWKSet(new URL('${url}/.well-known/jwks.json')), { issuer, subject, typ: '${TYPE}' })`,
    act: async () => {
      const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
      return (await jwtVerify(String(signed.body), keys, claims)).payload;
    },
    expect: (payload) => Number(/"total":\{"calls":(\d+),/.exec(JSON.stringify(payload))?.[1]) >= 2,
    expected: 'the two calls, and what they cost',
  });
  await tour.step({
    title: 'signed by the same keys as a token, it is none',
    request: ['GET', '/protected-resource', { authorization: `Bearer ${signed.body}` }],
    expect: (answer) => answer.status === 401,
    expected: '401',
  });
}

/** A month that is over for a day at least, so that none of its hours is still open: the one before, mostly. */
function monthBefore(now: number): string {
  const first = new Date(now - 2 * DAY).toISOString().slice(0, 7);
  return new Date(Date.parse(`${first}-01T00:00:00Z`) - DAY).toISOString().slice(0, 7);
}

/** As `TOLLGATE_UNBOOKED_CALL` has it in the log. The same request is booked once, however often it is sent. */
const recordAt = (at: number, clientId: string) => ({
  record: {
    ...{ requestId: `tour-${at}`, at, sub: clientId, clientId, credentialId: 'tour' },
    ...{ jti: `tour-${at}`, txn: `tour-${at}`, route: 'GET /products/{name}', status: 200 },
    ...{ outcome: 'admitted', price: 50, latency: 12, sourceIp: '203.0.113.7' },
  },
});
