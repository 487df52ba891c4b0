import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImportedHash } from '../../lambdas/domain/imported-hash.ts';

const base64 = (bytes: number): string => randomBytes(bytes).toString('base64').replaceAll('=', '');
const salt = base64(16);
const hash = base64(32);
const bcrypt = (cost: string, version = '2b') =>
  `$${version}$${cost}$${'abcdefghijklmnopqrstuO'}${'e'.repeat(30)}u`;

const taken: [what: string, text: string][] = [
  ...['2a', '2b', '2y'].map((version): [string, string] => [`bcrypt as ${version}`, bcrypt('04', version)]),
  ['bcrypt at the most', bcrypt('14')],
  ['scrypt as ours', `$scrypt$ln=17,r=8,p=1$${salt}$${hash}`],
  ['scrypt, small', `$scrypt$ln=4,r=8,p=1$${base64(8)}$${base64(64)}`],
  ['scrypt of the least r', `$scrypt$ln=15,r=1,p=1$${salt}$${hash}`],
  ['scrypt at the most memory', `$scrypt$ln=18,r=8,p=2$${salt}$${hash}`],
  ...['i', 'd', 'id'].map((variant): [string, string] => [
    `argon2${variant}`,
    `$argon2${variant}$v=19$m=65536,t=3,p=4$${salt}$${hash}`,
  ]),
  ['argon2 at the most memory', `$argon2id$v=19$m=262144,t=4,p=1$${salt}$${hash}`],
  ['PBKDF2', `$pbkdf2-sha256$i=600000,l=32$${salt}$${hash}`],
  ['PBKDF2 without a length', `$pbkdf2-sha512$i=210000$${salt}$${base64(64)}`],
  ['PBKDF2 of two blocks', `$pbkdf2-sha1$i=1000,l=24$${salt}$${base64(24)}`],
  ['SHA-256', `$sha256$${hash}`],
  ['SHA-256 behind its salt', `$sha256$salt=before$${base64(5)}$${hash}`],
  ['SHA-256 before its salt', `$sha256$salt=after$${base64(64)}$${hash}`],
];

describe('a hash of another system is taken', () => {
  it.each(taken)('%s', (_, text) => {
    expect(parseImportedHash(text)).toMatchObject({ ok: true, value: { hash: expect.any(Buffer) } });
  });

  it('with its numbers and bytes', () => {
    expect(parseImportedHash(`$argon2i$v=19$m=64,t=2,p=8$${salt}$${hash}`)).toEqual({
      ok: true,
      value: {
        ...{ algorithm: 'argon2', variant: 'i', memory: 64, passes: 2, lanes: 8 },
        ...{ salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') },
      },
    });
  });
});

describe('a hash is refused', () => {
  it.each<[code: string, text: string]>([
    ['unknown_hash', ''],
    ['unknown_hash', 'secret'],
    ['unknown_hash', randomBytes(32).toString('hex')],
    ['unknown_hash', `$md5$${hash}`],
    ['unknown_hash', bcrypt('10', '2x')],
    ['unknown_hash', `$apr1$${salt}$${hash}`],
    ['unknown_hash', `$sha256$${'A'.repeat(1_000_000)}`],
    ['malformed_hash', bcrypt('10').slice(0, -1)],
    ['malformed_hash', `${bcrypt('10')}\n`],
    ['malformed_hash', bcrypt('9')],
    ['malformed_hash', `$scrypt$ln=14,r=8$${salt}$${hash}`],
    ['malformed_hash', `$scrypt$ln=14,r=8,p=1$${salt}$${hash}=`],
    ['malformed_hash', `$scrypt$ln=14,r=8,p=1$${salt}$${base64(15)}`],
    ['malformed_hash', `$scrypt$ln=14,r=8,p=1$${base64(7)}$${hash}`],
    ['malformed_hash', `$argon2id$v=16$m=64,t=1,p=1$${salt}$${hash}`],
    ['malformed_hash', `$argon2id$m=64,t=1,p=1$${salt}$${hash}`],
    ['malformed_hash', `$argon2id$v=19$t=1,m=64,p=1$${salt}$${hash}`],
    ['malformed_hash', `$argon2id$v=19$m=64,t=1,p=1$${salt.slice(0, -1)}!$${hash}`],
    ['malformed_hash', `$pbkdf2-sha256$i=1,l=33$${salt}$${hash}`],
    ['malformed_hash', `$pbkdf2-sha256$29000$${salt}$${hash}`],
    ['malformed_hash', `$sha256$salt=around$${salt}$${hash}`],
    ['malformed_hash', `$sha256$${salt}`],
    ['hash_too_costly', bcrypt('15')],
    ['hash_too_costly', bcrypt('03')],
    ['hash_too_costly', `$scrypt$ln=19,r=8,p=1$${salt}$${hash}`],
    ['hash_too_costly', `$scrypt$ln=17,r=8,p=5$${salt}$${hash}`],
    ['hash_too_costly', `$scrypt$ln=14,r=0,p=1$${salt}$${hash}`],
    // No scrypt has so large an N for so small an r (RFC 7914 §2): a login could not compute it.
    ['hash_too_costly', `$scrypt$ln=16,r=1,p=1$${salt}$${hash}`],
    ['hash_too_costly', `$scrypt$ln=21,r=1,p=1$${salt}$${hash}`],
    ['hash_too_costly', `$argon2id$v=19$m=262145,t=1,p=1$${salt}$${hash}`],
    ['hash_too_costly', `$argon2id$v=19$m=65536,t=17,p=1$${salt}$${hash}`],
    ['hash_too_costly', `$argon2id$v=19$m=64,t=1,p=17$${salt}$${hash}`],
    ['hash_too_costly', `$argon2id$v=19$m=7,t=1,p=1$${salt}$${hash}`],
    ['hash_too_costly', `$argon2id$v=19$m=64,t=0,p=1$${salt}$${hash}`],
    ['hash_too_costly', `$pbkdf2-sha1$i=4000001,l=20$${salt}$${base64(20)}`],
    ['hash_too_costly', `$pbkdf2-sha256$i=2000001,l=64$${salt}$${base64(64)}`],
    ['hash_too_costly', `$pbkdf2-sha256$i=0$${salt}$${hash}`],
  ])('%s: %.60s', (failure, text) => {
    expect(parseImportedHash(text)).toEqual({ ok: false, failure });
  });

  it('or taken, and it never throws', () => {
    const near = fc
      .tuple(fc.constantFrom(...taken.map(([, text]) => text)), fc.nat(), fc.string({ maxLength: 3 }))
      .map(([text, at, more]) => text.slice(0, at % text.length) + more + text.slice((at % text.length) + 1));
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
        parseImportedHash(text);
      }),
      { numRuns: 2000 },
    );
  });
});
