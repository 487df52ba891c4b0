/** Who is calling, read from what the gateway's JWT authorizer verified. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Caller } from '../domain/access.ts';
import { type Actor, parseActor } from '../domain/actor.ts';
import { parseLineage } from '../domain/lineage.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { LineageTarget } from '../domain/revocation.ts';
import { listIn } from '../domain/scope.ts';
import type { AuthorizedRequest } from './event.ts';

/**
 * Reads the caller of a request that passed the JWT authorizer (RFC 9068 §2.2). Signature, issuer, audience and
 * times are the gateway's business. The key's id is in no claim, and `act` is an object, of which the gateway makes
 * a text that cannot be read again; so both come from the token itself, which has to be the very token whose claims
 * the gateway passed on. Nor does the gateway look at its type, which has to be that of an access token (§4).
 *
 * @returns the caller, or the name of what is missing or malformed: a claim, `kid`, `typ` or `authorization`
 */
export function callerOf(request: AuthorizedRequest): Result<Caller, string> {
  const claims = textClaims(request.requestContext.authorizer?.jwt?.claims);
  const missing = REQUIRED.find((name) => !textOf(claims, name));
  if (missing !== undefined) return fail(missing);
  const untimely = TIMES.find((name) => !SECONDS.test(textOf(claims, name)));
  if (untimely !== undefined) return fail(untimely);
  const presented = presentedBy(request.headers?.authorization, textOf(claims, 'jti'));
  if (!presented.ok) return presented;
  const tenant = textOf(claims, 'tenant');
  const lineage = lineageOf(claims);
  if (!lineage.ok) return lineage;
  return ok({
    sub: textOf(claims, 'sub'),
    clientId: textOf(claims, 'client_id'),
    credentialId: textOf(claims, 'credential_id'),
    jti: textOf(claims, 'jti'),
    txn: textOf(claims, 'txn'),
    kid: presented.value.kid,
    iat: Number(textOf(claims, 'iat')),
    exp: Number(textOf(claims, 'exp')),
    scopes: listIn(textOf(claims, 'scope')),
    roles: listIn(textOf(claims, 'roles')),
    ...(tenant !== '' && { tenant }),
    ...(lineage.value !== undefined && { lineage: lineage.value }),
    ...(presented.value.act !== undefined && { act: presented.value.act }),
    claims,
  });
}

const TIMES = ['iat', 'exp'] as const;
const REQUIRED = ['sub', 'client_id', 'credential_id', 'jti', 'txn', ...TIMES] as const;
const SECONDS = /^\d{1,12}$/;

/** The gateway sends strings; an engine that leaves numbers and booleans as they are means the same. */
function textClaims(claims: unknown): Record<string, string> {
  const texts = Object.entries(claims ?? {}).flatMap(([name, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value) ? [[name, String(value)] as const] : [],
  );
  return Object.fromEntries(texts);
}

/** @returns the claim, or the empty string where there is none: what an object inherits is no claim. */
const textOf = (claims: Readonly<Record<string, string>>, name: string): string =>
  Object.hasOwn(claims, name) ? (claims[name] ?? '') : '';

/** Absent is fine; unreadable is not: whatever it names might be revoked. */
function lineageOf(claims: Readonly<Record<string, string>>): Result<LineageTarget[] | undefined, string> {
  if (!Object.hasOwn(claims, 'lineage')) return ok(undefined);
  const lineage = parseLineage(textOf(claims, 'lineage'));
  return lineage === undefined ? fail('lineage') : ok(lineage);
}

/** The gateway takes the token bare or as a Bearer token. */
const TOKEN = /^(?:Bearer +)?([\w-]+\.[\w-]+\.[\w-]+)$/i;

/** A media type knows no case, and `application/` may be left out (RFC 7515 §4.1.9). */
const ACCESS_TOKEN = /^(?:application\/)?at\+jwt$/i;

/** What only the token itself tells. */
interface Presented {
  kid: string;
  act?: Actor;
}

function presentedBy(authorization: string | undefined, jti: string): Result<Presented, string> {
  const token = TOKEN.exec(authorization ?? '')?.[1];
  if (token === undefined) return fail('authorization');
  try {
    const { kid, typ } = decodeProtectedHeader(token);
    const claims = decodeJwt(token);
    if (claims.jti !== jti) return fail('authorization');
    if (typeof kid !== 'string' || kid === '') return fail('kid');
    if (!ACCESS_TOKEN.test(String(typ))) return fail('typ');
    if (claims.act === undefined) return ok({ kid });
    const act = parseActor(claims.act);
    return act === undefined ? fail('act') : ok({ kid, act });
  } catch {
    return fail('authorization');
  }
}
