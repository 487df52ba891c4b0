import { describe, expect, it } from 'vitest';
import {
  endingOf,
  MAX_REFRESH_LIFETIME,
  REVOCATION_MARGIN,
  type Revocation,
  revocation,
  revocationKinds,
  revocationOf,
  targetsOf,
} from '../../lambdas/domain/revocation.ts';
import { alice } from '../support/caller.ts';

describe('what can end a token', () => {
  it('is its own id, its client, subject, credential and key, and its tenant where it has one', () => {
    expect(targetsOf(alice).map(({ kind }) => kind)).toEqual([
      'token',
      'client',
      'subject',
      'credential',
      'key',
    ]);
    const kinds = targetsOf({ ...alice, tenant: 'acme' }).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual([...revocationKinds].sort());
  });

  it('names a credential together with its client, whose it is', () => {
    const ids = (clientId: string) =>
      targetsOf({ ...alice, clientId }).filter(({ kind }) => kind === 'credential');
    expect(ids('a')).not.toEqual(ids('b'));
  });
});

const target = { kind: 'client', id: 'reader' } as const;
const token = { kind: 'token', id: 'jti' } as const;
const key = { kind: 'key', id: 'kid' } as const;
const why = { revokedAt: 1_000_000, reason: 'operator' } as const;

describe('a revocation', () => {
  it('ends tokens issued before it and in its very second, and none issued later', () => {
    const revoked = [revocation(target, 1000, why)];
    expect(revocationOf(revoked, 999)).toBe(revoked[0]);
    expect(revocationOf(revoked, 1000)).toBe(revoked[0]);
    expect(revocationOf(revoked, 1001)).toBeUndefined();
    expect(revocationOf([], 0)).toBeUndefined();
  });

  it('is found among others that do not match', () => {
    const old = revocation(target, 10, why);
    const recent = revocation({ kind: 'tenant', id: 'acme' }, 1000, why);
    expect(revocationOf([old, recent], 500)).toBe(recent);
  });

  it.each([target, token, key])(
    'of a $kind outlives all that it can match, and is told of as long',
    (any) => {
      const least = 1000 + MAX_REFRESH_LIFETIME;
      expect(revocation(any, 1000, why).expiresAt).toBe(least + REVOCATION_MARGIN);
      expect(revocation(any, 1000, why, 1900).expiresAt).toBe(least + REVOCATION_MARGIN);
      expect(revocation(any, 1000, why, least + 1).expiresAt).toBe(least + 1 + REVOCATION_MARGIN);
    },
  );
});

describe('what ended a token', () => {
  const of = { iat: 900, exp: 1800 };
  const client = revocation(target, 1000, why);
  const without = ({ revokedAt: _at, reason: _reason, ...old }: Revocation): Revocation => old;

  it('is told with when and why', () => {
    expect(endingOf([client], of)).toEqual({ target, at: 1_000_000, reason: 'operator' });
    expect(endingOf([], of)).toBeUndefined();
  });

  it('is what the guard goes by', () => {
    expect(endingOf([client], { iat: 1001, exp: 1800 })).toBeUndefined();
    expect(endingOf([client], { iat: 1001, exp: 1800 }, [{ ...target, issuedAt: 900 }])).toBeDefined();
    expect(endingOf([revocation(token, 10, why)], of)).toBeDefined();
  });

  it('is the first of several', () => {
    const later = revocation(token, 900, { revokedAt: 1_100_000, reason: 'client_request' });
    expect(endingOf([later, client], of)).toMatchObject({ target });
    expect(endingOf([client, later], of)).toMatchObject({ target });
    expect(endingOf([without(later), client], of)).toMatchObject({ target });
  });

  it('is nothing that came when the token was over', () => {
    expect(endingOf([revocation(target, 1900, { ...why, revokedAt: 1_900_000 })], of)).toBeUndefined();
    expect(
      endingOf([revocation(target, 1900, { ...why, revokedAt: 1_900_000 })], { iat: 900 }),
    ).toBeDefined();
  });

  it('is an extension where the token is newer than the first time, at the time of that', () => {
    const extended = { ...client, issuedBefore: 1300 };
    expect(endingOf([extended], of)).toMatchObject({ at: 1_000_000, reason: 'operator' });
    expect(endingOf([extended], { ...of, iat: 1200 })).toEqual({ target, at: 1_300_000 });
  });

  it('of a key is its first time, although that reaches ahead; a token knows no extension', () => {
    const ahead = revocation(key, 90_000, { revokedAt: 1_000_000, reason: 'key_compromised' });
    expect(endingOf([ahead], { iat: 1500, exp: 1800 })).toMatchObject({ at: 1_000_000 });
    const session = revocation(token, 1000, { revokedAt: 1_000_000, reason: 'refresh_reused' });
    expect(endingOf([session], { iat: 1500, exp: 1800 })).toMatchObject({ reason: 'refresh_reused' });
  });

  it('may have been noted by nobody', () => {
    expect(endingOf([without(client)], of)).toEqual({ target, at: 1_000_000 });
    expect(endingOf([without(revocation(token, 900, why))], of)).toEqual({ target: token });
  });
});
