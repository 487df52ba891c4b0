import { describe, expect, it } from 'vitest';
import { classOf } from '../../../lambdas/domain/client-class.ts';
import {
  ACQUAINTANCE,
  type ClientHour,
  clientHours,
  type Habits,
  judge,
  MAX_ADDRESSES,
} from '../../../lambdas/domain/ledger/habits.ts';
import type { UsageRecord } from '../../../lambdas/domain/usage.ts';

const HOME = '203.0.113.7';

const hour = (changes: Partial<ClientHour> = {}): ClientHour => ({
  clientId: 'reader',
  class: 'service',
  cost: 100_000,
  addresses: [HOME],
  ...changes,
});

/** Habits of a client that spent the same in each of some hours. */
function settled(hours: number = ACQUAINTANCE): Habits {
  let habits: Habits | undefined;
  for (let index = 0; index < hours; index += 1) ({ habits } = judge(habits, `hour ${index}`, hour()));
  if (habits === undefined) throw new Error('no hours');
  return habits;
}

const oddityOf = (habits: Habits | undefined, changes: Partial<ClientHour>) =>
  judge(habits, 'now', hour(changes)).oddity;

describe('an address', () => {
  it('is new where the client never came from it, and known from the next hour on', () => {
    const { oddity, habits } = judge(settled(), 'now', hour({ addresses: [HOME, '198.51.100.1'] }));
    expect(oddity.newAddresses).toBe(1);
    expect(oddityOf(habits, { addresses: ['198.51.100.1'] }).newAddresses).toBe(0);
  });

  it('is never new of a client of which little is known, or which comes from everywhere', () => {
    const elsewhere = { addresses: ['198.51.100.1'] };
    expect(oddityOf(undefined, elsewhere).newAddresses).toBe(0);
    expect(oddityOf(settled(ACQUAINTANCE - 1), elsewhere).newAddresses).toBe(0);
    const addresses = Array.from({ length: MAX_ADDRESSES }, (_, index) => `10.0.0.${index}`);
    expect(oddityOf({ ...settled(), addresses }, elsewhere).newAddresses).toBe(0);
  });

  it('is forgotten where there are too many, the one that was not used for longest first', () => {
    const addresses = Array.from({ length: MAX_ADDRESSES }, (_, index) => `10.0.0.${index}`);
    const before = { ...settled(), addresses };
    const { habits } = judge(before, 'now', hour({ addresses: ['10.0.0.0', '198.51.100.1'] }));
    expect(habits.addresses).toHaveLength(MAX_ADDRESSES);
    expect(habits.addresses).not.toContain('10.0.0.1');
    expect(habits.addresses.slice(-2)).toEqual(['10.0.0.0', '198.51.100.1']);
  });
});

describe('a cost', () => {
  it.each([
    [100_000, false],
    [300_000, false],
    [300_001, true],
  ])('of %i micro-dollars, where 100,000 is usual: costly is %s', (cost, costly) => {
    expect(oddityOf(settled(), { cost }).costly).toBe(costly);
  });

  it('is not odd of whoever spends now this, now that', () => {
    let habits: Habits | undefined;
    for (let index = 0; index < 100; index += 1) {
      ({ habits } = judge(habits, `hour ${index}`, hour({ cost: index % 4 === 0 ? 400_000 : 10 })));
    }
    expect(oddityOf(habits, { cost: 400_000 }).costly).toBe(false);
    expect(oddityOf(habits, { cost: 4_000_000 }).costly).toBe(true);
  });

  it('is never odd while it is a trifle, or while little is known', () => {
    const cheap = { ...settled(), cost: { mean: 1, deviation: 0 } };
    expect(oddityOf(cheap, { cost: 9_999 }).costly).toBe(false);
    expect(oddityOf(cheap, { cost: 10_000 }).costly).toBe(true);
    expect(oddityOf(settled(ACQUAINTANCE - 1), { cost: 10_000_000 }).costly).toBe(false);
  });

  it('moves what is usual, slowly', () => {
    let habits = settled(48);
    const before = habits.cost.mean;
    ({ habits } = judge(habits, 'now', hour({ cost: 1_000_000 })));
    expect(habits.cost.mean).toBeGreaterThan(before);
    expect(habits.cost.mean).toBeLessThan(2 * before);
    expect(Number.isInteger(habits.cost.deviation)).toBe(true);
  });
});

describe('the records of an hour', () => {
  const record = (changes: Partial<UsageRecord>): UsageRecord => ({
    ...{
      requestId: 'request',
      at: 0,
      sub: 'reader',
      clientId: 'reader',
      credentialId: 'a1b2c3d4',
      jti: 'jti',
      txn: 'txn',
    },
    ...{ route: 'GET /things', status: 200, outcome: 'admitted', price: 5, latency: 1, sourceIp: HOME },
    ...changes,
  });

  it('come to what each client did', () => {
    const clients = clientHours();
    for (const one of [
      record({}),
      record({ sourceIp: '198.51.100.1' }),
      record({ clientId: 'other' }),
      record({}),
    ]) {
      clients.add(one);
    }
    expect(clients.all()).toEqual([
      hour({ cost: 15, addresses: [HOME, '198.51.100.1'] }),
      hour({ clientId: 'other', class: 'delegated', cost: 5 }),
    ]);
  });

  it('hold no more addresses than are compared, however many there are', () => {
    const clients = clientHours();
    for (let index = 0; index < 1000; index += 1)
      clients.add(record({ sourceIp: `10.0.${index >> 8}.${index & 255}` }));
    expect(clients.all()[0]?.addresses).toHaveLength(MAX_ADDRESSES);
  });
});

describe('the class', () => {
  it.each([
    ['user', { sub: 'alice', clientId: 'alice', credentialId: 'password' }],
    ['service', { sub: 'reader', clientId: 'reader', credentialId: 'a1b2c3d4' }],
    ['delegated', { sub: 'alice', clientId: 'gateway', credentialId: 'a1b2c3d4' }],
    [
      'delegated',
      { sub: 'github:octo/app', clientId: 'ci', credentialId: 'https://token.actions.githubusercontent.com' },
    ],
  ] as const)('is %s', (expected, caller) => {
    expect(classOf(caller)).toBe(expected);
  });
});
