import { describe, expect, it } from 'vitest';
import {
  jwksOf,
  LAG,
  LEAD,
  nextRing,
  type Ring,
  type RingKey,
  sameKeys,
  signingKeyAt,
  signsUntil,
  withoutKey,
} from '../../lambdas/domain/key-ring.ts';
import { DAY, HOUR, MINUTE, NOW } from '../support/clock.ts';
import { emptyKeys, kidsOf } from '../support/key-ring.ts';

const ROTATION = 30 * DAY;

async function key(times: Partial<RingKey> = {}): Promise<RingKey> {
  return { ...(await create()), createdAt: NOW - 60 * DAY, ...times };
}
const create = emptyKeys();

const next = (
  ring: Ring | undefined,
  options: { now?: number; published?: string[]; rotation?: number } = {},
) =>
  nextRing(
    ring,
    {
      now: options.now ?? NOW,
      published: new Set(options.published ?? kidsOf(ring)),
      rotation: options.rotation ?? ROTATION,
    },
    create,
  );

/** A ring at rest: one key signs for ten days, one is ready. */
async function restingRing() {
  const current = await key({ publishedAt: NOW - 40 * DAY, signsFrom: NOW - 10 * DAY });
  const ready = await key({ publishedAt: NOW - 10 * DAY, signsFrom: NOW + 20 * DAY });
  return { current, ready, ring: { keys: [current, ready] } };
}

describe('the first ring', () => {
  it('has two keys, and the first signs as soon as it is published', async () => {
    const created = await next(undefined);
    expect(created.keys).toHaveLength(2);
    expect(signingKeyAt(created, NOW)).toBeUndefined();
    const confirmed = await next(created, { now: NOW + MINUTE });
    expect(signingKeyAt(confirmed, NOW + MINUTE)?.kid).toBe(created.keys[0]?.kid);
    expect(confirmed.keys[1]).toMatchObject({ publishedAt: NOW + MINUTE, signsFrom: NOW + ROTATION });
  });

  it('has a lead like any other where a JWKS was published before: the private keys were lost', async () => {
    const created = await next(undefined, { published: ['lost'] });
    const confirmed = await next(created, { now: NOW + MINUTE });
    expect(signingKeyAt(confirmed, NOW + LEAD)).toBeUndefined();
    expect(signingKeyAt(confirmed, NOW + MINUTE + LEAD)?.kid).toBe(created.keys[0]?.kid);
  });

  it('has a lead like any other where an empty ring was there', async () => {
    const created = await next({ keys: [] });
    expect(created.keys.map(({ signsFrom }) => signsFrom)).toEqual([undefined, undefined]);
  });
});

describe('a ring at rest', () => {
  it('does not change', async () => {
    const { ring } = await restingRing();
    expect(sameKeys((await next(ring)).keys, ring.keys)).toBe(true);
  });

  it('switches by the clock alone, at the very millisecond', async () => {
    const { ring, current, ready } = await restingRing();
    expect(signingKeyAt(ring, NOW + 20 * DAY - 1)).toBe(current);
    expect(signingKeyAt(ring, NOW + 20 * DAY)).toBe(ready);
    expect(signsUntil(ring, current.kid)).toBe(ready.signsFrom);
    expect(signsUntil(ring, ready.kid)).toBeUndefined();
  });

  it('gets a new key as soon as the ready one signs, planned when it is seen in the document', async () => {
    const { ring, ready } = await restingRing();
    const at = NOW + 20 * DAY;
    const grown = await next(ring, { now: at });
    expect(grown.keys).toHaveLength(3);
    const unseen = await next(grown, { now: at + HOUR, published: kidsOf(ring) });
    expect(sameKeys(unseen.keys, grown.keys)).toBe(true);
    const seen = await next(grown, { now: at + HOUR });
    expect(seen.keys[2]).toMatchObject({
      publishedAt: at + HOUR,
      signsFrom: Number(ready.signsFrom) + ROTATION,
    });
  });

  it('drops a key when its last token is three hours dead, not a millisecond before', async () => {
    const { ring, current } = await restingRing();
    const until = NOW + 20 * DAY;
    expect(kidsOf(await next(ring, { now: until + LAG - 1 }))).toContain(current.kid);
    expect(kidsOf(await next(ring, { now: until + LAG }))).not.toContain(current.kid);
  });

  it('keeps its last key for ever when no rotation has run', async () => {
    const { ring, ready } = await restingRing();
    expect(signingKeyAt(ring, NOW + 900 * DAY)).toBe(ready);
    const late = await next(ring, { now: NOW + 900 * DAY });
    expect(kidsOf(late)[0]).toBe(ready.kid);
    const seen = await next(late, { now: NOW + 900 * DAY });
    expect(seen.keys[1]?.signsFrom).toBe(NOW + 900 * DAY + LEAD);
  });
});

describe('a change of the rotation', () => {
  it('to shorter brings the switch forward, with three hours of notice, once', async () => {
    const { ring } = await restingRing();
    const shorter = await next(ring, { rotation: DAY });
    expect(shorter.keys[1]?.signsFrom).toBe(NOW + LEAD);
    const again = await next(shorter, { now: NOW + HOUR, rotation: DAY });
    expect(sameKeys(again.keys, shorter.keys)).toBe(true);
  });

  it('to longer puts the switch off', async () => {
    const { ring, current } = await restingRing();
    const longer = await next(ring, { rotation: 90 * DAY });
    expect(longer.keys[1]?.signsFrom).toBe(Number(current.signsFrom) + 90 * DAY);
  });

  it('to nothing still leaves every key its lead', async () => {
    const { current } = await restingRing();
    const seen = await next({ keys: [current, await key()] }, { rotation: 0 });
    expect(seen.keys[1]).toMatchObject({ publishedAt: NOW, signsFrom: NOW + LEAD });
  });
});

describe('a key that is not in the document although it was', () => {
  it('starts again while it has not signed', async () => {
    const { ring, current, ready } = await restingRing();
    const lost = await next(ring, { published: [current.kid] });
    expect(lost.keys[1]).toEqual({
      kid: ready.kid,
      createdAt: ready.createdAt,
      privateJwk: ready.privateJwk,
    });
    const back = await next(lost, { now: NOW + 20 * DAY - HOUR });
    expect(back.keys[1]?.signsFrom).toBe(NOW + 20 * DAY - HOUR + LEAD);
  });

  it('goes on signing where it signs: it is put back', async () => {
    const { ring, current, ready } = await restingRing();
    const kept = await next(ring, { published: [ready.kid] });
    expect(signingKeyAt(kept, NOW)).toBe(current);
    expect(kidsOf(jwksOf(kept))).toContain(current.kid);
  });
});

describe('a key that has to go', () => {
  it('is replaced at once by the one that is ready', async () => {
    const { ring, current, ready } = await restingRing();
    const left = withoutKey(ring, current.kid, NOW);
    expect(kidsOf(left)).toEqual([ready.kid]);
    expect(signingKeyAt(left, NOW)?.kid).toBe(ready.kid);
    expect((await next(left)).keys).toHaveLength(2);
  });

  it('leaves nobody to sign while the next one is not public for three hours', async () => {
    const { current } = await restingRing();
    const young = await key({ publishedAt: NOW - HOUR, signsFrom: NOW + 20 * DAY });
    const left = await next(withoutKey({ keys: [current, young] }, current.kid, NOW));
    expect(signingKeyAt(left, NOW + 2 * HOUR - 1)).toBeUndefined();
    expect(signingKeyAt(left, NOW + 2 * HOUR)?.kid).toBe(young.kid);
    const later = await next(left, { now: NOW + HOUR });
    expect(later.keys[0]?.signsFrom).toBe(NOW + 2 * HOUR);
  });

  it('lets the one before sign again in that time, because it is public still', async () => {
    const { ring, current, ready } = await restingRing();
    const at = NOW + 20 * DAY;
    const grown = await next(await next(ring, { now: at }), { now: at });
    const left = await next(withoutKey(grown, ready.kid, at + HOUR), { now: at + HOUR });
    expect(signingKeyAt(left, at + HOUR)?.kid).toBe(current.kid);
    expect(signingKeyAt(left, at + LEAD)?.kid).toBe(grown.keys[2]?.kid);
    expect(signsUntil(left, current.kid)).toBe(at + LEAD);
  });

  it('does not touch the others when it does not sign', async () => {
    const { ring, current, ready } = await restingRing();
    expect(withoutKey(ring, ready.kid, NOW)).toEqual({ keys: [current] });
  });

  it('is nothing to do where there is no such key', async () => {
    const { ring } = await restingRing();
    expect(withoutKey(ring, 'unknown', NOW)).toBe(ring);
  });
});
