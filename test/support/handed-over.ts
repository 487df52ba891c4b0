/**
 * Tokens that are handed over, over the tables and the key of a {@link TokenService}: all four grants, a trusted
 * issuer whose key the tests have, and a guarded route on which what comes out is tried.
 */
import { randomUUID } from 'node:crypto';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { foreignTokens } from '../../lambdas/crypto/foreign-tokens.ts';
import { ownTokens } from '../../lambdas/crypto/own-tokens.ts';
import type { Client } from '../../lambdas/domain/client.ts';
import { JWT_BEARER, TOKEN_EXCHANGE } from '../../lambdas/domain/grant-type.ts';
import type { RevocationReader } from '../../lambdas/domain/ports.ts';
import type { Mapping, TrustedIssuer } from '../../lambdas/domain/trust/trusted-issuer.ts';
import { jwtBearer } from '../../lambdas/functions/token/grants/jwt-bearer.ts';
import { tokenExchange } from '../../lambdas/functions/token/grants/token-exchange.ts';
import { tokenHandler } from '../../lambdas/functions/token/handler.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { assertionLog } from '../../lambdas/store/assertions.ts';
import { clientReader } from '../../lambdas/store/directory.ts';
import { revocationReader } from '../../lambdas/store/ledger.ts';
import { trustReader, trustRegistry } from '../../lambdas/store/trusted-issuers.ts';
import { NOW } from './clock.ts';
import { authorizedEvent, type EventOptions, requestEvent } from './event.ts';
import { guarded, ROUTE } from './guarded.ts';
import { AUDIENCE, asking, bodyOf, createTokenService, form, ISSUER } from './token-service.ts';

export const PARTNER = 'https://login.partner.example';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const JWT = 'urn:ietf:params:oauth:token-type:jwt';
export const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

export type HandedOver = Awaited<ReturnType<typeof createHandedOver>>;

export async function createHandedOver() {
  const [service, partner] = await Promise.all([createTokenService(), generateKeyPair('ES256')]);
  const { access, authenticate, clock, directoryTable, ledgerTable, jwks, roles, terms } = service;
  const jwk = { ...(await exportJWK(partner.publicKey)), kid: 'partner-key', alg: 'ES256' };
  /** What a test may do between the reading of revocations and the answer. */
  const hooks = { afterRevocationsRead: async () => {} };

  const revocations = (): RevocationReader => ({
    async find(targets) {
      const found = await revocationReader(access(ledgerTable)).find(targets);
      await hooks.afterRevocationsRead();
      return found;
    },
  });

  const token = (options: EventOptions = {}): Promise<Response> => {
    const log = createLog('token');
    const common = {
      authenticate: authenticate(),
      foreign: foreignTokens({
        issuers: trustReader(access(directoryTable)),
        keySets: () => {
          throw new Error('no keys are fetched here');
        },
        own: ISSUER,
      }),
      roles,
      log,
    };
    const keys = { jwks: async () => jwks };
    const own = ownTokens({ keys, revocations: revocations(), issuer: ISSUER, audience: AUDIENCE });
    const used = assertionLog(access(directoryTable), randomUUID);
    const clients = clientReader(access(directoryTable));
    const grants = {
      ...service.grants(),
      [TOKEN_EXCHANGE]: tokenExchange({ ...common, own }, terms),
      [JWT_BEARER]: jwtBearer({ ...common, clients, used }, terms),
    };
    return tokenHandler(
      { ...service.issuing(), grants },
      terms,
    )(requestEvent('POST /oauth2/token', { at: clock(), ...options }));
  };

  return {
    ...service,
    ...{ token, hooks },
    /** A service that may exchange tokens. */
    actor: (changes: Partial<Client> = {}) =>
      service.client({
        ...{ scopes: ['read:products', 'read:usage'], grantTypes: [TOKEN_EXCHANGE] },
        ...changes,
      }),
    /** A user, logged in with this request. */
    async user(changes: Partial<Client> = {}, request: Record<string, unknown> = {}) {
      const scopes = ['read:products', 'write:products'];
      const client = await service.client({ kind: 'user', scopes, ...changes });
      const access = tokenIn(await service.login(asking(client.apiKey, request)));
      service.takeOperations();
      return { ...client, token: access };
    },
    /** Trusts the partner anew; `mapping` changes the one mapping that there is. */
    trust: (clientId: string, mapping: Partial<Mapping> = {}, changes: Partial<TrustedIssuer> = {}) =>
      trustRegistry(access(directoryTable)).put({
        ...{ issuer: PARTNER, state: 'active', algorithms: ['ES256'], audiences: [ISSUER], singleUse: true },
        keys: { kind: 'jwks', jwks: { keys: [jwk] } },
        mappings: [{ ...aMapping, clientId, ...mapping }],
        ...changes,
      }),
    /** A token of the partner; a claim that is `undefined` is left out. */
    partnerToken: (
      claims: Record<string, unknown> = {},
      key: Parameters<SignJWT['sign']>[0] = partner.privateKey,
    ) =>
      new SignJWT({ ...aToken(clock()), ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'partner-key' })
        .sign(key),
    /** An exchange by the client of the API key. */
    exchange: (apiKey: string, parameters: Record<string, string>): Promise<Response> =>
      token(
        form(
          { 'x-api-key': apiKey },
          { grant_type: TOKEN_EXCHANGE, subject_token_type: ACCESS_TOKEN, ...parameters },
        ),
      ),
    /** An assertion, presented by nobody in particular. */
    assert: (assertion: string, parameters: Record<string, string> = {}, headers = {}): Promise<Response> =>
      token(form(headers, { grant_type: JWT_BEARER, assertion, ...parameters })),
    /** @returns what the guard answers to a call with the token, and whom it let in. */
    use: async (text: string) => {
      const { serve, admitted } = guarded(ledgerTable);
      const { statusCode } = await serve(authorizedEvent(ROUTE, asSent(text), text));
      return { status: statusCode, caller: admitted[0] };
    },
  };
}

const aMapping: Omit<Mapping, 'clientId'> = {
  match: { repository: ['acme/*'] },
  subject: 'partner:{repository}',
  scopes: ['read:products', 'read:usage'],
  roles: [],
  claims: {},
};

const aToken = (now: number) => ({
  iss: PARTNER,
  sub: 'repo:acme/shop',
  aud: ISSUER,
  iat: Math.floor(now / 1000) - 10,
  exp: Math.floor(now / 1000) + 300,
  jti: randomUUID(),
  repository: 'acme/shop',
});

/** @returns the token of an answer, which has to be one. */
export function tokenIn(response: Response): string {
  if (response.statusCode !== 200) throw new Error(`no token: ${response.statusCode} ${response.body}`);
  return String(bodyOf(response).access_token);
}

/** @returns the claims as the gateway sends them on; what it makes of an object is of no use. */
export const asSent = (token: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(decodeJwt(token)).map(([name, value]) => [
      name,
      typeof value === 'object' ? 'map[what:ever]' : String(value),
    ]),
  );

/** Seconds of the instant at which the tests begin. */
export const START = NOW / 1000;
