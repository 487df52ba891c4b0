/** Names in what an operator registers: those that there are, and how one that is not is told. */
import type * as z from 'zod/mini';

/** The names that a client may be given. */
export interface Vocabulary {
  scopes: readonly string[];
  roles: readonly string[];
}

/** Why something is not registered: a stable code, and a sentence that names the member. */
export interface RegistrationError {
  code: string;
  detail: string;
}

/** @returns the first name that does not exist, scopes before roles. */
export function unknownName(used: Vocabulary, known: Vocabulary): RegistrationError | undefined {
  for (const [kind, singular] of [['scopes', 'scope'] as const, ['roles', 'role'] as const]) {
    const name = used[kind].find((each) => !known[kind].includes(each));
    if (name === undefined) continue;
    const detail = `${singular} ${quoted(name)} does not exist; there are ${known[kind].join(', ')}`;
    return { code: `unknown_${singular}`, detail };
  }
  return undefined;
}

/**
 * @param issue the first that a schema has with the body
 * @param rules by the name of each member, what it has to be
 * @param whole what the body has to be, as a sentence
 * @returns what is wrong: `invalid_<member>` with its rule, or `invalid_body`
 */
export function brokenRule(
  issue: z.core.$ZodIssue | undefined,
  rules: Readonly<Record<string, string>>,
  whole = 'the body has to be a JSON object',
): RegistrationError {
  const member = String(issue?.path[0] ?? '');
  if (Object.hasOwn(rules, member)) {
    return { code: `invalid_${member}`, detail: `${member} ${rules[member]}` };
  }
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  return {
    code: 'invalid_body',
    detail: unknown === undefined ? whole : `there is no member ${quoted(unknown)}`,
  };
}

/** Printable and short, because it is the caller's own text that goes back. */
export const quoted = (text: string): string =>
  JSON.stringify(text.slice(0, 64).replace(/[^\x20-\x7E]/g, '?'));
