/** The discovery documents: what is true of this issuer today, and nothing that may come. */
import type { Jwks } from './key-ring.ts';

export interface PublishedKeys {
  /**
   * @returns the JWKS, public members only
   * @throws {StoreUnavailable} when it cannot be read, or nothing is published yet
   */
  jwks(): Promise<Jwks>;
}

/** Authorization server metadata (RFC 8414 §2). */
export interface ServerMetadata {
  issuer: string;
  jwks_uri: string;
  scopes_supported: readonly string[];
  response_types_supported: readonly string[];
  grant_types_supported: readonly string[];
  revocation_endpoint: string;
  revocation_endpoint_auth_methods_supported: readonly string[];
}

/**
 * @param issuer the exact `iss`, without a trailing slash
 * @param scopes every scope there is
 * @returns the metadata of RFC 8414. There is no `token_endpoint` while no grant can be used, and the two empty
 *   lists stay in although §3.2 would leave them out: one is required, and without the other its default
 *   would promise the implicit grant.
 */
export const serverMetadata = (issuer: string, scopes: readonly string[]): ServerMetadata => ({
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  scopes_supported: scopes,
  response_types_supported: [],
  grant_types_supported: [],
  revocation_endpoint: `${issuer}/oauth2/revoke`,
  revocation_endpoint_auth_methods_supported: ['client_secret_basic'],
});

/** @returns the same in the form of OpenID Connect Discovery 1.0 §3, which is where gateways look for `jwks_uri`. */
export const openidConfiguration = (issuer: string, scopes: readonly string[]) => ({
  ...serverMetadata(issuer, scopes),
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
});
