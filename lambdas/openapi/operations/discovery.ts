/** What verifiers and OAuth libraries need to know. */
import { serverMetadata } from '../../domain/discovery.ts';
import { scopes } from '../../routes.ts';
import { ADDRESS } from '../address.ts';
import type { Group } from '../operation.ts';
import { inJson, list, object, ref, text } from '../schema.ts';

const url = text(undefined, { format: 'uri' });
const metadata = serverMetadata(ADDRESS, Object.keys(scopes));

export const discovery: Group = {
  tag: { name: 'Discovery', description: 'What OAuth libraries and verifiers ask for by themselves.' },
  schemas: {
    ServerMetadata: object(
      {
        issuer: url,
        jwks_uri: url,
        token_endpoint: url,
        introspection_endpoint: url,
        revocation_endpoint: url,
        scopes_supported: list(text()),
        response_types_supported: list(text()),
        grant_types_supported: list(text()),
        token_endpoint_auth_methods_supported: list(text()),
      },
      { description: 'Authorization server metadata (RFC 8414 §2).', additionalProperties: true },
    ),
    Jwks: object(
      {
        keys: list(
          object({
            kty: { const: 'RSA' },
            n: text(),
            e: text(),
            alg: { const: 'RS256' },
            use: { const: 'sig' },
            kid: text('RFC 7638 thumbprint.'),
          }),
        ),
      },
      { description: 'Public keys (RFC 7517 §5).' },
    ),
  },
  operations: {
    'GET /.well-known/openid-configuration': {
      id: 'getOpenIdConfiguration',
      answers: {
        200: inJson('The issuer, in the form that gateways look for.', ref('ServerMetadata'), {
          ...metadata,
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        }),
      },
      errors: { 404: ['not_found'] },
    },
    'GET /.well-known/oauth-authorization-server': {
      id: 'getServerMetadata',
      answers: { 200: inJson('The issuer.', ref('ServerMetadata'), metadata) },
      errors: { 404: ['not_found'] },
    },
    'GET /.well-known/jwks.json': {
      id: 'getJwks',
      answers: {
        200: inJson('The keys that tokens are, were and will be signed with.', ref('Jwks'), {
          keys: [
            {
              ...{ kty: 'RSA', n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4', e: 'AQAB' },
              ...{ alg: 'RS256', use: 'sig', kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' },
            },
          ],
        }),
      },
      errors: { 404: ['not_found'], 503: ['keys_unavailable'] },
    },
  },
};
