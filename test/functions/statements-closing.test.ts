/** Statements of hours that the closing really closed: from the calls to the signature. */
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Response } from '../../lambdas/http/event.ts';
import { HOUR, NOW } from '../support/clock.ts';
import { type TestLedger, testLedger } from '../support/ledger.ts';
import { captureOutput } from '../support/output.ts';
import { statements } from '../support/statements.ts';
import { bodyOf, createTokenService, type TokenService } from '../support/token-service.ts';

const MONTH = '2026-10';
const END = Date.UTC(2026, 10);

let service: TokenService;
let ledger: TestLedger;
let world: ReturnType<typeof statements>;
captureOutput();

beforeAll(async () => {
  service = await createTokenService();
  ledger = await testLedger(service.ledgerTable);
  world = statements({ ...service, clock: ledger.clock });
});
afterAll(() => service.close());

const moveTo = (at: number) => ledger.clock.advance(at - ledger.clock());
const claimsIn = ({ body = '' }: Response) => decodeJwt(body);

it('a month becomes final hour by hour, a late record opens it again, and the sums are those of the calls', async () => {
  const { apiKey, clientId } = await service.client();
  const [first, last] = ['2026-10-31T20', '2026-10-31T23'].map((hour) => Date.parse(`${hour}:30:00Z`));
  const call = { clientId, sub: 'alice', price: 10 };
  moveTo(first ?? NOW);
  await ledger.beginAt('2026-10-31T20');
  await ledger.book(
    { ...call, at: first ?? 0 },
    { ...call, at: last ?? 0, sub: 'bob', tenant: 'acme' },
    { ...call, at: last ?? 0, status: 500, price: 0 },
    { ...call, at: last ?? 0, status: 401, outcome: 'refused', price: 0 },
    { ...call, at: END, price: 1_000_000 },
    { ...call, at: last ?? 0, clientId: 'another', price: 1_000_000 },
  );

  for (const [at, status] of [
    [END - HOUR, 409],
    [END + 2 * HOUR, 409],
    [END + 7 * HOUR, 200],
  ] as const) {
    moveTo(at);
    await ledger.close();
    await ledger.close();
    expect((await world.own(apiKey, MONTH)).statusCode).toBe(status);
  }
  const before = claimsIn(await world.own(apiKey, MONTH));
  expect(before.total).toMatchObject({ calls: 4, errors: 1, refused: 1, cost_micro_dollars: 20 });
  const { seq, hash } = (await ledger.chain.linkOf('2026-10-31T23')) ?? {};
  expect(before.chain).toEqual({ seq, hash });

  await ledger.book({ ...call, at: first ?? 0, price: 5 });
  await ledger.late.mark('2026-10-31T20');
  expect(bodyOf(await world.own(apiKey, MONTH))).toMatchObject({ error: 'month_not_closed' });
  await ledger.close();
  const after = claimsIn(await world.own(apiKey, MONTH));
  expect(after.total).toMatchObject({ calls: 5, errors: 1, refused: 1, cost_micro_dollars: 25 });
  const amended = await ledger.chain.linkOf('2026-10-31T20');
  expect(after.chain).toEqual({ seq: amended?.seq, hash: amended?.hash });
});
