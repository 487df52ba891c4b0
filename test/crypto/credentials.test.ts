import { randomBytes, scryptSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashPassword, hashSecret, verifyPassword, verifySecret } from '../../lambdas/crypto/credentials.ts';
import { mintApiKey } from '../../lambdas/domain/secret-format.ts';

describe('a machine secret', () => {
  const secret = mintApiKey('ci', 'a1b2c3d4', randomBytes);

  it('is kept as its SHA-256 in hex', () => {
    // FIPS 180-2, appendix B.1
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('is the one that was hashed, and no other', () => {
    expect(verifySecret(hashSecret(secret), secret)).toBe(true);
    expect(verifySecret(hashSecret(secret), `${secret} `)).toBe(false);
  });

  it('is never right where there is no hash', () => {
    expect(verifySecret(undefined, secret)).toBe(false);
  });

  it.each(['', 'abc', `${hashSecret('a')}0`, hashSecret('a').toUpperCase(), '$scrypt$ln=17'])(
    'is not compared with what is no hash: %j',
    (hash) => {
      expect(() => verifySecret(hash, secret)).toThrow('malformed SHA-256 hash');
    },
  );
});

describe('a password', () => {
  const password = 'Grüße aus Köln';
  let hash: string;
  beforeAll(async () => {
    hash = await hashPassword(password, randomBytes);
  });

  it("is kept as scrypt at OWASP's parameters, in a PHC string", () => {
    expect(hash).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  });

  it('is the one that was hashed, and no other', async () => {
    expect(await verifyPassword(hash, password)).toBe(true);
    expect(await verifyPassword(hash, `${password}.`)).toBe(false);
  });

  it('is the same in every Unicode form, and with every kind of space (RFC 8265 §4.2.2)', async () => {
    expect(await verifyPassword(hash, password.normalize('NFD').replaceAll(' ', '\u00a0'))).toBe(true);
  });

  it('is salted', async () => {
    expect(await hashPassword(password, randomBytes)).not.toBe(hash);
  });

  it('is never right where there is no hash, not even the one that would fit', async () => {
    expect(await verifyPassword(undefined, password)).toBe(false);
    expect(await verifyPassword(undefined, '')).toBe(false);
  });

  it('costs the same whether or not there is a hash', async () => {
    const known = await workOf(() => verifyPassword(hash, 'wrong'));
    const unknown = await workOf(() => verifyPassword(undefined, 'wrong'));
    expect(unknown / known).toBeGreaterThan(1 / 3);
    expect(unknown / known).toBeLessThan(3);
  });
});

describe('a stored password hash', () => {
  it('is verified at its own parameters, whatever they are today', async () => {
    const salt = randomBytes(16);
    const old = scryptSync('pleaseletmein', salt, 32, { N: 16, r: 8, p: 1 });
    const phc = `$scrypt$ln=4,r=8,p=1$${unpadded(salt)}$${unpadded(old)}`;
    expect(await verifyPassword(phc, 'pleaseletmein')).toBe(true);
    expect(await verifyPassword(phc, 'pleaseletmeout')).toBe(false);
  });

  const salt = unpadded(Buffer.alloc(16));
  const derived = unpadded(Buffer.alloc(32));
  it.each([
    '',
    hashSecret('a'),
    `$argon2id$ln=17,r=8,p=1$${salt}$${derived}`,
    `$scrypt$ln=17,r=8,p=1$${salt}$`,
    `$scrypt$ln=17,r=8,p=1$$${derived}`,
    `$scrypt$ln=17,r=8,p=1$${salt}$${derived}\n`,
    `$scrypt$ln=0,r=8,p=1$${salt}$${derived}`,
    `$scrypt$ln=17,r=0,p=1$${salt}$${derived}`,
    `$scrypt$ln=30,r=8,p=1$${salt}$${derived}`,
    `$scrypt$ln=17,r=99,p=99$${salt}$${derived}`,
  ])('throws where it is none, and costs nothing: %j', async (hash) => {
    const start = performance.now();
    await expect(verifyPassword(hash, 'x')).rejects.toThrow(/^malformed scrypt hash$/);
    expect(performance.now() - start).toBeLessThan(100);
  });
});

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

/** Microseconds of all threads of this process: what others do on this machine does not count. */
async function workOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
