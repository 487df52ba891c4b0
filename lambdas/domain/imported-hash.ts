/**
 * The text forms of hashes that another system made of its secrets, read strictly. They stay what they are until the
 * client shows its secret for the first time, so each costs no more than a login may: memory within the function's, and
 * a few seconds.
 *
 *     bcrypt    $2b$12$<salt><hash>                          also $2a$ and $2y$, which are the same
 *     scrypt    $scrypt$ln=14,r=8,p=1$<salt>$<hash>
 *     argon2    $argon2id$v=19$m=65536,t=3,p=4$<salt>$<hash> also argon2i and argon2d
 *     PBKDF2    $pbkdf2-sha256$i=600000,l=32$<salt>$<hash>   also sha1 and sha512; l may be left out
 *     SHA-256   $sha256$<hash>, $sha256$salt=before$<salt>$<hash>, $sha256$salt=after$<salt>$<hash>
 *
 * Salt and hash are base64 without padding, but for bcrypt, which has an alphabet of its own. `salt=before` is the
 * SHA-256 of the salt and then the secret, `salt=after` of the secret and then the salt.
 */
import { fail, ok, type Result } from './result.ts';

/** What a secret is compared with, and how. */
export type ImportedHash = Salted &
  (
    | { algorithm: 'bcrypt'; cost: number }
    | { algorithm: 'scrypt'; ln: number; r: number; p: number }
    | {
        algorithm: 'argon2';
        variant: 'i' | 'd' | 'id';
        /** KiB. */
        memory: number;
        passes: number;
        lanes: number;
      }
    | { algorithm: 'pbkdf2'; digest: Digest; iterations: number }
    | { algorithm: 'sha256'; saltIs: 'before' | 'after' }
  );

interface Salted {
  salt: Buffer;
  hash: Buffer;
}

export type Digest = 'sha1' | 'sha256' | 'sha512';

/** Why a text is none that is taken. None of them says anything of the hash itself. */
export type HashFault = 'unknown_hash' | 'malformed_hash' | 'hash_too_costly';

/** A sentence for each. */
export const HASH_FAULTS: Readonly<Record<HashFault, string>> = {
  unknown_hash:
    'secret_hash has to be a hash of bcrypt ($2b$), scrypt ($scrypt$), argon2 ($argon2id$), PBKDF2 ($pbkdf2-sha256$) or SHA-256 ($sha256$)',
  malformed_hash:
    'secret_hash begins as a hash and does not go on as one: see the forms in docs/import.md, and whether it was cut',
  hash_too_costly:
    'secret_hash costs more than a login may: bcrypt 14, 256 MiB of memory, a few seconds at most; give the client a new secret',
};

/** Characters of a hash; what is longer is not even looked at. */
const MAX_LENGTH = 300;

/** @returns the hash that the text stands for, or what is wrong with it; it throws for no text whatsoever */
export function parseImportedHash(text: string): Result<ImportedHash, HashFault> {
  const [, name = ''] = text.length > MAX_LENGTH ? [] : (/^\$([a-z0-9-]{2,14})\$/.exec(text) ?? []);
  const form = FORMS.find(({ names }) => names.includes(name));
  if (form === undefined) return fail('unknown_hash');
  const parts = form.parts.exec(text);
  const hash = parts === null ? undefined : form.read(parts.slice(1).map((part) => part ?? ''));
  if (hash === undefined || !isWhole(hash)) return fail('malformed_hash');
  return isAffordable(hash) ? ok(hash) : fail('hash_too_costly');
}

interface Form {
  names: readonly string[];
  /** Of which the groups are what {@link Form.read} gets. */
  parts: RegExp;
  read(parts: readonly string[]): ImportedHash | undefined;
}

const FORMS: readonly Form[] = [
  {
    names: ['2a', '2b', '2y'],
    parts: /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/,
    read: ([cost, salt = '', hash = '']) => ({
      ...{ algorithm: 'bcrypt', cost: Number(cost), salt: fromBcrypt(salt), hash: fromBcrypt(hash) },
    }),
  },
  {
    names: ['scrypt'],
    parts: /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,3})\$([^$]+)\$([^$]+)$/,
    read: ([ln, r, p, ...rest]) =>
      salted(rest, { algorithm: 'scrypt', ln: Number(ln), r: Number(r), p: Number(p) }),
  },
  {
    names: ['argon2i', 'argon2d', 'argon2id'],
    parts: /^\$argon2(id|i|d)\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,3})\$([^$]+)\$([^$]+)$/,
    read: ([variant, m, t, p, ...rest]) =>
      salted(rest, {
        ...{ algorithm: 'argon2', variant: variant as 'i' | 'd' | 'id' },
        ...{ memory: Number(m), passes: Number(t), lanes: Number(p) },
      }),
  },
  {
    names: ['pbkdf2-sha1', 'pbkdf2-sha256', 'pbkdf2-sha512'],
    parts: /^\$pbkdf2-(sha1|sha256|sha512)\$i=(\d{1,10})(?:,l=(\d{1,3}))?\$([^$]+)\$([^$]+)$/,
    read: ([digest, iterations, length, ...rest]) => {
      const read = salted(rest, {
        ...{ algorithm: 'pbkdf2', digest: digest as Digest, iterations: Number(iterations) },
      });
      return length === '' || Number(length) === read?.hash.length ? read : undefined;
    },
  },
  {
    names: ['sha256'],
    parts: /^\$sha256\$(?:salt=(before|after)\$([^$]+)\$)?([^$]+)$/,
    read: ([place, ...rest]) =>
      salted(rest, { algorithm: 'sha256', saltIs: place === 'after' ? 'after' : 'before' }),
  },
];

type Unsalted<Hash> = Hash extends ImportedHash ? Omit<Hash, keyof Salted> : never;

function salted(
  [salt = '', hash = '']: readonly string[],
  rest: Unsalted<ImportedHash>,
): ImportedHash | undefined {
  const bytes = [fromBase64(salt), fromBase64(hash)] as const;
  if (bytes[0] === undefined || bytes[1] === undefined) return undefined;
  return { ...rest, salt: bytes[0], hash: bytes[1] } as ImportedHash;
}

/** Only what encodes to the same text again was base64 (RFC 4648 §3.5). */
function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64').replaceAll('=', '') === text ? bytes : undefined;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BCRYPT64 = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const fromBcrypt = (text: string): Buffer =>
  Buffer.from(
    text.replace(/./g, (digit) => BASE64.charAt(BCRYPT64.indexOf(digit))),
    'base64',
  );

/** A hash that is shorter than these was cut, or is easier to meet by chance than to guess. */
function isWhole({ algorithm, salt, hash }: ImportedHash): boolean {
  if (algorithm === 'bcrypt') return true;
  if (algorithm === 'sha256') return hash.length === 32 && salt.length <= 64;
  return salt.length >= 8 && salt.length <= 64 && hash.length >= 16 && hash.length <= 64;
}

const MAX_MEMORY_KIB = 256 * 1024;
/** N·r·p: four times what our own passwords cost. */
const MAX_SCRYPT = 2 ** 22;
/** KiB written: 1 GiB. */
const MAX_ARGON2 = 2 ** 20;
const MAX_LANES = 16;
const MAX_ITERATIONS: Readonly<Record<Digest, number>> = {
  ...{ sha1: 4_000_000, sha256: 4_000_000, sha512: 2_000_000 },
};
const DIGEST_BYTES: Readonly<Record<Digest, number>> = { sha1: 20, sha256: 32, sha512: 64 };

function isAffordable(hash: ImportedHash): boolean {
  switch (hash.algorithm) {
    case 'bcrypt':
      return hash.cost >= 4 && hash.cost <= 14;
    case 'scrypt': {
      const block = 2 ** hash.ln * hash.r;
      const positive = hash.ln >= 1 && hash.r >= 1 && hash.p >= 1;
      // RFC 7914 §2: N is less than 2^(128·r/8). What is not cannot be computed, so nobody has ever made it.
      const possible = positive && hash.ln < 16 * hash.r;
      return possible && block / 8 <= MAX_MEMORY_KIB && block * hash.p <= MAX_SCRYPT;
    }
    case 'argon2': {
      const { memory, passes, lanes } = hash;
      const possible = passes >= 1 && lanes >= 1 && lanes <= MAX_LANES && memory >= 8 * lanes;
      return possible && memory <= MAX_MEMORY_KIB && memory * passes <= MAX_ARGON2;
    }
    case 'pbkdf2': {
      const blocks = Math.ceil(hash.hash.length / DIGEST_BYTES[hash.digest]);
      return hash.iterations >= 1 && hash.iterations * blocks <= MAX_ITERATIONS[hash.digest];
    }
    case 'sha256':
      return true;
  }
}
