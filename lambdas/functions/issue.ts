/**
 * Issues a token, for every door and grant: signs it, books it, answers. What it may say has been decided before.
 */
import { classOf } from '../domain/client-class.ts';
import { type Issuance, issuedToken, type TokenClaims, tokenClaims } from '../domain/issuance.ts';
import { chargeFor, type PriceBook } from '../domain/ledger/price.ts';
import type { Clock, IssuanceWriter, Random } from '../domain/ports.ts';
import { ok, type Result } from '../domain/result.ts';
import type { IssuedToken, UsageRecord } from '../domain/usage.ts';
import type { Request, Response } from '../http/event.ts';
import type { Log } from '../http/log.ts';
import { bytesOf } from '../http/meter.ts';
import { json } from '../http/respond.ts';
import { invalidRequest } from '../http/token-endpoint.ts';
import { type BudgetPorts, withinBudget } from './within-budget.ts';

/** Bytes of a token: the gateway takes 10,240 for all of a request's headers. */
export const MAX_TOKEN = 8192;

export interface IssuePorts extends BudgetPorts {
  /** Signs with the key of the moment. @throws {StoreUnavailable} where there is none */
  sign(claims: TokenClaims): Promise<SignedToken>;
  ledger: IssuanceWriter;
  /** What issuing one costs. @throws {StoreUnavailable} where nobody can say */
  price(): Promise<PriceBook>;
  clock: Clock;
  random: Random;
}

export interface SignedToken {
  token: string;
  kid: string;
}

/** What the deployment says about every token. */
export interface IssueTerms {
  issuer: string;
  audience: string;
}

/** A token and what the answer says about it. */
export interface Issued {
  token: string;
  issuance: Issuance;
  txn: string;
  /** What {@link Settle} adds. */
  parameters: Parameters;
}

type Parameters = Readonly<Record<string, string>>;

/**
 * What cannot be taken back, such as the replacement of a refresh token. It is done once the token is signed, so that
 * nothing but the answer can get lost after it.
 *
 * @returns further members of the answer, or the answer that there is instead
 * @throws {StoreUnavailable}
 */
export type Settle = () => Promise<Result<Parameters, Response>>;

/** What is to be issued, and how. */
export interface Asked {
  issuance: Issuance;
  /** When the request came, in milliseconds: what is revoked while it runs covers its token too. */
  startedAt: number;
  /** What has to be done as well; nothing by default. */
  settle?: Settle | undefined;
  /** Makes the answer of the token: what it costs may depend on its size, so it is there before it is booked. */
  answer: (issued: Issued) => Response;
}

/**
 * Signs a token that the budgets allow, for as long as they do, books it and answers. A ledger that does not take the
 * record changes no answer: the record is logged whole, to be booked later.
 *
 * @returns the answer with the token; or the one where a budget is exhausted, where it would be too large for a
 *   request's headers, or where it cannot be settled
 * @throws {StoreUnavailable} where no key may sign, or what may be spent or what it costs cannot be read
 */
export async function issue(
  ports: IssuePorts,
  terms: IssueTerms,
  request: Request,
  { issuance: asked, startedAt, settle, answer }: Asked,
): Promise<Response> {
  const [allowed, price] = await Promise.all([withinBudget(ports, request, asked, startedAt), ports.price()]);
  if (!allowed.ok) return allowed.failure;
  const issuance = allowed.value;
  const claims = tokenClaims(issuance, terms, startedAt, ports.random);
  const { token, kid } = await ports.sign(claims);
  if (token.length > MAX_TOKEN) return tooLarge(ports.log, request, issuance);
  const settled = settle === undefined ? ok({}) : await settle();
  if (!settled.ok) return settled.failure;
  const { sourceIp } = request.requestContext.http;
  const issued = issuedToken(issuance, claims, { kid, sourceIp });
  const response = answer({ token, issuance, txn: claims.txn, parameters: settled.value });
  await book(ports, issued, recordOf(request, issued, price, response, ports.clock() - startedAt));
  report(ports.log, request, issued);
  return response;
}

/** @returns the members of a successful token response (RFC 6749 §5.1), and the transaction's id. */
export const tokenResponse = ({
  token,
  issuance: { granted },
  txn,
  parameters,
}: Issued): Record<string, unknown> => ({
  access_token: token,
  token_type: 'Bearer',
  expires_in: granted.lifetime,
  scope: granted.scopes.join(' '),
  transaction_id: txn,
  ...parameters,
});

/** @returns 200 with a token response: no cache may keep it (RFC 6749 §5.1). */
export const answerToken = (body: Record<string, unknown>, headers: Record<string, string> = {}): Response =>
  json(200, body, { pragma: 'no-cache', ...headers });

function tooLarge(log: Log, request: Request, { clientId, credentialId }: Issuance): Response {
  const { requestId, routeKey: route } = request.requestContext;
  log.warn('token refused', {
    ...{ requestId, route, status: 400, reason: 'too large', clientId, credentialId },
  });
  return invalidRequest(`the token would be over ${MAX_TOKEN} bytes; ask for fewer scopes or shorter claims`);
}

function recordOf(
  { requestContext: { requestId, timeEpoch, routeKey } }: Request,
  { sub, clientId, credentialId, tenant, jti, txn, sourceIp }: IssuedToken,
  price: PriceBook,
  response: Response,
  latency: number,
): UsageRecord {
  const bytesOut = bytesOf(response);
  const call = { at: timeEpoch, admitted: true, status: 200, bytesOut, charged: 0 };
  return {
    ...{ requestId, at: timeEpoch, sub, clientId, credentialId, jti, txn, sourceIp },
    ...(tenant !== undefined && { tenant }),
    route: routeKey,
    status: 200,
    outcome: 'admitted',
    ...chargeFor(price, call),
    bytesOut,
    latency,
  };
}

async function book({ ledger, log }: IssuePorts, issued: IssuedToken, record: UsageRecord): Promise<void> {
  try {
    await ledger.append(issued, record);
  } catch (error) {
    log.unbooked(record, error, issued);
  }
}

function report(
  log: Log,
  request: Request,
  { clientId, credentialId, sub, jti, txn, kid }: IssuedToken,
): void {
  const { requestId, routeKey: route } = request.requestContext;
  log.count('LoginSucceeded', classOf({ sub, clientId, credentialId }));
  log.info('token issued', {
    ...{ requestId, route, status: 200, clientId, credentialId, sub, jti, txn, kid },
  });
}
