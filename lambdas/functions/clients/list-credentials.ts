/** `GET /admin/clients/{clientId}/credentials`: the credentials of a client, page by page; never with a hash. */
import type { CredentialRegistry } from '../../domain/client-ports.ts';
import { type CredentialRecord, describeCredential } from '../../domain/client-record.ts';
import { entityTag } from '../../http/entity-tag.ts';
import type { Response } from '../../http/event.ts';
import type { OperatorRequest } from '../../http/operator.ts';
import { formatCursor, invalidCursor, linkTo, parsePageQuery, positionIn } from '../../http/paging.ts';
import { json } from '../../http/respond.ts';
import { CREDENTIAL_ID, clientIdIn, unknownClient } from './answers.ts';

export interface ListCredentialsPorts {
  credentials: CredentialRegistry;
}

const PAGE = { usual: 50, most: 100 };

/** @returns 200 with the credentials of a page, by their ids, those that are over included; 400 or 404. */
export async function listCredentials(
  { credentials }: ListCredentialsPorts,
  { request }: OperatorRequest,
): Promise<Response> {
  const query = parsePageQuery(request, [], PAGE);
  if (!query.ok) return query.failure;
  const { limit, cursor } = query.value;
  const clientId = clientIdIn(request);
  if (clientId === undefined) return unknownClient();
  const after = cursor === undefined ? undefined : positionIn(cursor, ['credentials', clientId]);
  if (cursor !== undefined && !isPosition(after)) return invalidCursor();
  const { client } = await credentials.find(clientId);
  if (client === undefined) return unknownClient();
  const page = await credentials.list(client, { limit, ...(isPosition(after) && { after }) });
  const next = page.next === undefined ? undefined : formatCursor(['credentials', clientId], page.next);
  const body = { credentials: page.credentials.map(shown), ...(next !== undefined && { next }) };
  return json(200, body, linkTo(query.value, next));
}

const isPosition = (value: unknown): value is string =>
  typeof value === 'string' && CREDENTIAL_ID.test(value);

/** There is no route of one credential, so its entity tag stands here. */
const shown = ({ credential, revision }: CredentialRecord) => ({
  ...describeCredential(credential),
  ...entityTag(revision),
});
