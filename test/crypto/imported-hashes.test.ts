/**
 * Real hashes: published vectors, and those of the same algorithms made elsewhere. Where Node.js has an algorithm of
 * its own, it makes them; the costs are the least that there are.
 */
import { createHash, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { argon2d, argon2i, argon2id, bcrypt } from 'hash-wasm';
import { describe, expect, it } from 'vitest';
import { verifyAnyHash } from '../../lambdas/crypto/credentials.ts';

const salt = randomBytes(16);
const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
const sha256 = (...parts: (string | Buffer)[]) =>
  base64(parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest());
const lanes = { salt, parallelism: 2, iterations: 1, memorySize: 16, hashLength: 32 } as const;
const encoded = { outputType: 'encoded' } as const;

const made: [name: string, of: (secret: string) => string | Promise<string>][] = [
  ['bcrypt', (password) => bcrypt({ password, salt, costFactor: 4, ...encoded })],
  [
    'bcrypt of PHP',
    async (password) => (await bcrypt({ password, salt, costFactor: 4, ...encoded })).replace('$2a$', '$2y$'),
  ],
  ['argon2i', (password) => argon2i({ password, ...lanes, ...encoded })],
  ['argon2d', (password) => argon2d({ password, ...lanes, ...encoded })],
  ['argon2id', (password) => argon2id({ password, ...lanes, ...encoded })],
  [
    'scrypt',
    (secret) =>
      `$scrypt$ln=4,r=16,p=2$${base64(salt)}$${base64(scryptSync(secret, salt, 64, { N: 16, r: 16, p: 2 }))}`,
  ],
  ...(['sha1', 'sha256', 'sha512'] as const).map((digest): (typeof made)[number] => [
    `PBKDF2 with ${digest}`,
    (secret) =>
      `$pbkdf2-${digest}$i=7,l=40$${base64(salt)}$${base64(pbkdf2Sync(secret, salt, 7, 40, digest))}`,
  ]),
  ['SHA-256', (secret) => `$sha256$${sha256(secret)}`],
  ['SHA-256 behind its salt', (secret) => `$sha256$salt=before$${base64(salt)}$${sha256(salt, secret)}`],
  ['SHA-256 before its salt', (secret) => `$sha256$salt=after$${base64(salt)}$${sha256(secret, salt)}`],
];

describe('a hash of another system', () => {
  it.each(made)('%s: is that of its secret, and of no other', async (_, hashOf) => {
    const hash = await hashOf('correct horse – naïve');
    expect(await verifyAnyHash(hash, 'correct horse – naïve')).toBe(true);
    for (const wrong of ['correct horse – naive', 'correct horse', '', ' ', hash]) {
      expect(await verifyAnyHash(hash, wrong)).toBe(false);
    }
  });

  // Of the algorithms' own test suites.
  it.each([
    // OpenBSD's, as in jBCrypt.
    ['abc', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
    ['', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
    // The reference implementation's.
    ['password', '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8'],
    ['password', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
    // RFC 6070, with the salt long enough.
    [
      'passwordPASSWORDpassword',
      '$pbkdf2-sha1$i=4096,l=25$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0$PS7sT+QchJuAyNg2YsDkSospGpZM8vBwOA',
    ],
    // FIPS 180.
    ['abc', '$sha256$ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0'],
  ])('is that of its vector: %j', async (secret, hash) => {
    expect(await verifyAnyHash(hash, secret)).toBe(true);
    expect(await verifyAnyHash(hash, `${secret}x`)).toBe(false);
  });

  it('of bcrypt is that of the first 72 bytes, wherever a character ends', async () => {
    const long = `${'x'.repeat(71)}é and more`;
    const bytes = Buffer.from(long).subarray(0, 72);
    const hash = await bcrypt({ password: bytes, salt, costFactor: 4, ...encoded });
    expect(await verifyAnyHash(hash, long)).toBe(true);
    expect(await verifyAnyHash(hash, 'x'.repeat(72))).toBe(false);
  });

  it('that is damaged in the table is an error without the hash, never a pass', async () => {
    const hash = (await made[0]?.[1]('x')) ?? '';
    const failure = await verifyAnyHash(hash.slice(0, -1), 'x').catch((error: Error) => error.message);
    expect(failure).toContain('secret_hash');
    expect(failure).not.toContain(hash.slice(10, 40));
  });
});
