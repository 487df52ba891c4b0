import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UsageRecord } from '../../lambdas/domain/usage.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { HOUR, MINUTE, NOW } from '../support/clock.ts';
import { usageRecord } from '../support/ledger.ts';
import { type LedgerApi, startLedgerApi } from './ledger-api.ts';

let books: LedgerApi;
beforeAll(async () => {
  books = await startLedgerApi();
});
afterAll(() => books.close());

let requests = 0;
const lost = (changes: Partial<UsageRecord> = {}): UsageRecord =>
  usageRecord({ requestId: `lost-${++requests}`, at: NOW - HOUR, ...changes });

/** What a function really writes of a record that it cannot book, each line of it. */
function linesOf(...given: Parameters<ReturnType<typeof createLog>['unbooked']>): string[] {
  const written: string[] = [];
  const writes = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0),
  );
  createLog('products').unbooked(...given);
  for (const write of writes) write.mockRestore();
  return written.join('').trim().split('\n');
}
const lineOf = (record: UsageRecord): string =>
  linesOf(record, new Error('ThrottlingException')).find((line) => line.includes('lost-')) ?? '';

const save = async (name: string, lines: readonly string[]) => {
  await writeFile(join(books.place.folder, name), `${lines.join('\n')}\n`);
  return ['usage', 'replay', '--local', '--file', name];
};

const bookedOf = async ({ requestId }: UsageRecord) =>
  (await books.ledger.table.items()).filter((item) => item.requestId === requestId);

describe('tollgate usage replay', () => {
  it('books what a function logged whole, exactly as it would have booked it, once', async () => {
    const [one, two] = [lost({ price: 150, tenant: 'acme', bytesOut: 7 }), lost({ status: 404 })];
    const noise = ['', '{"level":"INFO","message":"call admitted"}', 'START RequestId: 1'];
    const lines = [one, two].flatMap((record) => [...noise, ...linesOf(record, new Error('x'))]);
    const args = await save('replay.log', lines);
    const { code, stdout, stderr } = await books.place.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`2 calls in replay.log logged as not booked.

  Booked          2, $0.000160
  Already booked  0
`);
    expect(await bookedOf(one)).toMatchObject([{ ...one, bookedBy: 'replay' }]);
    const again = await books.place.runHere([...args, '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual({
      ...{ dry_run: false, found: 2, booked: 0, cost_micro_dollars: 0, already_booked: 2 },
      ...{ refused: [], differ: [], unreadable: [], notes: [] },
    });
  });

  it('4 with --dry-run where something is missing: it says so, and books nothing', async () => {
    const [booked, missing] = [lost(), lost({ price: 30 })];
    await books.ledger.usage.append(booked);
    const args = await save('dry.log', [booked, missing].map(lineOf));
    const { code, stdout, stderr } = await books.place.runHere([...args, '--dry-run']);
    expect(code).toBe(4);
    expect(stdout).toMatch(/Missing +1, \$0\.000030\n +Already booked +1\n$/);
    expect(stderr).toMatch(/Nothing was booked: 1 call without a record\.\nRun it again without --dry-run/);
    expect(await bookedOf(missing)).toEqual([]);
    const { stdout: json } = await books.place.runHere([...args, '--dry-run', '--json']);
    const told = { dry_run: true, missing: 1, cost_micro_dollars: 30, already_booked: 1 };
    expect(JSON.parse(json)).toMatchObject(told);
    expect(JSON.parse(json)).not.toHaveProperty('booked');
    const done = await save('done.log', [lineOf(booked)]);
    expect(await books.place.runHere([...done, '--dry-run'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('4 for lines that are cut, refused or other than what is there: each is named, the others are booked', async () => {
    const [fine, old, other, forged] = [lost(), lost({ at: 0 }), lost(), lost()];
    await books.ledger.usage.append({ ...other, price: 1 });
    const lines = [
      lineOf(fine),
      lineOf(fine).slice(0, 200),
      JSON.stringify({ message: 'TOLLGATE_UNBOOKED_CALL', record: { requestId: 'x' } }),
      lineOf(old),
      lineOf(other),
      // A caller's words, in a line about something else.
      JSON.stringify({ message: 'call refused', sub: 'TOLLGATE_UNBOOKED_CALL', record: forged }),
      `2026-11-22T11:00:00Z\t${fine.requestId}\tERROR\t${lineOf(fine)}`,
    ];
    const { code, stdout, stderr } = await books.place.runHere(await save('bad.log', lines));
    expect(code).toBe(4);
    expect(stdout).toBe(`4 calls in bad.log logged as not booked.

  Booked          1, $0.000010
  Already booked  2
  Refused         ${old.requestId}: too_old
  Differs         ${other.requestId}: the record that is there says something else
  Unreadable      bad.log:2: the line is cut or damaged
  Unreadable      bad.log:3: the line is cut or damaged
`);
    expect(stderr).toMatch(/Not every line could be booked[\s\S]*usage reconcile/);
    expect(await bookedOf(forged)).toEqual([]);
  });

  it('sends a hundred at once, and says how far it came where the server fails in between', async () => {
    const line = lineOf(lost());
    const args = await save('many.log', Array(130).fill(line));
    const sizes: number[] = [];
    books.api.serve(async ({ body }) => {
      const { records } = JSON.parse(body) as { records: unknown[] };
      sizes.push(records.length);
      if (sizes.length === 2) return { status: 500, body: { code: 'internal_error', detail: 'x' } };
      return {
        status: 200,
        body: { results: records.map(() => ({ outcome: 'booked', price_micro_dollars: 10 })) },
      };
    });
    const failed = await books.place.runHere(args);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/Before that, 100 calls had been looked at, and 100 booked\. Run it again/);
    expect((await books.place.runHere(args)).code).toBe(0);
    expect(sizes).toEqual([100, 30, 100, 30]);
    books.api.serve(books.handle);
  });

  it('tries again where the server is busy', async () => {
    const args = await save('busy.log', [lineOf(lost())]);
    let calls = 0;
    books.api.serve(async (request) =>
      ++calls === 1 ? { status: 429, body: { message: 'Too Many Requests' } } : books.handle(request),
    );
    expect(await books.place.runHere(args)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Booked +1,/),
    });
    books.api.serve(books.handle);
  });

  it("reads the local runner's logs, of the period alone, and not what the gateway logged", async () => {
    const logs = join(books.place.folder, '.tollgate', 'logs');
    await mkdir(logs, { recursive: true });
    const [now, earlier] = [lost({ at: Date.now() - MINUTE }), lost({ at: Date.now() - 25 * HOUR })];
    await writeFile(join(logs, 'products.log'), `${lineOf(now)}\n${lineOf(earlier)}\n`);
    await writeFile(join(logs, 'access.log'), `${lineOf(lost())}\n`);
    const dry = ['usage', 'replay', '--local', '--dry-run'];
    expect((await books.place.runHere(dry)).stdout).toMatch(/^1 call of 2/);
    expect((await books.place.runHere([...dry, '--since', '26h'])).stdout).toMatch(/^2 calls of 2/);
  });

  it('reads the logs of the functions of a stack, page by page', async () => {
    const [one, two] = [lost(), lost()];
    const event = (message: string, timestamp = NOW - HOUR) => ({ timestamp, message });
    books.api.logs.set('ProductsLog0A1B', [event('START'), event(`${lineOf(one)}\n`), event(lineOf(two))]);
    books.api.logs.set('UsageLog0A1B', [event(lineOf(lost()), NOW - 30 * HOUR)]);
    books.api.logs.set('StageAccessLog0A1B', [event(lineOf(lost()))]);
    const period = ['--from', '2026-11-22T10:00:00Z', '--to', '2026-11-22T12:00:00Z'];
    const { code, stdout, stderr } = await books.runOnStack(['usage', 'replay', ...period]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^2 calls of 2026-11-22T10:00:00Z to 2026-11-22T12:00:00Z logged[\s\S]*Booked +2, \$0\.000020/,
    );
    expect(await bookedOf(two)).toHaveLength(1);
  });

  it.each([
    ['a file that is not there', ['--file', 'none.log'], /none\.log cannot be read/],
    ['both ends of one period', ['--since', '1h', '--from', '2026-11-01'], /--since and --from/],
    ['a duration that is none', ['--since', 'soon'], /24h/],
  ])('2 for %s', async (_, args, says) => {
    const { code, stderr } = await books.place.runHere(['usage', 'replay', '--local', ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) });
  });
});
