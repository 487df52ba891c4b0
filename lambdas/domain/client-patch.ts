/**
 * What an operator may change of a client: a JSON merge patch (RFC 7396) of what it was registered with, and its state.
 * The result as a whole has to be what a registration could be.
 */
import * as z from 'zod/mini';
import type { Client } from './client.ts';
import { type ClientRecord, describeClient } from './client-record.ts';
import { clientRegistrationSchema, memberError, parseRegistration } from './client-registration.ts';
import { fail, ok, type Result } from './result.ts';
import { quoted, type RegistrationError, type Vocabulary } from './vocabulary.ts';

const member = clientRegistrationSchema.shape;

/** The body of a change: `null` removes a member that need not be there. */
export const clientPatchSchema = z.strictObject({
  client_name: z.optional(member.client_name),
  scope: z.nullish(z.string()),
  roles: z.nullable(member.roles),
  tenant: z.nullable(member.tenant),
  allowed_claims: z.nullable(member.allowed_claims),
  token_lifetime: z.nullable(member.token_lifetime),
  grant_types: z.nullable(member.grant_types),
  refresh_token_lifetime: z.nullable(member.refresh_token_lifetime),
  refresh_token_idle_lifetime: z.nullable(member.refresh_token_idle_lifetime),
  state: z.optional(z.enum(['active', 'disabled'])),
});

type Patch = z.output<typeof clientPatchSchema>;

/** What of a client is changed, and what it is then. */
export interface ClientChange {
  changed: Pick<ClientRecord, 'client' | 'phase'>;
  /** The members that are another than before, from what to what. Empty where nothing is. */
  differences: Record<string, { from: unknown; to: unknown }>;
}

/**
 * @param body what the request's JSON says
 * @param known every scope and role of the deployment
 * @returns what becomes of the client, or the first thing that is wrong with it
 */
export function patchClient(
  record: ClientRecord,
  body: unknown,
  known: Vocabulary,
): Result<ClientChange, RegistrationError> {
  const patch = parsePatch(record.client, body);
  if (!patch.ok) return patch;
  const { state = record.client.state, ...members } = patch.value;
  // Whoever disables a client must not be kept from it by what became of its scopes since.
  const client =
    Object.keys(members).length === 0 ? ok(record.client) : merged(record.client, members, known);
  if (!client.ok) return client;
  const changed = { client: { ...client.value, state }, ...phaseAfter(record, patch.value.state) };
  return ok({ changed, differences: differencesOf(record, changed) });
}

/**
 * A client whose creation or deletion was not finished is what an operator says that it is: enabled, it is a client like
 * any other; disabled, no creation that is sent again enables it any more. A deletion goes on.
 */
function phaseAfter({ phase }: ClientRecord, state: Patch['state']): Pick<ClientRecord, 'phase'> {
  if (phase === undefined || state === 'active') return {};
  return phase === 'creating' && state === 'disabled' ? {} : { phase };
}

function parsePatch(client: Client, body: unknown): Result<Patch, RegistrationError> {
  const fixed = immutable(client, body);
  if (!fixed.ok) return fixed;
  const parsed = clientPatchSchema.safeParse(fixed.value);
  return parsed.success ? ok(parsed.data) : fail(errorOf(parsed.error.issues[0]));
}

/** Whoever sends back what was shown changes nothing by it; anything else would be another client. */
function immutable(client: Client, body: unknown): Result<unknown, RegistrationError> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return ok(body);
  const {
    client_id: clientId = client.clientId,
    kind = client.kind,
    ...rest
  } = body as Record<string, unknown>;
  const name = clientId !== client.clientId ? 'client_id' : kind !== client.kind ? 'kind' : undefined;
  if (name === undefined) return ok(rest);
  return fail({ code: `immutable_${name}`, detail: `${name} cannot change: create another client` });
}

function merged(
  client: Client,
  patch: Omit<Patch, 'state'>,
  known: Vocabulary,
): Result<Client, RegistrationError> {
  const whole = Object.entries({ ...registrationOf(client), ...patch }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const registered = parseRegistration(Object.fromEntries(whole), known);
  if (!registered.ok) return registered;
  const { clientId, state, createdAt } = client;
  return ok({ ...registered.value.registration, clientId, state, createdAt });
}

/** What a client would be registered with; grants that nobody asked for are not asked for now either. */
const registrationOf = (client: Client) => ({
  client_name: client.name,
  kind: client.kind,
  ...(client.scopes.length > 0 && { scope: client.scopes.join(' ') }),
  roles: client.roles,
  tenant: client.tenant,
  allowed_claims: client.allowedClaims,
  token_lifetime: client.tokenLifetime,
  grant_types: client.grantTypes,
  refresh_token_lifetime: client.refreshLifetime,
  refresh_token_idle_lifetime: client.refreshIdle,
});

function differencesOf(
  before: ClientRecord,
  after: Pick<ClientRecord, 'client' | 'phase'>,
): ClientChange['differences'] {
  const from: Record<string, unknown> = describeClient(before);
  const to: Record<string, unknown> = describeClient(after);
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const changed = names.filter((name) => JSON.stringify(from[name]) !== JSON.stringify(to[name]));
  return Object.fromEntries(
    changed.map((name) => [name, { from: from[name] ?? null, to: to[name] ?? null }]),
  );
}

function errorOf(issue: z.core.$ZodIssue | undefined): RegistrationError {
  if (issue?.path[0] === 'state')
    return { code: 'invalid_state', detail: 'state has to be "active" or "disabled"' };
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  return unknown === undefined ? memberError(issue) : { code: 'invalid_body', detail: unchangeable(unknown) };
}

const unchangeable = (name: string): string =>
  `there is no member ${quoted(name)} that can be changed; there are ${Object.keys(clientPatchSchema.shape).join(', ')}`;
