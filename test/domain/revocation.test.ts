import { describe, expect, it } from 'vitest';
import {
  MAX_REFRESH_LIFETIME,
  MAX_TOKEN_LIFETIME,
  REVOCATION_MARGIN,
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

describe('a revocation', () => {
  const target = { kind: 'client', id: 'reader' } as const;

  it('ends tokens issued before it and in its very second, and none issued later', () => {
    const revoked = [revocation(target, 1000)];
    expect(revocationOf(revoked, 999)).toBe(revoked[0]);
    expect(revocationOf(revoked, 1000)).toBe(revoked[0]);
    expect(revocationOf(revoked, 1001)).toBeUndefined();
    expect(revocationOf([], 0)).toBeUndefined();
  });

  it('is found among others that do not match', () => {
    const old = revocation(target, 10);
    const recent = revocation({ kind: 'tenant', id: 'acme' }, 1000);
    expect(revocationOf([old, recent], 500)).toBe(recent);
  });

  it('outlives the last token that it can match by an hour', () => {
    const token = { kind: 'token', id: 'jti' } as const;
    expect(revocation(token, 1000).expiresAt).toBe(1000 + MAX_TOKEN_LIFETIME + REVOCATION_MARGIN);
    expect(revocation(target, 1000).expiresAt).toBe(1000 + MAX_REFRESH_LIFETIME + REVOCATION_MARGIN);
    expect(revocation(target, 1000, 1900).expiresAt).toBe(1900 + REVOCATION_MARGIN);
  });
});
