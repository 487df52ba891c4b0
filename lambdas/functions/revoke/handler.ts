/** `POST /oauth2/revoke`: a client revokes a token of its own (RFC 7009). */
import type { Clock } from '../../domain/ports.ts';
import { parseRefreshToken, type RefreshToken } from '../../domain/refresh-token.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { revocation } from '../../domain/revocation.ts';
import { type Form, readForm } from '../../http/body.ts';
import type { Handler, Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { empty, oauthError } from '../../http/respond.ts';
import { invalidClient, invalidRequest, tokenEndpoint } from '../../http/token-endpoint.ts';
import type { Authenticate } from '../authenticate.ts';
import { type Presenter, presenterOf } from '../presenter.ts';
import { revokeSession, type SessionRevocationPorts } from './sessions.ts';

export interface RevokePorts extends SessionRevocationPorts {
  authenticate: Authenticate;
  /**
   * @param at when the token has to be valid, or have been; milliseconds since the epoch
   * @returns what the token says; `undefined` where it is none of this issuer's
   * @throws {StoreUnavailable} where the keys to verify it with cannot be had
   */
  verify(token: string, at: number): Promise<RevocableToken | undefined>;
  clock: Clock;
  log: Log;
}

/** What there is to know of a token that is to be revoked. */
export interface RevocableToken {
  jti: string;
  clientId: string;
  /** Seconds since the epoch. */
  iat: number;
  /** Seconds since the epoch. */
  exp: number;
}

/**
 * Makes the handler of a revocation. 200 with an empty body once the token is refused everywhere: because it was
 * revoked now or before, or because it never was, or no longer is, a token (§2.2). 400 `unauthorized_client` for
 * the token of another client (§2.1); 400, 401, 413, 429 and 503 as the token endpoints have them.
 *
 * `token_type_hint` is taken and not used: a token shows of which type it is, and a wrong hint must not matter (§2.1).
 */
export const revokeHandler = (ports: RevokePorts): Handler =>
  tokenEndpoint(ports.log, async (request) => {
    const form = readForm(request);
    if (!form.ok) return invalidRequest(form.failure.reason, form.failure.status);
    const presenter = await presenterOf(ports.authenticate, request, form.value);
    if (!presenter.ok) return presenter.failure;
    const token = readToken(form.value);
    if (!token.ok) return token.failure;
    const refreshToken = parseRefreshToken(token.value);
    return refreshToken.ok
      ? revokeRefreshToken(ports, request, presenter.value, refreshToken.value)
      : revokeAccessToken(ports, request, presenter.value, token.value);
  });

async function revokeRefreshToken(
  ports: RevokePorts,
  request: Request,
  presenter: Presenter,
  token: RefreshToken,
): Promise<Response> {
  const outcome = await revokeSession(ports, presenter, token, ports.clock());
  switch (outcome) {
    case 'unauthenticated':
      return invalidClient();
    case 'foreign':
      return foreign(ports.log, request, presenter);
    case 'unknown':
      return done(ports.log, request, presenter, 'not a valid token');
    default:
      if (outcome === 'revoked') ports.log.count('TokenRevoked');
      return done(ports.log, request, presenter, `session ${outcome}`);
  }
}

async function revokeAccessToken(
  ports: RevokePorts,
  request: Request,
  presenter: Presenter,
  token: string,
): Promise<Response> {
  if (presenter.authenticated === undefined) return invalidClient();
  const claims = await verified(ports, token);
  if (claims === undefined) return done(ports.log, request, presenter, 'not a valid token');
  if (claims.clientId !== presenter.clientId) return foreign(ports.log, request, presenter);
  // Its own `iat` covers exactly this token, and makes a repeated revocation the same one.
  const target = { kind: 'token' as const, id: claims.jti };
  const why = { revokedAt: ports.clock(), reason: 'client_request' } as const;
  const outcome = await ports.ledger.revoke(revocation(target, claims.iat, why));
  if (outcome === 'revoked') ports.log.count('TokenRevoked');
  return done(ports.log, request, presenter, outcome, claims.jti);
}

function readToken(form: Form): Result<string, Response> {
  // A parameter without a value counts as absent (RFC 6749 §3.2).
  const token = form.get('token') ?? '';
  return token === '' ? fail(invalidRequest('the parameter token is missing')) : ok(token);
}

/** Milliseconds by which the clocks of login, gateway and this function may differ. */
const SKEW = 60_000;

/** A token that is valid anywhere counts: issued by a clock that is ahead, or ended only by this one. */
async function verified({ verify, clock }: RevokePorts, token: string): Promise<RevocableToken | undefined> {
  const now = clock();
  const claims = await verify(token, now + SKEW);
  return claims === undefined || claims.exp * 1000 + SKEW <= now ? undefined : claims;
}

function done(log: Log, request: Request, { clientId }: Presenter, reason: string, jti?: string): Response {
  const fields = { ...about(request), status: 200, reason, clientId };
  log.info('revocation answered', { ...fields, ...(jti !== undefined && { jti }) });
  return empty(200);
}

function foreign(log: Log, request: Request, { clientId }: Presenter): Response {
  const fields = { ...about(request), status: 400, code: 'unauthorized_client', clientId };
  log.warn('revocation refused', { ...fields, reason: 'token of another client' });
  return oauthError(400, 'unauthorized_client', 'the token was issued to another client');
}

const about = ({ requestContext: { requestId, routeKey } }: Request) => ({ requestId, route: routeKey });
