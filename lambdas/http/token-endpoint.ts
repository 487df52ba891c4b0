/** What all token endpoints answer when they do not do what they were asked for: RFC 6749 §5.2 JSON. */
import { StoreUnavailable } from '../domain/ports.ts';
import type { Handler, Response } from './event.ts';
import type { Log } from './log.ts';
import { oauthError } from './respond.ts';

/** 401: whatever is wrong with the credentials, absent ones included, the answer is this one, byte for byte. */
export const invalidClient = (): Response =>
  oauthError(401, 'invalid_client', 'client authentication failed', {
    'www-authenticate': 'Basic realm="tollgate", charset="UTF-8"',
  });

/** 429: too many failures under this client id. @param seconds until the next attempt is looked at */
export const tooManyAttempts = (seconds: number): Response =>
  oauthError(429, 'too_many_attempts', 'too many failed attempts; try again later', {
    'retry-after': String(seconds),
  });

/** 429: there is no token, because nothing may be spent with it. @param seconds until it is worth asking again */
export const budgetExhausted = (description: string, seconds: number): Response =>
  oauthError(429, 'budget_exhausted', description, { 'retry-after': String(seconds) });

/** 400, or 413 for a body that is too large. */
export const invalidRequest = (description: string, status: 400 | 413 = 400): Response =>
  oauthError(status, 'invalid_request', description);

/** 503: nothing was decided, and nothing was done that a further attempt would repeat. */
export const temporarilyUnavailable = (): Response =>
  oauthError(503, 'temporarily_unavailable', 'please try again', { 'retry-after': '1' });

/**
 * Wraps the handler of a token endpoint, so that what it throws becomes an answer too: 503 with `Retry-After`
 * for a store that did not answer, 500 `server_error` for what nobody expected.
 */
export const tokenEndpoint =
  (log: Log, handler: Handler): Handler =>
  async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      const { requestId, routeKey: route } = request.requestContext;
      const status = error instanceof StoreUnavailable ? 503 : 500;
      log.error('token endpoint failed', { requestId, route, status, error });
      return status === 503
        ? temporarilyUnavailable()
        : oauthError(500, 'server_error', 'something went wrong on our side');
    }
  };
