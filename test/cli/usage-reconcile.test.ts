import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAccess } from '../../cli/usage/access-lines.ts';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import { accessLog } from '../../lib/api-stage.ts';
import { type AccessFacts, accessLogLine } from '../../local/access-log.ts';
import { HOUR, NOW } from '../support/clock.ts';
import { usageRecord } from '../support/ledger.ts';
import { type LedgerApi, startLedgerApi } from './ledger-api.ts';

let books: LedgerApi;
beforeAll(async () => {
  books = await startLedgerApi();
});
afterAll(() => books.close());

const format = JSON.stringify(accessLog);

let requests = 0;
const call = (changes: Partial<UsageRecord> = {}): UsageRecord =>
  usageRecord({ requestId: `seen-${++requests}`, at: NOW - HOUR, ...changes });

/** The line of the access log that the deployed template makes of a call. */
const lineOf = (record: UsageRecord, passage: Partial<AccessFacts['passage']> = {}): string => {
  const { requestId, at: time, status, sourceIp, route: routeKey, bytesOut: length = 12 } = record;
  const { sub, clientId, credentialId, tenant, jti, txn } = record;
  const claims = {
    sub,
    client_id: clientId,
    credential_id: credentialId,
    jti,
    txn,
    ...(tenant && { tenant }),
  };
  const facts = { requestId, time, method: 'GET', path: '/x', sourceIp, status, latency: 9, length };
  return accessLogLine(format, {
    ...facts,
    passage: { routeKey, claims, integration: { latency: 7 }, ...passage },
  });
};

const save = async (name: string, lines: readonly string[]) => {
  await writeFile(join(books.place.folder, name), `${lines.join('\n')}\n`);
  return ['usage', 'reconcile', '--local', '--file', name];
};

const bookedOf = async ({ requestId }: UsageRecord) =>
  (await books.ledger.table.items()).filter((item) => item.requestId === requestId);

describe('tollgate usage reconcile', () => {
  it('4 with the calls that reached a function and have no record, and books nothing', async () => {
    const [booked, lost] = [call(), call({ status: 503, sub: 'bob' })];
    await books.ledger.usage.append(booked);
    const lines = [
      lineOf({ ...booked, at: booked.at - 3 }),
      lineOf(lost),
      // The authorizer refused these: no scope, no token.
      accessLogLine(format, {
        ...{
          requestId: 'r',
          time: NOW,
          method: 'GET',
          path: '/',
          sourceIp: '::1',
          status: 403,
          latency: 1,
          length: 0,
        },
        passage: { routeKey: 'GET /products/{name}', claims: { jti: 'jti-1', sub: 'alice' } },
      }),
      lineOf(call({ jti: '-', status: 401 })),
    ];
    const { code, stdout, stderr } = await books.place.run(await save('access.log', lines));
    expect(code).toBe(4);
    expect(stdout).toBe(`2 calls in access.log reached a protected function, 1 without a record.

  2026-11-22T11:00:00.000Z  503 GET /protected-resource, bob, ${lost.requestId}
`);
    expect(stderr).toMatch(/1 call without a record\.\nRun `tollgate usage replay` first/);
    expect(await bookedOf(lost)).toEqual([]);
    const { stdout: json } = await books.place.runHere([...(await save('access.log', lines)), '--json']);
    const { requestId, sub, clientId, jti } = lost;
    expect(JSON.parse(json)).toMatchObject({
      ...{ calls: 2, booked: 0 },
      missing: [
        {
          ...{ at: '2026-11-22T11:00:00.000Z', route: 'GET /protected-resource', status: 503 },
          ...{ sub, client_id: clientId, jti, request_id: requestId, latency_ms: 7 },
        },
      ],
    });
  });

  it('books them with --book, at the price of their route and time; a function that ran out of time costs nothing', async () => {
    const [served, late] = [call({ tenant: 'acme', bytesOut: 44 }), call({ status: 503 })];
    const args = [
      ...(await save(
        'book.log',
        [served, late].map((one) => lineOf(one)),
      )),
      '--book',
    ];
    const { code, stdout } = await books.place.runHere(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/2 without a record[\s\S]*Booked +2, \$0\.000010\n +Already booked +0\n/);
    const { price: _, pricedFrom: __, latency: ___, ...seen } = served;
    expect(await bookedOf(served)).toMatchObject([
      { ...seen, price: 10, latency: 7, bookedBy: 'reconciliation' },
    ]);
    expect(await bookedOf(late)).toMatchObject([{ status: 503, price: 0, bookedBy: 'reconciliation' }]);
    const again = await books.place.runHere([...args, '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ calls: 2, missing: [], booked: 0, unreadable: [] });
  });

  it('4 for lines that cannot be read: each is named, and the others are compared', async () => {
    const fine = call();
    await books.ledger.usage.append(fine);
    const old = JSON.stringify({ requestId: 'r', jti: 'jti-1', sub: 'alice', status: '200' });
    const lines = [lineOf(fine).slice(0, 90), old, lineOf({ ...fine, clientId: '-' }), lineOf(fine), ''];
    const { code, stdout } = await books.place.runHere(await save('bad.log', lines));
    expect({ code, stdout }).toEqual({
      code: 4,
      stdout: `1 call in bad.log reached a protected function, 0 without a record.

  Unreadable  bad.log:1: the line is cut or damaged
  Unreadable  bad.log:2: it has no timeEpoch: it is from before this version
  Unreadable  bad.log:3: the token of this call has no clientId, so no record is possible
`,
    });
  });

  it('reads the access log of a stack, and times in seconds', async () => {
    const record = call();
    await books.ledger.usage.append(record);
    const inSeconds = lineOf(record).replace(String(record.at), String(record.at / 1000));
    books.api.logs.set('StageAccessLog0A1B', [{ timestamp: NOW - HOUR, message: inSeconds }]);
    books.api.logs.set('ProductsLog0A1B', [{ timestamp: NOW - HOUR, message: lineOf(call()) }]);
    const period = ['--from', '2026-11-22T10:00:00Z', '--to', '2026-11-22T12:00:00Z'];
    const { code, stdout, stderr } = await books.runOnStack(['usage', 'reconcile', ...period]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      '1 call of 2026-11-22T10:00:00Z to 2026-11-22T12:00:00Z reached a protected function, 0 without a record.\n',
    );
  });

  it('reads any line to some end', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string().map((sub) => lineOf(call({ sub }))),
        ),
        (line) => {
          expect(['call', 'other', 'unreadable']).toContain(parseAccess(line).kind);
        },
      ),
    );
  });
});
