/** A run that ends at any of its writes, and the next one: together they do what one does that is left alone. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { closingHandler } from '../../lambdas/functions/closing/handler.ts';
import { HOUR, MINUTE, NOW, testClock } from '../support/clock.ts';
import { faultsOf, figuresIn } from '../support/closed-hours.ts';
import type { Wire } from '../support/in-process-engine.ts';
import { ledgerOf, operatorsRequest, type TestLedger, testLedger } from '../support/ledger.ts';
import { listOf } from '../support/list-of.ts';
import { wireClient } from '../support/wire-client.ts';
import { createWireTable, type WireTable } from '../support/wire-table.ts';

const HOUR_OF_CALLS = NOW - 2 * HOUR;
const BOB = { sub: 'bob', clientId: 'app', tenant: 'acme' };

interface Situation {
  prepare(ledger: TestLedger): Promise<unknown>;
  /** When the run happens. */
  at: number;
  /** Writes that a run makes which is left alone. */
  writes: number;
}

const situations: Record<string, Situation> = {
  'closes hours for the first time': {
    prepare: (ledger) => ledger.book({ at: HOUR_OF_CALLS }, { at: HOUR_OF_CALLS, ...BOB }),
    at: NOW - 45 * MINUTE,
    writes: 23,
  },
  'closes an hour again that is marked': {
    async prepare(ledger) {
      await ledger.book({ at: HOUR_OF_CALLS });
      await ledger.close();
      await ledger.late.mark('2026-11-22T10');
      await ledger.book({ at: HOUR_OF_CALLS + MINUTE, tenant: 'acme' });
      await ledger.late.mark('2026-11-22T10');
    },
    at: NOW,
    writes: 17,
  },
  'looks again, and finds what nobody marked': {
    async prepare(ledger) {
      await ledger.book({ at: HOUR_OF_CALLS });
      await ledger.close();
      await ledger.states.advance({ closed: '2026-11-22T15' });
      await ledger.book({ at: HOUR_OF_CALLS + MINUTE, price: 1 });
    },
    at: NOW + 5 * HOUR,
    writes: 13,
  },
};

/** @returns the table as it was, and a run that ends before its write of this number */
async function interrupted(items: Record<string, unknown>[], at: number, write: number) {
  const table = await createWireTable();
  for (const Item of items) await table.client.send(new PutCommand({ TableName: table.name, Item }));
  const { wire, ended } = endingBefore(table.wire, write);
  const dying = ledgerOf({ name: table.name, client: wireClient(wire) }, testClock(at));
  const outcome = await Promise.race([closingHandler(dying.closing)(operatorsRequest()), ended]);
  return { table, died: outcome === 'ended' };
}

function endingBefore(wire: Wire, write: number): { wire: Wire; ended: Promise<'ended'> } {
  let writes = 0;
  let end: (outcome: 'ended') => void = () => undefined;
  const ended = new Promise<'ended'>((resolve) => {
    end = resolve;
  });
  return {
    ended,
    wire(operation, body) {
      if (!READS.includes(operation)) writes += 1;
      if (writes < write) return wire(operation, body);
      end('ended');
      return new Promise(() => undefined);
    },
  };
}

const READS: readonly string[] = ['GetItem', 'Query'];

async function resultOf(table: WireTable, at: number) {
  const ledger = ledgerOf(table, testClock(at));
  await closingHandler(ledger.closing)(operatorsRequest());
  const links = await listOf(ledger.chain.links(0));
  expect(faultsOf(links)).toEqual([]);
  return { ...figuresIn(await table.items()), links: links.map(({ hour, digest }) => [hour, digest]) };
}

describe.each(Object.entries(situations))('a run that %s', (_, { prepare, at, writes }) => {
  it('can end before any of its writes', async () => {
    const origin = await createWireTable();
    const ledger = await testLedger(origin);
    await ledger.beginAt('2026-11-22T10');
    ledger.clock.advance(-45 * MINUTE);
    await prepare(ledger);
    const items = await origin.items();
    const alone = await interrupted(items, at, Number.POSITIVE_INFINITY);
    const expected = await resultOf(alone.table, at);
    let ends = 0;
    for (let write = 1; ; write++) {
      const { table, died } = await interrupted(items, at, write);
      expect(await resultOf(table, at), `after its end before write ${write}`).toEqual(expected);
      if (!died) break;
      ends += 1;
    }
    expect(ends).toBe(writes);
  });
});
