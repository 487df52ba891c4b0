/** Fetches an issuer's signing keys as an HTTP API does: once in two hours, no matter which `kid` it meets. */
import type { JWK } from 'jose';
import * as z from 'zod';

/** Milliseconds that keys are kept. There is no refetch for an unknown `kid` before that. */
export const JWKS_LIFETIME = 2 * 60 * 60_000;

/** Milliseconds that each of the two fetches may take. */
const FETCH_TIMEOUT = 1500;

/** Bytes that each of the two documents may have. */
const MAX_DOCUMENT = 150_000;

export type FetchKeys = (issuer: string) => Promise<Keys>;

export type Keys =
  | { ok: true; keys: readonly JWK[] }
  | { ok: false; error: 'OIDC discovery endpoint communication error' | 'JWKS communication error' };

const discoverySchema = z.looseObject({ jwks_uri: z.string() });
const jwksSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * @param clock milliseconds
 * @returns what gives the keys of an issuer; failures are not kept
 */
export function createKeyCache(clock: () => number): FetchKeys {
  const kept = new Map<string, { until: number; keys: Promise<Keys> }>();
  return (issuer) => {
    const cached = kept.get(issuer);
    if (cached !== undefined && clock() < cached.until) return cached.keys;
    const entry = { until: clock() + JWKS_LIFETIME, keys: fetchKeys(issuer) };
    kept.set(issuer, entry);
    return entry.keys.then((keys) => {
      if (!keys.ok && kept.get(issuer) === entry) kept.delete(issuer);
      return keys;
    });
  };
}

async function fetchKeys(issuer: string): Promise<Keys> {
  const discovery = await fetchJson(`${issuer}/.well-known/openid-configuration`, discoverySchema);
  if (discovery === undefined) return { ok: false, error: 'OIDC discovery endpoint communication error' };
  const jwks = await fetchJson(discovery.jwks_uri, jwksSchema);
  if (jwks === undefined) return { ok: false, error: 'JWKS communication error' };
  return { ok: true, keys: jwks.keys as JWK[] };
}

async function fetchJson<T extends z.ZodType>(url: string, schema: T): Promise<z.output<T> | undefined> {
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(FETCH_TIMEOUT),
    });
    if (response.status !== 200 || response.body === null) return undefined;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MAX_DOCUMENT) return undefined;
      chunks.push(chunk);
    }
    return schema.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8'))).data;
  } catch {
    // Unreachable, slow and malformed are one thing to the gateway.
    return undefined;
  }
}
