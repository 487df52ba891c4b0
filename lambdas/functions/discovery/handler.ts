/** `GET /.well-known/…`: what verifiers need to know, open to anyone. */
import { openidConfiguration, type PublishedKeys, serverMetadata } from '../../domain/discovery.ts';
import { StoreUnavailable } from '../../domain/ports.ts';
import type { Handler, Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { json, problem } from '../../http/respond.ts';
import { scopes } from '../../routes.ts';

export interface DiscoveryPorts {
  keys: PublishedKeys;
  log: Log;
}

/**
 * Five minutes: with those of the function's own copy and the two hours of a gateway, a new key is everywhere
 * before it signs, and its lead of three hours is not used up.
 */
const CACHEABLE = { 'cache-control': 'public, max-age=300' };

const NAMES = Object.keys(scopes);

/**
 * @param issuer the exact `iss`
 * @returns the handler of the three documents: 200 with a JSON document that caches may keep for five minutes;
 *   for the JWKS 503 `keys_unavailable` with `Retry-After` when there is none to give. The JWKS is
 *   `application/json`, as with every issuer that API Gateway is known to read; RFC 7517 §8.5 registers a type
 *   of its own but nothing asks for it.
 */
export const discoveryHandler = (ports: DiscoveryPorts, issuer: string): Handler => {
  const documents: Readonly<Record<string, (request: Request) => Promise<Response>>> = {
    'GET /.well-known/openid-configuration': async () =>
      json(200, openidConfiguration(issuer, NAMES), CACHEABLE),
    'GET /.well-known/oauth-authorization-server': async () =>
      json(200, serverMetadata(issuer, NAMES), CACHEABLE),
    'GET /.well-known/jwks.json': (request) => jwks(ports, request),
  };
  return async (request) => (await documents[request.routeKey]?.(request)) ?? notFound();
};

async function jwks({ keys, log }: DiscoveryPorts, request: Request): Promise<Response> {
  try {
    return json(200, await keys.jwks(), CACHEABLE);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.error('no JWKS to publish', { requestId: request.requestContext.requestId, error });
    const detail = 'The keys cannot be read at the moment.';
    return problem(
      { status: 503, code: 'keys_unavailable', title: 'Try again', detail },
      { 'retry-after': '5' },
    );
  }
}

const notFound = (): Response =>
  problem({ status: 404, code: 'not_found', title: 'Not found', detail: 'There is no such document.' });
