import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Client, Credential } from '../../lambdas/domain/client.ts';
import { clientPatchSchema, patchClient } from '../../lambdas/domain/client-patch.ts';
import type { ClientRecord } from '../../lambdas/domain/client-record.ts';
import { parseRegistration } from '../../lambdas/domain/client-registration.ts';
import { credentialPatchSchema, patchCredential } from '../../lambdas/domain/credential-patch.ts';
import { NOW } from '../support/clock.ts';

const known = { scopes: ['read:products', 'write:products'], roles: ['catalogue', 'support'] };
const client: Client = {
  ...{ clientId: 'ci', name: 'CI', kind: 'service', state: 'active', createdAt: NOW },
  ...{ scopes: ['read:products'], roles: [], allowedClaims: [] },
};
const record = (changes: Partial<ClientRecord> = {}): ClientRecord => ({
  ...{ client, creation: 'c', revision: 'r', isListed: true },
  ...changes,
});

/** Bodies that are sometimes right: the members, with values that some of them take. */
const member = fc.oneof(
  ...[fc.constant(null), fc.string(), fc.integer(), fc.boolean(), fc.anything()],
  fc.constantFrom('read:products', 'write:products read:products', 'active', 'disabled', 'acme', 60, 86_400),
  fc.constantFrom(['support'], ['catalogue', 'support'], ['userID'], ['client_credentials', 'refresh_token']),
);
const names = [...Object.keys(clientPatchSchema.shape), 'client_id', 'kind', 'other'];
const bodies = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...names), member, { maxKeys: 4 }));

describe('a patch of a client', () => {
  it('makes what could have been registered, or is refused with a code and a printable sentence', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const patched = patchClient(record(), body, known);
        if (!patched.ok) {
          expect(patched.failure.code).toMatch(/^(invalid|unknown|immutable)_[a-z_]+$/);
          expect(patched.failure.detail).toMatch(/^[\x20-\x7E]{1,400}$/);
          return;
        }
        const { client: changed } = patched.value.changed;
        const { clientId, kind, createdAt } = changed;
        expect({ clientId, kind, createdAt }).toEqual({ clientId: 'ci', kind: 'service', createdAt: NOW });
        const registration = {
          ...{ client_name: changed.name, kind, roles: changed.roles, allowed_claims: changed.allowedClaims },
          ...(changed.scopes.length > 0 && { scope: changed.scopes.join(' ') }),
          ...(changed.tenant !== undefined && { tenant: changed.tenant }),
          ...(changed.tokenLifetime !== undefined && { token_lifetime: changed.tokenLifetime }),
          ...(changed.grantTypes !== undefined && { grant_types: changed.grantTypes }),
          ...(changed.refreshLifetime !== undefined && { refresh_token_lifetime: changed.refreshLifetime }),
          ...(changed.refreshIdle !== undefined && { refresh_token_idle_lifetime: changed.refreshIdle }),
        };
        expect(parseRegistration(registration, known)).toMatchObject({ ok: true });
      }),
      { numRuns: 500 },
    );
  });

  it('does the same twice', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const once = patchClient(record(), body, known);
        if (!once.ok) return;
        const twice = patchClient(record(once.value.changed), body, known);
        expect(twice).toMatchObject({ ok: true, value: { differences: {} } });
        expect(twice.ok && Object.keys(twice.value.differences)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('decides about a creation or deletion that was not finished, where it names the state', () => {
    const outcomeOf = (phase: 'creating' | 'deleting', body: unknown) => {
      const patched = patchClient(record({ client: { ...client, state: 'disabled' }, phase }), body, known);
      return patched.ok ? [patched.value.changed.client.state, patched.value.changed.phase] : undefined;
    };
    expect(outcomeOf('creating', { state: 'disabled' })).toEqual(['disabled', undefined]);
    expect(outcomeOf('creating', { state: 'active' })).toEqual(['active', undefined]);
    expect(outcomeOf('creating', { client_name: 'B' })).toEqual(['disabled', 'creating']);
    expect(outcomeOf('deleting', { state: 'disabled' })).toEqual(['disabled', 'deleting']);
    expect(outcomeOf('deleting', { state: 'active' })).toEqual(['active', undefined]);
  });
});

describe('a patch of a credential', () => {
  const credential: Credential = {
    ...{ clientId: 'ci', credentialId: 'a1b2c3d4', kind: 'api_key', hash: 'x' },
    ...{ state: 'active', createdAt: NOW, validUntil: NOW + 1000 },
  };

  it('makes a state and an end that lies ahead, or is refused with a code and a printable sentence', () => {
    const times = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
    const body = fc.oneof(
      fc.anything(),
      fc.dictionary(fc.constantFrom(...Object.keys(credentialPatchSchema.shape)), fc.oneof(member, times)),
    );
    fc.assert(
      fc.property(body, (asked) => {
        const patched = patchCredential(credential, asked, NOW);
        if (patched.ok) {
          expect(['active', 'disabled']).toContain(patched.value.state);
          expect(patched.value.validUntil ?? Number.POSITIVE_INFINITY).toBeGreaterThan(NOW);
        } else {
          expect(patched.failure.code).toMatch(/^invalid_(body|state|valid_until)$/);
          expect(patched.failure.detail).toMatch(/^[\x20-\x7E]{1,300}$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
