import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { revocationKinds } from '../../lambdas/domain/revocation.ts';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import {
  attemptsKey,
  clientItem,
  clientKey,
  credentialItem,
  credentialKey,
  issuedTokenKey,
  type Key,
  parseClient,
  parseCredential,
  parseRevocation,
  parseUsage,
  revocationKey,
  usageItem,
  usageKey,
  usageSortPrefix,
} from '../../lambdas/store/items.ts';
import { NOW } from '../support/clock.ts';

/** Ids with everything that could confuse a key. */
const id = fc.oneof(
  fc.string({ unit: fc.constantFrom('#', '%', '/', '_', '😀', 'é', 'a', ' ', '2', '3') }),
  fc.string({ unit: 'grapheme' }),
);
const text = (key: Key) => `${key.pk}\n${key.sk}`;

const required = [
  'requestId',
  'at',
  'sub',
  'clientId',
  'credentialId',
  'jti',
  'txn',
  'route',
  'status',
  'outcome',
  'price',
  'latency',
  'sourceIp',
] as const;

const usage: fc.Arbitrary<UsageRecord> = fc
  .record(
    {
      requestId: id,
      at: fc.integer({ min: 0, max: NOW * 2 }),
      sub: id,
      clientId: id,
      credentialId: id,
      tenant: id,
      jti: id,
      txn: id,
      route: id,
      status: fc.integer({ min: 100, max: 599 }),
      outcome: fc.constantFrom('admitted' as const, 'refused' as const),
      price: fc.nat(),
      pricedFrom: id,
      bytesOut: fc.nat(),
      bookedBy: fc.constantFrom('replay' as const, 'reconciliation' as const),
      latency: fc.nat(),
      sourceIp: fc.ipV6(),
    },
    { noNullPrototype: true, requiredKeys: [...required] },
  )
  .map((record) => record as UsageRecord);

describe('a usage record', () => {
  it('comes back as it went in', () => {
    fc.assert(
      fc.property(usage, (record) => {
        expect(parseUsage(usageItem(record, 60))).toEqual(record);
      }),
    );
  });

  it('expires its retention after its time, never earlier', () => {
    fc.assert(
      fc.property(usage, fc.nat(10 ** 8), (record, retention) => {
        expect(usageItem(record, retention).expiresAt * 1000).toBeGreaterThanOrEqual(
          record.at + retention * 1000,
        );
      }),
    );
  });

  it('has the key of its request, token and user: the same for each retry, and no other’s', () => {
    fc.assert(
      fc.property(usage, usage, (one, other) => {
        expect(usageKey({ ...one })).toEqual(usageKey(one));
        const same =
          one.requestId === other.requestId &&
          one.at === other.at &&
          one.sub === other.sub &&
          one.jti === other.jti;
        expect(text(usageKey(one)) === text(usageKey(other))).toBe(same);
      }),
    );
  });

  it('is found by its user’s prefix and by no other’s', () => {
    fc.assert(
      fc.property(usage, id, (record, sub) => {
        expect(usageKey(record).sk.startsWith(usageSortPrefix(record.sub))).toBe(true);
        expect(usageKey(record).sk.startsWith(usageSortPrefix(sub))).toBe(sub === record.sub);
      }),
    );
  });
});

describe('keys', () => {
  it('of two different things are different', () => {
    const thing = fc.oneof(
      fc.record({ kind: fc.constantFrom(...revocationKinds), id }).map((target) => ({
        what: JSON.stringify(target),
        key: revocationKey(target),
      })),
      id.map((jti) => ({ what: `token ${jti}`, key: issuedTokenKey(jti) })),
      id.map((clientId) => ({ what: `client ${clientId}`, key: clientKey(clientId) })),
      id.map((clientId) => ({ what: `attempts ${clientId}`, key: attemptsKey(clientId) })),
      fc.tuple(id, id).map((ids) => ({ what: JSON.stringify(ids), key: credentialKey(...ids) })),
    );
    fc.assert(
      fc.property(thing, thing, (one, other) => {
        expect(text(one.key) === text(other.key)).toBe(one.what === other.what);
      }),
    );
  });

  it('begin with what the permissions are written for, and nothing in an id changes that', () => {
    fc.assert(
      fc.property(id, fc.constantFrom(...revocationKinds), (anyId, kind) => {
        expect(revocationKey({ kind, id: anyId }).pk.split('#').slice(0, 2)).toEqual(['REVOKED', kind]);
        expect(revocationKey({ kind, id: anyId }).pk.split('#')).toHaveLength(3);
        expect(clientKey(anyId).pk).toMatch(/^CLIENT#[^#]*$/);
        expect(attemptsKey(anyId).pk).toMatch(/^ATTEMPTS#[^#]*$/);
      }),
    );
  });
});

describe('clients and credentials', () => {
  const client = {
    clientId: 'reader',
    name: 'Reader',
    kind: 'service',
    state: 'active',
    scopes: ['read:products'],
    roles: [],
    allowedClaims: ['userID'],
    createdAt: NOW,
  } as const;
  const credential = {
    clientId: 'reader',
    credentialId: 'abcd1234',
    kind: 'api_key',
    hash: 'ab'.repeat(32),
    state: 'active',
    createdAt: NOW,
  } as const;

  it('come back as they went in, with and without what is optional', () => {
    for (const extra of [{}, { tenant: 'acme', tokenLifetime: 60 }]) {
      expect(parseClient(clientItem({ ...client, ...extra }))).toEqual({ ...client, ...extra });
    }
    for (const extra of [{}, { validUntil: NOW }]) {
      expect(parseCredential(credentialItem({ ...credential, ...extra }))).toEqual({
        ...credential,
        ...extra,
      });
    }
  });
});

describe('an item that has not its shape', () => {
  it('throws with its key and the fields, and not with their values', () => {
    const item = {
      ...revocationKey({ kind: 'key', id: 'k' }),
      kind: 'key',
      id: 'k',
      issuedBefore: 'private',
    };
    expect(() => parseRevocation(item)).toThrow(
      'corrupt item REVOKED#key#k / REVOKED: issuedBefore, expiresAt',
    );
  });

  it('throws whatever it is, and never counts as absent', () => {
    const parsers = [parseRevocation, parseUsage, parseClient, parseCredential];
    fc.assert(
      fc.property(fc.constantFrom(...parsers), fc.anything(), (parser, item) => {
        expect(() => parser(item)).toThrow(/^corrupt item /);
      }),
    );
  });
});
