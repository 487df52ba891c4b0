/**
 * `PATCH` and `DELETE /admin/clients/{clientId}/credentials/{credentialId}`: a credential is disabled for a while, given
 * an end, or ended for good. Only the last of these revokes its tokens.
 */
import type { CredentialRegistry } from '../../domain/client-ports.ts';
import { type CredentialRecord, describeCredential, timeOf } from '../../domain/client-record.ts';
import { patchCredential } from '../../domain/credential-patch.ts';
import type { Clock, RevocationWriter } from '../../domain/ports.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import { credentialTarget, revocation } from '../../domain/revocation.ts';
import { readMergePatch } from '../../http/body.ts';
import { entityTag, unmet } from '../../http/entity-tag.ts';
import type { Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, refused } from '../../http/operator.ts';
import { empty, json } from '../../http/respond.ts';
import {
  changedMeanwhile,
  clientIdIn,
  credentialIdIn,
  revisionFor,
  unconditional,
  unknownClient,
  unknownCredential,
} from './answers.ts';

export interface ChangeCredentialPorts {
  credentials: CredentialRegistry;
  revocations: RevocationWriter;
  clock: Clock;
  log: Log;
}

/** @returns 200 with the credential as it is then, and its new entity tag; 400, 404, 409, 412, 413, 428 or 503. */
export async function changeCredential(
  ports: ChangeCredentialPorts,
  asked: OperatorRequest,
): Promise<Response> {
  const { request } = asked;
  const body = readMergePatch(request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const missing = unconditional(request);
  if (missing !== undefined) return missing;
  const found = await find(ports, request);
  if (!found.ok) return found.failure;
  const { credential } = found.value;
  const patched = patchCredential(credential, body.value, ports.clock());
  if (!patched.ok) return refused(400, patched.failure.code, patched.failure.detail);
  if (credential.state === 'revoked') return refused(409, 'credential_revoked', REVOKED);
  return change(ports, asked, found.value, patched.value);
}

const REVOKED = 'The credential was ended for good, and its tokens are revoked. Add another one.';

/** @returns what the path names, as far as the request's condition is met. */
async function find(
  { credentials }: ChangeCredentialPorts,
  request: Request,
): Promise<Result<CredentialRecord, Response>> {
  const [clientId, credentialId] = [clientIdIn(request), credentialIdIn(request)];
  if (clientId === undefined) return fail(unknownClient());
  if (credentialId === undefined) return fail(unknownCredential());
  const { client, credential } = await credentials.find(clientId, credentialId);
  if (client === undefined) return fail(unknownClient());
  if (credential === undefined) return fail(unknownCredential());
  const stale = unmet(request, credential.revision);
  return stale === undefined ? ok(credential) : fail(stale);
}

async function change(
  { credentials, log }: ChangeCredentialPorts,
  { change, fields }: OperatorRequest,
  record: CredentialRecord,
  changed: Pick<CredentialRecord['credential'], 'state' | 'validUntil'>,
): Promise<Response> {
  const { clientId, credentialId, state, validUntil } = record.credential;
  const isSwitched = changed.state !== state;
  const isTimed = changed.validUntil !== validUntil;
  if (!isSwitched && !isTimed) return shown(record);
  const action = isTimed ? 'update' : changed.state === 'active' ? 'enable' : 'disable';
  await change({
    ...{ action: `credential.${action}`, target: { client: clientId, credential: credentialId } },
    details: {
      ...(isSwitched && { state: { from: state, to: changed.state } }),
      ...(isTimed && { valid_until: { from: endOf(validUntil), to: endOf(changed.validUntil) } }),
    },
  });
  const outcome = await credentials.change(record, changed);
  const status = outcome === 'changed_meanwhile' ? 412 : 200;
  const message = status === 200 ? 'credential changed' : 'credential not changed';
  log.info(message, { ...fields, clientId, credentialId, status });
  return outcome === 'changed_meanwhile' ? changedMeanwhile() : shown(outcome);
}

const endOf = (time: number | undefined): string | null => (time === undefined ? null : timeOf(time));

const shown = ({ credential, revision }: CredentialRecord): Response =>
  json(200, describeCredential(credential), entityTag(revision));

/**
 * Ends it, and only then revokes its tokens: a login that saw it active began before. Either can be repeated, so a
 * request that was interrupted is completed by being sent again.
 *
 * @returns 204, also for one that is ended already; 404, 412 or 503
 */
export async function endCredential(ports: ChangeCredentialPorts, asked: OperatorRequest): Promise<Response> {
  const { request, fields, change } = asked;
  const found = await find(ports, request);
  if (!found.ok) return found.failure;
  const { clientId, credentialId, kind } = found.value.credential;
  const target = { client: clientId, credential: credentialId };
  await change({ action: 'credential.end', target, details: { kind } });
  const revision = revisionFor(request, found.value.revision);
  const outcome = await ports.credentials.revoke(found.value, ports.clock(), revision);
  if (outcome === 'changed_meanwhile')
    return revision === undefined ? unknownCredential() : changedMeanwhile();
  const now = ports.clock();
  const revoked = { kind: 'credential', id: credentialTarget(clientId, credentialId) } as const;
  const why = { revokedAt: now, reason: 'operator' } as const;
  await ports.revocations.revoke(revocation(revoked, Math.floor(now / 1000), why));
  ports.log.info('credential ended', { ...fields, clientId, credentialId, status: 204 });
  return empty(204);
}
