/** `/admin/clients` as the verbs of `tollgate clients` use it. */
import * as z from 'zod';
import { CommandFailure, EXIT, printable } from './failure.ts';
import { askOperator, type OperatorAnswer } from './operator.ts';
import type { Row } from './output.ts';
import { listAll } from './pages.ts';
import type { Target } from './target.ts';

const PATH = '/admin/clients';

const names = z.array(z.string());

/** Loose, so that `--json` hands on what a newer server adds. */
const clientShape = z.looseObject({
  client_id: z.string(),
  client_name: z.string(),
  kind: z.string(),
  state: z.string().optional(),
  scope: z.string(),
  roles: names,
  tenant: z.string().optional(),
  allowed_claims: names.optional(),
  token_lifetime: z.number().optional(),
  grant_types: names.optional(),
  refresh_token_lifetime: z.number().optional(),
  refresh_token_idle_lifetime: z.number().optional(),
  created_at: z.string().optional(),
});

export type ListedClient = z.output<typeof clientShape>;

/** Which clients are listed: those of which all of it is true. */
export interface ClientFilter {
  tenant?: string | undefined;
  state?: string | undefined;
  role?: string | undefined;
}

/** @returns all clients that were asked for, or the first of them. @throws {CommandFailure} */
export const listClients = (target: Target, filter: ClientFilter, most?: number): Promise<ListedClient[]> =>
  listAll(target, {
    query: Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
    ...{ path: PATH, member: 'clients', item: clientShape, help: 'clients list' },
    ...(most !== undefined && { most }),
  });

/** @param help the verb that asks. @throws {CommandFailure} */
export const getClient = (
  target: Target,
  clientId: string,
  help: string,
): Promise<OperatorAnswer<ListedClient>> =>
  askOperator(target, { method: 'GET', path: pathOf(clientId), shape: clientShape, help });

/**
 * Changes a client.
 *
 * @param change its members, in the words of RFC 7591; `null` takes one away
 * @param etag what the change is about, as it was read; `*` for whatever it is
 * @throws {CommandFailure}
 */
export const patchClient = (
  target: Target,
  clientId: string,
  { change, etag, help }: { change: object; etag: string | undefined; help: string },
): Promise<OperatorAnswer<ListedClient>> =>
  askOperator(target, {
    ...{ method: 'PATCH', path: pathOf(clientId), shape: clientShape, help },
    ...{ content: change, ifMatch: etag ?? '*', look: lookAt(clientId) },
  });

/** @param etag of the client that is meant, as it was read. @throws {CommandFailure} */
export async function deleteClient(
  target: Target,
  clientId: string,
  etag: string | undefined,
): Promise<void> {
  await askOperator(target, {
    ...{ method: 'DELETE', path: pathOf(clientId), shape: z.unknown(), help: 'clients delete' },
    ...{ ifMatch: etag, look: 'Do it again: each step of it can be repeated.' },
    steps: {
      client_in_use:
        'Take it out of what names it first: `npx tollgate issuers list`, `npx tollgate budgets remove --client <id>`.',
    },
  });
}

const pathOf = (clientId: string): string => `${PATH}/${encodeURIComponent(clientId)}`;

const lookAt = (clientId: string): string => `See \`npx tollgate clients show ${printable(clientId)}\`.`;

/** @returns what a person wants to know of it, line by line. */
export const clientRows = (client: ListedClient): Row[] => {
  const { state, scope, roles, tenant, allowed_claims = [], grant_types = [], created_at } = client;
  const rows: Row[] = [
    ['Name', client.client_name],
    ['Client id', client.client_id],
    ['Kind', client.kind],
    ['State', state],
    ['Scopes', scope],
    ['Roles', roles.join(' ')],
    ['Tenant', tenant],
    ['Claims', allowed_claims.join(' ')],
    ['Token lifetime', inSeconds(client.token_lifetime)],
    ['Grants', grant_types.map(shortGrant).join(' ')],
    ['Session', inSeconds(client.refresh_token_lifetime)],
    ['Session, idle', inSeconds(client.refresh_token_idle_lifetime)],
    ['Created', created_at],
  ];
  return rows.map(([name, value]) => [name, value === undefined ? value : printable(value)]);
};

const inSeconds = (seconds: number | undefined) => (seconds === undefined ? undefined : `${seconds} s`);

/** The last word of a URN is enough of it. */
export const shortGrant = (grantType: string): string => grantType.replace(/^urn:.*:/, '');

/** Whoever gives a secret for an id means well; it is sent nowhere. @throws {CommandFailure} `usage` */
export function refuseSecret(text: string): void {
  const [, id] = /^(?:tg_.*|tgs)_([^_]{8})_/.exec(text) ?? [];
  const isToken = /^eyJ[\w-]+\.[\w-]+\./.test(text) || /^tgr_/.test(text);
  if (id === undefined && !isToken) return;
  throw new CommandFailure(
    EXIT.usage,
    'That is a secret, and not the id of one; it was sent nowhere.',
    `${id === undefined ? 'Give an id.' : `Give its id, ${printable(id)}.`} The secret stands in your shell's history now.`,
  );
}
