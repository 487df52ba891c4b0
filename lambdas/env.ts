/**
 * Every environment variable of every function: its name, its form, and nothing else reads `process.env`.
 * `lib/` sets exactly these, by the same names.
 */
import * as z from 'zod/mini';

/** What TOKEN_LIFETIME and KEY_ROTATION_DAYS have to fit in; `lib/` checks that they do. */
export { LAG, LEAD, RING_CACHE, RING_CACHE_LIMIT } from './domain/key-ring.ts';
export { MAX_TOKEN_LIFETIME } from './domain/revocation.ts';

const text = z.string().check(z.minLength(1));
const count = z.pipe(
  z.string().check(z.regex(/^\d{1,9}$/)),
  z.transform((digits) => Number(digits)),
);

const variables = {
  /** The exact `iss` of every token: no trailing slash. */
  ISSUER: z.string().check(z.regex(/^https?:\/\/\S+[^/\s]$/)),
  /** The `aud` of every token. */
  AUDIENCE: text,
  /** Table of clients and credentials. */
  DIRECTORY_TABLE: text,
  /** Table of revocations and usage. */
  LEDGER_TABLE: text,
  /** Secret with the private signing keys. */
  KEY_RING_SECRET: text,
  /** Secret with the JWKS that is published. */
  PUBLISHED_KEYS_SECRET: text,
  /** Seconds that a token lives where neither the client nor the request says less. */
  TOKEN_LIFETIME: count,
  /** Days that usage records and issued tokens are kept. */
  USAGE_RETENTION_DAYS: count,
  /** Days that a key signs. */
  KEY_ROTATION_DAYS: count,
  /** The stack's name: what its metrics have in common, and its events. Every function has it. */
  POWERTOOLS_SERVICE_NAME: text,
};

export type Variable = keyof typeof variables;
export type Environment<Name extends Variable> = { readonly [V in Name]: z.output<(typeof variables)[V]> };

/**
 * Reads the variables that a function needs, once, when it starts.
 *
 * @param names the variables
 * @param source by default `process.env`
 * @throws Error that names every variable that is missing or malformed, without its value
 */
export function readEnv<Name extends Variable>(
  names: readonly Name[],
  source: Readonly<Record<string, string | undefined>> = process.env,
): Environment<Name> {
  const read = names.map((name) => [name, variables[name].safeParse(source[name])] as const);
  const wrong = read.filter(([, parsed]) => !parsed.success).map(([name]) => name);
  if (wrong.length > 0) throw new Error(`missing or malformed environment variables: ${wrong.join(', ')}`);
  return Object.fromEntries(read.map(([name, parsed]) => [name, parsed.data])) as Environment<Name>;
}
