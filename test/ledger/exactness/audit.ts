/** Compares everything that says what calls cost, once all has come to rest. */
import { expect } from 'vitest';
import { seals } from '../../../lambdas/crypto/seals.ts';
import { countsMore, type Link, NO_LINK } from '../../../lambdas/domain/ledger/closing.ts';
import { parseMonth } from '../../../lambdas/domain/ledger/statement.ts';
import { hourOf, type UsageRecord } from '../../../lambdas/domain/usage.ts';
import { compile } from '../../../lambdas/functions/statements/compile.ts';
import { chain, lateHours } from '../../../lambdas/store/closings.ts';
import {
  parseLink,
  parseRollup,
  parseTotal,
  parseUsage,
  totalPartition,
} from '../../../lambdas/store/items.ts';
import { rollupReader } from '../../../lambdas/store/rollups.ts';
import { itemsOver } from '../../support/wire-client.ts';
import { auditUsage } from './audit-usage.ts';
import { type Books, undisturbed } from './books.ts';
import { LOGIN, reckoned } from './prices.ts';
import { expectSums, valuesOf } from './sums.ts';

/** @throws where two of them differ, or one differs from what was admitted */
export async function audit(books: Books): Promise<void> {
  const items = await itemsOver(books.engine, books.table);
  const of = (prefix: string) => items.filter(({ pk }) => String(pk).startsWith(prefix));
  const records = of('USAGE#').map(parseUsage);
  auditRecords(books, records);
  expectSums(records, of('ROLLUP#').map(parseRollup), 'rows');
  for (const month of MONTHS) {
    const inMonth = records.filter(({ at }) => hourOf(at).startsWith(month));
    const totals = of(`${totalPartition({ of: 'everyone' }, month)}`).map(parseTotal);
    expectSums(inMonth, totals, `the totals of ${month}`);
    for (const clientId of valuesOf(inMonth, 'clientId')) {
      const theirs = inMonth.filter((record) => record.clientId === clientId);
      const partition = totalPartition({ of: 'client', clientId }, month);
      expectSums(theirs, items.filter(({ pk }) => pk === partition).map(parseTotal), `of client ${clientId}`);
    }
  }
  auditChain(records, of('CHAIN').map(parseLink), of('HOUR#').map(parseLink));
  await auditStatement(books, records);
  await auditUsage(books, records);
  expect(books.complaints).toEqual([]);
}

const MONTHS = ['2026-11', '2026-12'];

/** Each call that was admitted is booked once, at what it is to cost by its price at its time; and no others are. */
function auditRecords({ calls, admitted, unanswered }: Books, records: readonly UsageRecord[]): void {
  const booked = new Map(records.map(({ requestId, price }) => [requestId, price]));
  const expected = new Map(
    calls.map(({ call, requestId, at }) => {
      const record = admitted.get(requestId);
      if (record === undefined || record.outcome === 'refused' || call.how === 'failed')
        return [requestId, 0];
      return [requestId, call.how === 'login' ? LOGIN.price : reckoned(call, at)];
    }),
  );
  for (const { requestId } of unanswered) if (!admitted.has(requestId)) expected.set(requestId, 0);
  expect(records.length, 'records').toBe(booked.size);
  expect(booked).toEqual(expected);
}

/** Links follow one another, nobody has changed one, and those that count say of their hours what is in them. */
function auditChain(
  records: readonly UsageRecord[],
  links: readonly Link[],
  counting: readonly Link[],
): void {
  for (const [index, { hash, ...link }] of links.entries()) {
    const { seq, previous } = link;
    expect({ seq, previous }).toEqual({ seq: index + 1, previous: links[index - 1]?.hash ?? NO_LINK });
    expect(hash).toBe(seals.seal(link).hash);
  }
  for (const link of counting) {
    const inHour = records.filter(({ at }) => hourOf(at) === link.hour);
    const cost = inHour.reduce((total, { price }) => total + price, 0);
    expect(link).toMatchObject({ records: inHour.length, cost });
    // Whoever reads the chain alone comes to the same link.
    const ofHour = links.filter(({ hour }) => hour === link.hour);
    expect(link).toEqual(ofHour.reduce((best, other) => (countsMore(other, best) ? other : best)));
  }
  expect(counting.map(({ hour }) => hour)).toEqual(
    expect.arrayContaining([...new Set(records.map(({ at }) => hourOf(at)))]),
  );
}

/** The statement of a client, from schedule to schedule another one, for the month that has come to its end. */
async function auditStatement(books: Books, records: readonly UsageRecord[]): Promise<void> {
  const month = parseMonth('2026-11');
  if (month === undefined) throw new Error('no month');
  const ledger = undisturbed(books);
  const ports = {
    ...{ rollups: rollupReader(ledger), chain: chain(ledger), late: lateHours(ledger) },
    ...{ clock: () => books.now, issuer: 'https://issuer.example' },
  };
  const inMonth = records.filter(({ at }) => month.from <= at && at < month.to);
  const clients = valuesOf(inMonth, 'clientId');
  const clientId = clients[records.length % clients.length] ?? 'nobody';
  const statement = await compile(ports, clientId, month);
  if (statement.kind !== 'statement') throw new Error(`no statement of ${clientId}: ${statement.kind}`);
  const { total, rows } = statement.claims;
  const theirs = inMonth.filter((record) => record.clientId === clientId);
  expectSums(theirs, [{ ...total, cost: total.cost_micro_dollars }], `the statement of ${clientId}`);
  const costs = rows.map(({ cost_micro_dollars, ...row }) => ({ ...row, cost: cost_micro_dollars }));
  expectSums(theirs, costs, `the rows of the statement of ${clientId}`);
}
