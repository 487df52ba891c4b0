/** The parameters of a token exchange (RFC 8693 §2.1), before anyone has looked at the token in it. */
import { fail, ok, type Result } from './result.ts';
import { askedScopes, type Scope } from './scope.ts';

const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
const ID_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:id_token';

const subjectTokenTypes = [ACCESS_TOKEN_TYPE, JWT_TYPE, ID_TOKEN_TYPE] as const;
/** What is issued is an access token, and a JWT: it can be asked for by either name. */
const issuedTokenTypes = [ACCESS_TOKEN_TYPE, JWT_TYPE] as const;

export interface ExchangeRequest {
  subjectToken: string;
  /** Whether it is said to be one that only other issuers have. */
  isIdToken: boolean;
  /** Those that are wanted; all that can be had where absent. */
  scopes: readonly Scope[] | undefined;
  issuedTokenType: (typeof issuedTokenTypes)[number];
}

export interface ExchangeRequestFault {
  error: 'invalid_request' | 'invalid_scope' | 'invalid_target';
  description: string;
}

/**
 * @param form the parameters, each once; one without a value counts as absent
 * @param here what the issued token is good for: its `aud`, and the address of this API
 */
export function readExchange(
  form: ReadonlyMap<string, string>,
  here: { issuer: string; audience: string },
): Result<ExchangeRequest, ExchangeRequestFault> {
  const parameter = (name: string) => form.get(name) ?? '';
  const subjectToken = parameter('subject_token');
  if (subjectToken === '') return invalid('the parameter subject_token is missing');
  const type = oneOf(subjectTokenTypes, parameter('subject_token_type'));
  if (type === undefined)
    return invalid(`subject_token_type has to be one of ${subjectTokenTypes.join(', ')}`);
  const actor = actorFault(parameter('actor_token'), parameter('actor_token_type'));
  if (actor !== undefined) return invalid(actor);
  const issuedTokenType = oneOf(issuedTokenTypes, parameter('requested_token_type') || ACCESS_TOKEN_TYPE);
  if (issuedTokenType === undefined) {
    return invalid(`requested_token_type can only be one of ${issuedTokenTypes.join(', ')}`);
  }
  const foreign = TARGETS.find((name) => !isHere(parameter(name), here));
  if (foreign !== undefined) {
    return fail({ error: 'invalid_target', description: `tokens for this ${foreign} are not issued here` });
  }
  const scopes = askedScopes(form);
  if (!scopes.ok) return fail({ error: 'invalid_scope', description: scopes.failure });
  return ok({
    subjectToken,
    isIdToken: type === ID_TOKEN_TYPE,
    scopes: scopes.value,
    issuedTokenType,
  });
}

const TARGETS = ['audience', 'resource'] as const;

const isHere = (target: string, { issuer, audience }: { issuer: string; audience: string }): boolean =>
  ['', audience, issuer, `${issuer}/`].includes(target);

/**
 * The actor is the client that authenticates: it has proved itself better than by a token that it holds. A second
 * party that acts is not supported (it is optional, §2.1), and to ignore one would be to issue something else than
 * was asked for.
 */
function actorFault(token: string, type: string): string | undefined {
  if (token === '' && type === '') return undefined;
  if (token === '') return 'actor_token_type is there without actor_token';
  if (type === '') return 'actor_token is there without actor_token_type';
  return 'actor_token is not supported: the actor is the client that authenticates';
}

const oneOf = <Name extends string>(names: readonly Name[], name: string): Name | undefined =>
  names.find((known) => known === name);

const invalid = (description: string) =>
  fail<ExchangeRequestFault>({ error: 'invalid_request', description });
