/** Hours from before the first run: of a deployment that is older than its closing. */
import { beforeEach, describe, expect, it } from 'vitest';
import { closingHandler } from '../../lambdas/functions/closing/handler.ts';
import { DAY, HOUR, NOW } from '../support/clock.ts';
import { operatorsRequest, type TestLedger, testLedger, usageRecord } from '../support/ledger.ts';
import { listOf } from '../support/list-of.ts';
import { createWireTable } from '../support/wire-table.ts';

let ledger: TestLedger;
beforeEach(async () => {
  ledger = await testLedger(await createWireTable());
});

const ask = async (body: unknown) => {
  const answer = await closingHandler(ledger.closing)(operatorsRequest(JSON.stringify(body)));
  return { status: answer?.statusCode, body: JSON.parse(answer?.body ?? '{}') };
};

const OLD = NOW - 2 * DAY;
const totals = () =>
  listOf(
    ledger.rollups.totalsOf({ of: 'everyone' }, '2026-11', { from: '2026-11-01T00', to: '2026-11-30T23' }),
  );

describe('POST /admin/usage/closings with from', () => {
  it('200: closes each hour from then on that no run has closed, once, with what was called in it', async () => {
    await ledger.usage.append(usageRecord({ at: OLD }));
    await ledger.close();
    expect((await totals()).some(({ calls }) => calls > 0)).toBe(false);

    const { status, body } = await ask({ from: '2026-11-20' });
    expect(status).toBe(200);
    // From the 20th through the hour before the one that the first run began with.
    expect([body.amended.length, body.amended[0], body.amended.at(-1)]).toEqual([
      36,
      '2026-11-20T00',
      '2026-11-21T11',
    ]);
    expect((await totals()).filter(({ calls }) => calls > 0)).toMatchObject([
      { hour: '2026-11-20T12', calls: 1, cost: 10 },
    ]);
    expect((await ask({ from: '2026-11-20' })).body.amended).toEqual([]);
  });

  it('200: leaves out hours whose records may have expired', async () => {
    ledger = await testLedger(await createWireTable());
    const ports = { ...ledger.closing, retention: (2 * DAY) / 1000 };
    await ledger.close({ retention: ports.retention });
    const answer = await closingHandler(ports)(operatorsRequest('{"from": "2020-01-01"}'));
    const { amended } = JSON.parse(answer?.body ?? '{}');
    expect(amended.every((hour: string) => Date.parse(`${hour}:00Z`) >= NOW - 2 * DAY + HOUR)).toBe(true);
    expect(amended.length).toBeGreaterThan(20);
  });

  it.each([
    [{ from: 'yesterday' }],
    [{ from: 1 }],
    [{ since: '2026-11-19' }],
    [[]],
    [{ from: '2026-11-19', to: 1 }],
  ])('400 invalid_request for %j', async (body) => {
    expect(await ask(body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });
});
