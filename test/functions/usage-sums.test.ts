/** A report is the sum of the records that it is of, however it is grouped, paged, and come by. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GroupBy, groupings } from '../../lambdas/domain/ledger/grouping.ts';
import { hourOf, type UsageRecord } from '../../lambdas/domain/usage.ts';
import { usageHandler } from '../../lambdas/functions/usage/handler.ts';
import { alice, aliceRequest, unmetered } from '../support/caller.ts';
import { DAY, HOUR, NOW, testClock } from '../support/clock.ts';
import { grouped, ledgerInMemory } from '../support/ledger-in-memory.ts';
import { recordedLog } from '../support/recorded-log.ts';

/** Two months are touched. */
const START = NOW - 23 * DAY;
const SPAN = 3 * DAY;

const subs = ['alice', 'a', 'a!', 'a"b', 'é#', '__proto__', 'repo:acme/shop', 'zoe'];
const tenants = ['acme', 'Zebra', 'é', undefined];
const clients = ['alice', 'web'];

const token = fc.record({
  sub: fc.oneof(fc.constant('alice'), fc.constantFrom(...subs)),
  clientId: fc.constantFrom(...clients),
  tenant: fc.constantFrom(...tenants),
  issuedAt: fc.integer({ min: START, max: START + SPAN }),
  life: fc.constantFrom(60_000, HOUR, DAY),
});
const call = fc.record({
  token: fc.nat(),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  route: fc.constantFrom('GET /a', 'GET /b/{c}', 'constructor'),
  status: fc.constantFrom(200, 404, 500, 503),
  outcome: fc.constantFrom<UsageRecord['outcome'][]>('admitted', 'refused'),
  price: fc.nat(10_000_000),
  latency: fc.nat(40_000),
});
const records = fc
  .tuple(
    fc.array(token, { minLength: 12, maxLength: 20 }),
    fc.oneof(fc.array(call), fc.array(call, { minLength: 60, maxLength: 80 })),
  )
  .map(([tokens, calls]) =>
    calls.map(({ token, share, ...rest }, index): UsageRecord => {
      const number = token % tokens.length;
      const { issuedAt, life, tenant, ...who } = tokens[number] ?? {
        issuedAt: 0,
        life: 0,
        sub: '',
        clientId: '',
      };
      return {
        ...{ requestId: `request-${index}`, credentialId: 'key', txn: 'txn', sourceIp: '203.0.113.7' },
        ...{ ...rest, ...who, jti: uuidV7(issuedAt, number), at: Math.floor(issuedAt + share * life) },
        ...(tenant !== undefined && { tenant }),
      };
    }),
  );

const uuidV7 = (at: number, number: number): string => {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(number).padStart(12, '0')}`;
};

const whose: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: fc.constant({ user: '*' }) },
  { weight: 1, arbitrary: fc.constantFrom(...subs).map((user) => ({ user })) },
  { weight: 2, arbitrary: fc.constantFrom(...clients).map((client) => ({ client })) },
  { weight: 1, arbitrary: fc.constantFrom('acme', 'é').map((tenant) => ({ tenant })) },
);

const moment = fc.integer({ min: START - HOUR, max: START + SPAN + DAY });

describe('GET /usage', () => {
  it('tells each group once, page by page, and the sum of all of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        records,
        fc.record({
          whose,
          ends: fc.oneof(
            fc.constant<[number, number]>([START, START + SPAN + DAY]),
            fc.tuple(moment, moment),
          ),
          wholeHours: fc.boolean(),
          limit: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 20 })),
          closed: fc.oneof(moment, fc.constant(START + SPAN + DAY), fc.constant(undefined)),
        }),
        async (all, { whose, ends, wholeHours, limit, closed }) => {
          const [from = 0, to = 0] = ends
            .map((at) => (wholeHours ? Math.floor(at / HOUR) * HOUR : at))
            .sort((a, b) => a - b);
          const ledger = ledgerInMemory(all, closed === undefined ? undefined : hourOf(closed));
          const asked = all.filter((one) => from <= one.at && one.at < to && isOf(one, whose));
          for (const groupBy of groupings) {
            const pages = await allPages(ledger, {
              ...{ ...whose, groupBy, limit: String(limit) },
              ...{ from: new Date(from).toISOString(), to: new Date(to).toISOString() },
            });
            expect(pages.flatMap(({ rows }) => rows)).toEqual(plainRows(asked, groupBy));
            for (const page of pages) {
              expect(page.rows.length).toBeLessThanOrEqual(limit);
              expect(page.total).toMatchObject(plainSums(asked));
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

interface ReportPage {
  rows: object[];
  total: object;
  next?: string;
}

async function allPages(ledger: ReturnType<typeof ledgerInMemory>, query: Record<string, string>) {
  const log = recordedLog([]);
  const serve = usageHandler({ ...ledger, clock: testClock(), log, retention: (90 * DAY) / 1000 });
  const caller = { ...alice, scopes: ['read:usage:all'] };
  const pages: ReportPage[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const asked = { ...query, ...(cursor !== undefined && { cursor }) };
    const answer = await serve(aliceRequest('GET /usage', { query: asked }), caller, unmetered);
    expect(answer.statusCode, answer.body).toBe(200);
    const page: ReportPage = JSON.parse(answer.body ?? '');
    pages.push(page);
    cursor = page.next;
    expect(pages.length).toBeLessThan(1000);
  }
  return pages;
}

const isOf = (record: UsageRecord, { user, client, tenant }: Record<string, string>): boolean => {
  if (user === '*') return true;
  if (client !== undefined) return record.clientId === client;
  if (tenant !== undefined) return record.tenant === tenant;
  return record.sub === (user ?? 'alice');
};

function plainRows(records: readonly UsageRecord[], by: GroupBy): object[] {
  const groups = grouped(records, (record) => JSON.stringify(namesOf(record, by)));
  return [...groups]
    .map(([names, calls]) => ({ ...JSON.parse(names), ...plainSums(calls), latency_ms: expect.anything() }))
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

function namesOf(
  { sub: user, clientId: client, route: endpoint, tenant = undefined, jti, at }: UsageRecord,
  by: GroupBy,
): object {
  const time = new Date(at).toISOString();
  if (by === 'tenant') return { tenant: tenant ?? null };
  if (by === 'client') return { client };
  if (by === 'user') return { user };
  if (by === 'token') return { user, jti };
  if (by === 'route') return { user, endpoint };
  return { user, endpoint, date: time.slice(0, by === 'day' ? 10 : 13) };
}

const orderOf = ({ user, client, endpoint, date, jti, tenant }: Record<string, string | null>): string =>
  [encodeURIComponent(user ?? client ?? ''), endpoint, date, jti, encodeURIComponent(tenant ?? '')].join(
    '\0',
  );

function plainSums(records: readonly UsageRecord[]) {
  const cost = records.reduce((sum, { price }) => sum + price, 0);
  return {
    calls: records.length,
    errors: records.filter(({ outcome, status }) => outcome === 'admitted' && status >= 500).length,
    refused: records.filter(({ outcome }) => outcome === 'refused').length,
    cost_micro_dollars: cost,
    cost: (cost / 1e6).toFixed(6),
  };
}
