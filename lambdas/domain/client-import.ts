/**
 * What an operator may import: clients that another system had, judged by the rules of a registration, with the hash
 * of the secret that they have there. Nothing here compares, hashes or writes.
 */
import * as z from 'zod/mini';
import { APART, type Client, type Credential, PASSWORD_CREDENTIAL_ID, type Verifier } from './client.ts';
import { clientRegistrationSchema, parseRegistration, type Registration } from './client-registration.ts';
import { HASH_FAULTS, parseImportedHash } from './imported-hash.ts';
import { fail, ok, type Result } from './result.ts';
import type { RegistrationError, Vocabulary } from './vocabulary.ts';

/** A client with the id that it had, and the hash of its secret where it brings one. */
export interface ClientImport {
  clientId: string;
  registration: Registration;
  hash?: string;
}

/** Clients at once. */
export const MAX_IMPORT = 100;

const { jwks: _, ...members } = clientRegistrationSchema.shape;

/** One client of the body, member for member. */
const importedClientSchema = z.strictObject({
  ...members,
  client_id: z.string(),
  secret_hash: z.optional(z.string()),
});

/** The body of an import. Each client is judged for itself, see {@link parseImport}. */
export const importSchema = z.strictObject({
  clients: z.array(importedClientSchema).check(z.minLength(1), z.maxLength(MAX_IMPORT)),
  dry_run: z.optional(z.boolean()),
});

/** The same, with clients that are yet to be judged: one that is wrong is no reason to refuse the others. */
const envelope = z.extend(importSchema, {
  clients: z.array(z.unknown()).check(z.minLength(1), z.maxLength(MAX_IMPORT)),
});

/** @returns the clients as they are written there, and whether nothing is to be written; or what is wrong */
export function parseImports(body: unknown): Result<{ clients: unknown[]; dryRun: boolean }, string> {
  const parsed = envelope.safeParse(body);
  if (!parsed.success) {
    return fail(
      `the body has to be {"clients": [1 to ${MAX_IMPORT} clients]}, with "dry_run" beside it or not`,
    );
  }
  return ok({ clients: parsed.data.clients, dryRun: parsed.data.dry_run ?? false });
}

/**
 * @param item a client as it is written in the body
 * @param known every scope and role of the deployment
 * @returns what is to be imported, or the first thing that is wrong with it
 */
export function parseImport(item: unknown, known: Vocabulary): Result<ClientImport, RegistrationError> {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    return invalid('invalid_client', 'a client has to be an object');
  const { secret_hash: hash, ...rest } = item as Record<string, unknown>;
  if ('jwks' in rest) return invalid('invalid_jwks', 'jwks is not imported; add the keys afterwards');
  const registered = parseRegistration(rest, known);
  if (!registered.ok) return registered;
  const { registration } = registered.value;
  const { clientId } = registration;
  if (clientId === undefined)
    return invalid('invalid_client_id', 'client_id is required: the id that it had');
  if (hash === undefined) return ok({ clientId, registration });
  if (typeof hash !== 'string') return invalid('unknown_hash', HASH_FAULTS.unknown_hash);
  const read = parseImportedHash(hash);
  return read.ok ? ok({ clientId, registration, hash }) : invalid(read.failure, HASH_FAULTS[read.failure]);
}

const invalid = (code: string, detail: string) => fail<RegistrationError>({ code, detail });

/** @returns the client id that an item names, if it names one in a way that can be told */
export function idIn(item: unknown): string | undefined {
  const { client_id: id } = (item ?? {}) as { client_id?: unknown };
  return typeof id === 'string' && id.length <= 100 ? id : undefined;
}

/** What an imported secret is proved by: a credential without its hash, and the hash. */
export interface ImportedSecret {
  credential: Credential;
  verifier: Verifier;
}

/** @param now milliseconds since the epoch: both have it, and so belong to each other */
export const secretOf = ({ clientId }: ClientImport, hash: string, now: number): ImportedSecret => {
  const facts = { clientId, credentialId: PASSWORD_CREDENTIAL_ID, createdAt: now };
  return {
    credential: { ...facts, kind: 'password', hash: APART, state: 'active' },
    verifier: { ...facts, hash },
  };
};

/**
 * @param client the one that there is
 * @param verifier its imported hash, if it has one
 * @returns what of it is not as it would be imported now. A hash that a login has replaced counts as the same: nobody
 *   can tell any more.
 */
export function differences(
  { clientId, registration, hash }: ClientImport,
  client: Client,
  verifier: Verifier | undefined,
): string[] {
  const { state, createdAt, ...there } = client;
  const differing = [
    ...(state === 'active' ? [] : ['state']),
    ...NAMES.filter(([name]) => !isSame({ ...registration, clientId }[name], there[name])).map(
      ([, told]) => told,
    ),
  ];
  const isSameHash = verifier?.replacedAt !== undefined ? hash !== undefined : verifier?.hash === hash;
  return isSameHash ? differing : [...differing, 'secret_hash'];
}

/** The parts of a client by the names that an import has for them. */
const NAMES = [
  ['name', 'client_name'],
  ['kind', 'kind'],
  ['scopes', 'scope'],
  ['roles', 'roles'],
  ['tenant', 'tenant'],
  ['allowedClaims', 'allowed_claims'],
  ['tokenLifetime', 'token_lifetime'],
  ['grantTypes', 'grant_types'],
  ['refreshLifetime', 'refresh_token_lifetime'],
  ['refreshIdle', 'refresh_token_idle_lifetime'],
] as const satisfies [keyof Registration, string][];

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
