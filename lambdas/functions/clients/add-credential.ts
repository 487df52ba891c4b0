/**
 * `POST /admin/clients/{clientId}/credentials`: gives a client one more credential, and with `replaces` ends another
 * one after an overlap. The secret is in this one answer and nowhere else.
 */
import { CLIENT_ID, type Credential } from '../../domain/client.ts';
import {
  type CredentialRequest,
  endOf,
  parseCredentialRequest,
  type Wanted,
  wantedFor,
} from '../../domain/credential-request.ts';
import {
  type Clock,
  type CredentialAddition,
  type CredentialRegistry,
  type EndedCredential,
  StoreUnavailable,
} from '../../domain/ports.ts';
import { readJson } from '../../http/body.ts';
import type { Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { type CredentialFacts, keyCredential, type Minted, type MintingPorts, mintSecret } from './mint.ts';

export interface AddCredentialPorts extends MintingPorts {
  credentials: CredentialRegistry;
  clock: Clock;
  log: Log;
}

/** @returns 201 with the credential, its secret and what became of the replaced one; 400, 404, 409, 413 or 503. */
export async function addCredential(
  ports: AddCredentialPorts,
  { request, fields }: OperatorRequest,
): Promise<Response> {
  const body = readJson(request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const asked = parseCredentialRequest(body.value);
  if (!asked.ok) return refused(400, asked.failure.code, asked.failure.detail);
  const clientId = request.pathParameters?.clientId ?? '';
  if (!CLIENT_ID.test(clientId)) return unknownClient();
  const { replaces } = asked.value;
  const { client, credential: old } = await ports.credentials.find(clientId, replaces?.credentialId);
  if (client === undefined) return unknownClient();
  if (replaces !== undefined && old === undefined) return refused(404, 'unknown_credential', NO_CREDENTIAL);
  const wanted = wantedFor(client, asked.value, old);
  if (!wanted.ok) return refused(400, wanted.failure.code, wanted.failure.detail);
  const now = ports.clock();
  const minted = mint(wanted.value, factsOf(clientId, asked.value, now), ports);
  if (replaces === undefined || old === undefined) return add(ports, fields, minted);
  const { credentialId } = replaces;
  return add(ports, fields, minted, { credentialId, until: endOf(old, replaces, now) });
}

const factsOf = (clientId: string, { expiresIn }: CredentialRequest, now: number): CredentialFacts => ({
  ...{ clientId, state: 'active', createdAt: now },
  ...(expiresIn !== undefined && { validUntil: now + expiresIn * 1000 }),
});

const mint = (wanted: Wanted, facts: CredentialFacts, ports: MintingPorts): Minted =>
  wanted.kind === 'public_key'
    ? { credential: keyCredential(facts, wanted.key), secrets: {} }
    : mintSecret(wanted.kind, facts, ports);

async function add(
  ports: AddCredentialPorts,
  fields: OperatorRequest['fields'],
  { credential, secrets }: Minted,
  ended?: EndedCredential,
): Promise<Response> {
  const about = { ...fields, clientId: credential.clientId };
  try {
    const addition = await ports.credentials.add(credential, ended);
    report(ports.log, about, credential, addition, ended);
    if (addition.outcome === 'taken') return refused(409, 'credential_exists', taken(credential));
    return json(201, { ...described(credential), ...secrets, ...replaced(addition, ended) });
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    for (const { credentialId } of [credential, ...(ended === undefined ? [] : [ended])]) {
      ports.log.error('a credential may have changed', { ...about, credentialId, status: 503, error });
    }
    return refused(503, 'directory_unavailable', UNAVAILABLE, { 'retry-after': '5' });
  }
}

function report(
  log: Log,
  about: OperatorRequest['fields'] & { clientId: string },
  { credentialId }: Credential,
  addition: CredentialAddition,
  ended?: EndedCredential,
): void {
  const added = addition.outcome === 'added';
  log.info(`credential ${addition.outcome}`, { ...about, credentialId, status: added ? 201 : 409 });
  if (!added || ended === undefined) return;
  const reason = `valid until ${timeOf(addition.endedAt ?? ended.until)}`;
  log.info('credential replaced', { ...about, credentialId: ended.credentialId, status: 201, reason });
}

const described = (credential: Credential) => ({
  client_id: credential.clientId,
  credential_id: credential.credentialId,
  kind: credential.kind,
  ...(credential.kind === 'public_key' && { jwk: credential.jwk }),
  ...(credential.validUntil !== undefined && { valid_until: timeOf(credential.validUntil) }),
});

const replaced = (addition: CredentialAddition & { outcome: 'added' }, ended: EndedCredential | undefined) =>
  ended !== undefined && {
    replaced: {
      credential_id: ended.credentialId,
      valid_until: timeOf(addition.endedAt ?? ended.until),
    },
  };

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

const unknownClient = (): Response => refused(404, 'unknown_client', 'There is no client of this id.');

const NO_CREDENTIAL = 'The client has no credential of the id in replaces.';

const taken = ({ credentialId }: Credential): string =>
  `The client has a credential ${credentialId} already; give the key another kid.`;

const UNAVAILABLE =
  'It is not certain what was written, and no secret was given out. What was to be replaced is valid for the overlap at least. Try again: a public key that is there by then was added.';
