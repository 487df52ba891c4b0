/**
 * `POST /admin/clients/{clientId}/credentials`: gives a client one more credential, and with `replaces` ends another
 * one after an overlap. The secret is in this one answer and nowhere else. The same request again, under its
 * idempotency key, has the same answer.
 */
import type { Credential } from '../../domain/client.ts';
import type { CredentialAddition, CredentialRegistry, EndedCredential } from '../../domain/client-ports.ts';
import { type ClientRecord, describeCredential, timeOf } from '../../domain/client-record.ts';
import {
  type CredentialRequest,
  endOf,
  parseCredentialRequest,
  type Wanted,
  wantedFor,
} from '../../domain/credential-request.ts';
import { StoreUnavailable } from '../../domain/ports.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { readJson } from '../../http/body.ts';
import { entityTag } from '../../http/entity-tag.ts';
import type { Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { clientIdIn, unknownClient } from './answers.ts';
import { type Attempt, type AttemptPorts, attempt, spent } from './attempt.ts';
import { type CredentialFacts, keyCredential, type Minted, type MintingPorts, mintSecret } from './mint.ts';

export interface AddCredentialPorts extends MintingPorts, AttemptPorts {
  credentials: CredentialRegistry;
  log: Log;
}

/** @returns 201 with the credential, its secret and what became of the replaced one; 400, 404, 409, 413, 422 or 503. */
export async function addCredential(ports: AddCredentialPorts, asked: OperatorRequest): Promise<Response> {
  const body = readJson(asked.request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const parsed = parseCredentialRequest(body.value);
  if (!parsed.ok) return refused(400, parsed.failure.code, parsed.failure.detail);
  const found = await find(ports, asked.request, parsed.value);
  if (!found.ok) return found.failure;
  const { client, old, wanted } = found.value;
  const tried = await attempt(ports, asked.request, body.value, client.creation);
  if (!tried.ok) return tried.failure;
  const minted = mint(wanted, factsOf(client, parsed.value, tried.value), {
    ...ports,
    random: tried.value.random,
  });
  const { replaces } = parsed.value;
  const ended = replaces !== undefined &&
    old !== undefined && { credentialId: replaces.credentialId, until: endOf(old, replaces, tried.value.at) };
  return add(ports, asked, { client, minted, tried: tried.value, ...(ended && { ended }) });
}

interface Found {
  client: ClientRecord;
  /** What is to be replaced. */
  old: Credential | undefined;
  wanted: Wanted;
}

async function find(
  { credentials }: AddCredentialPorts,
  request: Request,
  asked: CredentialRequest,
): Promise<Result<Found, Response>> {
  const clientId = clientIdIn(request);
  if (clientId === undefined) return fail(unknownClient());
  const { client, credential } = await credentials.find(clientId, asked.replaces?.credentialId);
  if (client === undefined) return fail(unknownClient());
  if (asked.replaces !== undefined && credential === undefined) {
    return fail(refused(404, 'unknown_credential', NO_CREDENTIAL));
  }
  const old = credential?.credential;
  const wanted = wantedFor(client.client, asked, old);
  if (!wanted.ok) return fail(refused(400, wanted.failure.code, wanted.failure.detail));
  return ok({ client, old, wanted: wanted.value });
}

const factsOf = (
  { client: { clientId } }: ClientRecord,
  { expiresIn }: CredentialRequest,
  { at }: Attempt,
): CredentialFacts => ({
  ...{ clientId, state: 'active', createdAt: at },
  ...(expiresIn !== undefined && { validUntil: at + expiresIn * 1000 }),
});

const mint = (wanted: Wanted, facts: CredentialFacts, ports: MintingPorts): Minted =>
  wanted.kind === 'public_key'
    ? { credential: keyCredential(facts, wanted.key), secrets: {} }
    : mintSecret(wanted.kind, facts, ports);

interface Addition {
  client: ClientRecord;
  minted: Minted;
  tried: Attempt;
  ended?: EndedCredential;
}

async function add(ports: AddCredentialPorts, asked: OperatorRequest, addition: Addition): Promise<Response> {
  const { client, minted, tried, ended } = addition;
  const { credential, secrets } = minted;
  await asked.change(changeOf(addition));
  try {
    const outcome = await ports.credentials.add(client, credential, ended, tried.creation);
    report(ports.log, asked, credential, outcome, ended);
    if (outcome.outcome === 'taken') {
      return tried.isAgain ? spent() : refused(409, 'credential_exists', taken(credential));
    }
    if (outcome.outcome === 'gone') return unknownClient();
    const body = { ...describeCredential(credential), ...secrets, ...replaced(outcome, ended) };
    return json(201, body, entityTag(outcome.revision));
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return unavailable(ports.log, asked, addition, error);
  }
}

const changeOf = ({ minted: { credential }, tried, ended }: Addition) => ({
  action: ended === undefined ? 'credential.add' : 'credential.replace',
  target: { client: credential.clientId, credential: credential.credentialId },
  details: {
    ...describeCredential(credential),
    ...(ended !== undefined && {
      replaces: { credential_id: ended.credentialId, valid_until: timeOf(ended.until) },
    }),
    ...(tried.isAgain && { sent_again: true }),
  },
});

function report(
  log: Log,
  { fields }: OperatorRequest,
  { clientId, credentialId }: Credential,
  addition: CredentialAddition,
  ended: EndedCredential | undefined,
): void {
  const added = addition.outcome === 'added';
  const about = { ...fields, clientId, status: added ? 201 : addition.outcome === 'gone' ? 404 : 409 };
  log.info(`credential ${addition.outcome}`, { ...about, credentialId });
  if (!added || ended === undefined) return;
  const reason = `valid until ${timeOf(addition.endedAt ?? ended.until)}`;
  log.info('credential replaced', { ...about, credentialId: ended.credentialId, reason });
}

const replaced = (addition: CredentialAddition & { outcome: 'added' }, ended: EndedCredential | undefined) =>
  ended !== undefined && {
    replaced: {
      credential_id: ended.credentialId,
      valid_until: timeOf(addition.endedAt ?? ended.until),
    },
  };

function unavailable(
  log: Log,
  { fields }: OperatorRequest,
  { minted: { credential }, tried, ended }: Addition,
  error: StoreUnavailable,
): Response {
  const about = { ...fields, clientId: credential.clientId, status: 503, error };
  for (const { credentialId } of [credential, ...(ended === undefined ? [] : [ended])]) {
    log.error('a credential may have changed', { ...about, credentialId });
  }
  const detail = tried.creation.request === undefined ? UNAVAILABLE : UNFINISHED;
  return refused(503, 'directory_unavailable', detail, { 'retry-after': '5' });
}

const NO_CREDENTIAL = 'The client has no credential of the id in replaces.';

const taken = ({ credentialId }: Credential): string =>
  `The client has a credential ${credentialId} already; give the key another kid.`;

const UNAVAILABLE =
  'It is not certain what was written, and no secret was given out. What was to be replaced is valid for the overlap at least. Try again: a public key that is there by then was added.';
const UNFINISHED =
  'It is not certain what was written. Send the same request again, with the same Idempotency-Key: it is completed, and answered as it would have been.';
