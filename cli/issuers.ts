/** `/admin/issuers` as the verbs of `tollgate issuers` use it: who is trusted, and for what. */
import * as z from 'zod';
import { CommandFailure, EXIT, printable } from './failure.ts';
import { listAll } from './pages.ts';
import { notOurs, refusal } from './refusal.ts';
import { type Answer, type Asked, signedFetch } from './signed-fetch.ts';
import type { Target } from './target.ts';

const PATH = '/admin/issuers';

const texts = z.array(z.string());
const byClaim = z.looseObject({
  claim: z.string(),
  values: z.record(z.string(), z.union([z.string(), texts])),
});

/** Loose, so that what a newer server adds is handed on. */
const mappingShape = z.looseObject({
  match: z.record(z.string(), z.union([z.string(), texts])),
  client_id: z.string(),
  subject: z.string(),
  tenant: z.string().optional(),
  scope: z.string().optional(),
  roles: texts.optional(),
  scopes_from: byClaim.optional(),
  roles_from: byClaim.optional(),
  claims: z.record(z.string(), z.string()).optional(),
  token_lifetime: z.number().optional(),
});

const issuerShape = z.looseObject({
  issuer: z.string(),
  state: z.string(),
  jwks_uri: z.string().optional(),
  jwks: z.looseObject({ keys: z.array(z.unknown()) }).optional(),
  algorithms: texts,
  audiences: texts,
  single_use: z.boolean(),
  mappings: z.array(mappingShape),
  /** Only in a list. */
  etag: z.string().optional(),
  /** What of it comes to nothing; only in the answer to a change. */
  warnings: texts.optional(),
});

export type Issuer = z.output<typeof issuerShape>;

/** @throws {CommandFailure} where the server refuses, or is none of ours */
export async function getIssuers(target: Target): Promise<Issuer[]> {
  return listAll(target, { path: PATH, member: 'issuers', item: issuerShape, help: 'issuers list' });
}

/** @returns the record as the server has it now, and whether it is new there */
export async function putIssuer(
  target: Target,
  put: Pick<Asked, 'content' | 'ifMatch' | 'ifAbsent'>,
): Promise<{ issuer: Issuer; isNew: boolean }> {
  const answer = await signedFetch(target, { method: 'PUT', path: PATH, ...put });
  if (answer.status !== 200 && answer.status !== 201) throw refused(answer, 'PUT', 'issuers set');
  return { issuer: parsed(issuerShape, answer), isNew: answer.status === 201 };
}

/** @throws {CommandFailure} `refused` where it was not trusted anyway */
export async function deleteIssuer(target: Target, issuer: string): Promise<void> {
  const answer = await signedFetch(target, { method: 'DELETE', path: PATH, query: { issuer } });
  if (answer.status !== 204) throw refused(answer, 'DELETE', 'issuers remove');
}

/** @returns what a person wants to see of it, line by line. */
export function rowsOf(issuer: Issuer): [name: string, value: string | undefined][] {
  const { state, algorithms, audiences, single_use, mappings } = issuer;
  return [
    ['Issuer', printable(issuer.issuer)],
    ['State', state === 'active' ? undefined : printable(state)],
    ['Keys', printable(keysOf(issuer))],
    ['Algorithms', printable(algorithms.join(' '))],
    ['Audiences', printable(audiences.join(' '))],
    ['A token counts', single_use ? 'once' : 'until it expires'],
    ...mappings.flatMap(rowsOfMapping),
  ];
}

const keysOf = ({ jwks, jwks_uri }: Issuer): string =>
  jwks === undefined ? (jwks_uri ?? 'by its discovery document') : `${jwks.keys.length} written down here`;

type Mapping = Issuer['mappings'][number];

function rowsOfMapping(mapping: Mapping, index: number): [string, string | undefined][] {
  const { match, client_id, subject, tenant, scope, roles = [], claims = {}, token_lifetime } = mapping;
  const rows: [string, string | undefined][] = [
    [`Mapping ${index + 1}`, listed(match)],
    ['  becomes', `${subject} of the client ${client_id}${tenant === undefined ? '' : `, tenant ${tenant}`}`],
    ['  scopes', [scope ?? '', fromClaim(mapping.scopes_from)].join(' ').trim()],
    ['  roles', [...roles, fromClaim(mapping.roles_from)].join(' ').trim()],
    ['  claims', listed(claims)],
    ['  lives', token_lifetime === undefined ? undefined : `${token_lifetime} s at most`],
  ];
  return rows.map(([name, value]) => [name, value === undefined ? undefined : printable(value)]);
}

const listed = (named: Readonly<Record<string, string | readonly string[]>>): string =>
  Object.entries(named)
    .map(([name, values]) => `${name}=${[values].flat().join('|')}`)
    .join(' ');

const fromClaim = (rules: Mapping['roles_from']): string =>
  rules === undefined ? '' : `${listed(rules.values)} (by ${rules.claim})`;

const STEPS = {
  unknown_client: 'Create it first: `npx tollgate clients create --help`.',
  unknown_issuer: 'See which are: `npx tollgate issuers list`.',
};

const refused = (answer: Answer, method: string, help: string): CommandFailure =>
  refusal(answer, { route: `${method} ${PATH}`, help, steps: STEPS });

function parsed<Shape extends z.ZodType>(shape: Shape, { status, body }: Answer): z.output<Shape> {
  const result = shape.safeParse(body);
  if (!result.success) throw notOurs(status);
  return result.data;
}

/** @returns the failure of a command that was used in a way it cannot be. */
export const usage = (what: string, next: string) => new CommandFailure(EXIT.usage, what, next);
