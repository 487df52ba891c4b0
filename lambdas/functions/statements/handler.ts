/**
 * `GET /usage/statements/{month}`, by the client itself, and `GET /admin/usage/statements/{clientId}/{month}`, by an
 * operator: the signed statement of a closed month.
 */
import { CLIENT_ASSERTION_TYPE } from '../../domain/client-assertion.ts';
import { type Month, parseMonth, type StatementClaims } from '../../domain/ledger/statement.ts';
import type { ClientReader } from '../../domain/ports.ts';
import type { Form } from '../../http/body.ts';
import type { Handler, Request, Response } from '../../http/event.ts';
import type { Log, LogFields } from '../../http/log.ts';
import { type OperatorRequest, operatorRoute, refused } from '../../http/operator.ts';
import { internalError } from '../../http/refusals.ts';
import { json, oauthError } from '../../http/respond.ts';
import { invalidRequest, temporarilyUnavailable, tokenEndpoint } from '../../http/token-endpoint.ts';
import type { Route } from '../../routes.ts';
import type { Authenticate } from '../authenticate.ts';
import type { SignedToken } from '../issue.ts';
import { type Compiled, type CompilePorts, compile } from './compile.ts';

export interface StatementPorts extends CompilePorts {
  authenticate: Authenticate;
  clients: ClientReader;
  /** Signs with the key of the moment. @throws {StoreUnavailable} where there is none */
  sign(claims: StatementClaims): Promise<SignedToken>;
  log: Log;
}

/** The one route on which nobody has to be the client whose statement it is. */
const OPERATORS: Route['key'] = 'GET /admin/usage/statements/{clientId}/{month}';

/**
 * Makes the handler of both routes: 200 with the statement, a compact JWS as `application/jose`, or
 * `{"statement": "<JWS>"}` where `Accept` names `application/json`. 400 for what is no month, 404 where nothing was
 * recorded, 409 `month_not_closed` with `Retry-After`, 503 where an hour is being closed again; 500, and nothing
 * signed, where the sums do not agree. The client's route refuses as the token endpoints do, the operator's with
 * problems.
 */
export function statementsHandler(ports: StatementPorts): Handler {
  const own = tokenEndpoint(ports.log, (request) => ownStatement(ports, request));
  const terms = { log: ports.log, store: 'ledger', unavailable: SILENT } as const;
  const anyones = operatorRoute(terms, (asked) => anyonesStatement(ports, asked));
  return (request) => (request.routeKey === OPERATORS ? anyones(request) : own(request));
}

const SILENT = 'The ledger or the keys did not answer. Try again: nothing is changed by it.';

async function ownStatement(ports: StatementPorts, request: Request): Promise<Response> {
  if (Object.keys(request.queryStringParameters ?? {}).length > 0) {
    return invalidRequest('there are no parameters; credentials stand in a header, never in the address');
  }
  const holder = await ports.authenticate(...presented(request));
  if (!holder.ok) return holder.failure;
  const month = monthIn(request);
  if (month === undefined) return invalidRequest(NO_MONTH);
  const { clientId } = holder.value.client;
  const compiled = await compile(ports, clientId, month);
  const answer = await told(ports, request, compiled, {
    clientId,
    requestId: request.requestContext.requestId,
    route: request.routeKey,
  });
  if (answer.ok) return answer.response;
  const { status, code, detail, headers } = answer;
  if (status === 503) return temporarilyUnavailable();
  return oauthError(status, status === 500 ? 'server_error' : code, detail, headers);
}

/**
 * An assertion stands in a form everywhere else (RFC 7521 §4.2). A GET has none, and an address is in too many logs;
 * so here it is what `Authorization` bears.
 */
function presented(request: Request): [Request, Form?] {
  const { authorization, ...headers } = request.headers;
  const assertion = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (assertion === undefined) return [request];
  const form = { client_assertion: assertion, client_assertion_type: CLIENT_ASSERTION_TYPE };
  return [{ ...request, headers }, new Map(Object.entries(form))];
}

async function anyonesStatement(
  ports: StatementPorts,
  { request, fields }: OperatorRequest,
): Promise<Response> {
  const month = monthIn(request);
  if (month === undefined) return refused(400, 'invalid_month', `The ${NO_MONTH}.`);
  const clientId = request.pathParameters?.clientId ?? '';
  if (!isId(clientId)) return unknownClient();
  const compiled = await compile(ports, clientId, month);
  // Whoever called has a statement, though it be deleted since; whoever did not has to be there.
  const isIdle = compiled.kind === 'statement' && compiled.claims.total.calls === 0;
  if (isIdle && (await ports.clients.find(clientId)) === undefined) return unknownClient();
  const answer = await told(ports, request, compiled, { ...fields, clientId });
  if (answer.ok) return answer.response;
  const { status, code, detail, headers } = answer;
  return status === 500 ? internalError() : refused(status, code, `${detail}.`, headers);
}

/** What a record can be booked under, by replay too; and short enough for a key. */
const isId = (text: string): boolean =>
  /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(text) && encodeURIComponent(text).length <= 1024;

const monthIn = ({ pathParameters = {} }: Request): Month | undefined =>
  parseMonth(pathParameters.month ?? '');

const NO_MONTH = 'month has to be one such as 2026-10';

const unknownClient = (): Response =>
  refused(404, 'unknown_client', 'There is no such client, and it called nothing in this month.');

type Told =
  | { ok: true; response: Response }
  | { ok: false; status: number; code: string; detail: string; headers: Record<string, string> };

/** What both routes answer, each in its own form. */
async function told(
  { sign, clock, log }: StatementPorts,
  request: Request,
  compiled: Compiled,
  fields: LogFields,
): Promise<Told> {
  switch (compiled.kind) {
    case 'statement': {
      const { token, kid } = await sign(compiled.claims);
      log.info('statement signed', { ...fields, status: 200, kid });
      return { ok: true, response: inForm(request, token) };
    }
    case 'not_closed': {
      const wait = Math.ceil((compiled.until - clock()) / 1000);
      const detail = `the month is not closed yet; ask again from ${new Date(compiled.until).toISOString()} on`;
      return notNow(409, 'month_not_closed', detail, { 'retry-after': String(wait) });
    }
    case 'nothing_recorded':
      return notNow(404, 'nothing_recorded', 'the month was before anything was recorded');
    case 'changed':
      return notNow(503, 'month_is_changing', 'an hour of the month was closed again; try again', RETRY);
    case 'inconsistent':
      log.count('StatementSumsDisagreed');
      log.error('statement refused', { ...fields, status: 500, code: 'sums_disagree', reason: DISAGREE });
      return notNow(500, 'sums_disagree', 'something went wrong on our side');
  }
}

const RETRY = { 'retry-after': '5' };

/** The runbook names this sentence. */
const DISAGREE = 'the rows of the client and the totals of its hours are not of the same calls';

const notNow = (
  status: number,
  code: string,
  detail: string,
  headers: Record<string, string> = {},
): Told => ({
  ok: false,
  ...{ status, code, detail, headers },
});

function inForm({ headers }: Request, statement: string): Response {
  const varied = { vary: 'accept' };
  if (/(?:^|[,\s])application\/json(?:[;,\s]|$)/i.test(headers.accept ?? '')) {
    return json(200, { statement }, varied);
  }
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/jose', 'cache-control': 'no-store', ...varied },
    body: statement,
  };
}
