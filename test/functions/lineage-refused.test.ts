import { v4, v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, NOW } from '../support/clock.ts';
import { tokenIn } from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { asking, bodyOf } from '../support/token-service.ts';
import { createTraced, jtiOf, TOKEN, type Traced } from '../support/traced.ts';

let world: Traced;
/** Whoever asks where it does not matter who. */
let asker: ReturnType<Traced['holder']> | undefined;
const mine = () => (asker ??= world.holder());
captureOutput();

beforeAll(async () => {
  world = await createTraced();
});
afterEach(() => world.restore());
afterAll(() => world.close());

describe('404', () => {
  const NOT_FOUND = {
    ...{ status: 404, code: 'not_found', title: 'Not found' },
    detail: 'There is nothing of this id that you may see, or not any more.',
  };

  it('for somebody else’s token, after the same reads as for one that never was', async () => {
    const [{ token }, other] = [await mine(), await world.holder()];
    const read = async (jti: string, query?: Record<string, string>) => {
      world.takeOperations();
      const answer = await world.ask(TOKEN, token, jti, query);
      return { answer, operations: world.takeOperations() };
    };
    const never = v7({ msecs: NOW });
    const unknown = await read(never);
    expect(unknown.answer).toMatchObject({
      headers: { 'content-type': 'application/problem+json' },
      ...{ statusCode: 404, body: JSON.stringify(NOT_FOUND) },
    });
    expect(await read(jtiOf(other.token))).toEqual(unknown);
    const named = { sub: other.clientId };
    expect((await read(jtiOf(other.token), named)).answer).toEqual(unknown.answer);
  });

  it.each([
    ['', ''],
    ['a UUID that tells no time', v4()],
    ['the separator', 'a#b'],
    ['percent signs', '%23%'],
    ['half a character', '\ud800'],
    ['10 kB', 'x'.repeat(10_240)],
    ['capitals', v7({ msecs: NOW }).toUpperCase()],
    ['what is not yet', v7({ msecs: NOW + HOUR })],
    ['the year 10889', 'ffffffff-ffff-7fff-bfff-ffffffffffff'],
    ['what is forgotten', v7({ msecs: NOW - 92 * DAY })],
  ])('for a jti with %s, and its calls are not looked for', async (_, jti) => {
    const { token } = await mine();
    world.takeOperations();
    expect(bodyOf(await world.ask(TOKEN, token, jti))).toEqual(NOT_FOUND);
    expect(world.takeOperations()).not.toContain('Query');
  });

  it.each(['', '\ud800', '#'.repeat(300)])('for a sub that nobody can have: %j', async (sub) => {
    const { token } = await mine();
    expect(bodyOf(await world.ask(TOKEN, token, jtiOf(token), { sub }))).toEqual(NOT_FOUND);
  });
});

describe('400', () => {
  it.each([
    ['unknown_parameter', { from: 'today' }],
    ['invalid_limit', { limit: '0' }],
    ['invalid_limit', { limit: '10001' }],
    ['invalid_limit', { limit: '1e3' }],
    ['invalid_cursor', { cursor: '' }],
    ['invalid_cursor', { cursor: 'bm9uc2Vuc2U' }],
  ])('%s for %j', async (code, query) => {
    const { token } = await mine();
    const answer = await world.ask(TOKEN, token, jtiOf(token), query);
    expect([answer.statusCode, bodyOf(answer).code]).toEqual([400, code]);
  });

  it('invalid_cursor for that of another token', async () => {
    const { apiKey, token } = await world.holder();
    await world.call('GET /products/{name}', token);
    const other = tokenIn(await world.login(asking(apiKey, {})));
    const { next } = bodyOf(await world.ask(TOKEN, token, jtiOf(token), { limit: '1' }));
    const answer = await world.ask(TOKEN, token, jtiOf(other), { limit: '1', cursor: String(next) });
    expect(bodyOf(answer)).toMatchObject({ code: 'invalid_cursor' });
  });
});

describe('503', () => {
  it.each(['GetItem', 'Query', 'BatchGetItem'])('while %s is not answered', async (operation) => {
    const { token } = await mine();
    world.state.behindDoors = true;
    world.ledgerDoor.misbehave((name) => (name === operation ? 'failing' : undefined));
    const answer = await world.ask(TOKEN, token, jtiOf(token));
    expect([answer.statusCode, bodyOf(answer).code]).toEqual([503, 'ledger_unavailable']);
    expect(answer.headers).toHaveProperty('retry-after');
  });
});
