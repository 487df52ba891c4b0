/**
 * Whom an operator may trust, and how: read from JSON, checked, and turned into a trusted issuer. Nothing here
 * fetches: whether the issuer answers is seen when its first token comes.
 */
import * as z from 'zod/mini';
import { fail, ok, type Result } from '../result.ts';
import { quoted, type RegistrationError, unknownName, type Vocabulary } from '../vocabulary.ts';
import { isIssuer, isSameIssuer, isTrustableUrl } from './issuer-url.ts';
import { describeMapping, mappingOf, mappingRules, mappingShape, namesIn } from './mapping-registration.ts';
import type { IssuerKeys, TrustedIssuer } from './trusted-issuer.ts';
import { signatureAlgorithms, type VerificationKey, verificationKey } from './verification-key.ts';

/** What a deployment is like that is about to trust somebody. */
export interface TrustTerms extends Vocabulary {
  /** Its own `iss`: never to be trusted as somebody else's. */
  issuer: string;
}

const MAX_MAPPINGS = 50;
const MAX_AUDIENCES = 20;
const MAX_AUDIENCE = 256;
const MAX_KEYS = 20;

const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;
const string = z.string();

/** The body of `PUT /admin/issuers`; and what each member has to be. */
export const trustSchema = z.strictObject({
  issuer: string,
  state: z.optional(z.enum(['active', 'disabled'])),
  jwks_uri: z.optional(string),
  jwks: z.optional(
    z.strictObject({ keys: z.array(z.unknown()).check(z.minLength(1), z.maxLength(MAX_KEYS)) }),
  ),
  algorithms: z.optional(z.array(z.enum(signatureAlgorithms)).check(z.minLength(1), z.refine(distinct))),
  audiences: z.optional(
    z
      .array(string.check(z.minLength(1), z.maxLength(MAX_AUDIENCE)))
      .check(z.minLength(1), z.maxLength(MAX_AUDIENCES), z.refine(distinct)),
  ),
  single_use: z.optional(z.boolean()),
  mappings: z.array(mappingShape).check(z.minLength(1), z.maxLength(MAX_MAPPINGS)),
  // In the answer to a change and in the list; whoever sends it back means the record.
  warnings: z.optional(z.unknown()),
  etag: z.optional(z.unknown()),
});

type Body = z.output<typeof trustSchema>;

export const trustRules: Readonly<Record<keyof Body, string>> = {
  issuer:
    'has to be the exact https URL that its tokens name, not this deployment’s own, without credentials, query or fragment',
  state: 'has to be "active" or "disabled"',
  jwks_uri: 'has to be an https URL without credentials, query or fragment',
  jwks: `has to be a JWK Set of 1 to ${MAX_KEYS} public keys for signatures, RSA of at least 2048 bits, and cannot stand beside jwks_uri`,
  algorithms: `has to be an array of different ones of ${signatureAlgorithms.join(', ')}`,
  audiences: `has to be an array of 1 to ${MAX_AUDIENCES} different strings of at most ${MAX_AUDIENCE} characters`,
  single_use: 'has to be true or false',
  mappings: `has to be an array of 1 to ${MAX_MAPPINGS} objects`,
  warnings: 'is told, and never kept',
  etag: 'is told; what a change depends on is said by If-Match',
};

/**
 * @param body what the request's JSON says
 * @returns the trusted issuer, or the first thing that is wrong with it: its `code` is `invalid_<member>`,
 *   `unknown_scope` or `unknown_role`
 */
export function parseTrust(body: unknown, terms: TrustTerms): Result<TrustedIssuer, RegistrationError> {
  const parsed = trustSchema.safeParse(body);
  if (!parsed.success) return fail(errorOf(parsed.error.issues[0]));
  const { issuer, state = 'active', algorithms = ['RS256'], audiences = [terms.issuer] } = parsed.data;
  if (!isIssuer(issuer, terms.issuer) || isSameIssuer(issuer, terms.issuer)) return invalid('issuer');
  const keys = keysOf(parsed.data, terms);
  if (!keys.ok) return keys;
  const mappings = parsed.data.mappings.map(mappingOf);
  const names = mappings.map(namesIn);
  const used = { scopes: names.flatMap((each) => each.scopes), roles: names.flatMap((each) => each.roles) };
  const unknown = unknownName(used, terms);
  if (unknown !== undefined) return fail(unknown);
  const singleUse = parsed.data.single_use ?? true;
  return ok({ issuer, state, keys: keys.value, algorithms, audiences, singleUse, mappings });
}

/** @returns the record as JSON: what {@link parseTrust} makes the same record of. */
export const describeTrust = (trusted: TrustedIssuer): Record<string, unknown> => ({
  issuer: trusted.issuer,
  state: trusted.state,
  ...(trusted.keys.kind === 'jwks_uri' && { jwks_uri: trusted.keys.uri }),
  ...(trusted.keys.kind === 'jwks' && { jwks: trusted.keys.jwks }),
  algorithms: trusted.algorithms,
  audiences: trusted.audiences,
  single_use: trusted.singleUse,
  mappings: trusted.mappings.map(describeMapping),
});

function keysOf({ jwks_uri: uri, jwks }: Body, terms: TrustTerms): Result<IssuerKeys, RegistrationError> {
  if (uri !== undefined && !isTrustableUrl(uri, terms.issuer)) return invalid('jwks_uri');
  if (jwks === undefined) return ok(uri === undefined ? { kind: 'discovery' } : { kind: 'jwks_uri', uri });
  const keys = jwks.keys.map(verificationKey).filter((key) => key !== undefined);
  if (uri !== undefined || keys.length < jwks.keys.length || !canBeToldApart(keys)) return invalid('jwks');
  return ok({ kind: 'jwks', jwks: { keys } });
}

/** A `kid` that two keys have is a choice that nobody makes. */
function canBeToldApart(keys: readonly VerificationKey[]): boolean {
  return keys.length === 1 || new Set(keys.flatMap(({ kid }) => kid ?? [])).size === keys.length;
}

function errorOf(issue: z.core.$ZodIssue | undefined): RegistrationError {
  const [member = '', index, inner] = (issue?.path ?? []).map(String);
  const unknown =
    issue?.code === 'unrecognized_keys' ? ` (there is no member ${quoted(issue.keys[0] ?? '')})` : '';
  if (member === 'mappings' && index !== undefined && inner !== undefined && isMember(mappingRules, inner)) {
    return error(inner, `mappings[${index}].${inner} ${mappingRules[inner]}${unknown}`);
  }
  if (member === 'mappings' && unknown !== '') return error(member, `mappings[${index}]${unknown}`);
  if (isMember(trustRules, member)) return error(member, `${member} ${trustRules[member]}${unknown}`);
  return {
    code: 'invalid_body',
    detail: unknown === '' ? 'the body has to be a JSON object' : unknown.slice(2, -1),
  };
}

const error = (member: string, detail: string): RegistrationError => ({ code: `invalid_${member}`, detail });
const invalid = (member: keyof Body) => fail(error(member, `${member} ${trustRules[member]}`));

const isMember = <Rules extends object>(rules: Rules, name: string): name is keyof Rules & string =>
  Object.hasOwn(rules, name);
