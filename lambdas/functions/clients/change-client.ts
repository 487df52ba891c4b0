/** `GET` and `PATCH /admin/clients/{clientId}`: one client, and what an operator changes of it. */

import { type ClientChange, patchClient } from '../../domain/client-patch.ts';
import type { ClientRegistry } from '../../domain/client-ports.ts';
import { type ClientRecord, describeClient } from '../../domain/client-record.ts';
import { readMergePatch } from '../../http/body.ts';
import { entityTag, unmet } from '../../http/entity-tag.ts';
import type { Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { changedMeanwhile, clientIdIn, unconditional, unknownClient } from './answers.ts';
import { type VocabularyPorts, vocabulary } from './vocabulary.ts';

export interface ChangeClientPorts extends VocabularyPorts {
  registry: ClientRegistry;
  log: Log;
}

/** @returns 200 with the client and its entity tag, or 404. */
export async function showClient(
  { registry }: Pick<ChangeClientPorts, 'registry'>,
  { request }: OperatorRequest,
): Promise<Response> {
  const clientId = clientIdIn(request);
  const record = clientId === undefined ? undefined : await registry.find(clientId);
  return record === undefined ? unknownClient() : shown(record);
}

/**
 * @returns 200 with the client as it is then, and its new entity tag; as it was, where nothing is another than before.
 *   400, 404, 412, 413, 428 or 503
 */
export async function changeClient(ports: ChangeClientPorts, asked: OperatorRequest): Promise<Response> {
  const { request } = asked;
  const body = readMergePatch(request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const clientId = clientIdIn(request);
  if (clientId === undefined) return unknownClient();
  const missing = unconditional(request);
  if (missing !== undefined) return missing;
  const record = await ports.registry.find(clientId);
  if (record === undefined) return unknownClient();
  const stale = unmet(request, record.revision);
  if (stale !== undefined) return stale;
  const patched = patchClient(record, body.value, await vocabularyFor(ports, body.value));
  if (!patched.ok) return refused(400, patched.failure.code, patched.failure.detail);
  return change(ports, asked, record, patched.value);
}

/** Whoever only disables or enables a client names no scope and no role. */
const vocabularyFor = async (ports: VocabularyPorts, body: object | undefined) =>
  Object.keys(body ?? {}).some((name) => name !== 'state') ? vocabulary(ports) : { scopes: [], roles: [] };

async function change(
  { registry, log }: ChangeClientPorts,
  { change, fields }: OperatorRequest,
  record: ClientRecord,
  { changed, differences }: ClientChange,
): Promise<Response> {
  if (Object.keys(differences).length === 0) return shown(record);
  const { clientId } = record.client;
  await change({ action: actionOf(record, differences), target: { client: clientId }, details: differences });
  const outcome = await registry.change(record, changed);
  const status = outcome === 'changed_meanwhile' ? 412 : 200;
  log.info(status === 200 ? 'client changed' : 'client not changed', { ...fields, clientId, status });
  return outcome === 'changed_meanwhile' ? changedMeanwhile() : shown(outcome);
}

function actionOf({ client }: ClientRecord, differences: ClientChange['differences']): string {
  const isSwitched = 'state' in differences && Object.keys(differences).length === 1;
  if (!isSwitched) return 'client.update';
  return client.state === 'active' ? 'client.disable' : 'client.enable';
}

const shown = (record: ClientRecord): Response =>
  json(200, describeClient(record), entityTag(record.revision));
