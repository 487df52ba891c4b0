/**
 * Rotation: brings the key ring and the public document to what the clock asks for. It may run at any time,
 * twice at once, and after a run that ended anywhere. There is no step to resume: each pass reads everything,
 * makes the one write that is due, and starts over, until nothing is due.
 *
 * Why the document never loses a key that the ring counts as published: it is written from a ring that was
 * read after the document, and only if the document is still the one that was read.
 *
 *     A reads document d1, then ring r1
 *               B writes ring r2 (with key k), writes document d2 (with k), sees k in d2, writes ring r3 (k is published)
 *     A writes a document from r1, without k, after d1: conflict, for d1 has a successor
 *     A reads document d2, then the ring: r3 or later, because r2 was there before d2
 *
 * Reads of Secrets Manager may lag. Where one does, a document without `k` is seen by the next run, hours
 * before `k` signs, and `k` starts again (see `confirm` in key-ring.ts).
 */
import {
  type Jwks,
  jwksOf,
  type KeyMaterial,
  type NotReady,
  nextRing,
  type Ring,
  type RingKey,
  readyKey,
  sameKeys,
  signingFromNow,
  signingKeyAt,
  withoutKey,
} from './key-ring.ts';
import type { Clock, RevocationWriter } from './ports.ts';
import { fail, ok, type Result } from './result.ts';
import { MAX_TOKEN_LIFETIME, revocation } from './revocation.ts';

/** A value and the version that it had when it was read; both `undefined` where there has never been one. */
export interface Versioned<Value> {
  version: string | undefined;
  value: Value | undefined;
}

/** One value that is replaced only by those who have seen what they replace. */
export interface VersionedDocument<Value> {
  /** @throws {StoreUnavailable} */
  read(): Promise<Versioned<Value>>;
  /** Writes `value` unless another writer has replaced what was read. @throws {StoreUnavailable} */
  replace(read: Versioned<Value>, value: Value): Promise<'written' | 'conflict'>;
}

export interface RotationPorts {
  ring: VersionedDocument<Ring>;
  published: VersionedDocument<Jwks>;
  createKey(): Promise<KeyMaterial>;
  clock: Clock;
}

/** Passes of a run: four from nothing to done, and the rest for those that another run won. */
const PASSES = 20;

/**
 * @param rotation milliseconds that a key signs
 * @param lost the id of a key that has to go at once
 * @returns the ring as it is in the end: nothing more to do at this time
 * @throws {StoreUnavailable} what was done until then stands, and the next run goes on from there
 */
export async function rotate(ports: RotationPorts, rotation: number, lost?: string): Promise<Ring> {
  const spare: KeyMaterial[] = [];
  for (let pass = 0; pass < PASSES; pass += 1) {
    const document = await ports.published.read();
    const ring = await ports.ring.read();
    const now = ports.clock();
    const kept =
      lost === undefined || ring.value === undefined ? ring.value : withoutKey(ring.value, lost, now);
    const published = new Set(document.value?.keys.map(({ kid }) => kid));
    const wanted = await nextRing(kept, { now, published, rotation }, takeFrom(spare, ports.createKey));

    if (!sameKeys(ring.value?.keys, wanted.keys)) {
      // Keys take long to make: those of a pass that was lost are used by the next.
      if ((await ports.ring.replace(ring, wanted)) === 'written') spare.length = 0;
    } else if (JSON.stringify(document.value) !== JSON.stringify(jwksOf(wanted))) {
      await ports.published.replace(document, jwksOf(wanted));
    } else {
      return wanted;
    }
  }
  throw notAtRest();
}

const notAtRest = () =>
  new Error(`the key ring is not at rest after ${PASSES} passes: something else keeps writing to it`);

/** The ring as it is, and the key that could take over. */
export interface Standing {
  /** The key that signs now, if one may. */
  signing?: RingKey;
  next: Result<RingKey, NotReady>;
}

/** @returns what {@link promote} would find now: nothing is written. @throws {StoreUnavailable} */
export async function standingOf(
  ports: Pick<RotationPorts, 'ring' | 'published' | 'clock'>,
): Promise<Standing> {
  const { signing, next } = await look(ports);
  return { ...(signing !== undefined && { signing }), next };
}

/** Reads the document first, then the ring, then the clock: see {@link nextRing}. */
async function look({ published, ring, clock }: Pick<RotationPorts, 'ring' | 'published' | 'clock'>) {
  const document = await published.read();
  const read = await ring.read();
  const now = clock();
  const facts = { now, published: new Set(document.value?.keys.map(({ kid }) => kid)) };
  const signing = read.value && signingKeyAt(read.value, now);
  return { read, now, signing, next: readyKey(read.value, facts) };
}

/**
 * Has the key sign that is ready, long before its time. The key is named, so twice at once is the same as once, and
 * after a run that ended anywhere it can be asked for again:
 *
 *     A finds k ready             B finds k ready
 *     A writes k signs: written
 *                                 B writes k signs: conflict; reads, finds that k signs
 *     makes the next standby      makes the next standby: one of the two conflicts, reads, finds it there
 *
 * @param kid the key that {@link standingOf} found ready
 * @returns the ring, at rest; why not, with nothing changed: the key is not ready (any more), or `changed`, where another
 *   one is by now
 * @throws {StoreUnavailable} what was done until then stands, and the next run goes on from there
 */
export async function promote(
  ports: RotationPorts,
  rotation: number,
  kid: string,
): Promise<Result<Ring, NotReady | 'changed'>> {
  for (let pass = 0; pass < PASSES; pass += 1) {
    const { read, now, signing, next } = await look(ports);
    if (signing?.kid === kid) return ok(await rotate(ports, rotation));
    if (!next.ok) return next;
    if (next.value.kid !== kid || read.value === undefined) return fail('changed');
    await ports.ring.replace(read, signingFromNow(read.value, next.value, now));
  }
  throw notAtRest();
}

/** @returns whether the ring or the public document has the key. @throws {StoreUnavailable} */
export async function isKnown(
  { published, ring }: Pick<RotationPorts, 'ring' | 'published'>,
  kid: string,
): Promise<boolean> {
  const document = await published.read();
  const { value } = await ring.read();
  return [...(document.value?.keys ?? []), ...(value?.keys ?? [])].some((key) => key.kid === kid);
}

/**
 * Takes a key out that somebody else may have. The order is the safe one: whoever is interrupted has refused
 * too much, never too little, and runs it again.
 *
 * @returns the ring without the key; `unknown_key`, with nothing changed, where neither the ring nor the public
 *   document has it. Twice is the same as once, because the key is named: no second key is lost.
 * @throws {StoreUnavailable}
 */
export async function revokeKey(
  ports: RotationPorts & { revocations: RevocationWriter },
  rotation: number,
  kid: string,
): Promise<Result<Ring, 'unknown_key'>> {
  if (!(await isKnown(ports, kid))) return fail('unknown_key');
  await ports.revocations.revoke(keyRevocation(kid, ports.clock()));
  return ok(await rotate(ports, rotation, kid));
}

/**
 * Whoever has the key writes any `iat` into a token, and gateways trust the key until their JWKS is two hours
 * old. So the revocation reaches a day ahead: no token of the key passes, whenever it says it was issued.
 */
const keyRevocation = (kid: string, now: number) =>
  revocation({ kind: 'key', id: kid }, Math.ceil(now / 1000) + MAX_TOKEN_LIFETIME, {
    revokedAt: now,
    reason: 'key_compromised',
  });

/** Gives what is there first, and makes more where that is not enough. All of it stays in `spare`. */
function takeFrom(spare: KeyMaterial[], create: () => Promise<KeyMaterial>): () => Promise<KeyMaterial> {
  let taken = 0;
  return async () => {
    const key = spare[taken] ?? (await create());
    spare[taken] = key;
    taken += 1;
    return key;
  };
}
