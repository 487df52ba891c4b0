/** No way of exchanging tokens, however often and by whomever, gives more than there was. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../lambdas/domain/access.ts';
import { type Actor, MAX_ACTORS, parseActor } from '../../lambdas/domain/actor.ts';
import type { Authenticated } from '../../lambdas/domain/authentication.ts';
import type { Client } from '../../lambdas/domain/client.ts';
import { type Issuance, tokenClaims } from '../../lambdas/domain/issuance.ts';
import { MAX_LINEAGE, parseLineage } from '../../lambdas/domain/lineage.ts';
import {
  type Revocation,
  type RevocationTarget,
  revocationOf,
  targetsOf,
} from '../../lambdas/domain/revocation.ts';
import { exchange } from '../../lambdas/domain/token-exchange.ts';
import { scopesOf } from '../../lambdas/domain/token-request.ts';
import { alice } from '../support/caller.ts';
import { NOW, testRandom } from '../support/clock.ts';

const SCOPES = ['a', 'b', 'c', 'd'];
const ROLES = { first: ['a', 'b'], second: ['c'] };
const terms = { roles: ROLES, tokenLifetime: 900 };
const here = { issuer: 'https://api.example.com', audience: 'tollgate' };
const random = testRandom();

const tenant = fc.option(fc.constantFrom('acme', 'zeta'), { nil: undefined });
const subsetOf = <Value>(values: readonly Value[]) => fc.subarray([...values]);

const requester: fc.Arbitrary<Authenticated> = fc
  .record({
    clientId: fc.constantFrom('shop', 'depot', 'alice', 'till', 'bank', 'desk'),
    credentialId: fc.constantFrom('one', 'two'),
    scopes: subsetOf(SCOPES),
    roles: subsetOf(Object.keys(ROLES)),
    tenant,
    lifetime: fc.option(fc.integer({ min: 1, max: 86_400 }), { nil: undefined }),
  })
  .map(({ clientId, credentialId, scopes, roles, tenant, lifetime }) => ({
    client: {
      ...{ clientId, name: clientId, kind: 'service', state: 'active', createdAt: 0, allowedClaims: [] },
      ...{ scopes, roles },
      ...(tenant !== undefined && { tenant }),
      ...(lifetime !== undefined && { tokenLifetime: lifetime }),
    } satisfies Client,
    credential: { clientId, credentialId, kind: 'api_key', hash: '', state: 'active', createdAt: 0 },
  }));

const root: fc.Arbitrary<Caller> = fc
  .record({
    scopes: subsetOf(SCOPES),
    roles: subsetOf(Object.keys(ROLES)),
    tenant,
    age: fc.integer({ min: 0, max: 3600 }),
    left: fc.integer({ min: -5, max: 86_400 }),
    session: fc.boolean(),
    claims: fc.dictionary(
      fc.constantFrom('userID', 'cart', 'act', 'password', 'scope', 'lineage'),
      fc.string(),
    ),
  })
  .map(({ scopes, roles, tenant, age, left, session, claims }) => ({
    ...alice,
    ...{ scopes, roles, claims, iat: NOW / 1000 - age, exp: NOW / 1000 + left },
    ...(tenant !== undefined && { tenant }),
    ...(session && { lineage: [{ kind: 'token' as const, id: 'session' }] }),
  }));

/** One step of a chain. */
const step = fc.record({
  requester,
  asked: fc.option(fc.subarray(SCOPES, { minLength: 1 }), { nil: undefined }),
  /** Milliseconds that pass before it. */
  pause: fc.integer({ min: 0, max: 5000 }),
  kid: fc.constantFrom('key-1', 'key-2'),
});

/** @returns what the guard makes of the token that is issued, claims read back from their text. */
function callerFrom(issuance: Issuance, now: number, kid: string): Caller {
  const claims = tokenClaims(issuance, here, now, random);
  const lineage = claims.lineage === undefined ? undefined : parseLineage(claims.lineage);
  if (claims.lineage !== undefined && lineage === undefined) throw new Error('unreadable lineage');
  return {
    ...{ sub: claims.sub, clientId: claims.client_id, credentialId: claims.credential_id, kid },
    ...{ jti: claims.jti, txn: claims.txn, iat: claims.iat, exp: claims.exp },
    scopes: claims.scope.split(' ').filter((scope) => scope !== ''),
    roles: (claims.roles ?? '').split(' ').filter((role) => role !== ''),
    ...(claims.tenant !== undefined && { tenant: claims.tenant }),
    ...(claims.act !== undefined && { act: claims.act }),
    ...(lineage !== undefined && { lineage }),
    claims: issuance.granted.claims,
  };
}

/** Runs a chain; calls `check` for each token that is issued. */
function run(
  parent: Caller,
  steps: { requester: Authenticated; asked: string[] | undefined; pause: number; kid: string }[],
  check: (parent: Caller, child: Caller, requester: Authenticated, asked: string[] | undefined) => void,
): Caller[] {
  const chain = [parent];
  let now = NOW;
  for (const { requester, asked, pause, kid } of steps) {
    now += pause;
    const caller = chain.at(-1) ?? parent;
    const subject = { kind: 'own' as const, caller };
    const issuance = exchange({ subject, requester, now, ...(asked && { scopes: asked }) }, terms);
    if (!issuance.ok) continue;
    const child = callerFrom(issuance.value, now, kid);
    check(caller, child, requester, asked);
    chain.push(child);
  }
  return chain;
}

const chains = fc.tuple(root, fc.array(step, { minLength: 1, maxLength: 8 }));

const within = (inner: readonly string[], outer: readonly string[]) =>
  inner.every((one) => outer.includes(one));
const actorsIn = (act: Actor | undefined): string[] => (act ? [act.sub, ...actorsIn(act.act)] : []);

describe('in any chain of exchanges', () => {
  it('a child has no more scope than its parent and its client, and just what was asked for', () => {
    fc.assert(
      fc.property(chains, ([parent, steps]) => {
        run(parent, steps, (of, child, { client }, asked) => {
          expect(within(child.scopes, of.scopes) && within(child.scopes, scopesOf(client, ROLES))).toBe(true);
          expect(within(child.roles, of.roles) && within(child.roles, client.roles)).toBe(true);
          if (asked !== undefined) expect(child.scopes).toEqual(asked);
        });
      }),
    );
  });

  it('a child is of the same subject, tenant and transaction, and of the tenant of its client', () => {
    fc.assert(
      fc.property(chains, ([parent, steps]) => {
        run(parent, steps, (of, child, { client }) => {
          expect([child.sub, child.tenant, child.txn]).toEqual([of.sub, of.tenant, of.txn]);
          if (client.tenant !== undefined) expect(child.tenant).toBe(client.tenant);
          expect(child.clientId).toBe(client.clientId);
        });
      }),
    );
  });

  it('a child ends with its parent or before, and has a second at least', () => {
    fc.assert(
      fc.property(chains, ([parent, steps]) => {
        run(parent, steps, (of, child, { client }) => {
          expect(child.exp).toBeLessThanOrEqual(of.exp);
          expect(child.exp - child.iat).toBeLessThanOrEqual(client.tokenLifetime ?? terms.tokenLifetime);
          expect(child.exp - child.iat).toBeGreaterThanOrEqual(1);
        });
      }),
    );
  });

  it('every target of the parent is one of the child, once, and no more than can be carried', () => {
    fc.assert(
      fc.property(chains, ([parent, steps]) => {
        run(parent, steps, (of, child) => {
          const names = targetsOf(child).map(({ kind, id }) => `${kind} ${id}`);
          expect(
            within(
              targetsOf(of).map(({ kind, id }) => `${kind} ${id}`),
              names,
            ),
          ).toBe(true);
          expect(new Set(names).size).toBe(names.length);
          expect(child.lineage?.length).toBeLessThanOrEqual(MAX_LINEAGE);
        });
      }),
    );
  });

  it('whatever is revoked and whenever: what ends a token ends all that came of it', () => {
    const revocation = fc.record({
      at: fc.integer({ min: NOW / 1000 - 3700, max: NOW / 1000 + 50 }),
      which: fc.nat(),
      from: fc.nat(),
    });
    fc.assert(
      fc.property(
        chains,
        fc.array(revocation, { minLength: 1, maxLength: 3 }),
        ([parent, steps], revoked) => {
          const chain = run(parent, steps, () => {});
          const revocations = revoked.flatMap(({ at, which, from }): Revocation[] => {
            const targets = targetsOf(chain[from % chain.length] ?? parent);
            const target = targets[which % targets.length] as RevocationTarget;
            return [{ target, issuedBefore: at, expiresAt: Number.MAX_SAFE_INTEGER }];
          });
          const ended = chain.map((token) => {
            const found = revocations.filter(({ target }) => hasTarget(token, target));
            return revocationOf(found, token.iat, token.lineage) !== undefined;
          });
          // Once one is over, so are all that follow.
          const first = ended.indexOf(true);
          if (first >= 0) expect(ended.slice(first)).toEqual(ended.slice(first).map(() => true));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('the actors are those who acted, the last one first, without a client’s exchange of its own token', () => {
    fc.assert(
      fc.property(chains, ([parent, steps]) => {
        run(parent, steps, (of, child) => {
          const before = actorsIn(of.act);
          expect(actorsIn(child.act)).toEqual(
            child.clientId === of.clientId ? before : [child.clientId, ...before],
          );
          expect(actorsIn(child.act).length).toBeLessThanOrEqual(MAX_ACTORS);
          if (child.act !== undefined)
            expect(parseActor(JSON.parse(JSON.stringify(child.act)))).toEqual(child.act);
        });
      }),
    );
  });

  it('claims go on, but none that is reserved or looks like a secret', () => {
    fc.assert(
      fc.property(chains, ([parent, steps]) => {
        run(parent, steps, (of, child) => {
          expect(within(Object.keys(child.claims), ['userID', 'cart'])).toBe(true);
          for (const [name, value] of Object.entries(child.claims)) expect(value).toBe(of.claims[name]);
        });
      }),
    );
  });
});

const hasTarget = (token: Caller, { kind, id }: RevocationTarget) =>
  targetsOf(token).some((target) => target.kind === kind && target.id === id);
