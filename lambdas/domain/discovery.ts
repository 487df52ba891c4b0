/** The discovery documents: what is true of this issuer today, and nothing that may come. */
import { assertionAlgorithms } from './client-assertion.ts';
import { grantTypes } from './grant-type.ts';
import type { Jwks } from './key-ring.ts';

export interface PublishedKeys {
  /**
   * @returns the JWKS, public members only
   * @throws {StoreUnavailable} when it cannot be read, or nothing is published yet
   */
  jwks(): Promise<Jwks>;
}

/** Ways of client authentication, as RFC 7591 §2 and RFC 8414 §2 name them. */
const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;
/** Users have a session and nothing else to keep a secret in; with its refresh token they only name themselves. */
const OR_NONE = [...AUTH_METHODS, 'none'] as const;

/**
 * @param issuer the exact `iss`, without a trailing slash
 * @param scopes every scope there is
 * @returns authorization server metadata (RFC 8414 §2). `response_types_supported` is empty and stays in, although
 *   §3.2 would leave it out: it is required, and there is nothing here that a browser is sent to.
 */
export const serverMetadata = (issuer: string, scopes: readonly string[]) => ({
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  scopes_supported: scopes,
  response_types_supported: [],
  grant_types_supported: grantTypes,
  token_endpoint: `${issuer}/oauth2/token`,
  token_endpoint_auth_methods_supported: OR_NONE,
  token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  introspection_endpoint: `${issuer}/oauth2/introspect`,
  introspection_endpoint_auth_methods_supported: AUTH_METHODS,
  introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  revocation_endpoint: `${issuer}/oauth2/revoke`,
  revocation_endpoint_auth_methods_supported: OR_NONE,
  revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
});

/** @returns the same in the form of OpenID Connect Discovery 1.0 §3, which is where gateways look for `jwks_uri`. */
export const openidConfiguration = (issuer: string, scopes: readonly string[]) => ({
  ...serverMetadata(issuer, scopes),
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
});
