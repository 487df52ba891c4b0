/** What the two secrets hold: the key ring and the JWKS, as JSON. */
import * as z from 'zod/mini';
import type { Jwks, Ring } from '../domain/key-ring.ts';

const text = z.string().check(z.minLength(1));
const time = z.int();

const ringShape = z.object({
  keys: z.array(
    z.object({
      kid: text,
      createdAt: time,
      publishedAt: z.optional(time),
      signsFrom: z.optional(time),
      privateJwk: z.object({
        kty: z.literal('RSA'),
        n: text,
        e: text,
        d: text,
        p: text,
        q: text,
        dp: text,
        dq: text,
        qi: text,
      }),
    }),
  ),
});

const jwksShape = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('RSA'),
      n: text,
      e: text,
      alg: z.literal('RS256'),
      use: z.literal('sig'),
      kid: text,
    }),
  ),
});

/** A secret whose content is not what it should be. The message says which, and quotes nothing. */
export class CorruptSecret extends Error {
  override readonly name = 'CorruptSecret';
}

export const formatRing = (ring: Ring): string => JSON.stringify(ring);

/** @throws {CorruptSecret} */
export const parseRing = (json: string): Ring => parse(ringShape, json, 'key ring') as Ring;

export const formatJwks = (jwks: Jwks): string => JSON.stringify(jwks);

/**
 * @returns the public members of the keys; anything else that stands in the text is left behind
 * @throws {CorruptSecret}
 */
export const parseJwks = (json: string): Jwks => parse(jwksShape, json, 'published JWKS');

function parse<Shape extends z.ZodMiniType>(shape: Shape, json: string, what: string): z.output<Shape> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Without its cause: the parser's message quotes what it read.
    throw new CorruptSecret(`the ${what} is not JSON`);
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new CorruptSecret(`the ${what} has not its shape: ${fields}`);
}
