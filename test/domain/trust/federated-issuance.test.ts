/** What a token of a trusted issuer becomes, by exchange and as an assertion. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Client, Credential } from '../../../lambdas/domain/client.ts';
import { JWT_BEARER, TOKEN_EXCHANGE } from '../../../lambdas/domain/grant-type.ts';
import { exchange, type Subject } from '../../../lambdas/domain/token-exchange.ts';
import { scopesOf } from '../../../lambdas/domain/token-request.ts';
import { federatedIssuance } from '../../../lambdas/domain/trust/federated-issuance.ts';
import type { Federated, ForeignToken } from '../../../lambdas/domain/trust/trusted-issuer.ts';
import { NOW } from '../../support/clock.ts';

const ROLES = { first: ['a', 'b'], second: ['c'] };
const terms = { roles: ROLES, tokenLifetime: 900 };

describe('a token of a trusted issuer', () => {
  const client: Client = {
    ...{ clientId: 'shop', name: 'Shop', kind: 'service', state: 'active', createdAt: 0, allowedClaims: [] },
    ...{ scopes: ['a'], roles: ['second'], tokenLifetime: 600 },
  };
  const credential: Credential = {
    ...{ clientId: 'shop', credentialId: 'one', kind: 'api_key', hash: '', state: 'active', createdAt: 0 },
  };
  const federated: Federated = {
    ...{ clientId: 'shop', sub: 'github:acme/shop', scopes: ['a', 'd'], roles: ['first', 'second'] },
    claims: { repo: 'acme/shop' },
  };
  const token = (changes: Partial<ForeignToken> = {}): ForeignToken => ({
    issuer: {
      ...{ issuer: 'https://partner.example', state: 'active', algorithms: [], audiences: [] },
      ...{ singleUse: true, mappings: [], keys: { kind: 'discovery' } },
    },
    ...{ claims: { sub: 'x', act: { sub: 'somebody' } }, exp: NOW / 1000 + 300 },
    ...changes,
  });
  const subject = (changes: Partial<Federated> = {}, of: Partial<ForeignToken> = {}): Subject => ({
    ...{ kind: 'federated', token: token(of), federated: { ...federated, ...changes } },
  });
  const outcome = (of: Subject, changes: Partial<Client> = {}) =>
    exchange({ subject: of, requester: { client: { ...client, ...changes }, credential }, now: NOW }, terms);

  it('becomes what the mapping says, within what the client has', () => {
    expect(outcome(subject())).toEqual({
      ok: true,
      value: {
        ...{ grantType: TOKEN_EXCHANGE, clientId: 'shop', credentialId: 'one', sub: 'github:acme/shop' },
        roles: ['first', 'second'],
        granted: { scopes: ['a', 'c'], claims: { repo: 'acme/shop' }, lifetime: 300 },
        // Who acted at the other issuer's means nothing here.
        act: { sub: 'shop' },
        lineage: [{ kind: 'credential', id: 'shop/https://partner.example' }],
        origin: { kind: 'federated', issuer: 'https://partner.example', subject: 'x' },
      },
    });
  });

  it('lives as long as it has left, as the mapping says and as the client may: the least of them', () => {
    const lifetimeOf = (of: Subject, changes: Partial<Client> = {}) => {
      const issuance = outcome(of, changes);
      return issuance.ok ? issuance.value.granted.lifetime : undefined;
    };
    expect(lifetimeOf(subject({ tokenLifetime: 120 }))).toBe(120);
    expect(lifetimeOf(subject({}), { tokenLifetime: 60 })).toBe(60);
    expect(lifetimeOf(subject({}, { exp: NOW / 1000 + 1.9 }))).toBe(1);
    expect(lifetimeOf(subject({}, { exp: NOW / 1000 + 0.9 }))).toBeUndefined();
    expect(lifetimeOf(subject({}, { exp: Number.NaN }))).toBeUndefined();
  });

  it.each<[string, Partial<Federated>, Partial<Client>]>([
    ['for another client', { clientId: 'depot' }, {}],
    ['of another tenant than the client', { tenant: 'zeta' }, { tenant: 'acme' }],
    ['whose subject looks like a client', { sub: 'shop' }, {}],
    ['whose subject is no text', { sub: 'x:\u0000' }, {}],
    ['whose subject no key can hold', { sub: `x:${'é'.repeat(200)}` }, {}],
    ['whose tenant no key can hold', { tenant: 'x'.repeat(1000) }, {}],
    ['whose tenant is empty', { tenant: '' }, {}],
  ])('is refused: one %s', (_, changes, ofClient) => {
    expect(outcome(subject(changes), ofClient)).toMatchObject({
      ok: false,
      failure: { kind: 'unacceptable' },
    });
  });

  it('is of the client’s tenant where the mapping names none', () => {
    expect(outcome(subject(), { tenant: 'acme' })).toMatchObject({ value: { tenant: 'acme' } });
    expect(outcome(subject({ tenant: 'acme' }))).toMatchObject({ value: { tenant: 'acme' } });
  });

  it('gets no claim that is reserved or looks like a secret, whatever the mapping says', () => {
    const claims = { sub: 'admin', tenant: 'zeta', client_secret: 'x', note: 'Bearer abc', fine: 'yes' };
    expect(outcome(subject({ claims }))).toMatchObject({ value: { granted: { claims: { fine: 'yes' } } } });
  });

  it('as an assertion has its issuer in the place of a credential, and nobody who acts', () => {
    const issuance = federatedIssuance({ token: token(), federated }, client, undefined, NOW, terms);
    expect(issuance).toMatchObject({
      value: { grantType: JWT_BEARER, credentialId: 'https://partner.example' },
    });
    expect(issuance.ok && issuance.value).not.toHaveProperty('act');
    expect(issuance.ok && issuance.value).not.toHaveProperty('lineage');
  });

  it('never gives more than its client has, another tenant, or a longer life', () => {
    const scopes = () => fc.subarray(['a', 'b', 'c', 'd']);
    const tenant = fc.option(fc.constantFrom('acme', 'zeta'), { nil: undefined });
    const seconds = fc.option(fc.integer({ min: 1, max: 90_000 }), { nil: undefined });
    const mapped = fc.record({
      scopes: scopes(),
      roles: fc.subarray(['first', 'second']),
      tenant,
      life: seconds,
    });
    const asked = fc.option(fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }), { nil: undefined });
    const left = fc.double({ min: -10, max: 90_000, noNaN: true });
    fc.assert(
      fc.property(
        mapped,
        mapped,
        asked,
        left,
        fc.integer({ min: 0, max: 999 }),
        (of, its, wanted, rest, ms) => {
          const asClient: Client = {
            ...{ ...client, scopes: its.scopes, roles: its.roles },
            ...(its.tenant !== undefined && { tenant: its.tenant }),
            ...(its.life !== undefined && { tokenLifetime: its.life }),
          };
          const subject: Federated = {
            ...{ ...federated, scopes: of.scopes, roles: of.roles },
            ...(of.tenant !== undefined && { tenant: of.tenant }),
            ...(of.life !== undefined && { tokenLifetime: of.life }),
          };
          const now = NOW + ms;
          const exp = now / 1000 + rest;
          const issuance = federatedIssuance(
            { token: token({ exp }), federated: subject },
            asClient,
            wanted,
            now,
            terms,
          );
          if (!issuance.ok) return;
          const { granted, tenant: got } = issuance.value;
          const both = scopesOf(asClient, ROLES).filter((scope) => scopesOf(subject, ROLES).includes(scope));
          expect([...granted.scopes].sort()).toEqual([...(wanted ?? both)].sort());
          expect(granted.scopes.every((scope) => both.includes(scope))).toBe(true);
          if (its.tenant !== undefined) expect(got).toBe(its.tenant);
          if (of.tenant !== undefined) expect(got).toBe(of.tenant);
          expect(Math.floor(now / 1000) + granted.lifetime).toBeLessThanOrEqual(exp);
          expect(granted.lifetime).toBeLessThanOrEqual(Math.min(of.life ?? 900_000, its.life ?? 900, 86_400));
          expect(granted.lifetime).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 300 },
    );
  });
});
