/** RFC 8414, Authorization Server Metadata. That each endpoint is there and does it, other tests show. */
import { describe, expect, it } from 'vitest';
import { openidConfiguration, serverMetadata } from '../../lambdas/domain/discovery.ts';
import { MAX_SCOPES, parseScope } from '../../lambdas/domain/scope.ts';
import { scopes } from '../../lambdas/routes.ts';

const ISSUER = 'https://tokens.example.com';
const NAMES = Object.keys(scopes);
const metadata: Readonly<Record<string, unknown>> = serverMetadata(ISSUER, NAMES);

/** Registered in RFC 8414 §7.1.2. */
const REGISTERED = [
  ...['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'registration_endpoint'],
  ...['scopes_supported', 'response_types_supported', 'response_modes_supported', 'grant_types_supported'],
  ...['token_endpoint_auth_methods_supported', 'token_endpoint_auth_signing_alg_values_supported'],
  ...['service_documentation', 'ui_locales_supported', 'op_policy_uri', 'op_tos_uri'],
  ...['revocation_endpoint', 'revocation_endpoint_auth_methods_supported'],
  ...['revocation_endpoint_auth_signing_alg_values_supported', 'introspection_endpoint'],
  ...['introspection_endpoint_auth_methods_supported'],
  ...['introspection_endpoint_auth_signing_alg_values_supported', 'code_challenge_methods_supported'],
];

describe('§2 authorization server metadata', () => {
  it('has registered members only', () => {
    expect(REGISTERED).toEqual(expect.arrayContaining(Object.keys(metadata)));
  });

  it('has what is required: issuer, token_endpoint, response_types_supported', () => {
    expect(metadata).toMatchObject({
      issuer: ISSUER,
      token_endpoint: `${ISSUER}/oauth2/token`,
      response_types_supported: [],
    });
  });

  it('promises no authorization endpoint and none of the grants that would need it', () => {
    expect(metadata).not.toHaveProperty('authorization_endpoint');
    expect(metadata).not.toHaveProperty('code_challenge_methods_supported');
    // Left out, its default would promise authorization_code and implicit.
    expect(metadata.grant_types_supported).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(authorization_code|implicit|password)$/)]),
    );
  });

  it('has URLs that are the issuer and a path: https where it is, without query and fragment', () => {
    const urls = Object.entries(metadata).filter(([name]) => /_(endpoint|uri)$/.test(name));
    expect(urls.length).toBe(4);
    for (const [, url] of urls) {
      const { origin, search, hash } = new URL(String(url));
      expect({ origin, search, hash }).toEqual({ origin: ISSUER, search: '', hash: '' });
    }
  });

  it.each(['token', 'revocation', 'introspection'])(
    'names signing algorithms of the %s endpoint, RS256 among them and never none, as private_key_jwt asks for',
    (endpoint) => {
      expect(metadata[`${endpoint}_endpoint_auth_methods_supported`]).toContain('private_key_jwt');
      const algorithms = metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`];
      expect(algorithms).toContain('RS256');
      expect(algorithms).not.toContain('none');
      expect(algorithms).not.toEqual(expect.arrayContaining([expect.stringMatching(/^HS/)]));
    },
  );

  it('names scopes that can be asked for, all at once', () => {
    expect(metadata.scopes_supported).toEqual(NAMES);
    expect(NAMES.length).toBeLessThanOrEqual(MAX_SCOPES);
    expect(parseScope(NAMES.join(' ')).ok).toBe(true);
  });
});

describe('§3.2 response', () => {
  it('has lists as arrays, and no empty one but the one that §2 requires', () => {
    const lists = Object.entries(metadata).filter(([name]) => name.endsWith('_supported'));
    for (const [, list] of lists) expect(list).toBeInstanceOf(Array);
    const empty = lists.filter(([, list]) => (list as unknown[]).length === 0).map(([name]) => name);
    expect(empty).toEqual(['response_types_supported']);
  });
});

describe('§3.3 validation', () => {
  it('finds the issuer that the document was asked of, without a change', () => {
    for (const issuer of [
      ISSUER,
      `${ISSUER}/path`,
      'https://xn--bcher-kva.example',
      'http://127.0.0.1:8787',
    ]) {
      expect(serverMetadata(issuer, NAMES).issuer).toBe(issuer);
    }
  });
});

describe('RFC 9068 §4', () => {
  it('both forms of the document say the same', () => {
    expect(openidConfiguration(ISSUER, NAMES)).toMatchObject(metadata);
  });
});
