/**
 * How a rule names a claim of somebody else's token: by its name, or by a JSON Pointer (RFC 6901) into it. Only what
 * the token itself says is found, never what JavaScript adds to an object.
 */

const MAX_REFERENCE = 200;
/** UTF-16 code units; what is longer counts as no text. */
const MAX_CLAIM_TEXT = 1024;
const MAX_DEPTH = 10;

/** Nothing that controls the text around it, no halves of characters, and no braces: templates have those. */
const REFERENCE = /^[^\p{Cc}\p{Cs}{}]+$/u;
const POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/;

/** Lists that are written as one string, separated by spaces (RFC 8693 §4.2). */
const SPACE_DELIMITED = ['scope', 'scp'];

type Claims = Readonly<Record<string, unknown>>;

/** @returns whether the text can name a claim; what begins with `/` is a JSON Pointer. */
export function isClaimReference(text: string): boolean {
  if (text.length > MAX_REFERENCE || !REFERENCE.test(text)) return false;
  return !text.startsWith('/') || (POINTER.test(text) && text.split('/').length <= MAX_DEPTH + 1);
}

/** @returns the claim as text; `undefined` where it is absent, too long, or no string, whole number or boolean. */
export const claimText = (claims: Claims, reference: string): string | undefined =>
  textOf(claimOf(claims, reference));

/** @returns the texts of a claim that may be a list, of `scope` and `scp` each entry; none where it has none. */
export function claimTexts(claims: Claims, reference: string): string[] {
  const value = claimOf(claims, reference);
  if (typeof value === 'string' && SPACE_DELIMITED.includes(reference)) return value.split(' ');
  return (Array.isArray(value) ? value : [value]).flatMap((entry) => textOf(entry) ?? []);
}

const claimOf = (claims: Claims, reference: string): unknown =>
  (reference.startsWith('/') ? segmentsOf(reference) : [reference]).reduce<unknown>(memberOf, claims);

const segmentsOf = (pointer: string): string[] =>
  pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));

const INDEX = /^(?:0|[1-9]\d{0,5})$/;

function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return INDEX.test(name) ? value[Number(name)] : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Claims)[name];
}

/**
 * Of numbers only those that are read as they were written: of two ids beyond 2^53 that differ in the last digit, JSON
 * makes one, and two people would be the same.
 */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.length <= MAX_CLAIM_TEXT ? value : undefined;
}
