/** The JWKS that is published, cached. It comes from a secret of its own: no private key is within reach. */
import type { PublishedKeys } from '../domain/discovery.ts';
import { RING_CACHE, RING_CACHE_LIMIT } from '../domain/key-ring.ts';
import { type Clock, StoreUnavailable } from '../domain/ports.ts';
import { cached } from './cached.ts';
import { parseJwks } from './ring-format.ts';
import { readSecret, type SecretAccess } from './secrets-manager.ts';

export interface PublishedKeysOptions extends SecretAccess {
  clock: Clock;
  /** Milliseconds that the JWKS is cached; 5 minutes by default. */
  ttl?: number;
}

/** @returns the port; a set without keys counts as none. */
export const publishedKeys = ({
  clock,
  ttl = RING_CACHE,
  ...secret
}: PublishedKeysOptions): PublishedKeys => ({
  jwks: cached({
    clock,
    ttl,
    limit: RING_CACHE_LIMIT,
    load: async () => {
      const current = await readSecret(secret);
      const jwks = current === undefined ? { keys: [] } : parseJwks(current.text);
      // Not cached: a verifier that fetched an empty set would keep it for two hours.
      if (jwks.keys.length === 0) throw new StoreUnavailable('no key is published yet');
      return jwks;
    },
  }),
});
