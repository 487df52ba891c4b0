/**
 * Compares a secret with the hash that another system made of it. Apart from the hashes that are made here, because
 * most functions never meet one: this file, and the WebAssembly that it loads, run only where one is met.
 */
import { createHash, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { HASH_FAULTS, type ImportedHash, parseImportedHash } from '../domain/imported-hash.ts';

/**
 * Takes as long as the hash asks for, whether or not the secret is right.
 *
 * @param text one of the forms of {@link parseImportedHash}
 * @param secret as it was presented: other systems hash its bytes in UTF-8 as they are
 * @throws Error where the text is none of them; it is not in the message
 */
export async function verifyImportedHash(text: string, secret: string): Promise<boolean> {
  const stored = parseImportedHash(text);
  if (!stored.ok) throw new Error(HASH_FAULTS[stored.failure]);
  const bytes = Buffer.from(secret);
  const derived = await derive(stored.value, bytes);
  const matches = timingSafeEqual(derived, stored.value.hash);
  return matches && (bytes.length > 0 || stored.value.algorithm !== 'argon2');
}

async function derive(stored: ImportedHash, secret: Buffer): Promise<Buffer> {
  switch (stored.algorithm) {
    case 'bcrypt':
      return bcrypt(stored, secret);
    case 'argon2':
      return argon2(stored, secret);
    case 'pbkdf2':
      return promisify(pbkdf2)(secret, stored.salt, stored.iterations, stored.hash.length, stored.digest);
    case 'sha256': {
      const [first, second] = stored.saltIs === 'before' ? [stored.salt, secret] : [secret, stored.salt];
      return createHash('sha256').update(first).update(second).digest();
    }
    case 'scrypt':
      throw new Error('scrypt is verified as our own passwords are');
  }
}

/** bcrypt looks at 72 bytes, as those who made the hash did; and a secret of none is one zero byte to it. */
async function bcrypt({ cost, salt }: ImportedHash & { algorithm: 'bcrypt' }, secret: Buffer) {
  const { default: wasm } = await import('hash-wasm/dist/bcrypt.umd.min.js');
  const password = secret.length === 0 ? Buffer.alloc(1) : secret.subarray(0, 72);
  const hash = await wasm.bcrypt({ password, salt, costFactor: cost, outputType: 'binary' });
  return Buffer.from(hash).subarray(0, 23);
}

async function argon2(stored: ImportedHash & { algorithm: 'argon2' }, secret: Buffer) {
  const { default: wasm } = await import('hash-wasm/dist/argon2.umd.min.js');
  const hash = await wasm[`argon2${stored.variant}`]({
    // It refuses to hash nothing; the caller knows that nothing never matches.
    password: secret.length === 0 ? Buffer.alloc(1) : secret,
    salt: stored.salt,
    memorySize: stored.memory,
    iterations: stored.passes,
    parallelism: stored.lanes,
    hashLength: stored.hash.length,
    outputType: 'binary',
  });
  return Buffer.from(hash);
}
