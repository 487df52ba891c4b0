/** Two rotations at once, in the interleavings that there are: each operation of either may come next. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Jwks, LEAD, type Ring, signingKeyAt } from '../../lambdas/domain/key-ring.ts';
import { revokeKey, rotate } from '../../lambdas/domain/rotation.ts';
import { DAY, HOUR, MINUTE, testClock } from '../support/clock.ts';
import { emptyKeys, kidsOf, memoryDocument, stepped } from '../support/key-ring.ts';

const ROTATION = 7 * DAY;

/** A deployment, and runs of it that a test lets go on one operation at a time. */
function deployment() {
  const clock = testClock();
  const ring = memoryDocument<Ring>();
  const published = memoryDocument<Jwks>();
  const createKey = emptyKeys();
  const revocations = { revoke: async () => 'revoked' as const };
  const breaches: string[] = [];

  /** At every write: what the ring counts as published is in the document. */
  const watch = () => {
    const isPublic = new Set(kidsOf(published.current()));
    for (const key of ring.current()?.keys ?? []) {
      if (key.publishedAt !== undefined && !isPublic.has(key.kid)) breaches.push(key.kid);
    }
  };

  const begin = (lost?: string) => {
    let resume: (() => void) | undefined;
    let done = false;
    const step = () => {
      watch();
      clock.advance(MINUTE);
      return new Promise<void>((go) => {
        resume = go;
      });
    };
    const ports = {
      ring: stepped(ring, step),
      published: stepped(published, step),
      createKey,
      clock,
      revocations,
    };
    const work = lost === undefined ? rotate(ports, ROTATION) : revokeKey(ports, ROTATION, lost);
    const end = work.finally(() => {
      done = true;
    });
    end.catch(() => undefined);
    return {
      /** Lets one operation happen. @returns whether there was one */
      advance: async (): Promise<boolean> => {
        if (done) return false;
        resume?.();
        await new Promise(setImmediate);
        return true;
      },
      end,
    };
  };

  const settle = async () => rotate({ ring, published, createKey, clock }, ROTATION);
  return { clock, ring, published, breaches, begin, settle };
}

type Deployment = ReturnType<typeof deployment>;

/** The situations in which a run has something to do. */
const situations: Record<string, (deployment: Deployment) => Promise<void>> = {
  'there is nothing yet': async () => {},
  'the ready key has begun to sign': async ({ settle, clock }) => {
    await settle();
    clock.advance(ROTATION + HOUR);
  },
  'the ready key is about to sign': async ({ settle, clock }) => {
    await settle();
    clock.advance(ROTATION - 5 * MINUTE);
  },
  'a key is to be dropped': async ({ settle, clock }) => {
    await settle();
    clock.advance(ROTATION);
    await settle();
    clock.advance(2 * DAY);
  },
};

/** @returns one by one the runs that the schedule names until both are done. */
async function interleave(runs: ReturnType<Deployment['begin']>[], schedule: Iterable<number>) {
  for (const which of schedule) await runs[which]?.advance();
  for (const run of runs) while (await run.advance());
  await Promise.all(runs.map(({ end }) => end));
}

function* switches(first: number, second: number) {
  for (let n = 0; n < first; n += 1) yield 0;
  for (let n = 0; n < second; n += 1) yield 1;
}

/** Which run goes on, and for how many operations. */
const anyOrder = fc
  .array(fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 14 })), { maxLength: 16 })
  .map((stretches) => stretches.flatMap(([which, operations]) => Array<number>(operations).fill(which)));

function expectSound({ ring, published, breaches, clock }: Deployment) {
  const keys = ring.current()?.keys ?? [];
  expect(breaches).toEqual([]);
  expect(kidsOf(published.current())).toEqual(kidsOf(ring.current()));
  expect(keys.every(({ publishedAt }) => publishedAt !== undefined)).toBe(true);
  expect(ring.current() && signingKeyAt({ keys }, clock())).toBeDefined();
}

describe.each(Object.entries(situations))('two runs at once when %s', (_, prepare) => {
  it('come to the same sound ring wherever the one stops for the other', async () => {
    for (let first = 0; first <= 12; first += 1) {
      for (let second = 0; second <= 16; second += 1) {
        const subject = deployment();
        await prepare(subject);
        await interleave([subject.begin(), subject.begin()], switches(first, second));
        expectSound(subject);
        expect(kidsOf(subject.ring.current()).length).toBeLessThanOrEqual(3);
      }
    }
  });

  it('come to a sound ring in any order of their operations', async () => {
    const property = fc.asyncProperty(anyOrder, async (schedule) => {
      const subject = deployment();
      await prepare(subject);
      await interleave([subject.begin(), subject.begin()], schedule);
      expectSound(subject);
    });
    await fc.assert(property, { numRuns: 150 });
  });
});

describe('an emergency while the hourly run is under way', () => {
  it.each([
    ['has nothing to do', ROTATION / 2, 0],
    ['has a key to create', ROTATION + HOUR, 1],
  ])('ends with the key gone, in any order of their operations, where that run %s', async (_, age, which) => {
    const property = fc.asyncProperty(anyOrder, async (schedule) => {
      const subject = deployment();
      await subject.settle();
      subject.clock.advance(age);
      const lost = String(kidsOf(subject.ring.current())[which]);
      await interleave([subject.begin(), subject.begin(lost)], schedule);
      expectSound(subject);
      expect(kidsOf(subject.ring.current())).not.toContain(lost);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('twice at once loses one key, not two', async () => {
    const property = fc.asyncProperty(anyOrder, async (schedule) => {
      const subject = deployment();
      await subject.settle();
      subject.clock.advance(LEAD);
      const [lost, ready] = kidsOf(subject.ring.current());
      const runs = [subject.begin(lost), subject.begin(lost)];
      await interleave(runs, schedule);
      expect(kidsOf(subject.ring.current())).toEqual([ready, expect.any(String)]);
      const signing = signingKeyAt({ keys: subject.ring.current()?.keys ?? [] }, subject.clock());
      expect(signing?.kid).toBe(ready);
    });
    await fc.assert(property, { numRuns: 150 });
  });
});

it('a document that was written from an old ring cannot lose a key: the timeline of rotation.ts', async () => {
  const subject = deployment();
  await subject.settle();
  subject.clock.advance(ROTATION);
  const slow = subject.begin();
  await slow.advance();
  await slow.advance();
  const quick = subject.begin();
  while (await quick.advance());
  expect(kidsOf(subject.published.current())).toHaveLength(3);
  while (await slow.advance());
  await Promise.all([slow.end, quick.end]);
  expectSound(subject);
});
