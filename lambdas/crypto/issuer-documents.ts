/** The keys of a trusted issuer as it publishes them: where they are, and which of them may be used. */

import { StoreUnavailable } from '../domain/ports.ts';
import { isOnHostOf, isTrustableUrl } from '../domain/trust/issuer-url.ts';
import type { IssuerKeys } from '../domain/trust/trusted-issuer.ts';
import { type VerificationKey, verificationKey } from '../domain/trust/verification-key.ts';
import { boundedJson } from './bounded-json.ts';

/** What is published somewhere else, and not written down with the issuer. */
export type RemoteKeys = Exclude<IssuerKeys, { kind: 'jwks' }>;

export interface FetchKeysOptions {
  /** This deployment's own issuer: it decides whether http on loopback will do. */
  own: string;
  /** Milliseconds for all that has to be fetched. */
  timeout: number;
}

/** What API Gateway takes of such a document. */
const MAX_BYTES = 150_000;
const MAX_KEYS = 100;

/**
 * Fetches the keys of an issuer: from the address that its record names, or from the one that its discovery document
 * names, which has to be on the issuer's own host and to be about this very issuer (OpenID Connect Discovery §4.3).
 *
 * @returns the usable keys, at least one
 * @throws {StoreUnavailable} whatever goes wrong; its message says what, and quotes nothing
 */
export async function fetchKeys(
  issuer: string,
  keys: RemoteKeys,
  { own, timeout }: FetchKeysOptions,
): Promise<VerificationKey[]> {
  const bounds = { signal: AbortSignal.timeout(timeout), maxBytes: MAX_BYTES };
  const get = (url: string) => {
    if (!isTrustableUrl(url, own)) throw new StoreUnavailable('its address is not one to be asked');
    return boundedJson(url, bounds);
  };
  const uri = keys.kind === 'jwks_uri' ? keys.uri : jwksUriIn(await get(discoveryOf(issuer)), issuer);
  return keysIn(await get(uri));
}

/** A slash at the issuer's end is not doubled (OpenID Connect Discovery §4). */
const discoveryOf = (issuer: string): string =>
  `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

function jwksUriIn(document: unknown, issuer: string): string {
  const { issuer: named, jwks_uri: uri } = membersOf(document);
  if (named !== issuer) throw new StoreUnavailable('its discovery document is that of another issuer');
  if (typeof uri !== 'string' || !isOnHostOf(uri, issuer)) {
    throw new StoreUnavailable('its discovery document names keys on another host');
  }
  return uri;
}

function keysIn(document: unknown): VerificationKey[] {
  const { keys } = membersOf(document);
  if (!Array.isArray(keys)) throw new StoreUnavailable('what it publishes is no JWK Set');
  const usable = keys.slice(0, MAX_KEYS).flatMap((key): VerificationKey[] => {
    const checked = verificationKey(key);
    return checked === undefined ? [] : [checked];
  });
  if (usable.length === 0) throw new StoreUnavailable('it publishes no key that may be used');
  return usable;
}

const membersOf = (document: unknown): Readonly<Record<string, unknown>> =>
  typeof document === 'object' && document !== null ? { ...document } : {};
