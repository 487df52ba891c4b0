import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../lambdas/crypto/create-key.ts';
import { publishedKeys } from '../../lambdas/crypto/published-keys.ts';
import { formatJwks, formatRing } from '../../lambdas/crypto/ring-format.ts';
import { signingKeys } from '../../lambdas/crypto/signing-keys.ts';
import { jwksOf, type KeyMaterial, type Ring } from '../../lambdas/domain/key-ring.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND, testClock } from '../support/clock.ts';
import { type TestSecrets, testSecrets } from '../support/secrets.ts';

let secrets: TestSecrets;
let pool: KeyMaterial[];
beforeAll(async () => {
  secrets = await testSecrets();
  pool = [await createKey(), await createKey()];
});
afterAll(() => secrets.close());

/** The second key takes over an hour from now. */
const ring = (): Ring => ({
  keys: pool.map((key, n) => ({
    ...key,
    createdAt: NOW - 9 * DAY,
    publishedAt: NOW - 9 * DAY,
    signsFrom: NOW - DAY + n * (DAY + HOUR),
  })),
});

const put = (SecretId: string, SecretString: string) =>
  secrets.client.send(new PutSecretValueCommand({ SecretId, SecretString }));

let secretId: string;
let clock: ReturnType<typeof testClock>;
let reachable: boolean;
beforeEach(async () => {
  secretId = await secrets.createSecret();
  clock = testClock();
  reachable = true;
  secrets.takeOperations();
});
const client = () => secrets.newClient(() => (reachable ? undefined : 'before'));

describe('the signing key', () => {
  const start = async () => {
    await put(secretId, formatRing(ring()));
    secrets.takeOperations();
    return signingKeys({ client: client(), secretId, clock });
  };

  it('takes one call at first and none once warm', async () => {
    const keys = await start();
    const first = await keys.current();
    expect(first.kid).toBe(pool[0]?.kid);
    for (let minute = 0; minute < 4; minute += 1) {
      clock.advance(MINUTE);
      expect(await keys.current()).toBe(first);
    }
    expect(secrets.takeOperations()).toEqual(['GetSecretValue']);
  });

  it('takes one call for many at once, cold and after five minutes', async () => {
    const keys = await start();
    for (let round = 1; round <= 2; round += 1) {
      await Promise.all(Array.from({ length: 20 }, () => keys.current()));
      expect(secrets.takeOperations()).toEqual(['GetSecretValue']);
      clock.advance(5 * MINUTE);
    }
  });

  it('changes by the clock, without a call', async () => {
    clock.advance(HOUR - MINUTE);
    const keys = await start();
    expect((await keys.current()).kid).toBe(pool[0]?.kid);
    clock.advance(MINUTE);
    expect((await keys.current()).kid).toBe(pool[1]?.kid);
    expect(secrets.takeOperations()).toEqual(['GetSecretValue']);
  });

  it('cannot be exported', async () => {
    const { key } = await (await start()).current();
    expect(key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('jwk', key)).rejects.toThrow();
  });

  it('lasts half an hour where the ring cannot be read again, and is tried for every ten seconds', async () => {
    const keys = await start();
    await keys.current();
    reachable = false;
    clock.advance(5 * MINUTE);
    for (let second = 0; second < 100; second += 1) {
      expect((await keys.current()).kid).toBe(pool[0]?.kid);
      clock.advance(SECOND);
    }
    clock.advance(25 * MINUTE);
    await expect(keys.current()).rejects.toThrow(StoreUnavailable);
    reachable = true;
    expect((await keys.current()).kid).toBe(pool[0]?.kid);
  });

  it('is none where there is no ring, and is there as soon as there is one', async () => {
    const keys = signingKeys({ client: client(), secretId, clock });
    await expect(keys.current()).rejects.toThrow(StoreUnavailable);
    await put(secretId, formatRing(ring()));
    expect((await keys.current()).kid).toBe(pool[0]?.kid);
  });

  it('is none while no key may sign, and none where the ring cannot be understood', async () => {
    const [, second] = ring().keys;
    await put(secretId, formatRing({ keys: second === undefined ? [] : [second] }));
    const keys = signingKeys({ client: client(), secretId, clock });
    await expect(keys.current()).rejects.toThrow(StoreUnavailable);
    clock.advance(HOUR);
    expect((await keys.current()).kid).toBe(second?.kid);
    await put(secretId, 'broken');
    await expect(signingKeys({ client: client(), secretId, clock }).current()).rejects.toThrow(
      StoreUnavailable,
    );
  });
});

describe('the published keys', () => {
  it('take one call for many at once, and none for five minutes', async () => {
    await put(secretId, formatJwks(jwksOf(ring())));
    secrets.takeOperations();
    const keys = publishedKeys({ client: client(), secretId, clock });
    const [first] = await Promise.all(Array.from({ length: 20 }, () => keys.jwks()));
    expect(first).toEqual(jwksOf(ring()));
    clock.advance(5 * MINUTE - 1);
    await keys.jwks();
    expect(secrets.takeOperations()).toEqual(['GetSecretValue']);
    clock.advance(1);
    await keys.jwks();
    expect(secrets.takeOperations()).toEqual(['GetSecretValue']);
  });

  it('are none before the first, and an empty set counts as none', async () => {
    const keys = publishedKeys({ client: client(), secretId, clock });
    await expect(keys.jwks()).rejects.toThrow(StoreUnavailable);
    await put(secretId, '{"keys":[]}');
    await expect(keys.jwks()).rejects.toThrow(StoreUnavailable);
    await put(secretId, formatJwks(jwksOf(ring())));
    expect((await keys.jwks()).keys).toHaveLength(2);
  });
});
