/**
 * `POST /admin/clients`: creates a client and its first credentials. The gateway has verified the operator's
 * AWS signature and permission (IAM); the log line of each creation is the audit trail.
 *
 * The secrets are in this one answer and nowhere else: only their hashes are kept.
 */
import { type Client, grantTypesOf } from '../../domain/client.ts';
import { clientOf, parseRegistration, type Registered } from '../../domain/client-registration.ts';
import { type ClientRegistry, type Clock, StoreUnavailable } from '../../domain/ports.ts';
import type { PublicKey } from '../../domain/public-key.ts';
import { mintClientId } from '../../domain/secret-format.ts';
import { readJson } from '../../http/body.ts';
import type { Handler, OperatorContext, Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { internalError } from '../../http/refusals.ts';
import { json, problem } from '../../http/respond.ts';
import { roles, scopes } from '../../routes.ts';
import { firstCredentials, type MintingPorts } from './first-credentials.ts';

export interface ClientsPorts extends MintingPorts {
  registry: ClientRegistry;
  clock: Clock;
  log: Log;
}

const VOCABULARY = { scopes: Object.keys(scopes), roles: Object.keys(roles) };

/** @returns the handler of the operators' client registration (the members are those of RFC 7591). */
export const clientsHandler =
  (ports: ClientsPorts): Handler =>
  async (request) => {
    const fields = { requestId: request.requestContext.requestId, route: request.routeKey };
    const operator = operatorOf(request);
    if (operator === undefined) {
      ports.log.error('a request without an operator reached an operator route', { ...fields, status: 403 });
      return refused(403, 'not_an_operator', 'Only an operator, signed in to AWS, may do this.');
    }
    const body = readJson(request);
    if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
    const registration = parseRegistration(body.value, VOCABULARY);
    if (!registration.ok) return refused(400, registration.failure.code, registration.failure.detail);
    return create(ports, registration.value, { ...fields, operator });
  };

async function create(
  ports: ClientsPorts,
  { registration, keys }: Registered,
  fields: { operator: string; requestId: string; route: string },
): Promise<Response> {
  const clientId = registration.clientId ?? mintClientId(ports.random);
  const client = clientOf(registration, clientId, ports.clock());
  try {
    const { credentials, secrets } = await firstCredentials(client, keys, ports);
    const outcome = await ports.registry.create(client, credentials);
    const status = outcome === 'created' ? 201 : 409;
    ports.log.info(`client ${outcome}`, { ...fields, clientId, status });
    if (outcome === 'created') return json(201, { ...described(client, keys), ...secrets });
    return refused(409, 'client_exists', `There is a client ${clientId} already; choose another client_id.`);
  } catch (error) {
    const unavailable = error instanceof StoreUnavailable;
    const status = unavailable ? 503 : 500;
    ports.log.error('a client could not be created', { ...fields, clientId, status, error });
    if (!unavailable) return internalError();
    return refused(503, 'directory_unavailable', UNAVAILABLE, { 'retry-after': '5' });
  }
}

const UNAVAILABLE =
  'The client was not created. Try again; should its client_id then be taken, choose another: nobody can log in with what was left of it.';

const described = (client: Client, keys: readonly PublicKey[]) => ({
  client_id: client.clientId,
  client_name: client.name,
  kind: client.kind,
  scope: client.scopes.join(' '),
  roles: client.roles,
  tenant: client.tenant,
  allowed_claims: client.allowedClaims,
  token_lifetime: client.tokenLifetime,
  grant_types: grantTypesOf(client),
  refresh_token_lifetime: client.refreshLifetime,
  refresh_token_idle_lifetime: client.refreshIdle,
  ...(keys.length > 0 && { jwks: { keys: keys.map(({ jwk }) => jwk) } }),
});

/** Fails closed: a route that was deployed without the gateway's IAM authorization has no operator. */
function operatorOf(request: Request): string | undefined {
  const { authorizer } = request.requestContext as { authorizer?: Partial<OperatorContext> };
  const arn = authorizer?.iam?.userArn;
  return typeof arn === 'string' && arn !== '' ? arn : undefined;
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  403: 'Forbidden',
  409: 'Conflict',
  413: 'Content too large',
  503: 'Service unavailable',
};

const refused = (
  status: number,
  code: string,
  detail: string,
  headers: Record<string, string> = {},
): Response => problem({ status, code, title: TITLES[status] ?? 'Error', detail }, headers);
