/**
 * `POST /admin/clients`: creates a client and its first credentials. The secrets are in this one answer and nowhere
 * else: only their hashes are kept. The same request again, under its idempotency key, has the same answer.
 */
import type { Client } from '../../domain/client.ts';
import type { ClientRegistry } from '../../domain/client-ports.ts';
import { describeClient } from '../../domain/client-record.ts';
import { clientOf, parseRegistration, type Registered } from '../../domain/client-registration.ts';
import { StoreUnavailable } from '../../domain/ports.ts';
import { mintClientId } from '../../domain/secret-format.ts';
import { readJson } from '../../http/body.ts';
import { entityTag } from '../../http/entity-tag.ts';
import type { Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { type Attempt, type AttemptPorts, attempt, spent } from './attempt.ts';
import { type FirstCredentials, firstCredentials } from './first-credentials.ts';
import type { MintingPorts } from './mint.ts';
import { type VocabularyPorts, vocabulary } from './vocabulary.ts';

export interface CreateClientPorts extends MintingPorts, AttemptPorts, VocabularyPorts {
  registry: ClientRegistry;
  log: Log;
}

/** @returns 201 with the client and its secrets (the members are those of RFC 7591), 400, 409, 413, 422 or 503. */
export async function createClient(ports: CreateClientPorts, asked: OperatorRequest): Promise<Response> {
  const body = readJson(asked.request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const registered = parseRegistration(body.value, await vocabulary(ports));
  if (!registered.ok) return refused(400, registered.failure.code, registered.failure.detail);
  const tried = await attempt(ports, asked.request, body.value);
  if (!tried.ok) return tried.failure;
  return create(ports, asked, registered.value, tried.value);
}

async function create(
  ports: CreateClientPorts,
  asked: OperatorRequest,
  { registration, keys }: Registered,
  tried: Attempt,
): Promise<Response> {
  const clientId = registration.clientId ?? mintClientId(tried.random);
  const client = clientOf(registration, clientId, tried.at);
  const first = await firstCredentials(client, keys, { ...ports, random: tried.random });
  await asked.change({
    ...{ action: 'client.create', target: { client: clientId } },
    details: detailsOf(client, first, tried),
  });
  try {
    const outcome = await ports.registry.create(client, first.credentials, tried.creation);
    report(ports.log, asked, client, first, outcome);
    if (outcome === 'exists') return refused(409, 'client_exists', taken(clientId));
    if (outcome === 'gone') return tried.creation.request === undefined ? deleted() : spent();
    const jwks = keys.length > 0 && { jwks: { keys: keys.map(({ jwk }) => jwk) } };
    const body = { ...describeClient({ client }), ...jwks, ...first.secrets };
    return json(201, body, entityTag(tried.creation.id));
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    ports.log.error('a client could not be created', { ...asked.fields, clientId, status: 503, error });
    const detail = tried.creation.request === undefined ? UNAVAILABLE : UNFINISHED;
    return refused(503, 'directory_unavailable', detail, { 'retry-after': '5' });
  }
}

const detailsOf = (client: Client, { credentials }: FirstCredentials, { isAgain }: Attempt) => ({
  ...describeClient({ client }),
  credentials: credentials.map(({ credentialId, kind }) => ({ credential_id: credentialId, kind })),
  ...(isAgain && { sent_again: true }),
});

function report(
  log: Log,
  { fields }: OperatorRequest,
  { clientId }: Client,
  { credentials }: FirstCredentials,
  outcome: 'created' | 'exists' | 'gone',
): void {
  const status = outcome === 'created' ? 201 : 409;
  log.info(`client ${outcome}`, { ...fields, clientId, status });
  if (outcome !== 'created') return;
  for (const { credentialId } of credentials) {
    log.info('credential added', { ...fields, clientId, credentialId, status });
  }
}

const UNAVAILABLE =
  'The client was not created. Try again; should its client_id then be taken, delete it or choose another: nobody can log in with what was left of it.';
const UNFINISHED =
  'The client may not be whole yet. Send the same request again, with the same Idempotency-Key: it is completed, and answered as it would have been.';

const taken = (clientId: string): string =>
  `There is a client ${clientId} already; choose another client_id.`;

const deleted = (): Response =>
  refused(409, 'client_deleted', 'The client was deleted while it was created. Create it anew.');
