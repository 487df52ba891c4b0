import { fail, ok, type Result } from './result.ts';
import { isSecretValue } from './secret-looking.ts';

/** One scope-token of RFC 6749 §3.3. Which names exist is the business of `routes.ts`. */
export type Scope = string;

/** The gateway and every client have to carry them in a header, so there is an end to their number. */
export const MAX_SCOPES = 50;

const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/;

/**
 * Reads a `scope` parameter (RFC 6749 §3.3): tokens separated by single spaces.
 *
 * @returns the scopes in the order given, or the sentence that says what is wrong: empty, malformed, repeated
 *   or more than {@link MAX_SCOPES}
 */
export function parseScope(text: string): Result<Scope[], string> {
  const scopes = text.split(' ', MAX_SCOPES + 1);
  if (scopes.length > MAX_SCOPES) return fail(`scope has more than ${MAX_SCOPES} entries`);
  if (!scopes.every((scope) => SCOPE_TOKEN.test(scope))) {
    return fail('scope has to be one or more names separated by single spaces');
  }
  if (new Set(scopes).size < scopes.length) return fail('scope names the same scope twice');
  return ok(scopes);
}

/** @returns the scopes that a form asks for; `undefined` without a value, which counts as absent (RFC 6749 §3.2). */
export function askedScopes(form: ReadonlyMap<string, string>): Result<Scope[] | undefined, string> {
  const scope = form.get('scope') ?? '';
  return scope === '' ? ok(undefined) : parseScope(scope);
}

/** @returns a scope for a sentence: by its name, unless that is a secret which got into the wrong parameter. */
export const inWords = (scope: Scope): string =>
  isSecretValue(scope) ? 'the scope that is asked for' : `the scope '${scope}'`;

/** @returns the entries of a claim that is a list in one string, as `scope` and `roles` are; none where it is absent. */
export const listIn = (claim: string | undefined): string[] =>
  (claim ?? '').split(' ').filter((entry) => entry !== '');
