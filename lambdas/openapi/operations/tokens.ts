/** Where tokens come from, and how they end. */
import { CLIENT_ASSERTION_TYPE } from '../../domain/client-assertion.ts';
import { grantTypes, JWT_BEARER, TOKEN_EXCHANGE } from '../../domain/grant-type.ts';
import type { Group, Schema } from '../operation.ts';
import { flag, inJson, object, oneOf, ref, scope, seconds, text } from '../schema.ts';

const FORM = 'application/x-www-form-urlencoded';
const JWT = 'eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJyZWFkZXIifQ.c2lnbmF0dXJl';
const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

const answered = {
  access_token: JWT,
  token_type: 'Bearer',
  expires_in: 900,
  scope: 'read:products read:usage',
  transaction_id: '0b8f3c52-6a1e-4d0f-9c3b-6d1f0a2e7b94',
};

/** By which a client may authenticate in the form (RFC 6749 §2.3.1, RFC 7521 §4.2); one method at a time. */
const authentication = {
  'client_id?': text('The client, where it authenticates by the form, or is a user and only names itself.'),
  'client_secret?': text('`client_secret_post`: its secret.'),
  'client_assertion?': text('`private_key_jwt`: a JWT that the client has signed.'),
  'client_assertion_type?': oneOf([CLIENT_ASSERTION_TYPE]),
};

/** What is in a form beside the parameters that are known is left alone (RFC 6749 §3.2). */
const form = (members: Readonly<Record<string, Schema>>): Schema =>
  object({ ...members, ...authentication }, { additionalProperties: text() });

const byForm = [{ apiKey: [] }, { basic: [] }, {}];

export const tokens: Group = {
  tag: { name: 'Tokens', description: 'Log in, refresh, exchange, introspect, revoke.' },
  schemas: {
    LoginRequest: object({
      'scope?': scope(
        'The scopes that are wanted, separated by single spaces; all that the client has where absent.',
      ),
      'claims?': {
        type: 'object',
        description: 'Claims of the token: those that the client may set.',
        additionalProperties: text(undefined, { maxLength: 256 }),
        maxProperties: 20,
      },
      'expiresIn?': {
        type: 'integer',
        minimum: 1,
        description: 'Seconds that the token lives: it can only be shorter than what the client has.',
      },
    }),
    TokenRequest: form({
      grant_type: oneOf([...grantTypes]),
      'scope?': scope('The scopes that are wanted; all that can be had where absent.'),
      'refresh_token?': text('For `refresh_token`: the one of the last answer. It is good once.'),
      'subject_token?': text('For token exchange: the token of whom the client acts for.'),
      'subject_token_type?': oneOf([
        ACCESS_TOKEN_TYPE,
        'urn:ietf:params:oauth:token-type:jwt',
        'urn:ietf:params:oauth:token-type:id_token',
      ]),
      'requested_token_type?': oneOf([ACCESS_TOKEN_TYPE, 'urn:ietf:params:oauth:token-type:jwt']),
      'audience?': text('For token exchange: this API’s.'),
      'resource?': text('For token exchange: this API’s address.'),
      'assertion?': text('For JWT bearer: a JWT of a trusted issuer.'),
    }),
    TokenResponse: object(
      {
        access_token: text('A JWT (RFC 9068).'),
        token_type: { const: 'Bearer' },
        expires_in: { type: 'integer', minimum: 1, description: 'Seconds that it lives.' },
        scope: scope('The scopes that it has.'),
        transaction_id: text('Its claim `txn`: what comes of it has the same.'),
        'refresh_token?': text('For clients that may refresh. Each is good once.'),
        'issued_token_type?': text('Of a token exchange (RFC 8693 §2.2.1).'),
      },
      { description: 'A token (RFC 6749 §5.1).' },
    ),
    TokenForm: form({
      token: text('An access token or a refresh token.'),
      'token_type_hint?': text('Taken, and not needed: a token shows of which type it is.'),
    }),
    Introspection: object(
      {
        active: flag('Whether it is good now, and the client’s to ask about.'),
        'token_type?': { const: 'Bearer' },
        'scope?': scope(),
        'client_id?': text(),
        'sub?': text(),
        'exp?': seconds('When it ends'),
        'iat?': seconds('When it was issued'),
      },
      {
        description: 'RFC 7662 §2.2; of an active token, its other claims as well.',
        additionalProperties: true,
      },
    ),
  },
  operations: {
    'POST /auth': {
      id: 'logIn',
      description:
        'An API key of a client, its id and secret as Basic, or those of a user. The token is in the body, and in the header `Authorization`.',
      body: {
        schema: ref('LoginRequest'),
        examples: {
          narrowed: { scope: 'read:products', expiresIn: 300 },
          withClaims: { claims: { userID: '42', role: 'buyer' } },
        },
        optional: true,
      },
      answers: {
        200: inJson('A token.', ref('TokenResponse'), answered, ['Authorization']),
      },
      errors: {
        400: ['invalid_scope', 'unauthorized_client'],
        413: ['invalid_request'],
        429: ['budget_exhausted'],
      },
    },
    'POST /oauth2/token': {
      id: 'requestToken',
      description:
        'Point an OAuth library at the discovery document, and it does this by itself. The client authenticates by a header or in the form, by one method; with `refresh_token` a user only names itself, with JWT bearer nobody has to.',
      security: byForm,
      body: {
        mediaTypes: [FORM],
        schema: ref('TokenRequest'),
        examples: {
          clientCredentials: { grant_type: 'client_credentials', scope: 'read:products' },
          refreshToken: { grant_type: 'refresh_token', refresh_token: 'tgr_…', client_id: 'alice' },
          tokenExchange: {
            grant_type: TOKEN_EXCHANGE,
            subject_token: JWT,
            subject_token_type: ACCESS_TOKEN_TYPE,
          },
          jwtBearer: { grant_type: JWT_BEARER, assertion: JWT },
        },
      },
      answers: { 200: inJson('A token.', ref('TokenResponse'), answered) },
      errors: {
        400: [
          'invalid_grant',
          'invalid_scope',
          'invalid_target',
          'unauthorized_client',
          'unsupported_grant_type',
        ],
        413: ['invalid_request'],
        429: ['budget_exhausted'],
      },
    },
    'POST /oauth2/introspect': {
      id: 'introspectToken',
      description:
        'Of whatever is no active token, or not the client’s to ask about, nothing is said but that.',
      security: [{ apiKey: [] }, { basic: [] }, {}],
      body: { mediaTypes: [FORM], schema: ref('TokenForm'), examples: { accessToken: { token: JWT } } },
      answers: {
        200: inJson('Whether it is active, and what it says.', ref('Introspection'), {
          ...{ active: true, token_type: 'Bearer', scope: 'read:products', client_id: 'reader' },
          ...{ sub: 'reader', exp: 1795348800, iat: 1795347900 },
        }),
      },
      errors: { 413: ['invalid_request'] },
    },
    'POST /oauth2/revoke': {
      id: 'revokeToken',
      description:
        'Of an access token, the token ends; of a refresh token, its session. Whatever is no token, or was ended before, is answered the same.',
      security: byForm,
      body: { mediaTypes: [FORM], schema: ref('TokenForm'), examples: { accessToken: { token: JWT } } },
      answers: { 200: { description: 'It is refused everywhere from now on.' } },
      errors: { 400: ['unauthorized_client'], 413: ['invalid_request'] },
    },
  },
};
