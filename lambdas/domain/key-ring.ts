/**
 * The key ring: which keys there are, which one signs when, and what to change about it. No I/O, no clock.
 *
 * A key carries facts only, and the clock decides what follows from them, so a cached ring switches keys by
 * itself:
 *
 *     created ── published ──── at least LEAD ───── signs ─────────── next key signs ──── LAG ──── dropped
 *
 * API Gateway may cache the JWKS for two hours and may not fetch it again for an unknown `kid`. So a key is
 * public for {@link LEAD} before it signs, and for {@link LAG} after: the longest life of a token and the
 * same margin. The ring always has one key more than the one that signs, so that there is one that every
 * gateway knows already when the signing key has to go at once.
 */
import { fail, ok, type Result } from './result.ts';
import { MAX_TOKEN_LIFETIME } from './revocation.ts';

/** Milliseconds between the publication of a key and its first signature, at least. */
export const LEAD = 3 * 3600 * 1000;

/** Milliseconds between a key's last signature and its end. */
export const LAG = MAX_TOKEN_LIFETIME * 1000 + LEAD;

/** Milliseconds that a copy of the ring or of the JWKS is used without asking for a newer one. */
export const RING_CACHE = 5 * 60 * 1000;

/**
 * Milliseconds that a copy is used at most, where no newer one can be had. With it, the five minutes that HTTP
 * caches may keep the JWKS and the gateway's two hours, a new key is everywhere well within {@link LEAD}.
 */
export const RING_CACHE_LIMIT = 30 * 60 * 1000;

/** The keys that are of use from now on: the one that signs and the one that is ready. */
const ACTIVE_KEYS = 2;

/** The members of an RSA JWK that anyone may know (RFC 7517 §4, RFC 7518 §6.3.1). */
export interface PublicJwk {
  kty: 'RSA';
  n: string;
  e: string;
  alg: 'RS256';
  use: 'sig';
  kid: string;
}

/** A JWK Set of public signing keys (RFC 7517 §5). */
export interface Jwks {
  keys: readonly PublicJwk[];
}

/** The members that nobody may know (RFC 7518 §6.3.2). */
export interface PrivateMembers {
  d: string;
  p: string;
  q: string;
  dp: string;
  dq: string;
  qi: string;
}

/** A new key: its id is its RFC 7638 thumbprint. */
export interface KeyMaterial {
  kid: string;
  privateJwk: { kty: 'RSA'; n: string; e: string } & PrivateMembers;
}

/** All times in milliseconds since the epoch. */
export interface RingKey extends KeyMaterial {
  createdAt: number;
  /** When it was seen in the public document; it has not been there before. */
  publishedAt?: number;
  /** When its first signature may be made, if that is known yet. */
  signsFrom?: number;
}

export interface Ring {
  /** In the order in which they sign. */
  keys: readonly RingKey[];
}

/** @returns the key that signs at `now`, if one may. */
export const signingKeyAt = (ring: Ring, now: number): RingKey | undefined =>
  ring.keys.findLast((key) => maySignAt(key, now));

/** @returns when the last signature of a key is made: when the next one takes over, if that is known. */
export function signsUntil(ring: Ring, kid: string): number | undefined {
  const index = ring.keys.findIndex((key) => key.kid === kid);
  return ring.keys.slice(index + 1).find(({ signsFrom }) => signsFrom !== undefined)?.signsFrom;
}

/** @returns the public half of a key, made member by member: nothing that is not named here comes along. */
export const publicJwk = ({ kid, privateJwk: { n, e } }: KeyMaterial): PublicJwk => ({
  kty: 'RSA',
  n,
  e,
  alg: 'RS256',
  use: 'sig',
  kid,
});

/** @returns what the public document has to be: every key of the ring, from its creation to its end. */
export const jwksOf = (ring: Ring): Jwks => ({ keys: ring.keys.map(publicJwk) });

/** @returns whether the keys are the same objects: the functions here copy a key only to change it. */
export const sameKeys = (some: Ring['keys'] | undefined, others: Ring['keys']): boolean =>
  some?.length === others.length && some.every((key, index) => key === others[index]);

/** What {@link nextRing} goes by. */
export interface Facts {
  /** Milliseconds since the epoch. */
  now: number;
  /** The ids of the keys in the public document. It has to be read before the ring and before `now`. */
  published: ReadonlySet<string>;
  /** Milliseconds that a key signs. */
  rotation: number;
}

/**
 * What the ring has to become. The same facts again change nothing.
 *
 * @param ring as it is; `undefined` where there has never been one
 * @param create makes a key
 * @returns the ring as it is to be: its keys confirmed, planned, dropped and created
 */
export async function nextRing(
  ring: Ring | undefined,
  facts: Facts,
  create: () => Promise<KeyMaterial>,
): Promise<Ring> {
  const kept = drop(plan(confirm(ring ?? { keys: [] }, facts), facts), facts);
  const current = signingKeyAt(kept, facts.now);
  const active = current === undefined ? kept.keys.length : kept.keys.length - kept.keys.indexOf(current);
  const keys = [...kept.keys];
  // Before there was any ring nobody can have cached a JWKS: the first key of all needs no lead.
  const isFirst = ring === undefined && facts.published.size === 0;
  for (let missing = ACTIVE_KEYS - active; missing > 0; missing -= 1) {
    const key = { ...(await create()), createdAt: facts.now };
    keys.push(isFirst && keys.length === 0 ? { ...key, signsFrom: facts.now } : key);
  }
  return { keys };
}

/**
 * Takes a key out at once. The key that is ready replaces it if it has been public for {@link LEAD}; if it
 * has not, the one before signs again, which is public still, or none does until then.
 *
 * @returns the ring without the key, or the same ring where it has none of that id
 */
export function withoutKey(ring: Ring, kid: string, now: number): Ring {
  const keys = ring.keys.filter((key) => key.kid !== kid);
  if (keys.length === ring.keys.length) return ring;
  if (signingKeyAt(ring, now)?.kid !== kid) return { keys };
  const next = keys.find((key) => key.publishedAt !== undefined && !maySignAt(key, now));
  return {
    keys: keys.map((key) =>
      key === next && key.publishedAt !== undefined
        ? { ...key, signsFrom: Math.max(key.publishedAt + LEAD, now) }
        : key,
    ),
  };
}

/** Why no key can take over now. */
export interface NotReady {
  /** The key that comes next, if there is one. */
  kid?: string;
  /** When it may sign at the earliest, if that is known: it has to have been public for {@link LEAD}. */
  readyAt?: number;
}

/** @returns when a key may sign at the earliest; `undefined` as long as it was not seen in the public document. */
export const readyAt = ({ publishedAt }: RingKey): number | undefined =>
  publishedAt === undefined ? undefined : publishedAt + LEAD;

/** @returns the key that would sign next, if it may sign already: every gateway knows it by now. */
export function readyKey(
  ring: Ring | undefined,
  facts: Pick<Facts, 'now' | 'published'>,
): Result<RingKey, NotReady> {
  const known = confirm(ring ?? { keys: [] }, facts);
  const current = signingKeyAt(known, facts.now);
  const next = known.keys[current === undefined ? 0 : known.keys.indexOf(current) + 1];
  if (next === undefined) return fail({});
  const at = readyAt(next);
  if (at !== undefined && at <= facts.now) return ok(next);
  return fail({ kid: next.kid, ...(at !== undefined && { readyAt: at }) });
}

/** @returns the ring with this key signing from now on: one that {@link readyKey} gave. */
export const signingFromNow = (ring: Ring, { kid }: RingKey, now: number): Ring => ({
  keys: ring.keys.map((key) => (key.kid === kid ? { ...key, signsFrom: now } : key)),
});

const maySignAt = ({ publishedAt, signsFrom }: RingKey, now: number): boolean =>
  publishedAt !== undefined && signsFrom !== undefined && signsFrom <= now;

/**
 * A key is published once it was seen in the document. One that should be there and is not (somebody restored
 * an old document) has to start again, as long as it has not signed.
 */
const confirm = (ring: Ring, { published, now }: Pick<Facts, 'now' | 'published'>): Ring => ({
  keys: ring.keys.map((key) => {
    const seen = published.has(key.kid);
    if (seen && key.publishedAt === undefined) return { ...key, publishedAt: now };
    if (!seen && key.publishedAt !== undefined && !maySignAt(key, now)) {
      const { publishedAt: _, signsFrom: __, ...unpublished } = key;
      return unpublished;
    }
    return key;
  }),
});

/** Gives each key that is published and does not sign yet its time: one rotation after the key before it. */
function plan(ring: Ring, { now, rotation }: Facts): Ring {
  let before: number | undefined;
  const keys = ring.keys.map((key) => {
    if (key.publishedAt === undefined || maySignAt(key, now)) {
      before = key.signsFrom ?? before;
      return key;
    }
    const wanted = Math.max(key.publishedAt + LEAD, before === undefined ? now : before + rotation);
    before = plannedTime(key.signsFrom, wanted, now);
    return before === key.signsFrom ? key : { ...key, signsFrom: before };
  });
  return { keys };
}

/** A shorter rotation brings a time forward, but with notice: cached rings have to learn of it first. */
function plannedTime(planned: number | undefined, wanted: number, now: number): number {
  if (planned === undefined || wanted >= planned) return wanted;
  return Math.min(planned, Math.max(wanted, now + LEAD));
}

const drop = (ring: Ring, { now }: Facts): Ring => ({
  keys: ring.keys.filter((key) => {
    const until = signsUntil(ring, key.kid);
    return until === undefined || now < until + LAG;
  }),
});
