/** Names in what an operator registers: those that there are, and how one that is not is told. */

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

/** Printable and short, because it is the caller's own text that goes back. */
export const quoted = (text: string): string =>
  JSON.stringify(text.slice(0, 64).replace(/[^\x20-\x7E]/g, '?'));
