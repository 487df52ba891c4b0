/** How `GET /usage` is paged, whatever is in it and however much. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hourOf, type UsageRecord } from '../../lambdas/domain/usage.ts';
import { ALLOWANCE, type Allowance } from '../../lambdas/functions/usage/allowance.ts';
import { usageHandler } from '../../lambdas/functions/usage/handler.ts';
import type { ReportPorts } from '../../lambdas/functions/usage/report.ts';
import { alice, aliceRequest, unmetered } from '../support/caller.ts';
import { DAY, HOUR, MINUTE, NOW, testClock } from '../support/clock.ts';
import { RETENTION, usageRecord } from '../support/ledger.ts';
import { ledgerInMemory } from '../support/ledger-in-memory.ts';
import { recordedLog } from '../support/recorded-log.ts';

type Query = Record<string, string>;

/** Asks as alice, who may see everyone's. */
function asking(ports: ReportPorts, { sub = 'alice', clock = testClock() } = {}) {
  const serve = usageHandler({ ...ports, clock, log: recordedLog([]), retention: RETENTION });
  const caller = { ...alice, sub, scopes: ['read:usage:all'] };
  const ask = async (query: Query) => {
    const answer = await serve(aliceRequest('GET /usage', { query }), caller, unmetered);
    const body = answer.body ?? '';
    return { ...answer, body, link: answer.headers?.link, report: () => JSON.parse(body) };
  };
  /** All rows, page by page; what a page had to read goes to `onPage`. */
  const all = async (query: Query, onPage: (rows: number) => void = () => undefined) => {
    const rows: Query[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const { statusCode, body, report } = await ask({ ...query, ...(cursor !== undefined && { cursor }) });
      expect(statusCode, body).toBe(200);
      const page = report();
      onPage(page.rows.length);
      rows.push(...page.rows);
      cursor = page.next;
    }
    return rows;
  };
  return { ask, all };
}

let made = 0;
const record = (changes: Partial<UsageRecord> & Pick<UsageRecord, 'at'>) =>
  usageRecord({ requestId: `request-${++made}`, ...changes });

const jtiAt = (at: number, number: number): string => {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(number).padStart(12, '0')}`;
};

const TODAY = NOW - 12 * HOUR;
const CLOSED = hourOf(NOW - 2 * HOUR);
const three = ['a', 'b', 'c'].map((name) => record({ at: TODAY, route: `GET /${name}` }));

describe('a page', () => {
  it('ends with the cursor of the next one, and a link to it, in CSV as well', async () => {
    const { ask } = asking(ledgerInMemory(three, CLOSED));
    const query = { from: '2026-11-22', to: '2026-11-22', limit: '2', format: 'csv' };
    const first = await ask(query);
    expect(first.body.split('\r\n')).toHaveLength(4);
    const [, href = ''] = /^<(\?.*)>; rel="next"$/.exec(String(first.link)) ?? [];
    const following = Object.fromEntries(new URL(href, 'https://api.example.com/usage').searchParams);
    expect(following).toMatchObject(query);
    const second = await ask(following);
    expect(second.body).toContain('alice,GET /c,2026-11-22,1,');
    expect(second.link).toBeUndefined();
    const { next } = (await ask({ ...query, format: 'json' })).report();
    expect(next).toBe(following.cursor);
  });

  it('that ends now is followed by those that end at the same time', async () => {
    const clock = testClock();
    const calls = [...three, record({ at: NOW, route: 'GET /z' })];
    const { ask } = asking(ledgerInMemory(calls, CLOSED), { clock });
    const first = (await ask({ limit: '1' })).report();
    clock.advance(HOUR);
    const second = (await ask({ limit: '5', cursor: first.next })).report();
    expect([second.from, second.to]).toEqual([first.from, first.to]);
    expect(second.rows).toHaveLength(2);
    expect(second.total).toEqual(first.total);
  });

  it('is no bigger than a function can answer', async () => {
    const long = 'é'.repeat(6000);
    const calls = Array.from({ length: 500 }, (_, index) =>
      record({ at: TODAY, route: `GET /${index}/${long}` }),
    );
    const { all, ask } = asking(ledgerInMemory(calls, CLOSED));
    expect(Buffer.byteLength((await ask({ limit: '10000' })).body)).toBeLessThan(6_000_000);
    expect(await all({ limit: '10000' })).toHaveLength(500);
  });
});

describe('400 invalid_cursor', () => {
  const query = { from: '2026-11-21', to: '2026-11-22' };
  const cursorOf = async (changes: Query = {}) =>
    (await asking(ledgerInMemory(three, CLOSED)).ask({ ...query, limit: '1', ...changes })).report().next;
  const codeFor = async (asked: Query, sub = 'alice') => {
    const answer = await asking(ledgerInMemory(three, CLOSED), { sub }).ask(asked);
    return answer.statusCode === 200 ? 200 : answer.report().code;
  };

  it('for a cursor of another query, or of another caller’s', async () => {
    const cursor = await cursorOf();
    expect(await codeFor({ ...query, cursor })).toBe(200);
    expect(await codeFor({ ...query, cursor, limit: '7', format: 'csv' })).toBe(200);
    expect(await codeFor({ ...query, cursor, groupBy: 'day' })).toBe(200);
    expect(await codeFor({ ...query, cursor, groupBy: 'route' })).toBe('invalid_cursor');
    expect(await codeFor({ ...query, cursor, user: '*' })).toBe('invalid_cursor');
    expect(await codeFor({ ...query, cursor, from: '2026-11-20' })).toBe('invalid_cursor');
    expect(await codeFor({ cursor })).toBe('invalid_cursor');
    expect(await codeFor({ ...query, cursor }, 'bob')).toBe('invalid_cursor');
  });

  it('for whatever else', async () => {
    const { ask } = asking(ledgerInMemory(three, CLOSED));
    const [mark, genuine] = JSON.parse(Buffer.from(await cursorOf(), 'base64url').toString());
    const part = fc.oneof(fc.string(), fc.constantFrom('%', '%zz', '%ED%A0%80', 'é', '#'));
    const forged = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.array(part, { maxLength: 4 }).map((after) => JSON.stringify([mark, { ...genuine, after }])),
      fc.anything().map((range) => JSON.stringify([mark, { ...genuine, range }])),
    );
    await fc.assert(
      fc.asyncProperty(forged, async (text) => {
        const cursor = Buffer.from(text).toString('base64url');
        const answer = await ask({ ...query, cursor });
        // A place that could be one continues there; it gives away nothing that its holder may not see.
        expect([200, 400]).toContain(answer.statusCode);
        if (answer.statusCode === 400) expect(answer.report().code).toBe('invalid_cursor');
      }),
    );
  });

  it('not for a range that no query could ask for: that is too long', async () => {
    const [mark, genuine] = JSON.parse(Buffer.from(await cursorOf(), 'base64url').toString());
    const range = { from: 0, to: NOW };
    const cursor = Buffer.from(JSON.stringify([mark, { ...genuine, range }])).toString('base64url');
    expect(await codeFor({ ...query, cursor })).toBe('range_too_long');
  });
});

describe('a CSV', () => {
  it.each(['=', '+', '-', '@', '\t', '\r'])(
    'has no cell that a spreadsheet would calculate: %j',
    async (first) => {
      const mean = `${first}HYPERLINK("//x")`;
      const calls = [record({ at: TODAY, sub: mean, route: mean, tenant: mean, jti: mean })];
      const { ask } = asking(ledgerInMemory(calls, CLOSED));
      for (const groupBy of ['day', 'hour', 'route', 'tenant', 'token']) {
        const { body } = await ask({ user: '*', groupBy, format: 'csv' });
        const [, row = ''] = body.split('\r\n');
        expect(row).toContain(`'${first}HYPERLINK`);
        expect(row).not.toMatch(/(^|,)"?[=+\-@\t\r]/);
      }
    },
  );
});

describe('10,000', () => {
  it('routes of one subject are told without holding all of them', async () => {
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      record({ at: TODAY - (index % 48) * HOUR, route: `GET /${index}` }),
    );
    const { ask } = asking(ledgerInMemory(calls, CLOSED));
    const query = { from: '2026-11-20', to: '2026-11-22', groupBy: 'route', limit: '2500' };
    const rows = new Set<string>();
    for (let cursor = ''; ; ) {
      const page = (await ask({ ...query, ...(cursor !== '' && { cursor }) })).report();
      for (const { endpoint } of page.rows) rows.add(endpoint);
      expect(page.total.calls).toBe(10_000);
      cursor = page.next;
      if (cursor === undefined) break;
    }
    expect(rows.size).toBe(10_000);
  });

  it('tokens are told from no more hours than each page needs', async () => {
    const calls = Array.from({ length: 10_000 }, (_, index) => {
      const at = TODAY - 20 * DAY + index * 2 * MINUTE;
      return record({ at: at + MINUTE, jti: jtiAt(at, index) });
    });
    const ledger = ledgerInMemory(calls, CLOSED);
    const { all } = asking(ledger);
    const hours: number[] = [];
    const query = { from: '2026-11-02', to: '2026-11-21', groupBy: 'token', limit: '1000' };
    const rows = await all(query, () => {
      hours.push(ledger.takeReads().filter((partition) => partition.startsWith('USAGE')).length);
    });
    expect(new Set(rows.map(({ jti }) => jti)).size).toBe(10_000);
    expect(rows).toHaveLength(10_000);
    // 1,000 tokens are issued in 34 hours, and the last of them may be used for another day.
    expect(Math.max(...hours)).toBeLessThanOrEqual(34 + 26 + 4);
  });
});

describe('what would take too long', () => {
  /** A ledger of which a request may read less. */
  const small = (records: readonly UsageRecord[], less: Partial<Allowance>) => {
    const ledger = ledgerInMemory(records, CLOSED);
    return { ...ledger, allowance: { ...ALLOWANCE, ...less } };
  };
  const codeOf = async (
    asked: Promise<{ statusCode?: number | undefined; report: () => { code: string } }>,
  ) => {
    const { statusCode, report } = await asked;
    return [statusCode, report().code];
  };
  const everyone = { from: '2026-11-22T00:00:00Z', user: '*' };

  it('is 503 where hours with so many calls are not closed, and says up to when one can ask', async () => {
    const calls = Array.from({ length: 11 }, () => record({ at: NOW - MINUTE, sub: 'bob' }));
    const { ask } = asking(small([...three, ...calls], { records: 10 }));
    const answer = await ask({ ...everyone, to: '2026-11-22T12:00:00Z' });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers?.['retry-after']).toBe('300');
    expect(answer.report()).toMatchObject({ code: 'hours_not_closed' });
    expect(answer.report().detail).toContain('2026-11-22T11:00:00.000Z');
    expect((await ask({ ...everyone, to: '2026-11-22T11:00:00Z' })).statusCode).toBe(200);
  });

  it('is 503 where more than a month is not closed', async () => {
    const { ask } = asking(ledgerInMemory(three, '2026-10-01T00'));
    const answer = await ask({ from: '2026-10-01', to: '2026-11-22' });
    expect(answer.statusCode).toBe(503);
    expect(answer.report().detail).toContain('2026-10-01T01:00:00.000Z');
    expect((await ask({ from: '2026-10-25', to: '2026-11-22' })).statusCode).toBe(200);
    expect((await asking(ledgerInMemory(three)).ask({ from: '2026-01-01' })).statusCode).toBe(503);
  });

  it('is 400 where a part of a closed hour with so many calls is asked for', async () => {
    const { ask } = asking(small(three, { records: 2 }));
    const part = { ...everyone, to: '2026-11-22T00:59:59Z' };
    expect(await codeOf(ask(part))).toEqual([400, 'not_whole_hours']);
    expect((await ask({ ...everyone, to: '2026-11-22T01:00:00Z' })).statusCode).toBe(200);
  });

  it('is 400 where there are too many rows, or records of tokens', async () => {
    const today = { from: '2026-11-22', to: '2026-11-22' };
    const rows = asking(small(three, { rows: 2 }));
    expect(await codeOf(rows.ask(today))).toEqual([400, 'report_too_large']);
    expect(await codeOf(rows.ask({ ...today, user: '*' }))).toEqual([400, 'report_too_large']);
    const tokens = asking(small(three, { tokenRecords: 2 }));
    expect(await codeOf(tokens.ask({ ...today, groupBy: 'token' }))).toEqual([400, 'report_too_large']);
  });

  it('ends a page early where many subjects have to be looked at', async () => {
    const calls = Array.from({ length: 50 }, (_, index) => record({ at: TODAY, sub: `user-${index}` }));
    // None of them called in the hours that are asked for; the list of the month has them all the same.
    const pages: number[] = [];
    const query = { user: '*', from: '2026-11-21', to: '2026-11-21' };
    const { all } = asking(small(calls, { monthsOfPage: 40 }));
    expect(await all(query, (rows) => pages.push(rows))).toEqual([]);
    expect(pages).toEqual([0, 0]);
  });

  it('is 400 where the tenants of a client with so many subjects are asked for', async () => {
    const calls = Array.from({ length: 50 }, (_, index) => record({ at: TODAY, sub: `user-${index}` }));
    const { ask } = asking(small(calls, { monthsOfPage: 40 }));
    const query = { client: 'alice', from: '2026-11-22', to: '2026-11-22' };
    expect(await codeOf(ask({ ...query, groupBy: 'tenant' }))).toEqual([400, 'report_too_large']);
    expect((await ask(query)).statusCode).toBe(200);
  });

  it('makes a page of tokens shorter where each has many calls', async () => {
    const calls = Array.from({ length: 240 }, (_, index) => {
      const token = index % 8;
      const at = TODAY - DAY + token * HOUR;
      return record({ at: at + MINUTE + index, jti: jtiAt(at, token) });
    });
    const pages: number[] = [];
    const query = { from: '2026-11-20', to: '2026-11-21', groupBy: 'token' };
    const { all } = asking(small(calls, { tokenRecords: 400, tokenRecordsOfPage: 50 }));
    const rows = await all(query, (count) => pages.push(count));
    expect(rows.map(({ calls }) => calls)).toEqual(Array(8).fill(30));
    expect(pages.length).toBeGreaterThan(1);
  });
});
