/** `GET /admin/clients`: the clients, page by page. */
import { CLIENT_ID } from '../../domain/client.ts';
import type { ClientRegistry } from '../../domain/client-ports.ts';
import { type ClientRecord, describeClient } from '../../domain/client-record.ts';
import { TENANT } from '../../domain/tenant.ts';
import { entityTag } from '../../http/entity-tag.ts';
import type { Response } from '../../http/event.ts';
import { type OperatorRequest, refused } from '../../http/operator.ts';
import {
  formatCursor,
  invalidCursor,
  linkTo,
  type PageQuery,
  parsePageQuery,
  positionIn,
} from '../../http/paging.ts';
import { json } from '../../http/respond.ts';

export interface ListClientsPorts {
  registry: ClientRegistry;
}

/** One read takes a hundred. */
const PAGE = { usual: 50, most: 100 };
const FILTERS = ['tenant', 'state', 'role'] as const;

/**
 * @returns 200 with the clients of a page, by their ids, or 400. The filters `tenant`, `state` and `role` leave out
 *   some of a page: it may have fewer than were asked for, or none, and still a next one
 */
export async function listClients(
  { registry }: ListClientsPorts,
  { request }: OperatorRequest,
): Promise<Response> {
  const query = parsePageQuery(request, FILTERS, PAGE);
  if (!query.ok) return query.failure;
  const { limit, cursor, given } = query.value;
  const wrong = faultOf(given);
  if (wrong !== undefined) return wrong;
  const after = cursor === undefined ? undefined : positionIn(cursor, whatFor(given));
  if (cursor !== undefined && !isPosition(after)) return invalidCursor();
  const page = await registry.list({ limit, ...(isPosition(after) && { after }) });
  const next = page.next === undefined ? undefined : formatCursor(whatFor(given), page.next);
  const clients = page.clients.filter((record) => isWanted(record, given)).map(shown);
  return json(200, { clients, ...(next !== undefined && { next }) }, linkTo(query.value, next));
}

const isPosition = (value: unknown): value is string => typeof value === 'string' && CLIENT_ID.test(value);

const whatFor = (given: PageQuery['given']): string[] => [
  'clients',
  ...FILTERS.map((name) => JSON.stringify(given[name] ?? null)),
];

function faultOf({ tenant, state, role }: PageQuery['given']): Response | undefined {
  if (tenant !== undefined && !TENANT.test(tenant)) {
    return refused(400, 'invalid_tenant', 'tenant has to be the name of a tenant.');
  }
  if (state !== undefined && state !== 'active' && state !== 'disabled') {
    return refused(400, 'invalid_state', 'state has to be active or disabled.');
  }
  return role === '' ? refused(400, 'invalid_role', 'role has to be the name of a role.') : undefined;
}

const isWanted = ({ client }: ClientRecord, { tenant, state, role }: PageQuery['given']): boolean =>
  (tenant === undefined || client.tenant === tenant) &&
  (state === undefined || client.state === state) &&
  (role === undefined || client.roles.includes(role));

/** What stands in a header where one client is told stands with each here. */
const shown = (record: ClientRecord) => ({ ...describeClient(record), ...entityTag(record.revision) });
