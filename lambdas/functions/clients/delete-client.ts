/** `DELETE /admin/clients/{clientId}`: nobody can log in as it, its tokens are revoked, and then it is gone. */
import type { ClientRegistry, ClientRemoval, ClientUses } from '../../domain/client-ports.ts';
import { type ClientRecord, describeClient } from '../../domain/client-record.ts';
import type { Clock, RevocationWriter } from '../../domain/ports.ts';
import { revocation } from '../../domain/revocation.ts';
import { unmet } from '../../http/entity-tag.ts';
import type { Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, refused } from '../../http/operator.ts';
import { empty } from '../../http/respond.ts';
import { changedMeanwhile, clientIdIn, revisionFor, unknownClient } from './answers.ts';

export interface DeleteClientPorts {
  registry: ClientRegistry;
  removal: ClientRemoval;
  uses: ClientUses;
  revocations: RevocationWriter;
  clock: Clock;
  log: Log;
}

/**
 * @returns 204; 404, which takes away what an interrupted deletion may have left; 409 where it is in use, or was enabled
 *   meanwhile; 412 or 503, after which the same request goes on where it stopped
 */
export async function deleteClient(ports: DeleteClientPorts, asked: OperatorRequest): Promise<Response> {
  const { request } = asked;
  const clientId = clientIdIn(request);
  if (clientId === undefined) return unknownClient();
  const record = await ports.registry.find(clientId);
  if (record === undefined) {
    await ports.removal.sweep(clientId);
    return unknownClient();
  }
  const stale = unmet(request, record.revision) ?? (await inUse(ports, clientId));
  if (stale !== undefined) return stale;
  const { client } = record;
  await asked.change({
    action: 'client.delete',
    target: { client: clientId },
    details: describeClient({ client }),
  });
  const outcome = await remove(ports, asked, record);
  const { statusCode: status = 500 } = outcome;
  ports.log.info(status === 204 ? 'client deleted' : 'client not deleted', {
    ...asked.fields,
    clientId,
    status,
  });
  return outcome;
}

async function inUse({ uses }: DeleteClientPorts, clientId: string): Promise<Response | undefined> {
  const { issuers, hasBudget } = await uses.of(clientId);
  if (issuers.length === 0 && !hasBudget) return undefined;
  const more = issuers.length > NAMED ? ` and ${issuers.length - NAMED} more` : '';
  const named =
    issuers.length > 0 &&
    `trusted issuers issue tokens in its name: ${issuers.slice(0, NAMED).join(', ')}${more}`;
  const reasons = [named, hasBudget && 'it has a budget'].filter((reason) => reason !== false);
  const detail = `The client is in use: ${reasons.join('; ')}. Change that first, or disable the client.`;
  return refused(409, 'client_in_use', detail);
}

const NAMED = 10;

/** The order is explained in `store/client-removal.ts`: what keeps others out comes first. */
async function remove(
  { removal, revocations, clock }: DeleteClientPorts,
  { request }: OperatorRequest,
  record: ClientRecord,
): Promise<Response> {
  const revision = revisionFor(request, record.revision);
  const begun = await removal.begin(record, revision);
  if (begun === 'changed_meanwhile') return revision === undefined ? unknownClient() : changedMeanwhile();
  // A login that saw it active began before this moment, and its token's time is that of its beginning.
  const now = clock();
  const target = { kind: 'client', id: record.client.clientId } as const;
  await revocations.revoke(
    revocation(target, Math.floor(now / 1000), { revokedAt: now, reason: 'operator' }),
  );
  const outcome = await removal.finish(record);
  return outcome === 'deleted' ? empty(204) : refused(409, 'changed_meanwhile', KEPT);
}

const KEPT =
  'Somebody enabled the client while it was being deleted. It is there, its tokens are revoked, and its credentials are gone: give it new ones, or delete it again.';
