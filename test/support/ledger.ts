/** A ledger over a table of its own: books calls at given times, closes hours by a clock that stands still, reads. */
import { setTimeout } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { seals } from '../../lambdas/crypto/seals.ts';
import { hourBefore } from '../../lambdas/domain/ledger/closing.ts';
import type { Clock } from '../../lambdas/domain/ports.ts';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import { type ClosingHandlerPorts, closingHandler } from '../../lambdas/functions/closing/handler.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { chain, closingStates, lateHours } from '../../lambdas/store/closings.ts';
import { habitBook } from '../../lambdas/store/habits.ts';
import { hourReader } from '../../lambdas/store/hours.ts';
import { CLOSING_STATE } from '../../lambdas/store/items.ts';
import { usageWriter } from '../../lambdas/store/ledger.ts';
import { rollupReader, rollupWriter } from '../../lambdas/store/rollups.ts';
import { DAY, testClock } from './clock.ts';
import { createTestTable, type TestTable } from './dynamodb.ts';
import { requestEvent } from './event.ts';
import { recordedLog } from './recorded-log.ts';

/** Seconds that usage records are kept. */
export const RETENTION = (90 * DAY) / 1000;

/** What `POST /admin/usage/closings` answers with. */
export interface Closed {
  closed: string[];
  amended: string[];
  backlog: number;
  head: { seq: number; hash: string } | null;
}

export type TestLedger = Awaited<ReturnType<typeof testLedger>>;

/** @param table by default one that is made for it, and goes with it */
export async function testLedger(table?: TestTable) {
  const own = table ?? (await createTestTable());
  const clock = testClock();
  const lines: unknown[][] = [];
  const ledger = ledgerOf(own, clock, lines);
  let booked = 0;

  return {
    ...ledger,
    table: own,
    clock,
    /** What the closing logged, counted and measured. */
    lines,
    /** Books calls as the guard does, each another one, by default alice's and now. @returns them whole */
    async book(...calls: Partial<UsageRecord>[]): Promise<UsageRecord[]> {
      const records = calls.map((call) =>
        usageRecord({ requestId: `request-${++booked}`, at: clock(), ...call }),
      );
      await Promise.all(records.map((record) => ledger.usage.append(record)));
      return records;
    },
    /** Lets the hours that are closed begin with this one: a first run would begin a day before it. */
    async beginAt(hour: string): Promise<void> {
      const Item = { ...CLOSING_STATE, generation: 0, checkedThrough: hourBefore(hour) };
      await own.client.send(new PutCommand({ TableName: own.name, Item }));
    },
    /** A run of the closing, as an operator asks for it. @param ports what differs from the ledger's own */
    async close(ports: Partial<ClosingHandlerPorts> = {}): Promise<Closed> {
      const answer = await closingHandler({ ...ledger.closing, ...ports })(operatorsRequest());
      if (answer?.statusCode !== 200) throw new Error(`the closing answered ${answer?.statusCode}`);
      return JSON.parse(answer.body ?? '');
    },
    /** A run of the closing, by its schedule. */
    async closeBySchedule(ports: Partial<ClosingHandlerPorts> = {}): Promise<void> {
      await closingHandler({ ...ledger.closing, ...ports })({ source: 'aws.events' });
    },
    async end(): Promise<void> {
      if (table === undefined) await own.close();
    },
  };
}

/** A whole record: alice's call of {@link NOW}, unless told otherwise. */
export const usageRecord = (changes: Partial<UsageRecord> & Pick<UsageRecord, 'at'>): UsageRecord => ({
  ...{ requestId: 'request-1', sub: 'alice', clientId: 'alice', credentialId: 'password' },
  ...{ jti: 'jti-1', txn: 'txn-1', route: 'GET /protected-resource', status: 200, outcome: 'admitted' },
  ...{ price: 10, latency: 3, sourceIp: '203.0.113.7' },
  ...changes,
});

/** The ports over a table. @param client by default the table's own */
export function ledgerOf(
  { name, client }: Pick<TestTable, 'name' | 'client'>,
  clock: Clock,
  lines: unknown[][] = [],
) {
  const access = { client, table: name };
  const hours = hourReader(access);
  const rollups = { ...rollupReader(access), ...rollupWriter(access) };
  const ports = {
    hours,
    rollups,
    chain: chain(access),
    late: lateHours(access),
    states: closingStates(access),
    habits: habitBook(access),
  };
  const closing: ClosingHandlerPorts = {
    ...{ ...ports, seals, steps: [], clock, pause, retention: RETENTION },
    log: recordedLog(lines),
    audit: auditWriter(access),
  };
  return { access, ...ports, usage: usageWriter({ ...access, retention: RETENTION }), closing };
}

/** A tenth of the time, by a clock that does not stand still. */
const pause = (milliseconds: number): Promise<void> => setTimeout(milliseconds / 10);

/** `POST /admin/usage/closings`, as the gateway hands it over once IAM has let it through. */
export function operatorsRequest(body?: string): Request {
  const headers = { 'content-type': 'application/json' };
  const event = requestEvent('POST /admin/usage/closings', body === undefined ? {} : { body, headers });
  const authorizer = { iam: { userArn: 'arn:aws:iam::123456789012:user/alice', accountId: '123456789012' } };
  return { ...event, requestContext: { ...event.requestContext, authorizer } as Request['requestContext'] };
}
