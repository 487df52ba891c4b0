/** Hashes as other systems write them, in the forms that the server takes; and plain secrets, hashed on this machine. */
import { createHash, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

const unpadded = (base64: string): string => base64.replaceAll('=', '');
const base64 = (bytes: Buffer): string => unpadded(bytes.toString('base64'));

/** @param salt base64, as the hash, both with or without padding */
export const pbkdf2Hash = (digest: string, iterations: number, salt: string, hash: string): string =>
  `$pbkdf2-${digest}$i=${iterations}$${unpadded(salt)}$${unpadded(hash)}`;

/** @param type `i`, `d` or `id`; as for the others, what it cannot be the server refuses */
export const argon2Hash = (
  type: string,
  { memory, iterations, parallelism }: { memory: number; iterations: number; parallelism: number },
  salt: string,
  hash: string,
): string =>
  `$argon2${type}$v=19$m=${memory},t=${iterations},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`;

/**
 * @param text a hash as a table of some other system may have it: 64 hexadecimal digits of SHA-256, PBKDF2 of Django
 *   and of passlib
 * @returns it in the server's form; whatever else it is, as it is
 */
export function knownForm(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return `$sha256$${base64(Buffer.from(text, 'hex'))}`;
  const django = /^pbkdf2_(sha1|sha256)\$(\d{1,9})\$([^$]+)\$([A-Za-z0-9+/=]+)$/.exec(text);
  if (django !== null) {
    const [, digest = '', iterations, salt = '', hash = ''] = django;
    return pbkdf2Hash(digest, Number(iterations), base64(Buffer.from(salt)), hash);
  }
  const passlib = /^\$pbkdf2(?:-(sha256|sha512))?\$(\d{1,9})\$([A-Za-z0-9./]+)\$([A-Za-z0-9./]+)$/.exec(text);
  if (passlib === null) return text;
  const [, digest = 'sha1', iterations, ...parts] = passlib;
  const [salt = '', hash = ''] = parts.map((part) => part.replaceAll('.', '+'));
  return pbkdf2Hash(digest, Number(iterations), salt, hash);
}

/** A secret's hash, and whether the same secret would give the same again. */
export interface HashedSecret {
  hash: string;
  isRepeatable: boolean;
}

/**
 * A secret that is long and random needs no slow hash: whoever has its SHA-256 has nothing. What it has of a salt is its
 * client, so a run that is repeated sends the same again. Any other gets scrypt, as passwords do.
 */
export async function hashSecret(clientId: string, secret: string): Promise<HashedSecret> {
  if (isRandom(secret)) {
    const salt = createHash('sha256').update(`tollgate import ${clientId}`).digest().subarray(0, 16);
    const hash = createHash('sha256').update(salt).update(secret).digest();
    return { hash: `$sha256$salt=before$${base64(salt)}$${base64(hash)}`, isRepeatable: true };
  }
  const salt = randomBytes(16);
  const options: ScryptOptions = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
  // As the server prepares what is typed (RFC 8265 §4.2.2).
  const prepared = secret.replace(/\p{Zs}/gu, ' ').normalize('NFC');
  const hash = await derive(prepared, salt, 32, options);
  return { hash: `$scrypt$ln=17,r=8,p=1$${base64(salt)}$${base64(hash)}`, isRepeatable: false };
}

const derive = promisify(scrypt) as (
  secret: string,
  salt: Buffer,
  length: number,
  options: ScryptOptions,
) => Promise<Buffer>;

/** As machines make them, in doubt no: 32 characters of no alphabet's words, with digits all over. */
const isRandom = (secret: string): boolean =>
  /^[\x21-\x7e]{32,}$/.test(secret) &&
  new Set(secret).size >= 10 &&
  (secret.match(/\d/g)?.length ?? 0) >= 4 &&
  !/(.)\1{5}/.test(secret);

/** Characters that a request can carry; see the server's limits for headers. */
const MAX_SECRET = 512;

/** @returns why a plain secret could not be presented here, if it could not */
export function secretFault(secret: string): string | undefined {
  if (/\p{Cc}/u.test(secret)) return 'it has control characters, which no request may carry';
  if (Buffer.byteLength(secret) > MAX_SECRET) return `it has more than ${MAX_SECRET} bytes`;
  if (/^tgs_[0-9a-z]{8}_[0-9A-Za-z]{49}$/.test(secret))
    return 'it is a client secret of a Tollgate deployment';
  return undefined;
}
