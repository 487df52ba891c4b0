/**
 * How credentials are kept, and compared with what is presented. A machine secret has 256 bits, so a plain
 * SHA-256 of it tells nothing; a password may be guessed, so each guess has to cost what scrypt costs.
 */
import { createHash, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from '../domain/ports.ts';

/** @returns the SHA-256 of an API key or client secret, in hex. */
export const hashSecret = (secret: string): string => sha256(secret).toString('hex');

/**
 * Compares in constant time, and does the same work where there is nothing to compare with.
 *
 * @param hash what {@link hashSecret} returned, `undefined` where there is no such credential
 * @returns whether it is the hash of `secret`
 * @throws Error where the hash is not one; its text is not in the message
 */
export function verifySecret(hash: string | undefined, secret: string): boolean {
  if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) throw new Error('malformed SHA-256 hash');
  const expected = hash === undefined ? Buffer.alloc(32) : Buffer.from(hash, 'hex');
  return timingSafeEqual(expected, sha256(secret)) && hash !== undefined;
}

/** OWASP's password storage cheat sheet, scrypt: N = 2^17 (128 MiB), r = 8, p = 1. */
const CURRENT = { ln: 17, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** What anyone may ask this process to spend on one hash, whatever a table says: 1 GiB at r = 8. */
const MAX_LN = 20;

/**
 * @param password in any Unicode form; see {@link prepared}
 * @param random where the salt comes from
 * @returns the scrypt hash as PHC string, `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`, base64 without padding
 */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = Buffer.from(random(SALT_BYTES));
  const hash = await derive(password, { ...CURRENT, salt, hash: Buffer.alloc(HASH_BYTES) });
  return `${prefixOf(CURRENT)}${base64(salt)}$${base64(hash)}`;
}

const prefixOf = ({ ln, r, p }: typeof CURRENT): string => `$scrypt$ln=${ln},r=${r},p=${p}$`;

/**
 * Computes exactly one scrypt, whatever it is given, so that the time it takes does not tell whether there is
 * such a client. (A hash of other parameters than today's takes another time; rehash when they change.)
 *
 * @param hash a PHC string, `undefined` where there is no password to compare with
 * @returns whether it is the hash of `password`; `false` without a hash
 * @throws Error where the hash is not one; its text is not in the message
 */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
  const stored = hash === undefined ? DUMMY : parsePhc(hash);
  const derived = await derive(password, stored);
  return timingSafeEqual(stored.hash, derived) && hash !== undefined;
}

/**
 * As {@link verifyPassword}, and where the hash came from another system, computes what that asks for.
 *
 * @param hash a PHC string of ours, one of the forms of `domain/imported-hash.ts`, or `undefined`
 */
export async function verifyAnyHash(hash: string | undefined, password: string): Promise<boolean> {
  if (hash === undefined || hash.startsWith('$scrypt$')) return verifyPassword(hash, password);
  const { verifyImportedHash } = await import('./imported-hashes.ts');
  return verifyImportedHash(hash, password);
}

/** @returns whether it is a hash as {@link hashPassword} makes them today. */
export const isCurrentHash = (hash: string): boolean => hash.startsWith(prefixOf(CURRENT));

interface Scrypt {
  /** Binary logarithm of scrypt's N. */
  ln: number;
  r: number;
  p: number;
  salt: Buffer;
  hash: Buffer;
}

const DUMMY: Scrypt = { ...CURRENT, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) };

const PHC =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

function parsePhc(text: string): Scrypt {
  const [, ln, r, p, salt = '', hash = ''] = PHC.exec(text) ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (!isAffordable(cost)) throw new Error('malformed scrypt hash');
  return { ...cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

const isAffordable = ({ ln, r, p }: typeof CURRENT): boolean =>
  ln >= 1 && ln <= MAX_LN && r >= 1 && p >= 1 && 2 ** ln * r * p <= 2 ** (MAX_LN + 3);

function derive(password: string, { ln, r, p, salt, hash }: Scrypt): Promise<Buffer> {
  const N = 2 ** ln;
  // Node's default of 32 MiB refuses N = 2^17; scrypt itself takes 128 * N * r and a little.
  const options: ScryptOptions = { N, r, p, maxmem: 128 * (N + p + 2) * r };
  return new Promise((resolve, reject) => {
    scrypt(prepared(password), salt, hash.length, options, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    );
  });
}

/**
 * The same password typed on two keyboards may arrive as different bytes. RFC 7617 §2.1 has Basic's passwords
 * prepared by the OpaqueString profile (RFC 8265 §4.2.2): every kind of space is a space, and NFC.
 */
const prepared = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC');

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
