/** The key that signs now, from a cached key ring. */
import { type CryptoKey, importJWK } from 'jose';
import { RING_CACHE, RING_CACHE_LIMIT, type RingKey, signingKeyAt } from '../domain/key-ring.ts';
import { type Clock, StoreUnavailable } from '../domain/ports.ts';
import { cached } from './cached.ts';
import { parseRing } from './ring-format.ts';
import { readSecret, type SecretAccess } from './secrets-manager.ts';

/** A private key that may sign. It cannot be exported from the process's memory by the Web Crypto API. */
export interface SigningKey {
  kid: string;
  key: CryptoKey;
}

export interface SigningKeys {
  /**
   * @returns the key that signs now: no call of Secrets Manager while the ring is cached
   * @throws {StoreUnavailable} when the ring cannot be read, or none of its keys may sign yet
   */
  current(): Promise<SigningKey>;
}

export interface SigningKeysOptions extends SecretAccess {
  clock: Clock;
  /** Milliseconds that the ring is cached; 5 minutes by default. */
  ttl?: number;
}

export function signingKeys({ clock, ttl = RING_CACHE, ...secret }: SigningKeysOptions): SigningKeys {
  const imported = new WeakMap<RingKey, Promise<SigningKey>>();
  const ring = cached({
    clock,
    ttl,
    limit: RING_CACHE_LIMIT,
    load: async () => {
      const current = await readSecret(secret);
      // Not cached: a deployment is about to write the first key.
      if (current === undefined) throw new StoreUnavailable('there is no key ring yet');
      return parseRing(current.text);
    },
  });
  return {
    current: async () => {
      const key = signingKeyAt(await ring(), clock());
      if (key === undefined) throw new StoreUnavailable('no key may sign yet');
      const ready = imported.get(key) ?? importKey(key);
      imported.set(key, ready);
      return ready;
    },
  };
}

const importKey = async ({ kid, privateJwk }: RingKey): Promise<SigningKey> => ({
  kid,
  key: (await importJWK({ ...privateJwk }, 'RS256', { extractable: false })) as CryptoKey,
});
