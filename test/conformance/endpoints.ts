/** The OAuth endpoints over real tables and a real key, and what every answer of theirs has to be. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { ownTokens } from '../../lambdas/crypto/own-tokens.ts';
import { signToken } from '../../lambdas/crypto/sign-token.ts';
import { JWT_BEARER, TOKEN_EXCHANGE } from '../../lambdas/domain/grant-type.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { fail } from '../../lambdas/domain/result.ts';
import { introspectHandler } from '../../lambdas/functions/introspect/handler.ts';
import type { GrantHandler } from '../../lambdas/functions/token/grant.ts';
import { tokenHandler } from '../../lambdas/functions/token/handler.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { oauthError } from '../../lambdas/http/respond.ts';
import { roles } from '../../lambdas/routes.ts';
import { issuanceWriter, revocationReader } from '../../lambdas/store/ledger.ts';
import { type EventOptions, requestEvent } from '../support/event.ts';
import {
  AUDIENCE,
  bodyOf,
  createTokenService,
  ISSUER,
  KID,
  TOKEN_LIFETIME,
} from '../support/token-service.ts';

export type Endpoints = Awaited<ReturnType<typeof createEndpoints>>;
export type EndpointName = 'token' | 'revoke' | 'introspect';

export async function createEndpoints() {
  const service = await createTokenService();
  const { access, authenticate, clock, ledgerTable, privateKey, state } = service;
  const terms = { issuer: ISSUER, audience: AUDIENCE, tokenLifetime: TOKEN_LIFETIME, roles, price: 100 };
  const notYet: GrantHandler = async () => fail(oauthError(400, 'unsupported_grant_type', 'not yet'));

  const token = (options: EventOptions): Promise<Response> =>
    tokenHandler(
      {
        grants: {
          ...service.grants(),
          [TOKEN_EXCHANGE]: notYet,
          [JWT_BEARER]: notYet,
        },
        sign: async (claims) => {
          if (!state.hasKeys) throw new StoreUnavailable('no key may sign yet');
          return { token: await signToken({ ...claims }, { kid: KID, key: privateKey }), kid: KID };
        },
        ledger: issuanceWriter({ ...access(ledgerTable), retention: 90 * 24 * 3600 }),
        clock,
        random: randomBytes,
        log: createLog('token'),
      },
      terms,
    )(requestEvent('POST /oauth2/token', { at: clock(), ...options }));

  const introspect = (options: EventOptions): Promise<Response> =>
    introspectHandler(
      {
        authenticate: authenticate(),
        tokens: ownTokens({
          keys: { jwks: async () => service.jwks },
          revocations: revocationReader(access(ledgerTable)),
          issuer: ISSUER,
          audience: AUDIENCE,
        }),
        clock,
        log: createLog('introspect'),
      },
      { roles },
    )(requestEvent('POST /oauth2/introspect', { at: clock(), ...options }));

  return { ...service, token, introspect };
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** @returns a form as the gateway hands it on; `parameters` may be the bytes themselves */
export const formOf = (
  parameters: Record<string, string> | string | Uint8Array,
  headers: Record<string, string> = {},
): EventOptions => {
  const bytes =
    parameters instanceof Uint8Array
      ? parameters
      : typeof parameters === 'string'
        ? parameters
        : new URLSearchParams(parameters).toString();
  return { headers: { ...FORM, ...headers }, body: Buffer.from(bytes).toString('base64'), base64: true };
};

/** RFC 6749 §5.2: the characters of `error` and `error_description`. */
const PRINTABLE = /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/;

/** Expects an error as RFC 6749 §5.2 wants it, kept by no cache. @returns its code */
export function expectError(response: Response, status = 400): string {
  expect(response.statusCode).toBe(status);
  expect(response.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
  });
  const body = bodyOf(response);
  expect(body).toEqual({
    error: expect.stringMatching(PRINTABLE),
    error_description: expect.stringMatching(PRINTABLE),
  });
  return String(body.error);
}
