/** A rotation that an operator asks for: what it takes, what it leaves, and in any order with other runs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Jwks, LAG, LEAD, type Ring, signingKeyAt, signsUntil } from '../../lambdas/domain/key-ring.ts';
import { promote, revokeKey, rotate, standingOf } from '../../lambdas/domain/rotation.ts';
import { DAY, HOUR, MINUTE, NOW, testClock } from '../support/clock.ts';
import { emptyKeys, kidsOf, memoryDocument, stepped } from '../support/key-ring.ts';

const ROTATION = 7 * DAY;

function deployment() {
  const clock = testClock();
  const ring = memoryDocument<Ring>();
  const published = memoryDocument<Jwks>();
  const ports = { ring, published, createKey: emptyKeys(), clock };
  const revocations = { revoke: async () => 'revoked' as const };
  /** What an operator asks for: the key that is ready, if one is. */
  const ask = async (used = ports) => {
    const { next } = await standingOf(used);
    return next.ok ? promote(used, ROTATION, next.value.kid) : next;
  };
  const signing = () => signingKeyAt(ring.current() ?? { keys: [] }, clock())?.kid;
  return {
    ...{ clock, ring, published, ports, revocations, ask, signing },
    hourly: () => rotate(ports, ROTATION),
  };
}

describe('a rotation that is asked for', () => {
  it('has the ready key sign at once, keeps the one before as long as its tokens may live, and makes the next', async () => {
    const { clock, ring, published, ask, signing, hourly } = deployment();
    await hourly();
    const [first = '', second = ''] = kidsOf(ring.current());
    clock.advance(LEAD);
    expect(await ask()).toMatchObject({ ok: true });
    const keys = ring.current()?.keys ?? [];
    expect(signing()).toBe(second);
    expect(signsUntil({ keys }, first)).toBe(clock());
    expect(keys).toHaveLength(3);
    expect(keys[2]).toMatchObject({ publishedAt: clock(), signsFrom: clock() + ROTATION });
    expect(kidsOf(published.current())).toEqual(kidsOf(ring.current()));
    clock.advance(LAG - 1);
    await hourly();
    expect(kidsOf(ring.current())).toContain(first);
    clock.advance(1);
    await hourly();
    expect(kidsOf(ring.current())).not.toContain(first);
  });

  it('changes nothing as long as the next key is too young, and tells since when it is not', async () => {
    const { clock, ring, ask, hourly } = deployment();
    await hourly();
    const before = ring.current();
    for (const wait of [0, HOUR, 2 * HOUR - 1]) {
      clock.advance(wait);
      expect(await ask()).toEqual({ ok: false, failure: { kid: before?.keys[1]?.kid, readyAt: NOW + LEAD } });
    }
    expect(ring.current()).toBe(before);
    clock.advance(1);
    expect(await ask()).toMatchObject({ ok: true });
    // The very next second time is too early again: nobody rotates twice who meant once.
    expect(await ask()).toMatchObject({ ok: false, failure: { readyAt: clock() + LEAD } });
  });

  it('takes no key that is not in the public document (any more), whatever the ring says', async () => {
    const { clock, published, ask, hourly } = deployment();
    await hourly();
    clock.advance(LEAD);
    await published.replace(await published.read(), { keys: [] });
    expect(await ask()).toMatchObject({ ok: false });
  });

  it('without a ring finds no key', async () => {
    const { ask } = deployment();
    expect(await ask()).toEqual({ ok: false, failure: {} });
  });

  it('is done where the key signs by now: asked for again after it died, it goes on', async () => {
    const { clock, ports, ring, hourly, signing } = deployment();
    await hourly();
    clock.advance(LEAD);
    const second = String(kidsOf(ring.current())[1]);
    let operations = 0;
    const dying = stepped(ring, async () => {
      operations += 1;
      if (operations > 2) throw new Error('died');
    });
    await expect(promote({ ...ports, ring: dying }, ROTATION, second)).rejects.toThrow('died');
    expect(signing()).toBe(second);
    clock.advance(MINUTE);
    expect(await promote(ports, ROTATION, second)).toMatchObject({ ok: true });
    expect(ring.current()?.keys).toHaveLength(3);
    expect(ring.current()?.keys[1]).toMatchObject({ kid: second, signsFrom: NOW + LEAD });
  });

  it('says so where another key is the next one by now', async () => {
    const { clock, ports, revocations, ring, hourly } = deployment();
    await hourly();
    clock.advance(LEAD);
    const second = String(kidsOf(ring.current())[1]);
    await revokeKey({ ...ports, revocations }, ROTATION, second);
    clock.advance(LEAD);
    expect(await promote(ports, ROTATION, second)).toEqual({ ok: false, failure: 'changed' });
  });
});

/** Which run goes on, and for how many operations. */
const anyOrder = fc
  .array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 12 })), { maxLength: 16 })
  .map((stretches) => stretches.flatMap(([which, operations]) => Array<number>(operations).fill(which)));

describe('two that are asked for at once, and the hourly run', () => {
  it('rotate once, and leave a sound ring, in any order of their operations', async () => {
    const property = fc.asyncProperty(anyOrder, async (schedule) => {
      const subject = deployment();
      await subject.hourly();
      const [first, second] = kidsOf(subject.ring.current());
      subject.clock.advance(LEAD);
      const runs = [subject.ask, subject.ask, (ports: typeof subject.ports) => rotate(ports, ROTATION)].map(
        (work) => begin(subject, work),
      );
      for (const which of schedule) await runs[which]?.advance();
      for (const run of runs) while (await run.advance());
      await Promise.all(runs.map(({ end }) => end));
      expect(subject.signing()).toBe(second);
      expect(kidsOf(subject.ring.current())).toEqual([first, second, expect.any(String)]);
      expect(kidsOf(subject.published.current())).toEqual(kidsOf(subject.ring.current()));
    });
    await fc.assert(property, { numRuns: 150 });
  });
});

/** A run that goes on one operation at a time; the clock moves with each. */
function begin(
  subject: ReturnType<typeof deployment>,
  work: (ports: typeof subject.ports) => Promise<unknown>,
) {
  let resume: (() => void) | undefined;
  let done = false;
  const step = () => {
    subject.clock.advance(1000);
    return new Promise<void>((go) => {
      resume = go;
    });
  };
  const { ring, published } = subject;
  const ports = { ...subject.ports, ring: stepped(ring, step), published: stepped(published, step) };
  const end = work(ports as typeof subject.ports).finally(() => {
    done = true;
  });
  end.catch(() => undefined);
  return {
    end,
    advance: async (): Promise<boolean> => {
      if (done) return false;
      resume?.();
      await new Promise(setImmediate);
      return true;
    },
  };
}
