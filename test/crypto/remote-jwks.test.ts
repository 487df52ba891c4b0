import { errors, type FlattenedJWSInput } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { remoteJwks } from '../../lambdas/crypto/remote-jwks.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { MINUTE, SECOND, testClock } from '../support/clock.ts';
import {
  DISCOVERY,
  type ForeignKey,
  foreignKey,
  type IssuerServer,
  startIssuer,
} from '../support/issuer-server.ts';

const OWN = 'http://127.0.0.1:8787';
let issuer: IssuerServer;
let first: ForeignKey;
let second: ForeignKey;
let clock: ReturnType<typeof testClock>;
let sets: ReturnType<typeof remoteJwks>;
const reasons: string[] = [];

beforeAll(async () => {
  [first, second] = await Promise.all([foreignKey('first'), foreignKey('second')]);
});
beforeEach(async () => {
  issuer = await startIssuer();
  issuer.publish(first.jwk);
  clock = testClock();
  sets = setsOf({});
  reasons.length = 0;
});
afterEach(() => issuer.close());

const setsOf = (options: Partial<Parameters<typeof remoteJwks>[0]>) =>
  remoteJwks({ own: OWN, clock, timeout: 2000, onFailure: (_, reason) => reasons.push(reason), ...options });

const noToken: FlattenedJWSInput = { payload: '', signature: '' };
const find = (kid: string, from = sets) =>
  from(issuer.url, { kind: 'discovery' })({ alg: 'ES256', kid }, noToken);
const fetches = () => issuer.takeRequests().filter((path) => path === '/jwks').length;

describe('keys that are kept', () => {
  it('are fetched once, by discovery and from the address that it names', async () => {
    await find('first');
    await find('first');
    expect(issuer.takeRequests()).toEqual([DISCOVERY, '/jwks']);
  });

  it('are fetched from the address of the record, where it has one', async () => {
    const set = sets(issuer.url, { kind: 'jwks_uri', uri: `${issuer.url}/jwks` });
    await set({ alg: 'ES256', kid: 'first' }, noToken);
    expect(issuer.takeRequests()).toEqual(['/jwks']);
  });

  it('are fetched anew for a record whose address has changed', async () => {
    issuer.answer('/other', { keys: [second.jwk] });
    for (const path of ['/jwks', '/other']) {
      const set = sets(issuer.url, { kind: 'jwks_uri', uri: issuer.url + path });
      await set({ alg: 'ES256', kid: path === '/jwks' ? 'first' : 'second' }, noToken);
    }
    expect(issuer.takeRequests()).toEqual(['/jwks', '/other']);
  });

  it('are fetched once for a hundred that ask at the same time', async () => {
    await Promise.all(Array.from({ length: 100 }, () => find('first')));
    expect(fetches()).toBe(1);
  });

  it('are fetched again after ten minutes', async () => {
    await find('first');
    clock.advance(10 * MINUTE - 1);
    await find('first');
    expect(fetches()).toBe(1);
    clock.advance(1);
    await find('first');
    expect(fetches()).toBe(1);
  });

  it('are those of so many issuers, and no more: the one asked for longest ago is forgotten', async () => {
    const few = setsOf({ maxIssuers: 2 });
    const ask = async (path: string) => {
      issuer.answer(path, { keys: [first.jwk] });
      await few(issuer.url, { kind: 'jwks_uri', uri: issuer.url + path })(
        { alg: 'ES256', kid: 'first' },
        noToken,
      );
    };
    for (const path of ['/a', '/b', '/a', '/c', '/a', '/b']) await ask(path);
    expect(issuer.takeRequests()).toEqual(['/a', '/b', '/c', '/b']);
  });
});

describe('an issuer that rotates its keys', () => {
  it('is asked again for a kid that is not known, and the token waits for the answer', async () => {
    await find('first');
    issuer.publish(first.jwk, second.jwk);
    clock.advance(30 * SECOND);
    expect(await find('second')).toMatchObject({ type: 'public' });
    expect(fetches()).toBe(2);
  });

  it('is not asked more than once in 30 seconds, whatever kids are made up', async () => {
    await find('first');
    fetches();
    clock.advance(30 * SECOND);
    const made = Array.from({ length: 100 }, (_, index) => find(`../../made/up/${index}`));
    const outcomes = await Promise.allSettled(made);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(fetches()).toBe(1);
    clock.advance(29 * SECOND);
    await expect(find('second')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
    expect(fetches()).toBe(0);
    clock.advance(SECOND);
    await expect(find('second')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
    expect(fetches()).toBe(1);
  });

  it('has taken a key away: it is not used any longer than the others are kept', async () => {
    await find('first');
    issuer.publish(second.jwk);
    clock.advance(10 * MINUTE);
    await expect(find('first')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  });
});

describe('an issuer that is down', () => {
  const down = () => issuer.answer('/jwks', (response) => response.writeHead(500).end());

  it('is no verdict about a token, and is asked again after five seconds', async () => {
    down();
    await expect(find('first')).rejects.toBeInstanceOf(StoreUnavailable);
    clock.advance(4 * SECOND);
    await expect(find('first')).rejects.toBeInstanceOf(StoreUnavailable);
    expect(fetches()).toBe(1);
    issuer.publish(first.jwk);
    clock.advance(SECOND);
    await find('first');
    expect(fetches()).toBe(1);
    expect(reasons).toEqual(['it answers 500']);
  });

  it('lends its kept keys for an hour, and is asked every 30 seconds meanwhile', async () => {
    await find('first');
    fetches();
    down();
    clock.advance(10 * MINUTE);
    for (let times = 0; times < 3; times += 1) await find('first');
    expect(fetches()).toBe(1);
    clock.advance(30 * SECOND);
    await find('first');
    expect(fetches()).toBe(1);
    clock.advance(49 * MINUTE + 29 * SECOND);
    await find('first');
    clock.advance(SECOND);
    await expect(find('first')).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('cannot say whether a kid is a new one: no verdict, and no further question for 30 seconds', async () => {
    await find('first');
    fetches();
    down();
    clock.advance(MINUTE);
    for (let times = 0; times < 3; times += 1) {
      await expect(find('second')).rejects.toBeInstanceOf(StoreUnavailable);
    }
    expect(fetches()).toBe(1);
    await find('first');
  });
});
