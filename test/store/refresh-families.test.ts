import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { refreshTokens } from '../../lambdas/crypto/refresh-tokens.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { REFRESH_GRACE, type RefreshFamily, standingOf } from '../../lambdas/domain/refresh-family.ts';
import { mintRefreshToken, type RefreshToken } from '../../lambdas/domain/refresh-token.ts';
import { documentClient } from '../../lambdas/store/dynamodb.ts';
import { refreshFamilies } from '../../lambdas/store/refresh-families.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';
import { type Fate, faultyEngine } from './faulty-engine.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterEach(() => void table.takeOperations());
afterAll(() => table.close());

const access = () => ({ client: table.client, table: table.name });

/** A session whose first token is `token`. */
async function session(changes: Partial<RefreshFamily> = {}) {
  const token = mintRefreshToken(randomBytes);
  const family: RefreshFamily = {
    ...{ lookup: refreshTokens.lookupOf(token), current: refreshTokens.hashOf(token) },
    ...{ familyId: 'family-id', clientId: 'alice', credentialId: 'password', credentialCreatedAt: NOW },
    ...{ granted: { scopes: ['read:products'], claims: { userID: '42' }, lifetime: 900 }, txn: 'txn' },
    ...{ startedAt: NOW, endsAt: NOW + 30 * DAY, idle: 7 * DAY, idleUntil: NOW + 7 * DAY },
    ...changes,
  };
  await refreshFamilies(access()).start(family);
  table.takeOperations();
  return { token, family };
}

let salts = 0;
const rotation = (family: RefreshFamily, token: RefreshToken, now: number) => {
  const salt = `salt-${++salts}`;
  const successor = refreshTokens.successorOf(token, salt);
  const hashes = { presented: refreshTokens.hashOf(token), next: refreshTokens.hashOf(successor) };
  return { rotation: { family, ...hashes, salt, now }, successor };
};

/** What a refresh does with the store: the token it is answered with, or why there is none. */
async function refresh(families: ReturnType<typeof refreshFamilies>, token: RefreshToken, now: number) {
  const family = await families.find(refreshTokens.lookupOf(token));
  if (family === undefined) return 'unknown';
  const standing = standingOf(family, refreshTokens.hashOf(token), now);
  if (standing.kind === 'repeated') return refreshTokens.successorOf(token, standing.salt);
  if (standing.kind === 'reused') await families.end(family.lookup, now);
  if (standing.kind !== 'current') return standing.kind;
  const { rotation: wanted, successor } = rotation(family, token, now);
  const outcome = await families.rotate(wanted);
  if (outcome.kind === 'rotated') return successor;
  return outcome.kind === 'repeated' ? refreshTokens.successorOf(token, outcome.salt) : outcome.kind;
}

describe('a session in the directory', () => {
  it('is found as it was started, by one read', async () => {
    const { family } = await session({ tenant: 'acme' });
    expect(await refreshFamilies(access()).find(family.lookup)).toEqual(family);
    expect(table.takeOperations()).toEqual(['GetItem']);
  });

  it('is not found by anything else', async () => {
    expect(await refreshFamilies(access()).find('nothing')).toBeUndefined();
  });

  it('holds no token, and goes when no access token of it can live any more', async () => {
    const { token, family } = await session();
    const item = (await table.items()).find(({ lookup }) => lookup === family.lookup);
    expect(item).toMatchObject({ pk: `REFRESH#${family.lookup}`, sk: 'FAMILY' });
    expect(item?.expiresAt).toBe((NOW + 7 * DAY + DAY + HOUR) / SECOND);
    for (const part of [token.family, token.secret]) expect(JSON.stringify(item)).not.toContain(part);
  });

  it('is not started again by a write that arrives late: what was used or ended stays so', async () => {
    const families = refreshFamilies(access());
    const [used, ended] = [await session(), await session()];
    await families.rotate(rotation(used.family, used.token, NOW).rotation);
    await families.end(ended.family.lookup, NOW);
    for (const { family } of [used, ended]) {
      const before = await families.find(family.lookup);
      await families.start(family);
      expect(await families.find(family.lookup)).toEqual(before);
    }
  });

  it('throws with its key where it is corrupt', async () => {
    const { family } = await session({ current: 1 as unknown as string });
    const corrupt = `corrupt item REFRESH#${family.lookup} / FAMILY: current`;
    await expect(refreshFamilies(access()).find(family.lookup)).rejects.toThrow(corrupt);
  });
});

describe('a rotation', () => {
  it('is one write, after which the next token is current and lapses later', async () => {
    const { token, family } = await session();
    const families = refreshFamilies(access());
    const { rotation: wanted, successor } = rotation(family, token, NOW + DAY);
    expect(await families.rotate(wanted)).toEqual({ kind: 'rotated' });
    expect(table.takeOperations()).toEqual(['UpdateItem']);
    expect(await families.find(family.lookup)).toEqual({
      ...family,
      current: refreshTokens.hashOf(successor),
      idleUntil: NOW + 8 * DAY,
      rotation: { previous: refreshTokens.hashOf(token), salt: wanted.salt, at: NOW + DAY },
    });
  });

  it('never lets a token lapse later than the session', async () => {
    const { token, family } = await session({ endsAt: NOW + DAY });
    await refreshFamilies(access()).rotate(rotation(family, token, NOW + MINUTE).rotation);
    expect((await refreshFamilies(access()).find(family.lookup))?.idleUntil).toBe(NOW + DAY);
  });

  it('that comes too late is told what the token is by now, for one read more', async () => {
    const { token, family } = await session();
    const families = refreshFamilies(access());
    const first = rotation(family, token, NOW).rotation;
    await families.rotate(first);
    table.takeOperations();
    const late = (now: number) => families.rotate(rotation(family, token, now).rotation);
    expect(await late(NOW + REFRESH_GRACE - 1)).toEqual({ kind: 'repeated', salt: first.salt });
    expect(table.takeOperations()).toEqual(['UpdateItem', 'GetItem']);
    expect(await late(NOW + REFRESH_GRACE)).toEqual({ kind: 'reused' });
    await families.end(family.lookup, NOW);
    expect(await late(NOW)).toEqual({ kind: 'ended' });
  });

  it('of a session that is gone makes none', async () => {
    const { token, family } = await session();
    const gone = { ...family, lookup: 'gone' };
    const families = refreshFamilies(access());
    expect(await families.rotate(rotation(gone, token, NOW).rotation)).toEqual({ kind: 'unknown' });
    expect(await families.end('gone', NOW)).toBe('already_ended');
    expect(await families.find('gone')).toBeUndefined();
  });

  it('cannot happen after the end', async () => {
    const { token, family } = await session();
    const families = refreshFamilies(access());
    expect(await families.end(family.lookup, NOW)).toBe('ended');
    expect(await families.end(family.lookup, NOW + 1)).toBe('already_ended');
    expect((await families.find(family.lookup))?.endedAt).toBe(NOW);
    expect(await families.rotate(rotation(family, token, NOW).rotation)).toEqual({ kind: 'ended' });
  });

  it('whose answer gets lost is the same rotation when it is sent again', async () => {
    const { token } = await session();
    const fates: Fate[] = ['answered', 'answer lost'];
    const engine = await faultyEngine(table.endpoint, ({ before }) => fates[before] ?? 'answered');
    const client = documentClient({ ...engine, region: 'us-east-1', credentials: testCredentials });
    const answer = await refresh(refreshFamilies({ client, table: table.name }), token, NOW);
    expect(await refresh(refreshFamilies(access()), token, NOW)).toEqual(answer);
    expect(await refresh(refreshFamilies(access()), answer as RefreshToken, NOW)).toHaveProperty('text');
    client.destroy();
    await engine.close();
  });

  it('throws StoreUnavailable where nobody answers', async () => {
    const { token, family } = await session();
    const engine = await faultyEngine(table.endpoint, () => 'lost');
    const options = { region: 'us-east-1', credentials: testCredentials, maxAttempts: 1 };
    const client = documentClient({ endpoint: engine.endpoint, ...options });
    const families = refreshFamilies({ client, table: table.name });
    const tries = [
      () => families.start(family),
      () => families.find(family.lookup),
      () => families.rotate(rotation(family, token, NOW).rotation),
      () => families.end(family.lookup, NOW),
    ];
    for (const attempt of tries) await expect(attempt()).rejects.toThrow(StoreUnavailable);
    client.destroy();
    await engine.close();
  });
});

describe('many refreshes of one token at once', () => {
  it('have one winner, and all the same answer', async () => {
    const { token, family } = await session();
    const families = refreshFamilies(access());
    const wanted = Array.from({ length: 120 }, () => rotation(family, token, NOW));
    const outcomes = await Promise.all(wanted.map(({ rotation: one }) => families.rotate(one)));
    const winners = wanted.filter((_, index) => outcomes[index]?.kind === 'rotated');
    expect(winners).toHaveLength(1);
    const salt = winners[0]?.rotation.salt;
    expect(new Set(outcomes.map((outcome) => (outcome.kind === 'repeated' ? outcome.salt : salt)))).toEqual(
      new Set([salt]),
    );
    expect(outcomes.filter(({ kind }) => kind === 'repeated')).toHaveLength(119);
    // Bounded: a write for each, and one read for each that lost.
    expect(table.takeOperations()).toHaveLength(120 + 119);
  });
});

/** Who presents which token when: of the chain from the first one, `back` steps before the last. */
const step = fc.record({
  back: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 3 })),
  wait: fc.oneof(
    fc.constantFrom(0, 1, REFRESH_GRACE - 1, REFRESH_GRACE, MINUTE, DAY - 1, DAY),
    fc.integer({ min: 0, max: 2 * REFRESH_GRACE }),
  ),
  /** Whether several present it at the same time. */
  at: fc.constantFrom(1, 1, 1, 3),
});

describe('any schedule of refreshes, retries and thefts', () => {
  /** What should happen, without hashes, salts or a table. */
  const model = () => ({ last: 0, usedAt: NOW, replacedAt: NOW - DAY, ended: false });
  const expected = (state: ReturnType<typeof model>, index: number, now: number) => {
    if (state.ended) return 'ended';
    if (index === state.last) return now < Math.min(state.usedAt + DAY, NOW + 3 * DAY) ? 'next' : 'over';
    const repeated = index === state.last - 1 && now < state.replacedAt + REFRESH_GRACE;
    if (!repeated) return 'reused';
    return now < NOW + 3 * DAY ? 'same' : 'over';
  };

  it('leaves one token that can be used, or none after a theft', async () => {
    const families = refreshFamilies(access());
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const { token } = await session({ idle: DAY, idleUntil: NOW + DAY, endsAt: NOW + 3 * DAY });
        const chain = [token];
        const state = model();
        let now = NOW;
        for (const { back, wait, at } of steps) {
          now += wait;
          const index = Math.max(0, state.last - back);
          const presented = chain[index] ?? token;
          const outcome = expected(state, index, now);
          const answers = await Promise.all(
            Array.from({ length: at }, () => refresh(families, presented, now)),
          );
          const kinds = new Set(answers.map((answer) => (typeof answer === 'string' ? answer : answer.text)));
          if (outcome === 'next') {
            expect(kinds.size).toBe(1);
            expect(typeof answers[0]).toBe('object');
            chain.push(answers[0] as RefreshToken);
            Object.assign(state, { last: state.last + 1, usedAt: now, replacedAt: now });
          } else if (outcome === 'same') expect(kinds).toEqual(new Set([chain[state.last]?.text]));
          else if (outcome === 'reused') {
            for (const kind of kinds) expect(['reused', 'ended']).toContain(kind);
            state.ended = true;
          } else expect(kinds).toEqual(new Set([outcome]));
        }
        expect(new Set(chain.map(({ text }) => text)).size).toBe(chain.length);
      }),
      { numRuns: 25 },
    );
  });

  it('never throws out an honest client, whose answers get lost and who asks again in time', async () => {
    const families = refreshFamilies(access());
    // A token lies unused from when it was made, not from the retry that gave it out once more.
    const attempt = fc.record({
      wait: fc.integer({ min: 0, max: DAY - REFRESH_GRACE }),
      lost: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 5 }), async (attempts) => {
        let { token } = await session({ idle: DAY, idleUntil: NOW + DAY });
        let now = NOW;
        for (const { wait, lost } of attempts) {
          now += wait;
          const answers = [await refresh(families, token, now)];
          for (let retry = 0; retry < lost; retry += 1) {
            now += Math.floor((REFRESH_GRACE - 1) / 3);
            answers.push(await refresh(families, token, now));
          }
          expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
          token = answers[0] as RefreshToken;
          expect(token).toHaveProperty('text');
        }
      }),
      { numRuns: 10 },
    );
  });

  it('ends the session of a thief and its owner: whoever comes second is refused, and then both are', async () => {
    const families = refreshFamilies(access());
    const pause = fc.integer({ min: REFRESH_GRACE, max: DAY - 1 });
    await fc.assert(
      fc.asyncProperty(fc.nat(3), pause, pause, async (before, one, two) => {
        let { token } = await session();
        for (let n = 0; n < before; n += 1) token = (await refresh(families, token, NOW)) as RefreshToken;
        const next = (await refresh(families, token, NOW)) as RefreshToken;
        expect(await refresh(families, token, NOW + one)).toBe('reused');
        expect(await refresh(families, next, NOW + one + two)).toBe('ended');
        expect(await refresh(families, token, NOW + one + two)).toBe('ended');
      }),
      { numRuns: 5 },
    );
  });
});
