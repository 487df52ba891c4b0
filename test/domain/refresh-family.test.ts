import { describe, expect, it } from 'vitest';
import type { Client, Credential } from '../../lambdas/domain/client.ts';
import {
  lineageOfFamily,
  newFamily,
  REFRESH_GRACE,
  type RefreshFamily,
  remaining,
  standingOf,
  targetsOfFamily,
} from '../../lambdas/domain/refresh-family.ts';
import { DAY, MINUTE, NOW, SECOND } from '../support/clock.ts';

const client: Client = {
  ...{ clientId: 'alice', name: 'Alice', kind: 'user', state: 'active', createdAt: NOW },
  ...{ scopes: ['read:products', 'read:usage'], roles: ['support'], tenant: 'acme' },
  allowedClaims: ['userID'],
};
const credential: Credential = {
  ...{ clientId: 'alice', credentialId: 'password', kind: 'password', hash: '' },
  ...{ state: 'active', createdAt: NOW },
};
const granted = { scopes: ['read:products', 'read:users'], claims: { userID: '42' }, lifetime: 900 };
const ids = { lookup: 'lookup', familyId: 'family', txn: 'txn', current: 't1' };
const family = newFamily({ client, credential }, granted, ids, NOW);
const rotated = (at: number, changes: Partial<RefreshFamily> = {}): RefreshFamily => ({
  ...family,
  current: 't2',
  rotation: { previous: 't1', salt: 'salt', at },
  idleUntil: at + family.idle,
  ...changes,
});
const standing = (of: RefreshFamily, token: string, now: number) => standingOf(of, token, now).kind;

describe('a session', () => {
  it('lasts 30 days, and a token of it 7 days unused', () => {
    expect(family).toMatchObject({ startedAt: NOW, endsAt: NOW + 30 * DAY, idleUntil: NOW + 7 * DAY });
  });

  it('lasts as its client says, but never longer than 90 days', () => {
    const of = (changes: Partial<Client>) =>
      newFamily({ client: { ...client, ...changes }, credential }, granted, ids, NOW);
    expect(of({ refreshLifetime: 3600, refreshIdle: 60 })).toMatchObject({
      endsAt: NOW + 3600 * SECOND,
      idleUntil: NOW + MINUTE,
    });
    expect(of({ refreshLifetime: 1e9 }).endsAt).toBe(NOW + 90 * DAY);
    expect(of({ refreshLifetime: 60, refreshIdle: 3600 }).idleUntil).toBe(NOW + MINUTE);
  });

  it('ends with its client, subject, tenant, its first credential, and by itself', () => {
    expect(targetsOfFamily(family)).toEqual([
      { kind: 'token', id: 'family' },
      { kind: 'client', id: 'alice' },
      { kind: 'subject', id: 'alice' },
      { kind: 'credential', id: 'alice/password' },
      { kind: 'tenant', id: 'acme' },
    ]);
  });

  it('gives its access tokens all of that, as of its beginning', () => {
    const at = NOW / SECOND;
    expect(lineageOfFamily(family).map(({ issuedAt }) => issuedAt)).toEqual([undefined, at, at, at, at]);
  });
});

describe('a token of a session', () => {
  it('is current until it is replaced', () => {
    expect(standing(family, 't1', NOW)).toBe('current');
    expect(standing(rotated(NOW), 't2', NOW)).toBe('current');
  });

  it('is over at the very millisecond at which it has lain unused for too long', () => {
    expect(standing(family, 't1', NOW + 7 * DAY - 1)).toBe('current');
    expect(standing(family, 't1', NOW + 7 * DAY)).toBe('over');
  });

  it('is over at the very millisecond at which the session is, however much it was used', () => {
    const late = rotated(NOW + 30 * DAY - 10, { idleUntil: NOW + 30 * DAY });
    expect(standing(late, 't2', NOW + 30 * DAY - 1)).toBe('current');
    expect(standing(late, 't2', NOW + 30 * DAY)).toBe('over');
    expect(standing(late, 't1', NOW + 30 * DAY - 1)).toBe('repeated');
    expect(standing(late, 't1', NOW + 30 * DAY)).toBe('over');
  });

  it('is repeated for 30 seconds after it was replaced, to the millisecond, and then reused', () => {
    expect(standingOf(rotated(NOW), 't1', NOW + REFRESH_GRACE - 1)).toEqual({
      kind: 'repeated',
      salt: 'salt',
    });
    expect(standing(rotated(NOW), 't1', NOW + REFRESH_GRACE)).toBe('reused');
  });

  it('is repeated by a function whose clock is behind', () => {
    expect(standing(rotated(NOW), 't1', NOW - MINUTE)).toBe('repeated');
  });

  it('is reused at once where its successor was used already', () => {
    const later = { ...rotated(NOW), current: 't3', rotation: { previous: 't2', salt: 's', at: NOW } };
    expect(standing(later, 't1', NOW)).toBe('reused');
  });

  it('is reused even where the session is over: its access tokens may not be', () => {
    expect(standing(rotated(NOW), 't1', NOW + 365 * DAY)).toBe('reused');
  });

  it.each(['t1', 't2', 'never one'])('is ended where the session is: %s', (token) => {
    expect(standing(rotated(NOW, { endedAt: NOW }), token, NOW)).toBe('ended');
  });
});

describe('what is left of a session', () => {
  const roles = { support: ['read:users'] };
  const terms = { roles, tokenLifetime: 900 };
  const left = (changes: Partial<Client> = {}, of: Partial<Credential> = {}) =>
    remaining(
      family,
      { client: { ...client, ...changes }, credential: { ...credential, ...of } as Credential },
      terms,
      NOW + MINUTE,
    );

  it('is what was granted', () => {
    expect(left()).toEqual({ ok: true, value: { granted, roles: ['support'] } });
  });

  it.each<[string, Partial<Client>, Partial<Credential>]>([
    ['client', { state: 'disabled' }, {}],
    ['grant_type', { grantTypes: ['client_credentials'] }, {}],
    ['tenant', { tenant: 'other' }, {}],
    ['claims', { allowedClaims: [] }, {}],
    ['scopes', { scopes: [], roles: [] }, {}],
    ['credential', {}, { state: 'disabled' }],
    ['credential', {}, { validUntil: NOW + MINUTE }],
    ['credential', {}, { createdAt: NOW + 1 }],
  ])('is nothing where the %s is not what it was: %j %j', (fault, changes, of) => {
    expect(left(changes, of)).toEqual({ ok: false, failure: fault });
  });

  it('is nothing without client or credential', () => {
    expect(remaining(family, { credential }, terms, NOW)).toEqual({ ok: false, failure: 'client' });
    expect(remaining(family, { client }, terms, NOW)).toEqual({ ok: false, failure: 'credential' });
  });

  it('is less where the client has less scopes, and never more', () => {
    expect(left({ roles: [] })).toMatchObject({ value: { granted: { scopes: ['read:products'] } } });
    expect(left({ scopes: ['read:products', 'write:products'] })).toMatchObject({
      value: { granted: { scopes: ['read:products', 'read:users'] } },
    });
  });

  it('is shorter where the client gets shorter tokens now, and never longer', () => {
    expect(left({ tokenLifetime: 60 })).toMatchObject({ value: { granted: { lifetime: 60 } } });
    expect(left({ tokenLifetime: 3600 })).toMatchObject({ value: { granted: { lifetime: 900 } } });
  });

  it.each([
    [60, 60],
    [3600, 900],
  ])(
    'is shorter where the deployment gives shorter tokens now: at most %i, so %i',
    (tokenLifetime, lifetime) => {
      const facts = { client, credential };
      expect(remaining(family, facts, { ...terms, tokenLifetime }, NOW)).toMatchObject({
        value: { granted: { lifetime } },
      });
    },
  );

  it("does not depend on a service's first credential: it proves itself every time", () => {
    expect(left({ kind: 'service', grantTypes: ['refresh_token'] }, { state: 'disabled' }).ok).toBe(true);
  });

  it('has no scope where none was granted, and that is no fault', () => {
    const none = newFamily({ client, credential }, { ...granted, scopes: [] }, ids, NOW);
    expect(remaining(none, { client, credential }, terms, NOW)).toMatchObject({
      value: { granted: { scopes: [] } },
    });
  });
});
