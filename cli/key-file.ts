/**
 * Public keys from a file: a JWK Set, a JWK, or PEM. What is private is refused here, and never sent: a private key
 * that was sent somewhere is no secret any more.
 */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CommandFailure, EXIT, messageOf } from './failure.ts';

/**
 * @param file its name; `-` is the standard input
 * @returns the keys as they stand there: whether they are good enough is for the server to say
 * @throws {CommandFailure} `usage`, which quotes nothing of the file
 */
export function readKeys(file: string): Record<string, unknown>[] {
  const text = read(file);
  const keys = text.includes('-----BEGIN ') ? [pemKey(file, text)] : jwks(file, text);
  refusePrivate(file, keys);
  return keys;
}

/**
 * @param file where the keys come from
 * @param keys whatever stands in the place of keys
 * @throws {CommandFailure} `usage`, where one of them is private or symmetric
 */
export function refusePrivate(file: string, keys: unknown): void {
  const known = Array.isArray(keys) ? keys.filter(isObject) : [];
  if (known.some((key) => PRIVATE_MEMBERS.some((name) => Object.hasOwn(key, name)))) throw isPrivate(file);
}

/** One key alone; see {@link readKeys}. */
export function readKey(file: string): Record<string, unknown> {
  const [key, ...others] = readKeys(file);
  if (key === undefined || others.length > 0) throw usage(`${file} has not exactly one key.`, NEXT);
  return key;
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const NEXT = 'Name a file with a JWK Set, a JWK or a PEM public key, or - for the standard input.';

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw usage(`${file} cannot be read: ${messageOf(cause)}`, NEXT, { cause });
  }
}

function pemKey(file: string, text: string): Record<string, unknown> {
  // createPublicKey would quietly make the public half of a private key, and take the mistake for what was meant.
  if (/PRIVATE KEY-----/.test(text)) throw isPrivate(file);
  try {
    return { ...createPublicKey(text).export({ format: 'jwk' }) };
  } catch (cause) {
    throw usage(`${file} is not the PEM of a public key.`, NEXT, { cause });
  }
}

function jwks(file: string, text: string): Record<string, unknown>[] {
  const content = parse(text);
  const keys: unknown[] = isObject(content) && Array.isArray(content.keys) ? content.keys : [content];
  const known = keys.filter(isObject);
  if (known.length === 0 || known.length < keys.length) throw usage(`${file} holds no public key.`, NEXT);
  return known;
}

/** No message of the parser's: it would quote the file. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPrivate = (file: string) =>
  usage(
    `${file} holds a private or symmetric key; it was sent nowhere.`,
    'Give the public half: of PEM `openssl pkey -in private.pem -pubout -out public.pem`, of a JWK what is not secret.',
  );

const usage = (what: string, next: string, options?: ErrorOptions) =>
  new CommandFailure(EXIT.usage, what, next, options);
