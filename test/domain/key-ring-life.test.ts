/**
 * Promise 4, hour by hour: a key is published before it signs and after it stops, and every token that lives is
 * verified by a gateway whose JWKS is up to two hours old, whatever happens to the rotation.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Jwks, LEAD, type Ring, signingKeyAt } from '../../lambdas/domain/key-ring.ts';
import { revokeKey, rotate } from '../../lambdas/domain/rotation.ts';
import { DAY, HOUR, MINUTE, NOW, testClock } from '../support/clock.ts';
import { emptyKeys, kidsOf, memoryDocument, stepped } from '../support/key-ring.ts';

const STEP = 30 * MINUTE;
const TOKEN_LIFE = DAY;
const GATEWAY_CACHE = 2 * HOUR;

/** A deployment in memory that remembers what was public when, and who signed when. */
function deployment() {
  const clock = testClock();
  const ring = memoryDocument<Ring>();
  const published = memoryDocument<Jwks>();
  const createKey = emptyKeys();
  const documents: { at: number; kids: ReadonlySet<string> }[] = [];
  const signatures: { at: number; kid: string }[] = [];
  const revoked = new Set<string>();
  const revocations = { revoke: async () => 'revoked' as const };
  let copy: { ring: Ring; at: number } | undefined;

  /** @param failAt the operation before which the run dies; none where absent */
  const run = async (rotation: number, lost?: string, failAt = Number.POSITIVE_INFINITY) => {
    let operations = 0;
    const step = async () => {
      operations += 1;
      if (operations > failAt) throw new Error('the run dies');
    };
    const ports = {
      ring: stepped(ring, step),
      published: stepped(published, step),
      createKey,
      clock,
      revocations,
    };
    try {
      if (lost !== undefined) {
        revoked.add(lost);
        await revokeKey(ports, rotation, lost);
      } else await rotate(ports, rotation);
      return true;
    } catch (error) {
      if ((error as Error).message !== 'the run dies') throw error;
      return false;
    }
  };

  /** Half an hour goes by; logins sign at its end, some with the ring of half an hour before. */
  const live = () => {
    clock.advance(STEP);
    const now = clock();
    const fresh = ring.current();
    for (const known of [copy?.ring, fresh]) {
      const key = known && signingKeyAt(known, now);
      if (key !== undefined && !revoked.has(key.kid)) signatures.push({ at: now, kid: key.kid });
    }
    documents.push({ at: now, kids: new Set(kidsOf(published.current())) });
    if (fresh !== undefined) copy = { ring: fresh, at: now };
  };

  return { clock, ring, published, documents, signatures, revoked, run, live };
}

type Deployment = ReturnType<typeof deployment>;

/** @returns what breaks the promise, in words */
function breaches({ documents, signatures, revoked }: Deployment): string[] {
  const first = documents.findIndex(({ kids }) => kids.size > 0);
  const firstKid = signatures[0]?.kid;
  const indexOf = (at: number) => Math.round((at - NOW) / STEP) - 1;
  const found: string[] = [];
  for (const { at, kid } of signatures) {
    if (revoked.has(kid)) continue;
    const signedAt = indexOf(at);
    // Without the very step of the publication: what was seen of it was seen before the run.
    const lead = kid === firstKid ? 0 : LEAD / STEP - 1;
    const last = signedAt + (TOKEN_LIFE + LEAD) / STEP;
    for (
      let index = Math.max(first, signedAt - lead);
      index <= Math.min(last, documents.length - 1);
      index += 1
    ) {
      if (documents[index]?.kids.has(kid)) continue;
      found.push(`${kid} signed at step ${signedAt} is not public at step ${index}`);
    }
  }
  return found;
}

describe('a ring over 100 days', () => {
  it('keeps every key public three hours before it signs, and three hours after its last token', async () => {
    const ring = deployment();
    for (let hour = 0; hour < 100 * 24; hour += 1) {
      await ring.run(7 * DAY);
      ring.live();
      ring.live();
    }
    expect(breaches(ring)).toEqual([]);
    const signers = [...new Set(ring.signatures.map(({ kid }) => kid))];
    expect(signers).toEqual(Array.from({ length: 15 }, (_, n) => `key-${n + 1}`));
    expect(ring.signatures).toHaveLength(100 * 48 * 2 - 1);
  });

  it('never has more than three keys, and drops each in the end', async () => {
    const ring = deployment();
    const sizes = new Set<number>();
    for (let hour = 0; hour < 100 * 24; hour += 1) {
      await ring.run(7 * DAY);
      ring.live();
      ring.live();
      sizes.add(kidsOf(ring.ring.current()).length);
      expect(kidsOf(ring.published.current())).toEqual(kidsOf(ring.ring.current()));
    }
    expect([...sizes].sort()).toEqual([2, 3]);
  });

  it('accepts every living token in a gateway that fetched the JWKS at any time in the last two hours', async () => {
    const ring = deployment();
    for (let hour = 0; hour < 20 * 24; hour += 1) {
      await ring.run(2 * DAY);
      ring.live();
      ring.live();
    }
    const { documents, signatures } = ring;
    for (const now of documents.map(({ at }) => at)) {
      const copies = documents.filter(({ at }) => at <= now && at >= now - GATEWAY_CACHE);
      const alive = new Set(
        signatures.filter(({ at }) => at <= now && now < at + TOKEN_LIFE).map(({ kid }) => kid),
      );
      for (const kid of alive) expect(copies.every(({ kids }) => kids.has(kid))).toBe(true);
    }
  });
});

const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('run' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('skip' as const), hours: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('crash' as const), at: fc.integer({ min: 0, max: 12 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('configure' as const), days: fc.integer({ min: 0, max: 20 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('revoke' as const),
      which: fc.nat(3),
      at: fc.option(fc.integer({ min: 2, max: 12 }), { nil: undefined }),
    }),
  },
);

describe('a ring to which anything happens', () => {
  it('keeps the promise through missed, dead and emergency runs and changes of the rotation', async () => {
    const property = fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 150 }), async (events) => {
      const ring = deployment();
      let rotation = 3 * DAY;
      await ring.run(rotation);
      for (const happening of events) {
        if (happening.kind === 'run') await ring.run(rotation);
        if (happening.kind === 'crash') await ring.run(rotation, undefined, happening.at);
        if (happening.kind === 'configure') rotation = happening.days * DAY;
        if (happening.kind === 'revoke') {
          const lost = kidsOf(ring.ring.current())[happening.which];
          if (lost !== undefined) await ring.run(rotation, lost, happening.at);
        }
        const steps = happening.kind === 'skip' ? happening.hours * 2 : 2;
        for (let step = 0; step < steps; step += 1) ring.live();
      }
      expect(breaches(ring)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('signs again three hours after the worst: all keys revoked at once', async () => {
    const ring = deployment();
    await ring.run(7 * DAY);
    ring.live();
    for (const kid of kidsOf(ring.ring.current())) await ring.run(7 * DAY, kid);
    const now = ring.clock();
    const left = ring.ring.current();
    expect(left && signingKeyAt(left, now + LEAD - 1)).toBeUndefined();
    expect(left && signingKeyAt(left, now + LEAD)).toBeDefined();
  });
});
