/**
 * `POST /admin/clients`: creates a client and its first credentials. The secrets are in this one answer and nowhere
 * else: only their hashes are kept.
 */
import { type Client, grantTypesOf } from '../../domain/client.ts';
import { clientOf, parseRegistration, type Registered } from '../../domain/client-registration.ts';
import { type ClientRegistry, type Clock, StoreUnavailable } from '../../domain/ports.ts';
import type { PublicKey } from '../../domain/public-key.ts';
import { mintClientId } from '../../domain/secret-format.ts';
import { readJson } from '../../http/body.ts';
import type { Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { roles, scopes } from '../../routes.ts';
import { firstCredentials } from './first-credentials.ts';
import type { MintingPorts } from './mint.ts';

export interface CreateClientPorts extends MintingPorts {
  registry: ClientRegistry;
  clock: Clock;
  log: Log;
}

const VOCABULARY = { scopes: Object.keys(scopes), roles: Object.keys(roles) };

/** @returns 201 with the client and its secrets (the members are those of RFC 7591), 400, 409, 413 or 503. */
export async function createClient(
  ports: CreateClientPorts,
  { request, fields }: OperatorRequest,
): Promise<Response> {
  const body = readJson(request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const registered = parseRegistration(body.value, VOCABULARY);
  if (!registered.ok) return refused(400, registered.failure.code, registered.failure.detail);
  return create(ports, registered.value, fields);
}

async function create(
  ports: CreateClientPorts,
  { registration, keys }: Registered,
  fields: OperatorRequest['fields'],
): Promise<Response> {
  const clientId = registration.clientId ?? mintClientId(ports.random);
  const client = clientOf(registration, clientId, ports.clock());
  const { credentials, secrets } = await firstCredentials(client, keys, ports);
  try {
    const outcome = await ports.registry.create(client, credentials);
    const status = outcome === 'created' ? 201 : 409;
    ports.log.info(`client ${outcome}`, { ...fields, clientId, status });
    if (outcome === 'exists') return refused(409, 'client_exists', taken(clientId));
    for (const { credentialId } of credentials) {
      ports.log.info('credential added', { ...fields, clientId, credentialId, status });
    }
    return json(201, { ...described(client, keys), ...secrets });
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    ports.log.error('a client could not be created', { ...fields, clientId, status: 503, error });
    return refused(503, 'directory_unavailable', UNAVAILABLE, { 'retry-after': '5' });
  }
}

const UNAVAILABLE =
  'The client was not created. Try again; should its client_id then be taken, choose another: nobody can log in with what was left of it.';

const taken = (clientId: string): string =>
  `There is a client ${clientId} already; choose another client_id.`;

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
