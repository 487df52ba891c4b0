/**
 * What all operator routes have in common: who the operator is, and how they refuse. The gateway has verified the
 * operator's AWS signature and permission (IAM).
 */
import type { AuditWriter, Change } from '../domain/audit.ts';
import { StoreUnavailable } from '../domain/ports.ts';
import type { Handler, OperatorContext, Request, Response } from './event.ts';
import type { Log } from './log.ts';
import { internalError } from './refusals.ts';
import { problem } from './respond.ts';
import { type Circumstances, trailOf } from './trail.ts';

/** A request whose operator is known. */
export interface OperatorRequest {
  request: Request;
  /** What each log line of it says: the audit trail. */
  fields: { operator: string; requestId: string; route: string };
  /**
   * Notes in the audit trail what is about to be changed. Nothing may be written before that; how the request ended is
   * added by itself.
   *
   * @throws {StoreUnavailable} where it cannot be noted: then nothing is changed
   */
  change(change: Change): Promise<void>;
}

export interface OperatorTerms {
  log: Log;
  /** Where changes are noted; a function that only reads has none. */
  audit?: AuditWriter;
  /** What the routes stand on: the 503 is named by it, such as `ledger_unavailable`. */
  store: 'directory' | 'ledger' | 'key_ring';
  /** The sentence of the 503, where doing the same twice is not all there is to know about it. */
  unavailable?: string;
}

type Serve = (request: OperatorRequest) => Promise<Response>;

/**
 * Makes the handler of an operator route: 403 without an operator, 503 with `Retry-After` where a store did not
 * answer, 500 for what nobody expected. What it changes is in the audit trail before, and completed after.
 */
export const operatorRoute =
  (terms: OperatorTerms, serve: Serve): Handler =>
  async (request) => {
    const fields = { requestId: request.requestContext.requestId, route: request.routeKey };
    const operator = operatorOf(request);
    if (operator === undefined) {
      terms.log.error('a request without an operator reached an operator route', { ...fields, status: 403 });
      return refused(403, 'not_an_operator', 'Only an operator, signed in to AWS, may do this.');
    }
    const trail = trailOf(terms, recordOf(request, operator));
    const asked = { request, fields: { ...fields, operator }, change: trail.change };
    const response = await answerOf(terms, serve, asked);
    await trail.complete(response);
    return response;
  };

async function answerOf(
  { log, store, unavailable = againSafely(store) }: OperatorTerms,
  serve: Serve,
  asked: OperatorRequest,
): Promise<Response> {
  try {
    return await serve(asked);
  } catch (error) {
    const status = error instanceof StoreUnavailable ? 503 : 500;
    log.error('an operator route failed', { ...asked.fields, status, error });
    if (status === 500) return internalError();
    return refused(503, `${store}_unavailable`, unavailable, { 'retry-after': '5' });
  }
}

const recordOf = (
  { routeKey, requestContext: { requestId, timeEpoch, http } }: Request,
  operator: string,
): Circumstances => ({
  ...{ requestId, operator, at: timeEpoch, sourceIp: http.sourceIp, route: routeKey },
});

const againSafely = (store: OperatorTerms['store']): string =>
  `The ${store} did not answer. Try again: doing the same twice does no harm.`;

/** As {@link operatorRoute}, for a function of several. @param served by the routes' keys */
export const operatorRoutes = (terms: OperatorTerms, served: Readonly<Record<string, Serve>>): Handler =>
  operatorRoute(terms, async (asked) => {
    const { routeKey } = asked.request;
    const serve = Object.hasOwn(served, routeKey) ? served[routeKey] : undefined;
    if (serve === undefined) throw new Error('a route that this function does not serve');
    return serve(asked);
  });

/** @returns the problem (RFC 9457) that an operator route answers with. */
export const refused = (
  status: number,
  code: string,
  detail: string,
  headers: Record<string, string> = {},
): Response => problem({ status, code, title: TITLES[status] ?? 'Error', detail }, headers);

/** Fails closed: a route that was deployed without the gateway's IAM authorization has no operator. */
function operatorOf(request: Request): string | undefined {
  const { authorizer } = request.requestContext as { authorizer?: Partial<OperatorContext> };
  const arn = authorizer?.iam?.userArn;
  return typeof arn === 'string' && arn !== '' ? arn : undefined;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  403: 'Forbidden',
  404: 'Not found',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition failed',
  413: 'Content too large',
  422: 'Unprocessable content',
  428: 'Precondition required',
  503: 'Service unavailable',
};
