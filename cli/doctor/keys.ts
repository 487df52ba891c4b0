/** The published keys: are they what the gateway takes, enough of them, and public alone? */
import { calculateJwkThumbprint, exportSPKI, importJWK, type JWK } from 'jose';
import { type Check, few, quoted, verdicts } from './check.ts';
import { isObject } from './http.ts';

const { ok, warning, failed, skipped } = verdicts('Keys');

/** A key that the gateway would verify with. */
export interface PublishedKey {
  kid: string;
  jwk: JWK;
  /** PEM. */
  spki: string;
}

/** Bits of the modulus (RFC 7518 §3.3). */
const LEAST_BITS = 2048;

/** RFC 7518 §6.3.2, and `k` of symmetric keys (§6.4). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** @param document the JWKS; `undefined` where it is none */
export async function checkKeys(document: Record<string, unknown> | undefined): Promise<Check[]> {
  if (document === undefined) {
    return [skipped('keys.count', 'There is no JWKS to look at.', 'First see to what failed above.')];
  }
  const keys = keysOf(document);
  const count = checkCount(document, keys.length);
  return keys.length === 0
    ? [count]
    : [
        count,
        checkPublic(keys),
        checkUse(keys),
        checkSizes(keys),
        checkUnique(keys),
        await checkKids(keys),
        AGE,
      ];
}

/** Nothing that is served says it, so nothing is said. */
const AGE = skipped(
  'keys.age',
  'How old the keys are cannot be seen from outside.',
  'An operator sees it: `npx tollgate keys list`.',
);

const keysOf = ({ keys }: Record<string, unknown>): Record<string, unknown>[] =>
  Array.isArray(keys) ? keys.filter(isObject) : [];

function checkCount({ keys }: Record<string, unknown>, count: number): Check {
  const id = 'keys.count';
  const rotate = 'Invoke the rotation function, and look at its log and its alarm.';
  if (!Array.isArray(keys) || keys.length !== count) {
    return failed(
      id,
      'The JWKS is not a list of keys.',
      'Check that the address is that of a Tollgate deployment.',
    );
  }
  if (count === 0) return failed(id, 'No key is published: no token can be verified.', rotate);
  if (count === 1)
    return warning(id, 'One key is published, and none that could replace it at once.', rotate);
  return ok(id, `${count} keys are published; two are the least, for one has to stand by.`);
}

/** A check that each key has to pass. */
function each(
  id: string,
  keys: readonly Record<string, unknown>[],
  isRight: (key: Record<string, unknown>) => boolean,
  sentences: { right: string; wrong: string; next: string },
): Check {
  const wrong = keys.filter((key) => !isRight(key)).map(({ kid }) => quoted(kid));
  return wrong.length === 0
    ? ok(id, sentences.right)
    : failed(id, `${sentences.wrong}: ${few(wrong)}.`, sentences.next);
}

const checkPublic = (keys: readonly Record<string, unknown>[]): Check =>
  each('keys.public', keys, (key) => !PRIVATE.some((name) => name in key), {
    right: 'Nothing private is published.',
    wrong: 'The PRIVATE half of a key is published',
    next: 'Anyone can sign tokens with it. Revoke the key at once (docs/runbook.md, Emergency rotation), then find out how it got there.',
  });

const checkUse = (keys: readonly Record<string, unknown>[]): Check =>
  each('keys.use', keys, ({ kty, alg, use }) => kty === 'RSA' && alg === 'RS256' && use === 'sig', {
    right: 'All are RSA keys for RS256 signatures.',
    wrong: 'Not an RSA key with alg RS256 and use sig',
    next: 'The gateway verifies RS256 alone: take the key out of the ring.',
  });

const checkSizes = (keys: readonly Record<string, unknown>[]): Check =>
  each('keys.size', keys, (key) => bitsOf(key.n) >= LEAST_BITS && isExponent(key.e), {
    right: `All have at least ${Math.min(...keys.map(({ n }) => bitsOf(n)))} bits.`,
    wrong: `Not an RSA key of at least ${LEAST_BITS} bits`,
    next: 'Such a key can be broken, or is none: take it out of the ring.',
  });

function checkUnique(keys: readonly Record<string, unknown>[]): Check {
  const kids = keys.map(({ kid }) => JSON.stringify(kid));
  const repeated = [...new Set(kids.filter((kid, index) => kids.indexOf(kid) !== index))];
  if (repeated.length === 0) return ok('keys.unique', 'Each has a kid of its own.');
  const next = 'Which of them the gateway takes is chance: take one out of the ring.';
  return failed(
    'keys.unique',
    `More than one key has the kid ${few(repeated.map((kid) => quoted(kid)))}.`,
    next,
  );
}

async function checkKids(keys: readonly Record<string, unknown>[]): Promise<Check> {
  const thumbprints = new Map(
    await Promise.all(keys.map(async (key) => [key, await thumbprintOf(key)] as const)),
  );
  return each('keys.kid', keys, (key) => typeof key.kid === 'string' && key.kid === thumbprints.get(key), {
    right: 'Each kid is the thumbprint of its key (RFC 7638).',
    wrong: 'The kid is not the thumbprint of the key',
    next: 'The key was exchanged under its name, or is not one of Tollgate: look into the published keys and the log of the rotation function.',
  });
}

async function thumbprintOf(key: Record<string, unknown>): Promise<string | undefined> {
  try {
    return await calculateJwkThumbprint(key as JWK);
  } catch {
    return undefined;
  }
}

/** @returns the bits of a base64url number without the zeros in front; 0 where it is none. */
function bitsOf(value: unknown): number {
  const number = numberOf(value);
  return number === 0n ? 0 : number.toString(2).length;
}

const isExponent = (value: unknown): boolean => numberOf(value) >= 3n && numberOf(value) % 2n === 1n;

const numberOf = (value: unknown): bigint =>
  typeof value === 'string' && /^[\w-]+$/.test(value)
    ? BigInt(`0x0${Buffer.from(value, 'base64url').toString('hex')}`)
    : 0n;

/** @returns the keys of a JWKS that a verifier could use. */
export async function usableKeys(document: Record<string, unknown> | undefined): Promise<PublishedKey[]> {
  const keys = await Promise.all(
    keysOf(document ?? {})
      .slice(0, 20)
      .map(usable),
  );
  return keys.filter((key) => key !== undefined);
}

async function usable({ kid, kty, n, e }: Record<string, unknown>): Promise<PublishedKey | undefined> {
  if (kty !== 'RSA' || typeof kid !== 'string' || typeof n !== 'string' || typeof e !== 'string')
    return undefined;
  try {
    const jwk = { kty, n, e };
    const key = await importJWK(jwk, 'RS256', { extractable: true });
    return key instanceof Uint8Array ? undefined : { kid, jwk, spki: await exportSPKI(key) };
  } catch {
    return undefined;
  }
}
