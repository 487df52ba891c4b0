import fc from 'fast-check';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallPosition, TokenList } from '../../lambdas/domain/ledger/ports.ts';
import { hourOf, type IssuedToken, type UsageRecord } from '../../lambdas/domain/usage.ts';
import { parseIssuedToken, tokenRecordRange, usageKey } from '../../lambdas/store/items.ts';
import { issuanceWriter, usageWriter } from '../../lambdas/store/ledger.ts';
import { lineageReader } from '../../lambdas/store/lineage.ts';
import { MINUTE, NOW, SECOND } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';

let table: TestTable;
const ledger = () => ({ client: table.client, table: table.name, retention: 3600 });

beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.close());

const token = (changes: Partial<IssuedToken> = {}): IssuedToken => ({
  ...{ jti: v7({ msecs: NOW }), clientId: 'reader', credentialId: 'abcd1234', sub: 'reader' },
  ...{ scopes: ['read:products'], txn: 'txn', kid: 'key', iat: NOW / SECOND, exp: NOW / SECOND + 900 },
  ...{ sourceIp: '203.0.113.7', grantType: 'login' },
  ...changes,
});

const record = ({ jti, sub, clientId, credentialId, txn }: IssuedToken, call: CallPosition): UsageRecord => ({
  ...{ jti, sub, clientId, credentialId, txn, ...call, route: 'GET /thing', status: 200 },
  ...{ outcome: 'admitted', price: 10, latency: 3, sourceIp: '203.0.113.7' },
});

const note = (issued: IssuedToken) =>
  issuanceWriter(ledger()).append(issued, record(issued, { at: NOW, requestId: `login-${issued.jti}` }));

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('an issued token', () => {
  it.each<[string, Partial<IssuedToken>]>([
    ['with nothing but what all have', {}],
    ['with a tenant and a lineage', { tenant: 'acme', lineage: 'token:a client:b@1' }],
    ['of a session', { origin: { kind: 'refreshed', family: 'f' } }],
    ['of another token', { origin: { kind: 'exchanged', jti: 'j' } }],
    ['of a trusted issuer', { origin: { kind: 'federated', issuer: 'https://i', subject: 's', jti: 'j' } }],
    ['of one without jti', { origin: { kind: 'federated', issuer: 'https://i', subject: 's' } }],
  ])('%s comes back as it was written', async (_, changes) => {
    const issued = token(changes);
    await note(issued);
    expect(await lineageReader(ledger()).issued(issued.jti)).toEqual(issued);
  });

  it('is not there before it is written', async () => {
    expect(await lineageReader(ledger()).issued('never')).toBeUndefined();
  });

  it('throws where it has not its shape, with its key', () => {
    const item = { pk: 'TOKEN#jti', sk: 'ISSUED', ...token(), origin: { kind: 'found' } };
    expect(() => parseIssuedToken(item)).toThrow('corrupt item TOKEN#jti / ISSUED: origin');
  });
});

describe('the tokens of a list', () => {
  const read = (list: TokenList, before?: string) => all(lineageReader(ledger()).tokensOf(list, before));

  it('are those of this credential or transaction, whatever its name, the newest first', async () => {
    const names = { clientId: 'a#b', credentialId: 'https://issuer.example/%23', txn: 'é#😀' };
    const issued = [3, 1, 2].map((minute) =>
      token({ ...names, jti: v7({ msecs: NOW + minute * MINUTE }), iat: NOW / SECOND + minute * 60 }),
    );
    for (const one of issued) await note(one);
    await note(token({ clientId: 'a', credentialId: 'b#https://issuer.example/%23' }));
    const credential = { of: 'credential', ...names } as const;
    const transaction = { of: 'transaction', txn: names.txn } as const;
    const [newest, middle, oldest] = issued
      .map(({ jti }) => jti)
      .sort()
      .reverse();
    for (const list of [credential, transaction]) {
      expect((await read(list)).map(({ jti }) => jti)).toEqual([newest, middle, oldest]);
      expect((await read(list, middle)).map(({ jti }) => jti)).toEqual([oldest]);
      expect(await read(list, oldest)).toEqual([]);
    }
    const { jti, iat, exp, sub, clientId, credentialId, grantType } = issued[1] ?? token();
    expect(await read(credential, middle)).toEqual([
      { jti, iat, exp, sub, clientId, credentialId, grantType },
    ]);
  });
});

describe('the calls of a token in an hour', () => {
  it('are in the order of their time, from all shards, after one of them', async () => {
    const issued = token({ sub: 'a#b' });
    const others = [token({ sub: 'a#b' }), token({ sub: 'a' }), token({ ...issued, sub: 'a#' })];
    const calls = Array.from({ length: 12 }, (_, index) =>
      record(issued, {
        at: NOW + Math.floor(index / 2),
        requestId: `request-${String(index).padStart(2, '0')}`,
      }),
    );
    const foreign = others.map((other) => record(other, { at: NOW + 1, requestId: 'other' }));
    for (const one of [...calls, ...foreign].reverse()) await usageWriter(ledger()).append(one);
    const read = (after?: CallPosition) => all(lineageReader(ledger()).callsOf(issued, hourOf(NOW), after));
    expect(await read()).toEqual(calls);
    for (const [index, call] of calls.entries()) expect(await read(call)).toEqual(calls.slice(index + 1));
    expect(await all(lineageReader(ledger()).callsOf(issued, hourOf(NOW + 60 * MINUTE)))).toEqual([]);
  });

  it('are found by a range that no other token’s are in', () => {
    const id = fc.string({ unit: fc.constantFrom('#', '$', '%', '!', '-', 'a', '2', '3', 'é', '\u0000') });
    const call = fc.record({ sub: id, jti: id, requestId: id, at: fc.nat(5) }, { noNullPrototype: true });
    fc.assert(
      fc.property(call, call, fc.boolean(), (one, other, isAfter) => {
        const { from, to } = tokenRecordRange(one, isAfter ? one : undefined);
        const { sk } = usageKey(other);
        const key = ({ at, requestId }: CallPosition) => `${at}#${encodeURIComponent(requestId)}`;
        const same = one.sub === other.sub && one.jti === other.jti;
        expect(from <= sk && sk <= to).toBe(same && (!isAfter || key(other) > key(one)));
      }),
    );
  });
});
