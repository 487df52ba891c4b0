/** Templates: text with claims in braces, such as `github:{repository}`, filled in from somebody else's token. */

import { fail, ok, type Result } from '../result.ts';
import { claimText, isClaimReference } from './claim-reference.ts';

const MAX_TEMPLATE = 256;
const MAX_PLACEHOLDERS = 10;

/** The text before, between and behind the claims: one piece more than there are claims. */
interface Template {
  literals: readonly string[];
  claims: readonly string[];
}

/** @returns whether the text is a template. There is no way to write a brace that is not a placeholder's. */
export const isTemplate = (text: string): boolean => parseTemplate(text) !== undefined;

/**
 * @returns whether the template can be that of an identity: two of its claims have text between them, so that it can
 *   be told where one ends and the other begins.
 */
export function isIdentityTemplate(text: string): boolean {
  const literals = parseTemplate(text)?.literals;
  return literals?.slice(1, -1).every((literal) => literal !== '') ?? false;
}

/** @returns whether whatever the template makes begins with text of its own up to a `:`, as no client's id can. */
export const isSubjectTemplate = (text: string): boolean =>
  isIdentityTemplate(text) && /^[^\s:]+:/.test(parseTemplate(text)?.literals[0] ?? '');

/** @returns the text, or the sentence that says which claim it lacks. */
export function fillTemplate(
  text: string,
  claims: Readonly<Record<string, unknown>>,
): Result<string, string> {
  const filled = fill(text, claims);
  return filled.ok ? ok(filled.value.join('')) : filled;
}

/**
 * Fills in a template so that different claims make different texts: a value that could be read as the end of itself
 * and the beginning of the next one is refused.
 *
 *     x:{a}:{b}   a = p, b = q:r   is x:p:q:r
 *                 a = p:q, b = r   would be it too
 */
export function fillIdentity(
  text: string,
  claims: Readonly<Record<string, unknown>>,
): Result<string, string> {
  const filled = fill(text, claims);
  if (!filled.ok) return filled;
  const pieces = filled.value;
  const last = pieces.length - 2;
  for (let at = 1; at < last; at += 2) {
    const [value = '', separator = ''] = pieces.slice(at, at + 2);
    if ((value + separator).indexOf(separator) < value.length) {
      return fail('the value of a claim contains the text that separates it from the next');
    }
  }
  return ok(pieces.join(''));
}

/** @returns literals and values in turn. */
function fill(text: string, claims: Readonly<Record<string, unknown>>): Result<string[], string> {
  const template = parseTemplate(text);
  if (template === undefined) return fail('the template is malformed');
  const pieces = [template.literals[0] ?? ''];
  for (const [index, claim] of template.claims.entries()) {
    const value = claimText(claims, claim);
    if (value === undefined || value === '') return fail(`the token has no usable claim ${claim}`);
    pieces.push(value, template.literals[index + 1] ?? '');
  }
  return ok(pieces);
}

function parseTemplate(text: string): Template | undefined {
  if (text === '' || text.length > MAX_TEMPLATE) return undefined;
  const pieces = text.split(/\{([^{}]*)\}/);
  const literals = pieces.filter((_, index) => index % 2 === 0);
  const claims = pieces.filter((_, index) => index % 2 === 1);
  const wrong = literals.some((literal) => /[{}\p{Cc}\p{Cs}]/u.test(literal));
  return wrong || claims.length > MAX_PLACEHOLDERS || !claims.every(isClaimReference)
    ? undefined
    : { literals, claims };
}
