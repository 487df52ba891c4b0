/** `POST /auth`: an API key or Basic credentials for a token. */
import type { Authenticated } from '../../domain/authentication.ts';
import type { MicroDollars } from '../../domain/money.ts';
import type { Clock, IssuanceWriter, Random } from '../../domain/ports.ts';
import { fail, type Result } from '../../domain/result.ts';
import {
  type Grant,
  grant,
  parseTokenRequest,
  type TokenClaims,
  type TokenTerms,
  tokenClaims,
} from '../../domain/token-request.ts';
import type { IssuedToken, UsageRecord } from '../../domain/usage.ts';
import { readJson } from '../../http/body.ts';
import type { Handler, Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { json, oauthError } from '../../http/respond.ts';
import { invalidRequest, tokenEndpoint } from '../../http/token-endpoint.ts';
import type { Authenticate } from '../authenticate.ts';

/** Bytes of a token: the gateway takes 10,240 for all of a request's headers. */
export const MAX_TOKEN = 8192;

export interface LoginPorts {
  authenticate: Authenticate;
  /** Signs with the key of the moment. @throws {StoreUnavailable} where there is none */
  sign(claims: TokenClaims): Promise<SignedToken>;
  ledger: IssuanceWriter;
  clock: Clock;
  random: Random;
  log: Log;
}

export interface SignedToken {
  token: string;
  kid: string;
}

export interface LoginTerms extends TokenTerms {
  issuer: string;
  audience: string;
  /** What a login is booked at. */
  price: MicroDollars;
}

/**
 * Makes the handler of a login: 200 with the token in `Authorization` and in the body; 400, 401, 413, 429 and
 * 503 as the token endpoints have them.
 *
 * A ledger that does not take the record changes no answer: the record is logged whole, to be booked later.
 */
export const loginHandler = (ports: LoginPorts, terms: LoginTerms): Handler =>
  tokenEndpoint(ports.log, async (request) => {
    // One instant for all of it, and the earliest: what is revoked while a login runs covers its token too.
    const startedAt = ports.clock();
    const holder = await ports.authenticate(request);
    if (!holder.ok) return holder.failure;
    const granted = grantFor(request, holder.value, terms);
    if (!granted.ok) return refused(ports.log, request, holder.value, granted.failure);
    const claims = tokenClaims(granted.value, holder.value, terms, startedAt, ports.random);
    const signed = await ports.sign(claims);
    if (signed.token.length > MAX_TOKEN) return refused(ports.log, request, holder.value, tooLarge());
    const issued = issuedToken(request, granted.value, claims, signed);
    await book(ports, issued, loginRecord(request, issued, terms.price, ports.clock() - startedAt));
    report(ports.log, request, issued);
    return answer(granted.value, issued, signed);
  });

function grantFor(request: Request, { client }: Authenticated, terms: LoginTerms): Result<Grant, Response> {
  const body = readJson(request);
  if (!body.ok) return fail(invalidRequest(body.failure.reason, body.failure.status));
  const asked = parseTokenRequest(body.value);
  const granted = asked.ok ? grant(asked.value, client, terms) : asked;
  return granted.ok ? granted : fail(oauthError(400, granted.failure.error, granted.failure.description));
}

const tooLarge = (): Response =>
  invalidRequest(`the token would be over ${MAX_TOKEN} bytes; ask for fewer scopes or shorter claims`);

function refused(log: Log, request: Request, { client, credential }: Authenticated, response: Response) {
  const { requestId, routeKey: route } = request.requestContext;
  const { clientId } = client;
  const { credentialId } = credential;
  const status = response.statusCode ?? 400;
  log.warn('login refused', { requestId, route, status, reason: 'bad request', clientId, credentialId });
  return response;
}

function issuedToken(
  request: Request,
  granted: Grant,
  claims: TokenClaims,
  signed: SignedToken,
): IssuedToken {
  const { jti, client_id: clientId, credential_id: credentialId, sub, txn, iat, exp } = claims;
  return {
    ...{ jti, clientId, credentialId, sub, txn, iat, exp },
    ...(claims.tenant !== undefined && { tenant: claims.tenant }),
    scopes: granted.scopes,
    kid: signed.kid,
    sourceIp: request.requestContext.http.sourceIp,
  };
}

function loginRecord(
  { requestContext: { requestId, timeEpoch, routeKey } }: Request,
  { sub, clientId, credentialId, tenant, jti, txn, sourceIp }: IssuedToken,
  price: MicroDollars,
  latency: number,
): UsageRecord {
  return {
    ...{ requestId, at: timeEpoch, sub, clientId, credentialId, jti, txn, sourceIp },
    ...(tenant !== undefined && { tenant }),
    route: routeKey,
    status: 200,
    outcome: 'admitted',
    price,
    latency,
  };
}

async function book({ ledger, log }: LoginPorts, issued: IssuedToken, login: UsageRecord): Promise<void> {
  try {
    await ledger.append(issued, login);
  } catch (error) {
    log.unbooked(login, error, issued);
  }
}

function report(
  log: Log,
  request: Request,
  { clientId, credentialId, sub, jti, txn, kid }: IssuedToken,
): void {
  const { requestId, routeKey: route } = request.requestContext;
  log.count('LoginSucceeded');
  log.info('login succeeded', {
    ...{ requestId, route, status: 200, clientId, credentialId, sub, jti, txn, kid },
  });
}

/** RFC 6749 §5.1, and the token once more where a client can take it from without a parser. */
const answer = ({ lifetime, scopes }: Grant, { txn }: IssuedToken, { token }: SignedToken): Response =>
  json(
    200,
    {
      access_token: token,
      token_type: 'Bearer',
      expires_in: lifetime,
      scope: scopes.join(' '),
      transaction_id: txn,
    },
    { authorization: `Bearer ${token}`, pragma: 'no-cache' },
  );
