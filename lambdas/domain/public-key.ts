/**
 * Public keys that a client proves itself with (RFC 7517): which ones are taken, and what is kept of them. The
 * private half has no business here, so a key that brings it is refused as a whole: it has leaked already.
 */
import { createHash, type JsonWebKey } from 'node:crypto';
import * as z from 'zod/mini';
import { isKeyId, type PublicKeyCredential } from './client.ts';
import { canonicalKey, isSecretKey, isWeak } from './key-material.ts';
import { fail, ok, type Result } from './result.ts';

/** A key as it is kept: its id, which is the credential's too, and nothing that does not belong to the key. */
export interface PublicKey {
  kid: string;
  jwk: PublicKeyCredential['jwk'];
}

/** Why a key is refused. The code is stable, the detail goes on from the key's name and quotes nothing of it. */
export interface KeyFault {
  code: 'private_key' | 'unsupported_key' | 'weak_key' | 'invalid_key' | 'invalid_kid' | 'duplicate_kid';
  detail: string;
}

/** A client reads one of them at a time, so this bounds what an operator can register at once, and no more. */
export const MAX_KEYS = 10;

/**
 * Reads a key: RSA of at least 2048 bits, EC P-256 or Ed25519. Members that say nothing about the key, such as
 * `x5c`, are left behind, as RFC 7517 §4 has it.
 *
 * @returns the key under its own `kid`, or where it has none under its thumbprint (RFC 7638); always with the one `alg`
 *   that it is for (RFC 8725 §3.1), RS256 for an RSA key that names none
 */
export function parsePublicKey(value: unknown): Result<PublicKey, KeyFault> {
  const holder = anyKey.safeParse(value);
  if (!holder.success) return fault('invalid_key', 'is not a JWK: an object with kty');
  if (isSecretKey(holder.data)) return fault('private_key', PRIVATE);
  const { kty, crv } = holder.data;
  const shape = Object.hasOwn(shapes, kty) ? shapes[kty as keyof typeof shapes] : undefined;
  if (shape === undefined || !isKnownCurve(kty, crv)) return fault('unsupported_key', SUPPORTED);
  const parsed = shape.safeParse(value);
  if (!parsed.success) return fault('invalid_key', faultyMember(parsed.error.issues[0]));
  const { kid, alg = defaultAlgorithms[parsed.data.kty], use: _, ...members } = parsed.data;
  const material = canonicalKey(members);
  if (material === undefined) return fault('invalid_key', 'is not a key: its numbers do not make one');
  if (isWeak(material)) return fault('weak_key', WEAK);
  const id = kid ?? thumbprintOf(material);
  if (!isKeyId(id)) return fault('invalid_kid', `has a kid that ${KID_RULE}`);
  return ok({ kid: id, jwk: { ...material, kid: id, alg } });
}

/** @returns the keys of a JWK Set (RFC 7517 §5), 1 to {@link MAX_KEYS} under different ids, or the first fault. */
export function parseKeys(values: readonly unknown[]): Result<PublicKey[], KeyFault> {
  const keys: PublicKey[] = [];
  for (const [at, value] of values.entries()) {
    const key = parsePublicKey(value);
    if (!key.ok) return fault(key.failure.code, `keys[${at}] ${key.failure.detail}`);
    if (keys.some(({ kid }) => kid === key.value.kid)) return fault('duplicate_kid', `keys[${at}] ${TWICE}`);
    keys.push(key.value);
  }
  return ok(keys);
}

/** What {@link isKeyId} asks for, in words. */
const KID_RULE =
  'has to be 1 to 64 letters, digits, - and _; and neither eight lower-case letters and digits nor "password"';

const PRIVATE = 'holds a private or symmetric key: register the public half, of a new key pair';
const SUPPORTED = 'is of another kind than RSA, EC P-256 and OKP Ed25519';
const WEAK = 'is an RSA key of less than 2048 or more than 8192 bits, or of an exponent that secures nothing';
const TWICE = 'has the kid of another key of the set';

const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,1400}$/));
/** 32 bytes. */
const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

const anyKey = z.looseObject({ kty: z.string(), crv: z.optional(z.unknown()) });
const common = { kid: z.optional(z.string()), use: z.optional(z.literal('sig')) };
const shapes = {
  RSA: z.object({
    ...{ ...common, kty: z.literal('RSA'), n: base64url, e: base64url },
    alg: z.optional(z.enum(['RS256', 'PS256'])),
  }),
  EC: z.object({
    ...{ ...common, kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate },
    alg: z.optional(z.literal('ES256')),
  }),
  OKP: z.object({
    ...{ ...common, kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: coordinate },
    alg: z.optional(z.enum(['EdDSA', 'Ed25519'])),
  }),
};

const defaultAlgorithms = { RSA: 'RS256', EC: 'ES256', OKP: 'EdDSA' } as const;

const CURVES: Record<string, unknown> = { EC: 'P-256', OKP: 'Ed25519' };
const isKnownCurve = (kty: string, crv: unknown): boolean => crv === CURVES[kty] || kty === 'RSA';

const faultyMember = (issue: z.core.$ZodIssue | undefined): string =>
  `is not a key: its member ${String(issue?.path[0])} is missing or is not what a signature key has`;

/** RFC 7638 §3: the required members, in the order of their names, hashed. */
const thumbprintOf = ({ crv, e, kty, n, x, y }: JsonWebKey): string =>
  createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url');

const fault = (code: KeyFault['code'], detail: string) => fail<KeyFault>({ code, detail });
